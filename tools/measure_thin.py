"""How many tables of two dimensions a small consultation shows: python tools/measure_thin.py (seconds)."""

from __future__ import annotations

from collections import Counter
from random import Random

from consult.inclusion.dimensions import Dimension, choose_tables
from consult.inclusion.document import Heading
from consult.inclusion.gathered import is_tie
from consult.inclusion.release import release_tables
from consult.inclusion.tabulate import tabulate
from consult.inclusion.views import widen

_SIZES = (40, 60, 80, 100, 140, 200)
_DIMENSIONS = (
    Dimension("age", ("10_12", "13_15", "16_17")),
    Dimension("gender", ("girl", "boy", "another", "unsaid"), groups={"another_or_unsaid": ("another", "unsaid")}),
    Dimension("place", ("north", "south", "east", "camp"), groups={"east_or_camp": ("east", "camp")}),
    Dimension("disability", ("yes", "no", "unsaid"), sensitive=True),
    Dimension("school", ("in", "out")),
    Dimension("language", ("en", "fr", "ar")),
)
_SHARES = ((30, 45, 25), (49, 42, 4, 5), (40, 32, 20, 8), (15, 77, 8), (75, 25), (60, 28, 12))
_SEEDS = (1, 2, 3)
_THREE_WAY_FROM = 100


def _measured(people: int, dimensions: int, seed: int) -> Counter[str]:
    """Tables of two dimensions: all, shown by every category, by the largest group; and single margins, in cells."""
    own, chance = _DIMENSIONS[:dimensions], Random(seed)  # noqa: S311 - invented people, nothing to guess
    rows = [
        {one.name: chance.choices(one.categories, share)[0] for one, share in zip(own, _SHARES, strict=False)}
        for _ in range(people)
    ]
    wanted = choose_tables(own, None, most=2 if people < _THREE_WAY_FROM else 3)
    counted = tabulate(rows, own, wanted)
    release = release_tables(Heading("thin", "thin", "child", 10), counted, chosen=True, left=30).json
    found = Counter[str]()
    for table in release["tables"]:
        names = tuple(table["dimensions"])
        if len(names) == 1:
            found["margins shown"] += sum(cell["count"] is not None for cell in table["cells"] if cell["at"] != ["*"])
        elif len(names) == 2 and not is_tie(names):
            found["fine" if names in counted.counts else "largest"] += 1
            found["people"] += sum(cell["count"] or 0 for cell in table["cells"] if "*" not in cell["at"])
    pairs = [names for names in wanted if len(names) == 2]
    seen = widen(counted, 10)
    found["margins"] = sum(len(one.categories) for one in seen.dimensions.values())
    found["tables"], found["everybody"] = len(pairs), people * len(pairs)
    found["threshold"] = sum(int(seen.counts[names][seen.counts[names] >= 10].sum()) for names in pairs)
    return found


def main() -> None:
    """One row a size and number of dimensions."""
    for people in _SIZES:
        for dimensions in (3, 6):
            found = sum((_measured(people, dimensions, seed) for seed in _SEEDS), Counter[str]())
            print(
                f"| {people} | {dimensions} | {found['margins shown']} of {found['margins']} | {found['tables']} "
                f"| {found['fine']} | {found['largest']} | {found['threshold'] / found['everybody']:.0%} "
                f"| {found['people'] / found['everybody']:.0%} |"
            )


if __name__ == "__main__":
    main()
