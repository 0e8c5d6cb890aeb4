"""The audit on releases written by hand: each way of giving somebody away has its own finding."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.inclusion.audit import Examination, Kind, audit_release
from consult.inclusion.dimensions import Dimension
from tests.inclusion.people import AGE, DISABILITY, GENDER, PLACE, cell, written

TOTAL = cell("*", count=140)


def kinds(release: dict[str, Any]) -> set[Kind]:
    return {finding.kind for finding in audit_release(release).findings}


def one_way(*counts: int | None, total: int = 140, dimension: Dimension = GENDER) -> dict[str, Any]:
    cells = [cell(label, count=count) for label, count in zip(dimension.categories, counts, strict=True)]
    return {"dimensions": [dimension.name], "cells": [*cells, cell("*", count=total)]}


def test_a_table_without_small_cells_passes_and_is_summed_up() -> None:
    result = audit_release(written([one_way(70, 60, 10)], [GENDER]))
    assert result.ok
    assert (result.summary.cells, result.summary.withheld, result.summary.narrowest) == (4, 0, None)


def test_a_small_count_may_not_be_shown() -> None:
    assert Kind.SMALL_PUBLISHED in kinds(written([one_way(71, 60, 9)], [GENDER]))


def test_a_lone_withheld_cell_is_a_subtraction() -> None:
    assert kinds(written([one_way(70, 66, None)], [GENDER])) == {Kind.EXACT}


def test_two_small_cells_do_not_hide_each_other() -> None:
    """130 of 140 shown: the other two hold ten together, so each holds one to nine."""
    assert kinds(written([one_way(130, None, None)], [GENDER])) == {Kind.NARROW}


def test_who_was_not_asked_is_known_from_ages() -> None:
    """22 were asked, so 22 are 16 or 17, and the other withheld age has three."""
    ages = Dimension("age", ("10_12", "13_15", "16_17"))
    answers = Dimension("Q", ("good", "bad", "not_asked"), not_asked_of=("age", ("10_12", "13_15")))
    tables = [one_way(None, 35, None, total=60, dimension=ages), one_way(12, 10, 38, total=60, dimension=answers)]
    release = written(tables, [ages, answers])
    assert kinds(release) == {Kind.UNRESOLVED}, "a release that does not say it may be of anybody"
    release["dimensions"][1]["not_asked_of"] = {"age": ["10_12", "13_15"]}
    assert Kind.EXACT in kinds(release)
    release["dimensions"][1]["not_asked_of"] = {"age": ["10_12", "13_14"]}
    assert kinds(release) == {Kind.INVALID}, "of a part of an age that is shown together"
    release["dimensions"][1]["not_asked_of"] = {}
    assert audit_release(release).ok


def test_who_could_choose_a_category_is_known_from_ages() -> None:
    """All but ten chose what is offered from 18 on, so at most ten are 16 or 17; nobody of 25 chose the other."""
    ages, word = Dimension("age", ("16_17", "18_24", "25p")), Dimension("x", ("younger", "older"))
    for older, told in ((130, {Kind.NARROW, Kind.IMPLIED_SMALL}), (120, set[Kind]())):
        tables = [one_way(None, None, 100, dimension=ages), one_way(140 - older, older, dimension=word)]
        release = written(tables, [ages, word])
        assert audit_release(release).ok
        release["dimensions"][1]["offered_to"] = {"age": {"older": ["18_24", "25p"], "younger": ["16_17", "18_24"]}}
        assert kinds(release) == told
    release["dimensions"][1]["offered_to"] = {"age": {"older": ["18_19"]}}
    assert kinds(release) == {Kind.INVALID}


@pytest.mark.parametrize(("not_asked", "safe"), [(20, False), (30, True), (0, True)])
def test_who_was_not_asked_is_unsaid_only_where_some_categories_have_that_number(not_asked: int, safe: bool) -> None:
    """Girls are 70, boys 50 and others 20: no genders have 30 people."""
    answers = Dimension("Q", ("good", "not_asked"))
    tables = [one_way(70, 50, 20), one_way(140 - not_asked, not_asked, dimension=answers)]
    assert kinds(written(tables, [GENDER, answers])) == (set() if safe else {Kind.UNRESOLVED})


def test_a_withheld_cell_with_a_large_partner_passes_and_its_range_is_told() -> None:
    result = audit_release(written([one_way(70, None, None)], [GENDER]))
    assert result.ok
    assert result.summary.narrowest == 68  # 70 in doubt, at least one in each: 1 to 69


def test_somebody_who_subtracts_himself_needs_room_too() -> None:
    """Eleven in doubt, either may be empty: a reader has 0 to 10, somebody in it 0 to 9 others."""
    sensitive = one_way(30, None, None, total=40, dimension=Dimension("x", ("a", "b", "c"), sensitive=True))
    assert kinds(written([sensitive], [Dimension("x", ("a", "b", "c"), sensitive=True)])) == {Kind.INSIDER}


def test_somebody_in_one_withheld_group_must_not_learn_of_another() -> None:
    """Girls who said yes are as many as boys who said no, t of 0 to 30: such a boy would know of such a girl."""
    answers = Dimension("disability", ("yes", "no", "unsaid"), sensitive=True)
    genders = Dimension("gender", ("girl", "boy"))
    margins = {("girl", "*"): 55, ("boy", "*"): 45, ("*", "yes"): 30, ("*", "no"): 40, ("*", "unsaid"): 30}
    hidden = [cell(gender, answer) for gender in genders.categories for answer in ("yes", "no")]
    shown = [cell(*at, count=count) for at, count in margins.items()]
    unsaid = [cell("girl", "unsaid", count=15), cell("boy", "unsaid", count=15), cell("*", "*", count=100)]
    crossed = {"dimensions": ["gender", "disability"], "cells": [*hidden, *shown, *unsaid]}
    findings = audit_release(written([crossed], [genders, answers])).findings
    assert {finding.kind for finding in findings} == {Kind.INSIDER}
    assert (("disability", ("yes",)), ("gender", ("girl",))) in {finding.region for finding in findings}


@pytest.mark.parametrize(("in_doubt", "wide"), [(26, True), (10, False)])
def test_an_insider_who_leaves_the_range_of_a_large_group_wide_is_no_finding(in_doubt: int, wide: bool) -> None:
    """Others who said nothing are 0 to `in_doubt`; boys who said nothing are 20 more than the others who said yes.

    An other who said yes knows of himself: of 20 to 46 boys 21 to 46 are left.
    """
    answers = Dimension("disability", ("yes", "no", "unsaid"), sensitive=True)
    genders = Dimension("gender", ("boy", "other"))
    hidden = [cell(gender, answer) for gender in genders.categories for answer in ("yes", "unsaid")]
    no = [cell("boy", "no", count=200), cell("other", "no", count=80), cell("*", "no", count=280)]
    of_gender = [cell("boy", "*", count=281 + in_doubt), cell("other", "*", count=80 + in_doubt)]
    of_answer = [cell("*", "yes", count=61 + in_doubt), cell("*", "unsaid", count=20 + in_doubt)]
    everybody = cell("*", "*", count=361 + 2 * in_doubt)
    crossed = {"dimensions": ["gender", "disability"], "cells": [*hidden, *no, *of_gender, *of_answer, everybody]}
    assert audit_release(written([crossed], [genders, answers])).ok is wide


def test_what_two_tables_say_of_a_withheld_age_is_put_together() -> None:
    """Ages b and c hold 60. One table shows 20 of age b, the other 35 of age c: b has 20 to 25 people."""
    ages, genders = Dimension("age", ("a", "b", "c")), Dimension("gender", ("girl", "boy"))
    alone = {"dimensions": ["age"], "cells": [cell("a", count=40), cell("b"), cell("c"), cell("*", count=100)]}

    def crossed(dimension: Dimension, at: tuple[str, str], count: int, first: int) -> dict[str, Any]:
        one, other = dimension.categories
        margins = [cell("*", one, count=first), cell("*", other, count=100 - first), cell("*", "*", count=100)]
        return {"dimensions": ["age", dimension.name], "cells": [cell(*at, count=count), *margins]}

    by_gender = crossed(genders, ("b", "girl"), 20, 60)
    by_place = crossed(PLACE, ("c", "north"), 35, 75)
    quiet: dict[str, Any] = {"method": {"name": "suppression"}}
    age_b = (("age", ("b",)),)
    for tables in ([alone, by_gender], [alone, by_place]):
        findings = audit_release(written(tables, [ages, genders, PLACE], **quiet)).findings
        assert (Kind.NARROW, age_b) not in {(finding.kind, finding.region) for finding in findings}
    findings = audit_release(written([alone, by_gender, by_place], [ages, genders, PLACE], **quiet)).findings
    assert {finding.region: finding.detail for finding in findings}[age_b] == "between 20 and 25"


def test_a_count_withheld_here_and_shown_there_is_found() -> None:
    crossed = {
        "dimensions": ["age_band", "place"],
        "cells": [cell(age, place, count=20) for age in AGE.categories for place in PLACE.categories]
        + [cell("13_15", "*", count=40), cell("*", "*", count=80)],
    }
    ages = {"dimensions": ["age_band"], "cells": [cell("13_15"), cell("16_17"), cell("*", count=80)]}
    assert Kind.EXACT in kinds(written([ages, crossed], [AGE, PLACE]))


def test_a_leaf_cell_that_is_not_listed_counts_as_withheld() -> None:
    table = {"dimensions": ["gender"], "cells": [cell("girl", count=70), cell("boy", count=65), TOTAL]}
    assert kinds(written([table], [GENDER])) == {Kind.EXACT}


def test_tables_that_are_safe_one_by_one_are_unpicked_together() -> None:
    """Each crossing hides its small cell behind a partner; that the place is known of all boys undoes it."""
    places = one_way(75, 65, dimension=PLACE)
    genders = one_way(70, None, None)
    crossed = {
        "dimensions": ["gender", "place"],
        "cells": [
            *(cell("girl", "north", count=35), cell("girl", "south", count=35)),
            *(cell("boy", "north"), cell("boy", "south", count=28)),
            *(cell("other", "north"), cell("other", "south", count=2)),
            *(cell("boy", "*"), cell("other", "*"), cell("*", "*", count=140)),
        ],
    }
    crossed["cells"][5] = cell("other", "south", count=0)
    release = written([places, genders, crossed], [GENDER, PLACE])
    assert audit_release(written([genders], [GENDER])).ok
    assert kinds(release) == {Kind.INCONSISTENT}  # 35 + 28 + 0 people in the south are not 65
    crossed["cells"][3] = cell("boy", "south", count=30)
    assert audit_release(release).ok
    boys = {"dimensions": ["gender"], "cells": [cell("girl", count=70), cell("boy", count=66), cell("other"), TOTAL]}
    assert Kind.EXACT in kinds(written([places, boys, crossed], [GENDER, PLACE]))


def test_two_crossings_that_pin_down_a_third_are_found() -> None:
    """No table shows girls of 13 to 15 in the north, yet three two-way tables leave seven to eleven of them."""
    people = [8, 12, 12, 1, 3, 9, 9, 9]
    sizes = dict(zip(product((0, 1), repeat=3), people, strict=True))
    genders = Dimension("gender", ("girl", "boy"))
    axes = (AGE, genders, PLACE)
    tables = []
    for one, other in ((0, 1), (0, 2), (1, 2)):
        cells = []
        for a, b in product((0, 1), repeat=2):
            count = sum(size for kind, size in sizes.items() if kind[one] == a and kind[other] == b)
            cells.append(cell(axes[one].categories[a], axes[other].categories[b], count=count))
        total = cell("*", "*", count=sum(sizes.values()))
        tables.append({"dimensions": [axes[one].name, axes[other].name], "cells": [*cells, total]})
    findings = audit_release(written(tables, axes)).findings
    assert {finding.kind for finding in findings} == {Kind.IMPLIED_SMALL}
    details = {finding.region: finding.detail for finding in findings}
    girls = (("age_band", ("13_15",)), ("gender", ("girl",)), ("place", ("north",)))
    assert details[girls] == "between 7 and 11 people follow from the tables"


@pytest.mark.parametrize(
    ("yes", "no", "kind"), [(0, 40, Kind.GROUP_ZERO), (40, 0, Kind.GROUP_100), (2, 38, Kind.SMALL_PUBLISHED)]
)
def test_all_or_none_of_a_group_is_not_told_on_a_sensitive_dimension(yes: int, no: int, kind: Kind) -> None:
    assert kind in kinds(written([one_way(yes, no, total=40, dimension=DISABILITY)], [DISABILITY]))


def test_nine_in_ten_of_a_small_group_is_not_told_either() -> None:
    of_three = Dimension("disability", ("yes", "no", "unsaid"), sensitive=True)
    assert kinds(written([one_way(None, 45, None, total=49, dimension=of_three)], [of_three])) >= {Kind.GROUP_100}
    plain = Dimension("device", ("own", "shared"))
    assert audit_release(written([one_way(0, 40, total=40, dimension=plain)], [plain])).ok


def test_those_who_skipped_are_the_same_people_in_every_option_of_a_question() -> None:
    """Safe alone: 31 and 12 people in doubt. Together the second option leaves the first one 1 to 11 who skipped."""
    options = [Dimension(name, ("yes", "no", "skipped"), option_of="Q") for name in ("Q.a", "Q.b")]
    first, second = one_way(109, None, None, dimension=options[0]), one_way(130, None, None, dimension=options[1])
    release = written([first, second], options)
    assert Kind.NARROW in kinds(release)
    for dimension in release["dimensions"]:
        dimension["option_of"] = "Q"
    ranges = {finding.region: finding.detail for finding in audit_release(release).findings}
    assert ranges[("Q.a", ("skipped",)),] == "between 1 and 9"
    assert ranges[("Q.a", ("no",)),] == "between 22 and 30"


def test_the_limit_of_choices_is_known_to_readers() -> None:
    """With one choice each at most, 130 choices were made by 130 people: of 140, ten are left to skip."""
    options = [Dimension(name, ("yes", "no", "skipped"), option_of="Q") for name in ("Q.a", "Q.b")]
    release = written([one_way(65, None, None, dimension=one) for one in options], options)
    for dimension in release["dimensions"]:
        dimension["option_of"] = "Q"
    assert audit_release(release).ok
    for dimension in release["dimensions"]:
        dimension["choices"] = [1, 1]
    assert kinds(release) == {Kind.EXACT}


def test_numbers_that_cannot_be_true_together_are_found() -> None:
    assert kinds(written([one_way(70, 60, 20)], [GENDER])) == {Kind.INCONSISTENT}
    again = {"dimensions": ["gender"], "cells": [cell("girl", count=71)]}
    assert Kind.INCONSISTENT in kinds(written([one_way(70, 60, 10), again], [GENDER]))


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"k": "ten"},
        {"method": {"name": "rounding", "base": 5}},
        {"tables": [{"dimensions": ["height"], "cells": []}]},
        {"tables": [{"dimensions": ["gender"], "cells": [cell("giant", count=12)]}]},
        {"tables": [{"dimensions": ["gender"], "cells": [cell("girl", count=-1)]}]},
        {"tables": [{"dimensions": ["gender"], "cells": [{"at": ["girl"], "count": 12.5}]}]},
        {"tables": [{"dimensions": ["gender"], "cells": [{"at": ["girl"], "count": None}]}]},
        {"tables": [{"dimensions": ["gender"], "cells": [{"at": ["girl"], "count": 15, "rounded_to": 5}]}]},
        {"dimensions": "none"},
    ],
)
def test_what_cannot_be_read_without_doubt_is_invalid(change: dict[str, Any]) -> None:
    assert kinds({**written([one_way(70, 60, 10)], [GENDER]), **change}) == {Kind.INVALID}


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in _places(child, (*path, key)))]


@given(st.data(), st.sampled_from([None, 7, -1, 3.5, "x", [], {}, [[]], [None], {"a": 1}, True]))
@settings(max_examples=150, deadline=None)
def test_a_damaged_release_is_judged_and_never_breaks_the_audit(data: st.DataObject, junk: Any) -> None:
    option = Dimension("Q.a", ("yes", "no", "skipped"), option_of="Q")
    release = written([one_way(70, None, None), one_way(100, 30, 10, dimension=option)], [GENDER, option], previous=[])
    release["dimensions"][1] |= {"option_of": "Q", "choices": [0, 1], "groups": {"rest": ["no", "skipped"]}}
    *parents, last = data.draw(st.sampled_from([place for place in _places(release) if place]))
    holder: Any = release
    for key in parents:
        holder = holder[key]
    holder[last] = junk
    assert isinstance(audit_release(release, 5).ok, bool)


def test_no_time_and_earlier_releases_leave_it_unresolved() -> None:
    release = written([one_way(70, 60, 10)], [GENDER])
    assert {finding.kind for finding in audit_release(release, 0).findings} == {Kind.UNRESOLVED}
    assert kinds({**release, "previous": ["earlier"]}) == {Kind.UNRESOLVED}


def test_an_option_that_no_table_shows_is_reckoned_with_and_nothing_breaks() -> None:
    """Of a question whose other options are shown, in one release and in a series."""

    def shown(name: str, previous: list[str], more: int) -> dict[str, Any]:
        options = [
            {"name": f"q.{each}", "categories": ["yes", "no", "skipped"], "option_of": "q", "choices": [1, 1]}
            for each in ("phone", "chat")
        ]
        counts = {"yes": 40 + more, "no": 30 + more, "skipped": 20}
        cells = [{"at": [label], "count": n} for label, n in counts.items()]
        return {
            "version": 1,
            "id": name,
            "series": "s",
            "previous": previous,
            "k": 10,
            "method": {"name": "suppression"},
            "population": {"respondent_class": "child"},
            "dimensions": options,
            "tables": [{"dimensions": ["q.phone"], "cells": [*cells, {"at": ["*"], "count": sum(counts.values())}]}],
        }

    one, two = shown("one", [], 0), shown("two", ["one"], 15)
    assert audit_release(one, 20).ok
    assert audit_release(two, 20, previous=[one]).ok


def test_a_trial_that_time_runs_out_on_fails_and_leaves_everything_as_it_was() -> None:
    left = 60.0
    examination = Examination([written([one_way(70, None, None)], [GENDER])], lambda: left)
    assert list(examination.findings()) == []
    withheld = dict(examination.published.withheld)
    left = 0.0
    assert not examination.passes_with({(("gender", (GENDER.categories[1],)),): 33})
    assert examination.published.withheld == withheld
