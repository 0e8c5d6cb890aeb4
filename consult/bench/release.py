"""The release: opened answers to protected, audited tables, beside one plain count of the same tables."""

from __future__ import annotations

import json
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from consult.bench.comparison import Comparison, turn_by_turn
from consult.bench.invented import BANDS, LANGUAGES, form, payloads
from consult.inclusion.dimensions import THRESHOLDS
from consult.services.tabulating import Tabulation, tabulate_release

__all__ = ["measure"]

#: Children who answer in the demonstration unless it is asked for more.
_PEOPLE = 140
_BUDGET_SECONDS = 120


def measure() -> Comparison:
    """Build the children's release of the demonstration's size from answers that lie ready in memory."""
    plaintexts = [payload.to_bytes() for payload in payloads(_PEOPLE)]
    tabulation = Tabulation(
        release_id="benchmark",
        series="benchmark",
        respondent_class="child",
        k=THRESHOLDS["child"],
        form=form().to_json(),
        bands=BANDS,
        languages=LANGUAGES,
        budget_seconds=_BUDGET_SECONDS,
    )
    released = json.loads(tabulate_release(plaintexts, tabulation).text)
    tables = _coded(released)

    def release() -> None:
        tabulate_release(plaintexts, tabulation)

    def count() -> None:
        for codes, cells in tables:
            np.bincount(codes, minlength=cells)

    releasing, counting = turn_by_turn(release, count, rounds=2)
    return Comparison(
        name="release",
        saying=f"one release for {_PEOPLE} people, {len(tables)} tables counted, protected and audited, "
        "beside one numpy count of the same tables without any protection",
        product={"release_s": releasing},
        limit={"count_ms": counting * 1e3},
        ratio=releasing / counting,
        n=_PEOPLE,
    )


def _coded(released: dict[str, Any]) -> list[tuple[NDArray[np.int64], int]]:
    """For each published table a cell number a person, and how many cells; counting costs the same for any people."""
    chance = np.random.default_rng(1)
    sizes = {dimension["name"]: len(dimension["categories"]) for dimension in released["dimensions"]}
    shapes = [prod(sizes[name] for name in table["dimensions"]) for table in released["tables"]]
    return [(chance.integers(0, cells, _PEOPLE), cells) for cells in shapes]
