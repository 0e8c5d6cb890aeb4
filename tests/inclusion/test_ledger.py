"""Live snapshots and releases of the same people in one audit, held against all moments in one programme."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

from consult.inclusion.audit import Kind, audit_release, audit_snapshot
from consult.inclusion.audit.effort import work_time
from consult.inclusion.dimensions import Dimension
from consult.inclusion.lots import in_lots, lot_that_hides, size_of_a_lot
from consult.inclusion.release import ReleaseRefused, begin, build_release, release_tables
from consult.inclusion.tabulate import tabulate
from tests.inclusion.people import AGE, GENDER, rows_from

K = 10
DIMENSIONS = (AGE, GENDER)
TYPES = tuple(product(AGE.categories, GENDER.categories))
Json = dict[str, Any]
few = st.lists(st.integers(0, 6), min_size=len(TYPES), max_size=len(TYPES))


def released(name: str, people: list[int], **more: Any) -> Json:
    return build_release(name, "child-part", "child", K, DIMENSIONS, rows_from(DIMENSIONS, people), **more).json


def snapshot(name: str, people: list[int], releases: list[Json]) -> Json | None:
    chosen = lot_that_hides({**released(name, people), "series": "live-child-part"}, releases, 40)
    return in_lots(chosen) if chosen else None


class Everything:
    """All moments in one programme, with nothing of the product: people by type and by when they came and left.

    `heads`: by moment, how many people somebody counted who was in the room.
    """

    def __init__(
        self,
        moments: list[Json],
        dimensions: tuple[Dimension, ...],
        types: tuple[tuple[str, ...], ...],
        heads: Mapping[int, int] = MappingProxyType({}),
    ) -> None:
        last = len(moments)
        self.names = [each.name for each in dimensions]
        self.people = [(kind, (a, b)) for kind in types for a in range(last) for b in range(a, last)]
        rows = [self.row({}, moment) for moment in heads]
        low, high = list(heads.values()), list(heads.values())
        for moment, one in enumerate(moments):
            for group, cell in self.cells(one):
                if cell["count"] is not None:
                    rows.append(self.row(group, moment))
                    low.append(cell["count"])
                    high.append(cell["count"] + cell.get("in_lots_of", 1) - 1)
        self.known = LinearConstraint(np.array(rows), low, high)

    @staticmethod
    def cells(one: Mapping[str, Any]) -> list[tuple[dict[str, str], Json]]:
        return [
            ({n: label for n, label in zip(table["dimensions"], cell["at"], strict=True) if label != "*"}, cell)
            for table in one["tables"]
            for cell in table["cells"]
        ]

    def row(self, group: Mapping[str, str], moment: int) -> np.ndarray:
        def inside(kind: tuple[str, ...]) -> bool:
            return all(group.get(name, own) == own for name, own in zip(self.names, kind, strict=True))

        return np.array([float(a <= moment <= b and inside(kind)) for kind, (a, b) in self.people])

    def width(self, row: np.ndarray) -> float:
        ends = [milp(sign * row, constraints=[self.known]) for sign in (1, -1)]
        return float("inf") if any(each.fun is None for each in ends) else -ends[1].fun - ends[0].fun


@settings(deadline=None, max_examples=6)
@given(st.lists(st.tuples(few, few), min_size=3, max_size=3), st.integers(0, 9))
def test_snapshots_between_releases_leave_every_change_k_wide(
    steps: list[tuple[list[int], list[int]]], more: int
) -> None:
    """First a release, then snapshots while people come and leave, then a release that follows them closely.

    For whoever has all of them, also a facilitator who counted the heads at each.
    """
    people = [40 + more, 24, 12, 33, 21 + more, 4]
    first = released("one", people)
    moments, live, heads = [first], [], {}
    for number, (left, came) in enumerate(steps):
        people = [max(0, n - gone + new) + 3 for n, gone, new in zip(people, left, came, strict=True)]
        told = snapshot(f"live{number}", people, [first])
        if told:
            heads[len(moments)] = sum(people)
            moments.append(told)
            live.append(told)
    people = [n + new for n, new in zip(people, steps[0][1], strict=True)]
    last = released("two", people)
    moments.append(last)
    assert not [each for each in audit_release(last, 40, snapshots=live).findings if each.kind is not Kind.UNRESOLVED]
    known = Everything(moments, DIMENSIONS, TYPES, heads)
    for moment, one in enumerate(moments):
        for group, _ in known.cells(one) if one in live else ():
            if not group:
                continue
            assert known.width(known.row(group, moment)) >= K
            for other in (0, len(moments) - 1):
                assert known.width(known.row(group, moment) - known.row(group, other)) >= K


def test_exact_live_figures_beside_a_release_are_found() -> None:
    before = [40] * len(TYPES)
    release = released("one", [41, *before[1:]])
    exact = in_lots({**released("live", before), "told_in_lots_of": 1})
    assert Kind.IMPLIED_DIFFERENCE in {each.kind for each in audit_release(release, 40, snapshots=[exact]).findings}
    assert Kind.IMPLIED_DIFFERENCE in {each.kind for each in audit_snapshot(exact, 40, releases=[release])}
    assert audit_release(release, 40, snapshots=[in_lots(released("live", before))]).ok


def test_lots_grow_where_many_groups_together_tell_more_than_each() -> None:
    """Fourteen groups at the very end of their lots: with the total each is known within less than k."""
    place = Dimension("place", tuple(f"p{n}" for n in range(14)))
    types = tuple((each,) for each in place.categories)
    rows = [{"place": label} for (label,) in types for _ in range(39)]
    exact = build_release("live", "live-child-part", "child", K, (place,), rows).json
    twice = in_lots(exact)
    assert size_of_a_lot(exact) == 2 * K
    known = Everything([twice], (place,), types)
    assert known.width(known.row({"place": "p0"}, 0)) < K
    assert {each.kind for each in audit_snapshot(twice, 40)} == {Kind.NARROW}
    chosen = lot_that_hides(exact, [], 40)
    assert chosen is not None
    assert size_of_a_lot(chosen) > 2 * K
    larger = Everything([in_lots(chosen)], (place,), types)
    assert larger.width(larger.row({"place": "p0"}, 0)) >= K


def test_whoever_counted_the_heads_learns_no_more_from_lots() -> None:
    """Told 20 and 20 of 40 to 59; with 45 counted in the room, each group is known within six."""
    place = Dimension("place", ("north", "south"))
    rows = [{"place": label} for label, n in (("north", 22), ("south", 23)) for _ in range(n)]
    exact = build_release("live", "live-child-part", "child", K, (place,), rows).json
    assert audit_snapshot(in_lots(exact), 40) == ()
    assert Kind.NARROW in {each.kind for each in audit_snapshot(in_lots(exact), 40, heads=45)}
    chosen = lot_that_hides(exact, [], 40)
    assert chosen is not None
    known = Everything([in_lots(chosen)], (place,), (("north",), ("south",)), {0: 45})
    assert known.width(known.row({"place": "north"}, 0)) >= K


def test_in_which_lots_people_are_shown_is_a_matter_of_work_and_not_of_how_fast_a_machine_is() -> None:
    place = Dimension("place", tuple(f"p{n}" for n in range(14)))
    rows = [{"place": label} for label in place.categories for _ in range(39)]
    exact = build_release("live", "live-child-part", "child", K, (place,), rows).json
    begun = work_time()
    chosen = lot_that_hides(exact, [], 40)
    taken = work_time() - begun
    assert chosen is not None
    sys.setprofile(lambda *_: sum(range(500)))  # every call takes longer, as on a slower machine
    try:
        assert lot_that_hides(exact, [], taken * 1.01) == chosen
        assert lot_that_hides(exact, [], taken / 2) is None
    finally:
        sys.setprofile(None)


def test_a_release_withholds_what_a_snapshot_that_was_too_fine_would_tell() -> None:
    """Such a snapshot is not shown any more; one that was costs the release its numbers, and nobody is exposed."""
    before, after = [40] * len(TYPES), [41, *[40] * (len(TYPES) - 1)]
    exact = in_lots({**released("live", before), "told_in_lots_of": 1})
    lots = in_lots(released("live", before))
    heading, series = begin("one", "child-part", "child", K, DIMENSIONS)
    counted = tabulate(rows_from(DIMENSIONS, after), DIMENSIONS, [(AGE.name,), (GENDER.name,)])
    with pytest.raises(ReleaseRefused):
        release_tables(heading, counted, chosen=True, left=20, before=replace(series, snapshots=(exact,)))
    made = release_tables(heading, counted, chosen=True, left=20, before=replace(series, snapshots=(lots,)))
    assert json.loads(made.text)["tables"]


def test_dimensions_that_a_release_shows_otherwise_do_not_stop_the_audit() -> None:
    """A release in wider groups is no series with the snapshot in that dimension; what they share is looked at."""
    people = [40, 30, 35, 33, 41, 36]
    live = in_lots(released("live", people))
    wide = Dimension(AGE.name, ("younger", "older"))
    rows = [
        {**row, AGE.name: "older" if row[AGE.name] == AGE.categories[-1] else "younger"}
        for row in rows_from(DIMENSIONS, people)
    ]
    release = build_release("one", "child-part", "child", K, (wide, GENDER), rows).json
    assert audit_release(release, 40, snapshots=[live]).ok
    assert (
        audit_release({**release, "k": 12}, 40, snapshots=[live]).findings
        == audit_release({**release, "k": 12}, 40).findings
    )
