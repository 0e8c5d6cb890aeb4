"""Releases: what is told at which size, golden cases worked out by hand, and properties under a second attacker."""

import json
import pickle
from collections.abc import Sequence
from copy import deepcopy
from hashlib import sha256
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from consult.inclusion.audit import audit_release
from consult.inclusion.dimensions import Dimension, InvalidInput
from consult.inclusion.release import Release, ReleaseRefused, build_release, freeze
from tests.inclusion.attacker import Attacker
from tests.inclusion.people import AGE, DISABILITY, GENDER, PLACE, cell, in_wider, rows_from, table, written

Counts = list[int]
OPTIONS = [
    Dimension(
        f"Q.{letter}",
        ("yes", "no", "skipped"),
        groups={"not_chosen": ("no", "skipped")},
        option_of="Q",
        choices=(1, 2),
    )
    for letter in "ab"
]


def children(dimensions: Sequence[Dimension], counts: Counts, **more: Any) -> Release:
    return build_release("2026-05", "children", "child", 10, dimensions, rows_from(dimensions, counts), **more)


def test_under_k_there_is_no_number_at_all() -> None:
    release = children([GENDER], [4, 3, 2]).json
    assert release["population"] == {"respondent_class": "child", "size": "under_k"}
    assert release["tables"] == []
    assert not any(character in json.dumps(release["tables"]) for character in "123456789")


@pytest.mark.parametrize("people", [10, 29])
def test_under_three_k_there_is_the_total_alone(people: int) -> None:
    release = children([GENDER, AGE], [people, 0, 0, 0, 0, 0]).json
    assert release["tables"] == [{"dimensions": [], "cells": [{"at": [], "count": people}]}]


def test_asking_for_no_tables_gives_the_total_alone_at_any_size() -> None:
    """What strands of child survivors and of children who caused harm may show."""
    release = children([GENDER], [50, 50, 40], tables=[]).json
    assert release["tables"] == [{"dimensions": [], "cells": [{"at": [], "count": 140}]}]


def test_under_a_hundred_there_are_single_margins_and_two_way_tables_that_were_asked_for() -> None:
    counts = [16] * 6
    assert [one["dimensions"] for one in children([GENDER, AGE], counts).json["tables"]] == [["gender"], ["age_band"]]
    asked = children([GENDER, AGE], counts, tables=[("age_band", "gender")]).json
    assert [one["dimensions"] for one in asked["tables"]] == [["gender", "age_band"]]
    assert len(children([GENDER, AGE], [17] * 6).json["tables"]) == 3


def test_a_small_cell_takes_the_smallest_partner_that_protects_it() -> None:
    release = children([GENDER], [30, 25, 3])
    assert table(release.json, "gender") == {("girl",): 30, ("boy",): None, ("other",): None, ("*",): 58}
    assert release.json["audit"]["withheld"] == 2
    assert release.json["audit"]["narrowest"] == 26  # 28 in doubt, 1 to 27 in each


def test_a_small_cell_of_a_two_way_table_takes_the_cheapest_circle() -> None:
    """4 hides behind 25, 35 and 50 (110 people): through 30 and 40 it would cost 120."""
    places = Dimension("place", ("north", "south", "east"))
    release = children([AGE, places], [30, 25, 4, 40, 35, 50]).json
    crossed = table(release, "age_band", "place")
    assert [crossed["13_15", place] for place in places.categories] == [30, None, None]
    assert [crossed["16_17", place] for place in places.categories] == [40, None, None]
    assert table(release, "place") == {("north",): 70, ("south",): 60, ("east",): 54, ("*",): 184}


def test_of_a_two_way_table_full_of_holes_margins_and_the_largest_group_stay() -> None:
    release = children([AGE, GENDER], [60, 55, 8, 50, 52, 7]).json
    tie, wide = ["gender", "gender:largest"], ["age_band", "gender:largest"]
    assert [one["dimensions"] for one in release["tables"]] == [["age_band"], ["gender"], tie, wide]
    assert table(release, "gender")[("other",)] == 15
    assert table(release, *wide)["13_15", "girl"] == 60
    assert table(release, *wide)["16_17", "others"] == 59


def test_where_a_category_is_called_others_there_is_no_table_by_the_largest_group() -> None:
    gender = Dimension("gender", ("girl", "boy", "others"))
    release = children([AGE, gender], [60, 55, 8, 50, 52, 7]).json
    assert [one["dimensions"] for one in release["tables"]] == [["age_band"], ["gender"]]


def test_a_category_may_be_called_like_two_others_together() -> None:
    """It is no sum of these two: taken for one, ages would be withheld beside it, which nobody need do."""
    gender = Dimension("gender", ("girl", "boy", "girl + boy"))
    release = children([AGE, gender], [18, 33, 8, 22, 26, 13]).json
    assert table(release, "age_band") == {("13_15",): 59, ("16_17",): 61, ("*",): 120}


def test_the_group_that_stands_alone_stays_for_the_series() -> None:
    """Girls are the most at first; that there are more boys later changes nothing."""
    first = children([AGE, GENDER], [35, 25, 2, 30, 20, 1])
    assert table(first.json, "gender")[("boy",)] is None
    assert table(first.json, "age_band", "gender:largest")["13_15", "girl"] == 35
    second = build_release(
        "2026-11",
        "children",
        "child",
        10,
        [AGE, GENDER],
        rows_from([AGE, GENDER], [50, 90, 6, 45, 80, 6]),
        previous=[first.json],
    )
    assert table(second.json, "gender")[("boy",)] == 170
    assert table(second.json, "age_band", "gender:largest")["13_15", "girl"] == 50


def test_a_wider_view_is_used_where_it_shows_more_people() -> None:
    fine = Dimension(
        "gender", ("girl", "boy", "another", "unsaid"), groups={"another_or_unsaid": ("another", "unsaid")}
    )
    assert table(children([fine], [70, 60, 4, 8]).json, "gender")[("another_or_unsaid",)] == 12
    assert table(children([fine], [70, 60, 14, 18]).json, "gender")[("another",)] == 14


def test_the_single_year_band_is_never_alone() -> None:
    bands = Dimension("age_band", ("13_14", "15", "16_17"), groups={"13_15": ("13_14", "15")}, never_alone=("15",))
    release = children([bands], [50, 40, 50]).json
    assert table(release, "age_band") == {("13_15",): 90, ("16_17",): 50, ("*",): 140}
    assert '"15"' not in json.dumps(release)


@pytest.mark.parametrize("counts", [[0, 60, 0], [60, 0, 0], [2, 58, 0]])
def test_all_or_none_with_a_sensitive_value_is_not_told(counts: Counts) -> None:
    sensitive = Dimension("disability", ("yes", "no", "unsaid"), sensitive=True)
    shown = table(children([sensitive], counts).json, "disability")
    assert [shown[(label,)] for label in sensitive.categories] == [None, None, None]


def test_zeros_are_shown_where_nothing_sensitive_is_told_and_the_note_says_so() -> None:
    release = children([GENDER], [30, 28, 0]).json
    assert table(release, "gender")[("other",)] == 0
    assert release["method"]["public_bounds"] == {"withheld": [1, None]}
    assert children([GENDER, DISABILITY], [9] * 6).json["method"]["public_bounds"] == {"withheld": [0, None]}


def test_an_option_shows_who_chose_it_and_hides_who_skipped() -> None:
    plain = Dimension("Q.a", ("yes", "no", "skipped"), option_of="Q")
    shown = table(children([plain], [30, 66, 4]).json, "Q.a")
    assert shown == {("yes",): 30, ("no",): None, ("skipped",): None, ("*",): 100}


def test_text_and_digest_belong_to_the_object() -> None:
    release = children([GENDER], [30, 25, 3])
    assert json.loads(release.text) == release.json
    assert release.digest == sha256(release.text.encode()).hexdigest()
    assert {"method", "changes", "audit", "population", "dimensions", "tables"} <= set(release.json)


def test_freezing_refuses_what_its_audit_rejects() -> None:
    lone = written(
        [{"dimensions": ["gender"], "cells": [cell("girl", count=70), cell("boy", count=60), cell("other")]}], [GENDER]
    )
    lone["tables"][0]["cells"].append(cell("*", count=139))
    with pytest.raises(ReleaseRefused, match="failed: exact") as refused:
        freeze(lone, 10)
    assert [finding.region for finding in refused.value.findings] == [(("gender", ("other",)),)]
    assert "9" not in str(refused.value)
    travelled = pickle.loads(pickle.dumps(refused.value))  # releases are made in a process of their own
    assert travelled.findings == refused.value.findings


def test_without_time_everything_is_dropped_rather_than_shown_unaudited() -> None:
    with pytest.raises(ReleaseRefused, match="unresolved"):
        children([GENDER, AGE], [30, 25, 3, 40, 40, 40], budget_seconds=0)


def test_a_release_needs_a_name_and_a_dimension() -> None:
    with pytest.raises(InvalidInput, match="needs an id"):
        build_release("", "s", "child", 10, [GENDER], [])
    with pytest.raises(InvalidInput, match="at least one dimension"):
        build_release("1", "s", "child", 10, [], [])


def safe(low: int, high: int, least: int, k: int) -> bool:
    """Wide open to a reader: may look empty and be at or over k, or is over k and still not told within k."""
    return (low <= least and high > k) or (low >= k and high - low >= k)


def assert_withstands(release: Release) -> None:
    """No withheld cell is narrow in whole people, nor for somebody in another cell that might have been empty."""
    attacker = Attacker(release.json)
    loose = []
    for at, least in attacker.hidden.items():
        low, high = attacker.whole_range(attacker.row(*at))
        assert safe(low, high, least, attacker.k), (at, low, high)
        loose.append(attacker.loose_range(attacker.row(*at)))
        for own in [other for other, bound in attacker.hidden.items() if bound == 0 and other != at][:3]:
            low, high = attacker.whole_range(attacker.row(*at), himself=attacker.row(*own))
            assert high - low >= attacker.k, (at, own, low, high)
    assert min((high - low for low, high in loose), default=None) == release.json["audit"]["narrowest"]


def assert_true_and_complete(release: Release, rows: list[dict[str, str]]) -> None:
    """Every number is the true one, none is 1 to k - 1, every leaf cell is listed, one mark hides them all."""
    rows = [in_wider(row, release.json) for row in rows]
    for one in release.json["tables"]:
        for listed in one["cells"]:
            wanted = [
                (name, label) for name, label in zip(one["dimensions"], listed["at"], strict=True) if label != "*"
            ]
            true = sum(all(row[name] == label for name, label in wanted) for row in rows)
            assert listed["count"] in (None, true)
            assert listed["count"] is None or not 0 < listed["count"] < release.json["k"]
            assert ("protected" in listed) == (listed["count"] is None)
            assert listed.get("protected", "withheld") == "withheld"


def assert_nothing_to_spare(release: Release, rows: list[dict[str, str]]) -> None:
    """Showing any one further cell of k or more people would give something away: the negative control."""
    sensitive = {one["name"] for one in release.json["dimensions"] if one.get("sensitive")}
    rows = [in_wider(row, release.json) for row in rows]
    for labels, _ in Attacker(release.json).hidden:
        true = sum(all(row[name] == label for name, label in labels) for row in rows)
        if true < release.json["k"] or sensitive & {name for name, _ in labels}:
            continue
        leaky = deepcopy(release.json)
        for one in leaky["tables"]:
            for listed in one["cells"]:
                pairs = zip(one["dimensions"], listed["at"], strict=True)
                if frozenset((name, label) for name, label in pairs if label != "*") == labels:
                    listed["count"] = true
                    del listed["protected"]
        assert not audit_release(leaky).ok, sorted(labels)


def people(cells: int, least: int) -> st.SearchStrategy[Counts]:
    """Head counts, many of them small or none, for everybody to add up to at least `least`."""
    count = st.one_of(st.integers(0, 6), st.integers(0, 40))
    return st.lists(count, min_size=cells, max_size=cells).filter(lambda counts: sum(counts) >= least)


@given(people(12, 60))
@settings(max_examples=40, deadline=None)
def test_ages_genders_and_places_withstand(counts: Counts) -> None:
    dimensions = [AGE, GENDER, PLACE]
    rows = rows_from(dimensions, counts)
    crossings = [(one.name,) for one in dimensions] + [
        ("age_band", "gender"),
        ("gender", "place"),
        ("age_band", "place"),
    ]
    release = build_release("1", "s", "young_adult", 5, dimensions, rows, crossings)
    assert_withstands(release)
    assert_true_and_complete(release, rows)
    assert_nothing_to_spare(release, rows)


@given(people(12, 100))
@settings(max_examples=40, deadline=None)
def test_a_sensitive_dimension_withstands(counts: Counts) -> None:
    dimensions = [GENDER, PLACE, DISABILITY]
    release = children(dimensions, counts)
    assert_withstands(release)
    assert_true_and_complete(release, rows_from(dimensions, counts))
    known = Attacker(release.json).known
    for (labels, _), count in known.items():
        base = known.get((frozenset(pair for pair in labels if pair[0] != "disability"), 0))
        if base and any(name == "disability" for name, _ in labels):
            assert 0 < count < base


@given(people(8, 60))
@settings(max_examples=40, deadline=None)
def test_options_of_a_question_withstand(counts: Counts) -> None:
    kinds = [("yes", "no"), ("no", "yes"), ("yes", "yes"), ("skipped", "skipped")]
    crossings = [(age, kind) for age in AGE.categories for kind in kinds]
    rows = [
        {"age_band": age, "Q.a": first, "Q.b": second}
        for (age, (first, second)), count in zip(crossings, counts, strict=True)
        for _ in range(count)
    ]
    dimensions = [AGE, *OPTIONS]
    tables = [("age_band",), ("Q.a",), ("Q.b",), ("age_band", "Q.a"), ("age_band", "Q.b")]
    release = build_release("1", "s", "young_adult", 5, dimensions, rows, tables)
    assert_withstands(release)
    assert_nothing_to_spare(release, rows)


@given(people(8, 40))
@settings(max_examples=40, deadline=None)
@example([3, 20, 15, 0, 0, 9, 13, 0])
def test_what_only_some_ages_were_asked_withstands_who_knows_the_form(counts: Counts) -> None:
    """Who was not asked is known from ages, and of one question from another that the same ages were asked."""
    age = Dimension("age", ("10_12", "13_15", "16_17"))
    first, second = (
        Dimension(name, ("good", "bad", "not_asked"), not_asked_of=("age", ("10_12", "13_15"))) for name in "pq"
    )
    about = Dimension("about", ("yes", "no", "not_asked"), sensitive=True, not_asked_of=("age", ("10_12",)))
    kinds = [("10_12", "not_asked", "not_asked", "not_asked")]
    kinds += [("13_15", "not_asked", "not_asked", each) for each in ("yes", "no")]
    kinds += [("16_17", *each) for each in product(("good", "bad"), ("good", "bad"), ("yes",))]
    kinds += [("16_17", "bad", "good", "no")]
    names = ("age", "p", "q", "about")
    rows = [
        dict(zip(names, kind, strict=True)) for kind, count in zip(kinds, counts, strict=True) for _ in range(count)
    ]
    tables = [*((name,) for name in names), ("age", "p"), ("age", "about")]
    release = build_release("1", "s", "young_adult", 5, [age, first, second, about], rows, tables)
    assert_withstands(release)
    assert_true_and_complete(release, rows)


@given(people(7, 20))
@settings(max_examples=6, deadline=None)
@example([7, 9, 20, 20, 0, 14, 7])
def test_what_only_some_ages_could_choose_withstands_who_knows_the_form(counts: Counts) -> None:
    """Nobody of 10 to 15 is "late": a withheld nought there covers nothing, and 20 was told until the audit knew it."""
    age = Dimension("age", ("10_12", "13_15", "16_17"))
    about = Dimension("x", ("a", "b", "late"), sensitive=True, offered_to=("age", {"late": ("16_17",)}))
    kinds = [kind for kind in product(age.categories, about.categories) if kind[1] != "late" or kind[0] == "16_17"]
    rows = [dict(zip(("age", "x"), kind, strict=True)) for kind, n in zip(kinds, counts, strict=True) for _ in range(n)]
    release = build_release("1", "s", "young_adult", 5, [age, about], rows, [("age",), ("x",), ("age", "x")])
    assert_withstands(release)
    assert_true_and_complete(release, rows)


@given(people(9, 40))
@settings(max_examples=12, deadline=None)
@example([9, 20, 3, 15, 0, 12, 8, 11, 4])
def test_what_is_asked_after_an_answer_alone_withstands_who_knows_the_form(counts: Counts) -> None:
    """Who is not asked is known from another answer, and who was not asked that from ages."""
    age = Dimension("age", ("10_12", "13_15", "16_17"))
    first = Dimension("p", ("a", "b", "skipped", "not_asked"), not_asked_of=("age", ("10_12",)))
    after = Dimension("q", ("x", "y", "not_asked"), not_asked_of=("p", ("b", "skipped", "not_asked")))
    kinds = [("10_12", "not_asked", "not_asked")]
    kinds += [(band, "a", each) for band in ("13_15", "16_17") for each in ("x", "y")]
    kinds += [(band, each, "not_asked") for band in ("13_15", "16_17") for each in ("b", "skipped")]
    names = ("age", "p", "q")
    rows = [
        dict(zip(names, kind, strict=True)) for kind, count in zip(kinds, counts, strict=True) for _ in range(count)
    ]
    tables = [*((name,) for name in names), ("age", "p"), ("age", "q")]
    release = build_release("1", "s", "young_adult", 5, [age, first, after], rows, tables)
    assert_withstands(release)
    assert_true_and_complete(release, rows)


@given(people(4, 40))
@settings(max_examples=20, deadline=None)
@example([30, 40, 3, 40])
def test_a_question_from_15_on_does_not_tell_who_of_13_to_15_is_15(counts: Counts) -> None:
    """10 to 12 and 13 to 14 are those who were not asked; less 10 to 12 they are known too."""
    bands = ("10_12", "13_14", "15", "16_17")
    age = Dimension("age", bands, groups={"13_15": ("13_14", "15")}, never_alone=("15",))
    older = Dimension("Q", ("good", "bad", "not_asked"), not_asked_of=("age", ("10_12", "13_14")))
    rows = [
        {"age": band, "Q": "not_asked" if band in bands[:2] else ("good", "bad")[place % 2]}
        for band, count in zip(bands, counts, strict=True)
        for place in range(count)
    ]
    release = build_release("1", "s", "young_adult", 5, [age, older], rows, [("age",), ("Q",), ("age", "Q")])
    assert "Q" not in {name for one in release.json["tables"] for name in one["dimensions"]}
    assert [one["dimensions"] for one in release.json["tables"]] == [["age"]] or len(rows) < 15


@pytest.mark.parametrize("small", [(1, 2, 3, 4), (5, 6, 7, 8, 9)])
def test_which_partner_is_taken_does_not_tell_which_small_count_it_is(small: tuple[int, ...]) -> None:
    """With a partner of ten beside it, one would be the only count for which the ten do not do."""
    dimension = Dimension("group", ("a", "b", "c", "d"))
    shown = set()
    for count in small:
        rows = [{"group": name} for name, n in zip("abcd", (35, count, 10, 22 - count), strict=True) for _ in range(n)]
        cells = build_release("one", "series", "child", 10, [dimension], rows).json["tables"][0]["cells"]
        shown.add(tuple(cell["count"] is None for cell in cells))
    assert len(shown) == 1
