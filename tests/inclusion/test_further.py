"""Finer tables come along where nothing has to go for them, and planned groups where every category is too fine."""

from __future__ import annotations

import json
import sys
from random import Random
from typing import Any

import pytest

from consult.inclusion.audit import audit_release
from consult.inclusion.dimensions import Dimension
from consult.inclusion.document import Heading
from consult.inclusion.further import add_further
from consult.inclusion.gathered import OTHERS, gathered, with_gathered
from consult.inclusion.protect import protect
from consult.inclusion.release import release_tables
from consult.inclusion.series import Series
from consult.inclusion.tabulate import Tables, tabulate
from tests.inclusion.people import in_wider

AGE = Dimension("age", ("13_15", "16_17"))
GENDER = Dimension("gender", ("girl", "boy", "another", "prefer_not", "skipped"))
OPTIONS = tuple(
    Dimension(f"q.{name}", ("yes", "no", "skipped"), option_of="q", choices=(1, 2))
    for name in ("phone", "chat", "post")
)
DIMENSIONS = (AGE, GENDER, *OPTIONS)
BASE = (("age",), ("gender",), *((each.name,) for each in OPTIONS), ("age", "gender"))
BY_GENDER = tuple(("gender", each.name) for each in OPTIONS)
PLANNED = {"girl": ("girl",), "boy": ("boy",)}
HEADING = Heading("one", "series", "child", 10)
Names = tuple[tuple[str, ...], ...]
Cells = dict[tuple[tuple[str, str], ...], int | None]


def people(n: int, seed: int) -> list[dict[str, str]]:
    """Invented people; three of the five genders are rare."""
    chance = Random(seed)
    found = []
    for _ in range(n):
        chosen = chance.sample([each.name for each in OPTIONS], chance.randint(1, 2))
        found.append(
            {
                "age": chance.choice(AGE.categories),
                "gender": chance.choices(GENDER.categories, (45, 42, 5, 4, 4))[0],
                **{option.name: "yes" if option.name in chosen else "no" for option in OPTIONS},
            }
        )
    return found


def counted(n: int, seed: int) -> Tables:
    tables = tabulate(people(n, seed), DIMENSIONS, (*BASE, *BY_GENDER))
    view = gathered(GENDER, PLANNED)
    assert view is not None
    grown = with_gathered(tables, view)
    planned = {("gender", "gender:planned"), *(("gender:planned", name) for _, name in BY_GENDER)}
    return grown.only(names for names in grown.counts if names in tables.counts or names in planned)


WAYS = [[BY_GENDER, [("gender", "gender:planned"), *(("gender:planned", name) for _, name in BY_GENDER)]]]


def made(tables: Tables, *, further: bool) -> dict[str, Any]:
    only = tables if further else tables.only(BASE)
    return json.loads(release_tables(HEADING, only, chosen=True, left=40, further=WAYS if further else ()).text)


def cells(release: dict[str, Any]) -> Cells:
    found: Cells = {}
    for table in release["tables"]:
        for cell in table["cells"]:
            at = zip(table["dimensions"], cell["at"], strict=True)
            found[tuple(sorted((name, label) for name, label in at if label != "*"))] = cell["count"]
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_number_that_is_shown_without_finer_tables_goes_for_them(seed: int) -> None:
    tables = counted(260, seed)
    without, along = cells(made(tables, further=False)), cells(made(tables, further=True))
    gone = [at for at, count in without.items() if count is not None and along[at] != count]
    assert gone == []
    assert len(along) > len(without)


def test_planned_groups_are_shown_where_every_category_is_too_fine() -> None:
    release = made(counted(260, 1), further=True)
    names = {tuple(table["dimensions"]) for table in release["tables"]}
    assert names.isdisjoint(BY_GENDER)
    shown = cells(release)
    by_gender = [shown[tuple(sorted((("gender:planned", who), ("q.phone", "yes"))))] for who in ("girl", "boy")]
    assert all(count is None or count >= 10 for count in by_gender)
    assert any(by_gender)
    assert audit_release(release, 40).ok


AGED_BY_GENDER = ("age", "gender:planned")
TIE = ("gender", "gender:planned")
PAIR = [[[("age", "gender")], [TIE, AGED_BY_GENDER]]]


def by_planned_pair(rows: list[dict[str, str]], dimensions: tuple[Dimension, ...], names: Names) -> Tables:
    tables = tabulate(rows, dimensions, [("age",), ("gender",), ("age", "gender"), *names])
    view = gathered(dimensions[1], PLANNED)
    assert view is not None
    return with_gathered(tables, view).only([*tables.counts, TIE, AGED_BY_GENDER])


def with_pair(tables: Tables) -> Cells:
    always = [names for names in tables.counts if "gender:planned" not in names]
    return cells(json.loads(release_tables(HEADING, tables, chosen=True, left=40, planned=PAIR, always=always).text))


def test_a_planned_pair_stands_before_the_number_of_those_who_skipped() -> None:
    """Each count of the pair is large, and it does not stand beside that number, which nobody planned for."""
    gender = Dimension("gender", ("girl", "boy", "another", "not_sure", "prefer_not", "skipped"))
    counts = {"13_15": (30, 29, 0, 3, 3, 8), "16_17": (26, 29, 2, 3, 2, 5)}
    rows = [
        {"age": age, "gender": who}
        for age, groups in counts.items()
        for who, people in zip(gender.categories, groups, strict=True)
        for _ in range(people)
    ]
    tables = by_planned_pair(rows, (AGE, gender), ())
    shown = with_pair(tables)
    assert [shown[("age", age), ("gender:planned", who)] for age in counts for who in (*PLANNED, OTHERS)] == [
        30, 29, 14, 26, 29, 12,
    ]  # fmt: skip


def test_no_number_of_a_planned_pair_goes_for_tables_that_nobody_planned() -> None:
    chance, answers = Random(48), Dimension("q", ("a", "b", "c"))
    gender = Dimension("gender", ("girl", "boy", "another", "prefer_not"))
    rows = [
        {
            "age": chance.choice(AGE.categories),
            "gender": chance.choices(gender.categories, (45, 42, 6, 6))[0],
            "q": chance.choices(answers.categories, (5, 3, 2))[0],
        }
        for _ in range(200)
    ]
    asked = (("q",), ("age", "q"), ("gender", "q"))
    tables = by_planned_pair(rows, (AGE, gender, answers), asked)
    alone = with_pair(tables.only(names for names in tables.counts if "q" not in names))
    beside = with_pair(tables)
    numbers = {at: count for at, count in alone.items() if {name for name, _ in at} == {*AGED_BY_GENDER}}
    assert any(numbers.values())
    assert {at: beside.get(at) for at in numbers} == numbers
    assert any(count for at, count in beside.items() if ("q", "a") in at and len(at) > 1)


def test_every_number_is_that_of_the_people_themselves() -> None:
    release = made(counted(260, 2), further=True)
    everybody = [in_wider(each, release) for each in people(260, 2)]
    for at, count in cells(release).items():
        true = sum(all(each[name] == label for name, label in at) for each in everybody)
        assert count in (None, true)
        assert count is None or count == 0 or count >= 10


def test_with_no_time_left_for_them_the_release_stands_as_it_is_without() -> None:
    tables = counted(260, 1)
    protected = protect(HEADING, tables.only(BASE), Series(), lambda: 20.0)
    assert add_further(HEADING, protected, tables, WAYS, Series(), lambda: 0.0) is protected


def made_with(left: float) -> str:
    return release_tables(HEADING, counted(260, 1), chosen=True, left=left, further=WAYS).text


def test_how_much_is_shown_is_a_matter_of_work_and_not_of_how_fast_a_machine_is() -> None:
    everything, cut = made_with(0.5), made_with(0.2)
    assert len(json.loads(cut)["tables"]) < len(json.loads(everything)["tables"])
    sys.setprofile(lambda *_: None)  # every call takes longer, as on a slower machine
    try:
        assert made_with(0.5) == everything
    finally:
        sys.setprofile(None)


def test_no_work_that_planned_tables_need_goes_to_those_by_the_largest_group() -> None:
    """They came first, and where work was short a release had them and nothing of what was planned for."""
    everything, cut = (
        [name for each in json.loads(made_with(left))["tables"] for name in each["dimensions"]] for left in (0.5, 0.2)
    )
    assert "gender:largest" in everything
    assert "gender:largest" not in cut


def test_what_nobody_asked_for_comes_along_though_nothing_was_asked_for() -> None:
    tables = counted(260, 1)
    protected = protect(HEADING, tables.only(BASE), Series(), lambda: 20.0)
    more = add_further(HEADING, protected, tables, (), Series(), lambda: 20.0, beside=WAYS)
    assert more.tables.counts.keys() > protected.tables.counts.keys()
    assert protected.shown() <= more.shown()


def test_the_audit_reckons_with_how_planned_groups_and_categories_hang_together() -> None:
    """Both say the same of the people who are in neither planned group: shown here and withheld there is found."""
    release = made(counted(260, 1), further=True)
    assert audit_release(release, 40).ok
    for table in release["tables"]:
        if table["dimensions"] == ["gender"]:
            (girls,) = (cell for cell in table["cells"] if cell["at"] == ["girl"])
            girls.update(count=None, protected="withheld")
    assert not audit_release(release, 40).ok


@pytest.mark.parametrize(
    ("planned", "categories"),
    [
        ({"girl": ("girl",)}, ("girl", OTHERS)),
        ({"girl": ("girl",), "another": ("another",)}, ("girl", OTHERS, "another")),
        ({"both": ("girl", "boy"), "girl": ("girl",)}, ("girl", OTHERS)),
        ({"both": ("girl", "boy")}, ("both", OTHERS)),
        ({each: (each,) for each in GENDER.categories}, None),
        ({"nobody": ("unheard",)}, None),
    ],
)
def test_planned_groups_stand_alone_and_everybody_else_together(
    planned: dict[str, tuple[str, ...]], categories: tuple[str, ...] | None
) -> None:
    view = gathered(GENDER, planned)
    assert (view.coarse().categories if view else None) == categories


def test_a_sensitive_dimension_is_not_gathered() -> None:
    assert gathered(Dimension("d", ("yes", "no", "skipped"), sensitive=True), {"yes": ("yes",)}) is None


def test_gathered_tables_count_the_same_people() -> None:
    tables = counted(90, 4)
    for other in (names for names in tables.counts if names[0] == "gender:planned"):
        fine, wide = tables.counts["gender", other[1]], tables.counts[other]
        assert wide.sum() == fine.sum() == tables.total
        assert (wide.sum(axis=0) == fine.sum(axis=0)).all()
    tie = tables.counts["gender", "gender:planned"]
    assert (tie.sum(axis=1) == tables.counts[("gender",)]).all()
    assert [int((row > 0).sum()) for row in tie] <= [1] * 5


@pytest.mark.parametrize(("n", "seed"), [(110, 4), (120, 1), (120, 2), (130, 5)])
def test_one_option_full_of_holes_does_not_cost_the_others(n: int, seed: int) -> None:
    """So many people that some options are seen by group and others hardly: what comes along can be read."""
    release = made(counted(n, seed), further=True)
    finer = [table for table in release["tables"] if table["dimensions"][0] == "gender:planned"]
    assert 0 < len(finer) < len(OPTIONS)
    for table in finer:
        filled = [cell for cell in table["cells"] if "*" not in cell["at"] and cell["count"] != 0]
        assert 3 * sum(cell["count"] is None for cell in filled) <= 2 * len(filled)
