"""What protection costs: people hidden beside a threshold alone, and beside the least that any choice could hide.

`python -m consult.inclusion.utility` measures both on invented people and prints one JSON object.
"""

import json
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from time import perf_counter
from typing import Any, Final

from consult.inclusion.cells import Key, lattice, too_thin
from consult.inclusion.dimensions import Dimension, choose_tables
from consult.inclusion.document import Heading
from consult.inclusion.gathered import is_tie, original_name
from consult.inclusion.optimum import optimum
from consult.inclusion.protect import protect
from consult.inclusion.release import release_tables
from consult.inclusion.series import Series
from consult.inclusion.tabulate import Tables, tabulate
from consult.inclusion.views import widen

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


@dataclass(frozen=True, slots=True)
class Case:
    """A documented case: so many invented people, spread by these shares over these dimensions."""

    name: str
    people: int
    dimensions: tuple[Dimension, ...]
    shares: Mapping[str, tuple[float, ...]]
    seed: int


CASES: Final = (
    Case(
        "a school: year, gender, house",
        420,
        (
            Dimension("year", ("7_8", "9_10", "11_12")),
            Dimension("gender", ("girl", "boy", "unsaid")),
            Dimension("house", ("one", "two", "three", "four")),
        ),
        {"year": (45, 40, 15), "gender": (50, 44, 6), "house": (35, 30, 20, 15)},
        seed=1,
    ),
    Case(
        "a camp: age, gender, disability (sensitive)",
        260,
        (
            Dimension("age_band", ("10_12", "13_15", "16_17")),
            _GENDER,
            Dimension("disability", ("yes", "no", "unsaid"), sensitive=True),
        ),
        {"age_band": (30, 45, 25), "gender": (52, 40, 4, 4), "disability": (22, 66, 12)},
        seed=2,
    ),
    Case(
        "a region: place, gender, language, age",
        900,
        (
            Dimension("place", ("town", "hills", "coast", "camp", "island")),
            _GENDER,
            Dimension("language", ("en", "fr", "ar")),
            _AGE,
        ),
        {"place": (40, 25, 20, 12, 3), "gender": (48, 44, 4, 4), "language": (60, 30, 10), "age_band": (60, 40)},
        seed=3,
    ),
)  # fmt: skip
"""Chosen so that small groups exist and no table has to be dropped for size: there a choice can be compared at all."""


def beside_threshold(people: int, seed: int) -> dict[str, Any]:
    """One release of four dimensions beside one that only hides counts under k in all of its one- and two-way tables.

    Counts cells with people in them and sums the people; a dropped table loses all of its leaf cells, and one that came
    back by the largest group those of its wider cells that are withheld.
    """
    dimensions = (_AGE, _GENDER, _PLACE, _DISABILITY)
    rows = _invented(people, dimensions, _SHARES, Random(seed))  # noqa: S311 - invented people, nothing to guess
    counted = tabulate(rows, dimensions, choose_tables(dimensions, None, most=2))
    start = perf_counter()
    release = release_tables(_HEADING, counted, chosen=True, left=_SECONDS).json
    seconds = perf_counter() - start
    views = widen(counted, _HEADING.k)
    told = {tuple(table["dimensions"]): table["cells"] for table in release["tables"]}
    shown = {tuple(map(original_name, names)): cells for names, cells in told.items() if not is_tie(names)}
    small = hidden = 0
    for names, cells in views.counts.items():
        small += int(cells[(cells > 0) & (cells < _HEADING.k)].sum())
        seen = [cell["count"] for cell in shown.get(names, ()) if cell["count"] and "*" not in cell["at"]]
        hidden += int(cells.sum()) - sum(seen)
    everybody = people * len(views.counts)
    return {
        "people": people,
        "tables": len(views.counts),
        "tables_dropped": len(views.counts.keys() - shown.keys()),
        "tables_by_largest": len(views.counts.keys() - told.keys()) - len(views.counts.keys() - shown.keys()),
        "withheld_cells": release["audit"]["withheld"],
        "narrowest": release["audit"]["narrowest"],
        "hidden_share_threshold": round(small / everybody, 3),
        "hidden_share_release": round(hidden / everybody, 3),
        "seconds": round(seconds, 1),
    }


def beside_optimum(cases: int, seed: int) -> dict[str, Any]:
    """Three by three tables with small cells: people and cells withheld beside the cheapest choice of all."""
    chance = Random(seed)  # noqa: S311 - invented people, nothing to guess
    ours = {"people": 0.0, "cells": 0.0}
    best = {"people": 0.0, "cells": 0.0}
    optimal = done = 0
    while done < cases:
        tables = _small_tables(chance)
        found = protect(_HEADING, tables, Series(), lambda: _SECONDS)
        if len(found.tables.counts) < len(tables.counts) or not found.withheld:
            continue
        told = _beside(tables, found.withheld, _SECONDS)
        for what in ours:
            ours[what] += told[what]
            best[what] += told[f"least_{what}"]
        optimal += told["people"] == told["least_people"]
        done += 1
    return {
        "cases": cases,
        "optimal": optimal,
        "people": round(ours["people"] / best["people"], 3),
        "cells": round(ours["cells"] / best["cells"], 3),
    }


def beside_optimum_of(case: Case, work: float = 300) -> dict[str, Any]:
    """One documented case: the tables that the protection shows, what it withholds in them, and the least possible.

    `cells_proven`, `people_proven`: the least is reached by a choice that passes the audit; else no safe choice is
    below it.
    """
    rows = _invented(case.people, case.dimensions, case.shares, Random(case.seed))  # noqa: S311 - as above
    return beside_optimum_in(
        case.name, tabulate(rows, case.dimensions, choose_tables(case.dimensions, None, most=2)), work
    )


def beside_optimum_in(name: str, counted: Tables, work: float = 300) -> dict[str, Any]:
    """As `beside_optimum_of`, of tables that are counted already."""
    found = protect(_HEADING, widen(counted, _HEADING.k), Series(), lambda: _SECONDS)
    told = _beside(found.tables, found.withheld, work)
    return {
        "case": name,
        "people": counted.total,
        "tables": len(counted.counts),
        "dropped": len(counted.counts) - len(found.tables.counts),
        "withheld_cells": told["cells"],
        "least_cells": told["least_cells"],
        "cells": round(told["cells"] / told["least_cells"], 3) if told["least_cells"] else 1.0,
        "people_lost": round(told["people"] / told["least_people"], 3) if told["least_people"] else 1.0,
        "cells_proven": told["cells_proven"],
        "people_proven": told["people_proven"],
    }


def _beside(tables: Tables, withheld: Collection[Key], work: float) -> dict[str, Any]:
    """People lost and cells withheld, and the least of each that any safe choice in these tables costs."""
    cells = lattice(tables)
    chosen = {cells.position[key] for key in withheld}
    by_people = optimum(_HEADING, tables, by_cells=False, work=work)
    by_cells = optimum(_HEADING, tables, by_cells=True, work=work)
    return {
        "people": float(sum(cells.weights[cell] for cell in chosen)),
        "cells": float(len(chosen)),
        "least_people": by_people.cost,
        "least_cells": by_cells.cost,
        "cells_proven": by_cells.proven,
        "people_proven": by_people.proven,
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


def _invented(
    people: int, dimensions: tuple[Dimension, ...], shares: Mapping[str, Any], chance: Random
) -> Iterator[dict[str, str]]:
    for _ in range(people):
        yield {one.name: chance.choices(one.categories, shares[one.name])[0] for one in dimensions}


def measure() -> dict[str, Any]:
    """All measurements, with fixed seeds; some minutes."""
    sizes = (60, 140, 300, 700, 1_100, 2_000)
    return {
        "beside_threshold": [beside_threshold(people, seed=1) for people in sizes],
        "beside_optimum": beside_optimum(cases=40, seed=1),
        "cases": [beside_optimum_of(case) for case in CASES],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(), indent=1) + "\n")
