"""Live figures and the release of the same people are two series: what somebody learns who has both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from consult.inclusion.lots import in_lots, lots_of_parts, size_of_a_lot
from consult.inclusion.release import build_release
from tests.inclusion.people import AGE, GENDER, in_wider, rows_from

K = 10
DIMENSIONS = (AGE, GENDER)
TYPES = tuple(product(AGE.categories, GENDER.categories))
KINDS = tuple(dict(zip((one.name for one in DIMENSIONS), kind, strict=True)) for kind in TYPES)
BOTH, LEFT, CAME = range(3)
few = st.lists(st.integers(0, 3), min_size=len(TYPES), max_size=len(TYPES))


def released(name: str, people: list[int]) -> dict[str, Any]:
    return build_release(name, name, "child", K, DIMENSIONS, rows_from(DIMENSIONS, people)).json


def cells(release: Mapping[str, Any]) -> Iterator[tuple[tuple[bool, ...], int]]:
    """Every shown cell: which types of people are in it, and its count."""
    for table in release["tables"]:
        for cell in table["cells"]:
            if cell["count"] is not None:
                wanted = dict(zip(table["dimensions"], cell["at"], strict=True))
                inside = tuple(
                    all(label in ("*", in_wider(kind, release)[name]) for name, label in wanted.items())
                    for kind in KINDS
                )
                yield inside, cell["count"]


def change(group: tuple[bool, ...], live: Mapping[str, Any], lot: int, release: Mapping[str, Any]) -> float:
    """How wide the range is in which somebody who has both knows by how many a group changed.

    Unknown are, for each type of people, how many were there both times, left, or came; a lot of 1 is the exact count.
    """
    rows, low, high = [], [], []
    for figures, there, room in ((live, (BOTH, LEFT), lot - 1), (release, (BOTH, CAME), 0)):
        for inside, count in cells(figures):
            row = np.zeros((3, len(TYPES)))
            row[list(there)] = inside
            rows.append(row.ravel())
            low.append(count)
            high.append(count + room)
    goal = np.zeros((3, len(TYPES)))
    goal[CAME], goal[LEFT] = group, -np.array(group, dtype=float)
    matrix = np.array(rows)
    ends = [
        linprog(sign * goal.ravel(), A_ub=np.vstack([matrix, -matrix]), b_ub=np.concatenate([high, np.negative(low)]))
        for sign in (1, -1)
    ]
    assert all(each.status in (0, 3) for each in ends)  # 3: without bound
    least, most = (
        end.fun * sign if end.status == 0 else np.inf * -sign for end, sign in zip(ends, (1, -1), strict=True)
    )
    return float(most - least)


@settings(deadline=None, max_examples=25)
@given(few, few, st.integers(0, 9))
def test_both_series_together_leave_every_change_k_wide(left: list[int], came: list[int], more: int) -> None:
    before = [40 + more, 24, 12, 33, 21 + more, 4]
    after = [max(0, n - gone + new) for n, gone, new in zip(before, left, came, strict=True)]
    live, release = released("live", before), released("release", after)
    told = in_lots(live)
    for group, _ in cells(live):
        assert change(group, told, size_of_a_lot(live), release) >= K


def test_exact_counts_of_both_would_tell_who_came() -> None:
    before = [40] * len(TYPES)
    after = [41, *before[1:]]
    live, release = released("live", before), released("release", after)
    girls = next(group for group, count in cells(release) if count == 41)
    assert change(girls, live, 1, release) == 0


def test_under_one_lot_nothing_is_told_and_nought_is_not_told_apart() -> None:
    counts = (0, 19, 20, 59, None)
    tables = [{"dimensions": ["age"], "cells": [{"at": [str(n)], "count": n} for n in counts]}]
    told = in_lots({"k": K, "tables": tables})["tables"][0]["cells"]
    assert [cell["count"] for cell in told] == [None, None, 20, 40, None]
    assert {cell.get("protected") for cell in told if cell["count"] is None} == {"withheld"}


def test_whole_and_parts_in_lots_tell_no_part_within_its_lot() -> None:
    """Every register of up to 12 needs, by four outcomes and two barriers: what somebody learns who knows the rule."""
    k, most, possible = 3, 12, dict[Any, list[tuple[int, ...]]]()
    for whole in range(most + 1):
        for bars in product(range(whole + 1), repeat=3):
            if sum(bars) <= whole:
                outcomes = (*bars, whole - sum(bars))
                for first in range(whole + 1):
                    cuts = [dict(enumerate(map(int, cut))) for cut in (outcomes, (first, whole - first))]
                    told, parts = lots_of_parts(whole, cuts, k)
                    seen = told, *(tuple(part.values()) for part in parts)
                    possible.setdefault(seen, []).append((whole, *outcomes, first, whole - first))
    for (told, *_), people in possible.items():
        for counts in zip(*people, strict=True) if told <= most - 2 * k else ():
            assert min(counts) % k == 0
            assert max(counts) - min(counts) >= k - 1
