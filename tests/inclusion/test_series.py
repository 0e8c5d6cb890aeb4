"""Releases over time: what a later one tells together with those before it, by hand and under the second attacker."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.inclusion.audit import Kind, audit_release
from consult.inclusion.dimensions import Dimension, InvalidInput, TooSoon
from consult.inclusion.release import Release, ReleaseRefused, build_release
from consult.inclusion.series import with_unasked
from tests.inclusion.attacker import Attacker, Labels
from tests.inclusion.people import AGE, DISABILITY, GENDER, PLACE, cell, rows_from, table, written

Rows = list[dict[str, str]]


def snapshot(name: str, dimensions: list[Dimension], counts: list[int], *before: Release, **more: Any) -> Release:
    rows = rows_from(dimensions, counts)
    return build_release(name, "s", "child", 10, dimensions, rows, previous=[one.json for one in before], **more)


def kinds(*releases: dict[str, Any]) -> set[Kind]:
    return {finding.kind for finding in audit_release(releases[-1], previous=releases[:-1]).findings}


def one_way(*counts: int | None, dimension: Dimension = GENDER, total: int) -> dict[str, Any]:
    cells = [cell(label, count=count) for label, count in zip(dimension.categories, counts, strict=True)]
    return {"dimensions": [dimension.name], "cells": [*cells, cell("*", count=total)]}


def two(first: dict[str, Any], second: dict[str, Any], dimension: Dimension = GENDER) -> list[dict[str, Any]]:
    return [
        written([first], [dimension], id="1"),
        written([second], [dimension], id="2", previous=["1"]),
    ]


def test_a_count_that_grew_by_fewer_than_k_is_withheld_with_a_partner() -> None:
    first = snapshot("1", [GENDER], [60, 50, 30])
    second = snapshot("2", [GENDER], [63, 71, 50], first)
    assert second.json["previous"] == ["1"]
    shown = table(second.json, "gender")
    assert shown[("girl",)] is None
    assert list(shown.values()).count(None) == 2
    assert audit_release(second.json, previous=[first.json]).ok


def test_what_did_not_change_and_what_grew_by_k_is_shown() -> None:
    first = snapshot("1", [GENDER], [60, 50, 30])
    second = snapshot("2", [GENDER], [60, 70, 40], first)
    assert table(second.json, "gender") == {("girl",): 60, ("boy",): 70, ("other",): 40, ("*",): 170}


def test_none_of_those_who_came_is_told_on_a_sensitive_dimension() -> None:
    of_three = Dimension("disability", ("yes", "no", "unsaid"), sensitive=True)
    first = snapshot("1", [of_three], [40, 90, 40])
    second = snapshot("2", [of_three], [40, 110, 60], first)
    shown = table(second.json, "disability")
    assert shown[("yes",)] is None
    assert Kind.GROUP_ZERO in kinds(*two(one_way(40, 90, 40, dimension=of_three, total=170),
                                         one_way(40, 110, 60, dimension=of_three, total=210), of_three))  # fmt: skip


def test_differences_told_and_implied_are_found() -> None:
    first = one_way(60, 50, 30, total=140)
    assert kinds(*two(first, one_way(60, 70, 40, total=170))) == set()
    assert Kind.DIFFERENCING in kinds(*two(first, one_way(63, 67, 40, total=170)))
    assert kinds(*two(first, one_way(None, None, 55, total=173))) & {Kind.IMPLIED_DIFFERENCE, Kind.NARROW}
    assert kinds(*two(first, one_way(None, None, 45, total=180))) == set()


def test_a_count_withheld_before_is_not_given_away_later() -> None:
    """Two groups held 40 together; nobody may leave, so when both are shown with 20 each nothing is left to hide."""
    first = one_way(100, None, None, total=140)
    assert Kind.EXACT not in kinds(written([first], [GENDER], id="1"))
    found = kinds(*two(first, one_way(120, 20, 20, total=160)))
    assert found & {Kind.EXACT, Kind.NARROW}


def test_withdrawals_that_show_are_reckoned_with() -> None:
    first, second = one_way(60, 50, 30, total=140), one_way(50, 80, 40, total=170)
    assert kinds(*two(first, second)) == set()
    assert Kind.INCONSISTENT not in kinds(*two(first, second))


def test_withdrawals_are_told_in_whole_lots_or_not_at_all() -> None:
    first = snapshot("1", [GENDER], [60, 50, 30])
    told = [snapshot("2", [GENDER], [60, 70, 40], first, withdrawn=n).json["changes"] for n in (0, 9, 10, 29)]
    assert told == [{}, {}, *({"withdrawn": n, "withdrawn_in_lots_of": 10} for n in (10, 20))]


@pytest.mark.parametrize("counts", [[60, 50, 30], [60, 50, 39], [60, 40, 30]])
def test_a_snapshot_needs_k_and_a_tenth_more(counts: list[int]) -> None:
    with pytest.raises(TooSoon, match="too few more"):
        snapshot("2", [GENDER], counts, snapshot("1", [GENDER], [60, 50, 30]))
    big = snapshot("1", [GENDER], [600, 500, 300])
    with pytest.raises(TooSoon, match="at least 140"):
        snapshot("2", [GENDER], [650, 550, 330], big)


def test_the_same_people_may_be_counted_by_something_else() -> None:
    first = snapshot("1", [GENDER], [60, 50, 30])
    themes = snapshot("2", [PLACE], [80, 60], first, same_people=True)
    assert table(themes.json, "place") == {("north",): 80, ("south",): 60, ("*",): 140}
    with pytest.raises(TooSoon, match="came or left"):
        snapshot("2", [PLACE], [80, 57], first, same_people=True)


def test_a_series_keeps_its_categories_its_threshold_and_its_order() -> None:
    first = snapshot("1", [GENDER], [60, 50, 30])
    other = Dimension("gender", ("girl", "boy", "another"))
    with pytest.raises(InvalidInput, match="categories never change"):
        snapshot("2", [other], [80, 70, 50], first)
    with pytest.raises(InvalidInput, match="k stays the same"):
        build_release("2", "s", "child", 11, [GENDER], rows_from([GENDER], [80, 70, 50]), previous=[first.json])
    second = snapshot("2", [GENDER], [80, 70, 50], first)
    with pytest.raises(InvalidInput, match="oldest first"):
        snapshot("3", [GENDER], [100, 90, 70], second)
    with pytest.raises(InvalidInput, match="give this one another"):
        snapshot("1", [GENDER], [80, 70, 50], first)


def test_a_wider_view_stays_for_the_series() -> None:
    fine = Dimension("gender", ("girl", "boy", "another", "unsaid"), groups={"rest": ("another", "unsaid")})
    first = snapshot("1", [fine], [70, 60, 4, 8])
    second = snapshot("2", [fine], [90, 80, 24, 28], first)
    assert second.json["dimensions"] == first.json["dimensions"]
    assert table(second.json, "gender")[("rest",)] == 52


def test_releases_that_told_little_bind_little() -> None:
    few = snapshot("1", [GENDER], [3, 3, 2])
    total = snapshot("2", [GENDER], [10, 8, 2], few)
    third = snapshot("3", [GENDER], [30, 20, 10], few, total)
    assert table(third.json, "gender")[("other",)] == 10


def test_overlapping_populations_are_one_series_with_the_class_as_a_dimension() -> None:
    """Survivors are children too: nothing of 'all children' less 'other children' gives four survivors away."""
    classes = Dimension("respondent_class", ("child", "child_survivor"), sensitive=True)
    release = snapshot("1", [classes, GENDER], [60, 50, 10, 2, 1, 1])
    assert table(release.json, "respondent_class")[("child",)] is None
    assert audit_release(release.json).ok


def safe(low: int, high: int, least: int, k: int) -> bool:
    return (low <= least and high > k) or (low >= k and high - low >= k)


def assert_series_withstands(releases: list[Release], chance: Random, most: int = 12) -> None:
    """No cell of any release is narrow, no change of a group is told, shown in a table or not."""
    attacker = Attacker(*(one.json for one in releases))
    k = attacker.k
    for at, least in chance.sample(sorted(attacker.hidden.items(), key=str), min(most, len(attacker.hidden))):
        low, high = attacker.whole_range(attacker.row(*at))
        assert safe(low, high, least, k), (at, low, high)
    for (labels, moment), count in attacker.known.items():
        assert not 0 < count < k
        for before in range(moment):
            assert not 0 < abs(count - attacker.known.get((labels, before), count)) < k, labels
    groups = attacker.groups()
    for labels in chance.sample(groups, min(most, len(groups))):
        for moment in range(1, attacker.last + 1):
            assert_change_is_not_told(attacker, labels, moment - 1, moment)


def assert_change_is_not_told(attacker: Attacker, labels: Labels, before: int, after: int) -> None:
    k = attacker.k
    told = [(labels, at) in attacker.known or (labels, at) in attacker.hidden for at in (before, after)]
    if all((labels, at) in attacker.known for at in (before, after)):
        return
    low, high = attacker.whole_range(attacker.change(labels, before, after))
    if all(told):
        assert high - low >= k or low >= k or high <= -k or low == high == 0, (labels, low, high)
    else:
        assert not (1 <= low < k and high - low < k), (labels, low, high)


def grown(chance: Random, people: Rows, dimensions: list[Dimension], k: int) -> Rows:
    """Some have left, k and a tenth more have come."""
    left = chance.sample(people, len(people) - chance.randint(0, 5))
    more = max(k, len(people) // 10 + 1) + len(people) - len(left) + chance.randint(0, 25)
    return left + strangers(chance, dimensions, more)


def strangers(chance: Random, dimensions: list[Dimension], number: int) -> Rows:
    shares = {one.name: [0.5**place for place in range(len(one.categories))] for one in dimensions}
    return [
        {one.name: chance.choices(one.categories, shares[one.name])[0] for one in dimensions} for _ in range(number)
    ]


def series(seed: int, dimensions: list[Dimension], steps: int) -> list[Release]:
    chance = Random(seed)
    people = strangers(chance, dimensions, chance.randint(40, 160))
    releases: list[Release] = []
    for step in range(steps):
        people = grown(chance, people, dimensions, 5) if step else people
        before = [one.json for one in releases]
        releases.append(build_release(str(step), "s", "young_adult", 5, dimensions, people, previous=before))
    return releases


@given(st.integers(0, 10**6))
@settings(max_examples=8, deadline=None)
def test_two_releases_with_withdrawals_withstand(seed: int) -> None:
    assert_series_withstands(series(seed, [AGE, GENDER], 2), Random(seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_three_releases_over_three_dimensions_withstand(seed: int) -> None:
    dimensions = [[AGE, GENDER, PLACE], [AGE, GENDER, DISABILITY]][seed % 2]
    assert_series_withstands(series(seed, dimensions, 3), Random(seed), most=25)


def test_nothing_leaves_without_time() -> None:
    first = snapshot("1", [GENDER], [60, 50, 30])
    with pytest.raises(ReleaseRefused, match="unresolved"):
        snapshot("2", [GENDER], [80, 70, 50], first, budget_seconds=0)


@pytest.mark.parametrize("small", [3, 12])
def test_nothing_follows_on_an_earlier_release_that_tells_who_was_not_asked_and_does_not_say_it(small: int) -> None:
    """Of 62 people 24 are 16 or 17, and asked: 38 less the 35 of 13 to 15 are the withheld three of 10 to 12."""
    ages = Dimension("age", ("10_12", "13_15", "16_17"))
    asked = Dimension("Q", ("good", "bad", "not_asked"), not_asked_of=("age", ("10_12", "13_15")))
    rows = [{"age": "10_12", "Q": "not_asked"}] * small + [{"age": "13_15", "Q": "not_asked"}] * 35
    rows += [{"age": "16_17", "Q": "good"}] * 12 + [{"age": "16_17", "Q": "bad"}] * 12
    silent = replace(asked, not_asked_of=None)
    first = build_release("1", "s", "child", 10, [ages, silent], rows, [("age",), ("Q",)]).json
    told = {table(first, "age")[("10_12",)], table(first, "Q")[("not_asked",)]}
    assert told == {None if small < 10 else small, small + 35}
    first["dimensions"] = [{k: v for k, v in one.items() if k != "not_asked_of"} for one in first["dimensions"]]
    more = [row for row in rows for _ in range(3)]
    for dimensions, previous in (([ages, asked], first), ([ages], with_unasked(first, [ages, asked]))):
        try:
            made = build_release("2", "s", "child", 10, dimensions, more, [("age",)], previous=[previous])
        except ReleaseRefused:
            made = None
        assert (made is None) is (small < 10)
    with pytest.raises(ReleaseRefused, match="unresolved"):
        build_release("2", "s", "child", 10, [ages], more, [("age",)], previous=[first])
