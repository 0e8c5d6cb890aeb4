"""Sending: a page and Send over real connections, sealed and on the disk, beside a lean site that does no more."""

from __future__ import annotations

from collections.abc import Sequence

from consult.bench.comparison import Comparison
from consult.bench.load import CLIENTS, Visit
from consult.bench.served import compared
from consult.bench.staged import staged

__all__ = ["measure"]

_VISITS = 1800


def measure(database: str = "", added_sync_ms: int = 0, visits: int = _VISITS) -> Comparison:
    """Eight clients load a form page and send a whole response, again and again."""
    with staged(database) as stage:
        product, limit = compared(stage, _visits, visits, added_sync_ms)
    return Comparison(
        name="submit",
        saying=f"a form page and a response sent by {CLIENTS} clients at once, checked, sealed and on the disk when "
        "it is answered, beside a lean Flask site on the same server with the same sealing and one forced write",
        product=product.figures("responses"),
        limit=limit.figures("responses"),
        ratio=product.per_s / limit.per_s,
        n=visits,
        share=True,
    )


def _visits(pages: Sequence[str], sends: Sequence[str]) -> list[Visit]:
    return [Visit((page.encode(), send.encode()), (200, 303)) for page, send in zip(pages, sends, strict=True)]
