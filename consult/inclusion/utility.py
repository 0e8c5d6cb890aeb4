"""What protection costs: people hidden beside a threshold alone, and beside the least that any choice could hide.

`python -m consult.inclusion.utility` measures both on invented people and prints one JSON object.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from itertools import chain, combinations
from random import Random
from time import perf_counter
from typing import Any, Final

from consult.inclusion.audit import audit_release
from consult.inclusion.cells import Lattice, lattice, must_withhold, too_thin
from consult.inclusion.dimensions import Dimension, choose_tables
from consult.inclusion.document import Heading, document
from consult.inclusion.protect import protect
from consult.inclusion.release import release_tables
from consult.inclusion.series import Series
from consult.inclusion.tabulate import Tables, tabulate
from consult.inclusion.views import sensitive_names, widen

_HEADING: Final = Heading("utility", "utility", "child", 10)
_AGE: Final = Dimension("age_band", ("13_15", "16_17"))
_GENDER: Final = Dimension(
    "gender", ("girl", "boy", "another", "unsaid"), groups={"another_or_unsaid": ("another", "unsaid")}
)
_PLACE: Final = Dimension("place", ("north", "south", "east", "camp"), groups={"east_or_camp": ("east", "camp")})
_DISABILITY: Final = Dimension("disability", ("yes", "no", "unsaid"), sensitive=True)
_SHARES: Final = {
    "age_band": (60, 40),
    "gender": (49, 42, 4, 5),
    "place": (40, 32, 20, 8),
    "disability": (15, 77, 8),
}
_SMALL: Final = (Dimension("one", ("a", "b", "c")), Dimension("two", ("x", "y", "z")))
_SECONDS: Final = 30.0


def beside_threshold(people: int, seed: int) -> dict[str, Any]:
    """One release of four dimensions beside one that only hides counts under k in all of its one- and two-way tables.

    Counts cells with people in them and sums the people; a dropped table loses all of its leaf cells.
    """
    dimensions = (_AGE, _GENDER, _PLACE, _DISABILITY)
    rows = _invented(people, dimensions, _SHARES, Random(seed))  # noqa: S311 - invented people, nothing to guess
    counted = tabulate(rows, dimensions, choose_tables(dimensions, None, most=2))
    start = perf_counter()
    release = release_tables(_HEADING, counted, chosen=True, left=_SECONDS).json
    seconds = perf_counter() - start
    views = widen(counted, _HEADING.k)
    shown = {tuple(table["dimensions"]): table["cells"] for table in release["tables"]}
    small = hidden = 0
    for names, cells in views.counts.items():
        small += int(cells[(cells > 0) & (cells < _HEADING.k)].sum())
        seen = [cell["count"] for cell in shown.get(names, ()) if cell["count"] and "*" not in cell["at"]]
        hidden += int(cells.sum()) - sum(seen)
    everybody = people * len(views.counts)
    return {
        "people": people,
        "tables": len(views.counts),
        "tables_dropped": len(views.counts) - len(shown),
        "withheld_cells": release["audit"]["withheld"],
        "narrowest": release["audit"]["narrowest"],
        "hidden_share_threshold": round(small / everybody, 3),
        "hidden_share_release": round(hidden / everybody, 3),
        "seconds": round(seconds, 1),
    }


def beside_optimum(cases: int, seed: int) -> dict[str, Any]:
    """Three by three tables with one or two small cells: people and cells withheld beside the cheapest choice of all.

    The cheapest is found by trying every set of cells in order of the people lost, until one passes the audit.
    """
    chance = Random(seed)  # noqa: S311 - invented people, nothing to guess
    ours = {"people": 0, "cells": 0}
    best = {"people": 0, "cells": 0}
    optimal = done = 0
    while done < cases:
        tables = _small_tables(chance)
        found = protect(_HEADING, tables, Series(), lambda: _SECONDS)
        if len(found.tables.counts) < len(tables.counts) or not found.withheld:
            continue
        cells = lattice(tables)
        withheld = {cells.position[key] for key in found.withheld}
        cheapest = _cheapest(cells, tables, sum(cells.weights[cell] for cell in withheld)) or withheld
        for told, chosen in ((ours, withheld), (best, cheapest)):
            told["people"] += sum(cells.weights[cell] for cell in chosen)
            told["cells"] += len(chosen)
        optimal += sum(cells.weights[cell] for cell in withheld) == sum(cells.weights[cell] for cell in cheapest)
        done += 1
    return {
        "cases": cases,
        "optimal": optimal,
        "people": round(ours["people"] / best["people"], 3),
        "cells": round(ours["cells"] / best["cells"], 3),
    }


def _small_tables(chance: Random) -> Tables:
    """A table with a small cell or two that is not too thin, with its margins."""
    while True:
        shares = {one.name: [chance.uniform(0.1, 1) for _ in one.categories] for one in _SMALL}
        rows = list(_invented(chance.randint(120, 400), _SMALL, shares, chance))
        tables = tabulate(rows, _SMALL, [("one",), ("two",), ("one", "two")])
        crossed = tables.counts["one", "two"]
        if ((crossed > 0) & (crossed < _HEADING.k)).any() and not too_thin(crossed, _HEADING.k):
            return tables


def _cheapest(cells: Lattice, tables: Tables, cost: int) -> set[int] | None:
    """The set of withheld cells that loses fewest people of all that pass, if it costs less than `cost`."""
    primary = must_withhold(cells, _HEADING.k, sensitive_names(tables.dimensions))
    open_to = [cell for cell, count in enumerate(cells.counts) if count and cells.keys[cell] and cell not in primary]
    trials = []
    for added in chain.from_iterable(combinations(open_to, size) for size in range(len(open_to) + 1)):
        trial = primary.union(added)
        price = sum(cells.weights[cell] for cell in trial)
        if price < cost and not _subtracted(cells, trial):
            trials.append((price, sorted(trial)))
    for _, chosen in sorted(trials):
        if audit_release(document(_HEADING, tables, {cells.keys[cell] for cell in chosen}), _SECONDS, most=1).ok:
            return set(chosen)
    return None


def _subtracted(cells: Lattice, trial: set[int]) -> bool:
    return any(len(trial.intersection((line.whole, *line.parts))) == 1 for line in cells.lines)


def _invented(
    people: int, dimensions: tuple[Dimension, ...], shares: Mapping[str, Any], chance: Random
) -> Iterator[dict[str, str]]:
    for _ in range(people):
        yield {one.name: chance.choices(one.categories, shares[one.name])[0] for one in dimensions}


def measure() -> dict[str, Any]:
    """Both measurements, with fixed seeds."""
    sizes = (60, 140, 300, 700, 1_100, 2_000)
    return {
        "beside_threshold": [beside_threshold(people, seed=1) for people in sizes],
        "beside_optimum": beside_optimum(cases=40, seed=1),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(), indent=1) + "\n")
