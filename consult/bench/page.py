"""A page: one question as participants load it over real connections, beside a lean site's page of as many bytes."""

from __future__ import annotations

from collections.abc import Sequence

from consult.bench.comparison import Comparison
from consult.bench.load import CLIENTS, Visit
from consult.bench.served import compared
from consult.bench.staged import staged

__all__ = ["measure"]

_VISITS = 4500


def measure(database: str = "", added_sync_ms: int = 0, visits: int = _VISITS) -> Comparison:
    """Eight clients load the first question again and again: cookies opened, strand looked up, page made."""
    with staged(database) as stage:
        product, limit = compared(stage, _visits, visits, added_sync_ms)
    return Comparison(
        name="page",
        saying=f"one question page loaded by {CLIENTS} clients at once, beside a lean Flask page of as many bytes on "
        "the same server that opens the same cookies",
        product=product.figures("pages"),
        limit=limit.figures("pages"),
        ratio=product.per_s / limit.per_s,
        n=visits,
        share=True,
    )


def _visits(pages: Sequence[str], _sends: Sequence[str]) -> list[Visit]:
    return [Visit((page.encode(),), (200,)) for page in pages]
