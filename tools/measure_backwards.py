"""What running the choice of partners backwards tells: python -m tools.measure_backwards.

Of random tables of one dimension with two withheld cells: every pair of counts that has the sum a reader knows, at
least one of them small, is released in their place. Those that give the same table stay possible.
"""

from __future__ import annotations

from collections import Counter
from random import Random

from consult.inclusion.dimensions import Dimension
from consult.inclusion.release import build_release

_K, _TABLES, _LEAST = 10, 120, 30
_PAIR = 2

Shown = tuple[int | None, ...]


def released(counts: list[int]) -> Shown:
    """What a release shows of the counts of one dimension, its total last."""
    dimension = Dimension("group", tuple(f"group_{place}" for place in range(len(counts))))
    rows = [{"group": name} for name, n in zip(dimension.categories, counts, strict=True) for _ in range(n)]
    cells = build_release("one", "series", "child", _K, [dimension], rows).json["tables"][0]["cells"]
    return tuple(cell["count"] for cell in cells)


def left_possible(counts: list[int]) -> set[int] | None:
    """The small counts that stay possible; None where the table has not two withheld cells."""
    shown = released(counts)
    hidden = [place for place, count in enumerate(shown) if count is None]
    if len(hidden) != _PAIR:
        return None
    both = sum(counts[place] for place in hidden)
    possible = set()
    for one in range(1, both):
        instead = list(counts)
        instead[hidden[0]], instead[hidden[1]] = one, both - one
        if min(one, both - one) < _K and released(instead) == shown:
            possible.update(count for count in (one, both - one) if count < _K)
    return possible


def main() -> None:
    """How many small counts stay possible, and in how many tables."""
    chance = Random(2)  # noqa: S311 - invented people, nothing to guess
    found: Counter[int] = Counter()
    for _ in range(_TABLES):
        sizes = [
            chance.choice((chance.randint(1, 9), chance.randint(10, 30), chance.randint(10, 60))) for _ in range(4)
        ]
        left = left_possible(sizes) if sum(sizes) >= _LEAST else None
        if left is not None:
            found[len(left)] += 1
    for many, tables in sorted(found.items()):
        print(f"| {many} | {tables} |", flush=True)


if __name__ == "__main__":
    main()
