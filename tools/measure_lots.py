"""In what lots live snapshots of invented people are shown, and what is left out: python -m tools.measure_lots."""

from __future__ import annotations

from collections import Counter

from consult.bench.invented import BANDS, LANGUAGES, form, payloads
from consult.inclusion.lots import lot_that_hides, size_of_a_lot
from consult.inclusion.release import build_release
from consult.services.tables.tabulating import about_people, row_of

_SIZES = (40, 70, 139, 240, 500)
_SEEDS = range(1, 5)


def main() -> None:
    """For each size of a part: (size of a lot, tables left out) and how often."""
    dimensions = about_people(form(), BANDS, LANGUAGES)
    names = [each.name for each in dimensions]
    tables = [*((name,) for name in names), *((names[0], name) for name in names[1:])]
    for people in _SIZES:
        told = Counter[str]()
        for seed in _SEEDS:
            rows = [
                {name: row[name] for name in names} for row in (row_of(form(), each) for each in payloads(people, seed))
            ]
            made = build_release("live", "live-part", "child", 10, dimensions, rows, tables).json
            chosen = lot_that_hides(made, [], 20)
            left_out = len(made["tables"]) - len(chosen["tables"]) if chosen else 0
            told[f"lots of {size_of_a_lot(chosen)}, {left_out} tables left out" if chosen else "not shown"] += 1
        print(people, dict(told), flush=True)


if __name__ == "__main__":
    main()
