"""How a frozen release is read: bases from published cells alone, words in the reader's language, gaps left gaps."""

from __future__ import annotations

from itertools import product
from typing import Any

from consult.services.tables.releasetables import Of, ReleaseTables, Row, Table

FORM: dict[str, Any] = {
    "questions": {
        "Q1": {
            "kind": "one",
            "text": {"en": "Is it safe?", "fr": "Est-ce sûr ?"},
            "labels": {"good": {"en": "Yes, it is", "fr": "Oui"}, "bad": {"en": "No, it is not"}},
            "groups": {},
        },
        "Q2": {
            "kind": "multi",
            "text": {"en": "Who helps?"},
            "labels": {"friend": {"en": "A friend"}, "parent": {"en": "A parent"}},
            "groups": {},
            "only_if": ["Q1", ["bad"]],
        },
        "Q3": {"kind": "text", "text": {"en": "Own words"}, "labels": {}, "groups": {}},
    },
    "dimensions": {
        "place": {
            "text": {"en": "Where do you live?"},
            "labels": {"town": {"en": "Town"}, "camp": {"en": "Camp"}, "village": {"en": "Village"}},
            "groups": {"outside": ["camp", "village"]},
            "sensitive": False,
        }
    },
}


def release(k: int = 10, **tables: dict[str, int | None]) -> dict[str, Any]:
    """A release of these tables: name → label → count; `age__Q1` names a table of two, its labels are "a|b"."""
    dimensions: dict[str, list[str]] = {}
    listed = []
    for name, cells in tables.items():
        names = name.replace("_dot_", ".").split("__")
        for label in cells:
            for place, part in zip(names, label.split("|"), strict=True):
                if part != "*":
                    dimensions.setdefault(place, [])
                    dimensions[place] += [part] if part not in dimensions[place] else []
        listed.append(
            {"dimensions": names, "cells": [{"at": each.split("|"), "count": n} for each, n in cells.items()]}
        )
    return {"k": k, "tables": listed, "dimensions": [{"name": n, "categories": c} for n, c in dimensions.items()]}


def answers(language: str = "en", k: int = 10, **tables: dict[str, int | None]) -> dict[str, Table]:
    return {each.key: each for each in ReleaseTables(release(k, **tables), FORM, language).answers()}


def test_shares_are_of_those_who_answered_where_published_cells_tell_it() -> None:
    table = answers(Q1={"good": 30, "bad": 10, "skipped": 20, "*": 60})["Q1"]
    assert (table.base, table.of) == (40, Of.ANSWERED)
    assert [(row.code, row.count, row.percent) for row in table.rows] == [
        ("good", 30, 75),
        ("bad", 10, 25),
        ("skipped", 20, None),
    ]


def test_a_withheld_skip_is_not_worked_out_through_the_base() -> None:
    table = answers(Q1={"good": 30, "bad": None, "skipped": None, "*": 60})["Q1"]
    assert (table.base, table.of) == (60, Of.EVERYBODY)
    assert [row.percent for row in table.rows] == [50, None, None]


def test_whoever_was_not_asked_is_no_part_of_the_base_also_where_a_skip_is_withheld_or_merged() -> None:
    """Else a question for some of the ages would look as if few had chosen anything."""
    table = answers(Q1={"good": 30, "bad": None, "skipped": None, "not_asked": 40, "*": 100})["Q1"]
    assert (table.base, table.of) == (60, Of.ASKED)
    assert [row.percent for row in table.rows] == [50, None, None, None]
    merged = answers(Q2_dot_friend={"yes": 15, "not_chosen": 45, "not_asked": 40, "*": 100})["Q2"]
    assert (merged.base, merged.of, merged.rows[0].percent) == (60, Of.ASKED, 25)


def test_groups_come_with_their_sizes_and_a_group_that_was_not_asked_is_known() -> None:
    counts = {"young|yes": 0, "old|yes": 15, "young|not_chosen": 0, "old|not_chosen": 45, "young|not_asked": 40}
    margins = {"old|not_asked": 0, "young|*": 40, "old|*": 60, "*|*": 100}
    (cross,) = ReleaseTables(release(age__Q2_dot_friend={**counts, **margins}), FORM, "en").crossed()
    assert (cross.bases, cross.unasked) == ((40, 60), {0})
    hidden = {**margins, "young|*": None, "young|not_asked": None}
    (cross,) = ReleaseTables(release(age__Q2_dot_friend={**counts, **hidden}), FORM, "en").crossed()
    assert (cross.bases, cross.unasked) == ((), frozenset())


def test_no_share_of_a_base_under_the_threshold() -> None:
    table = answers(Q1={"good": 9, "bad": 0, "skipped": 51, "*": 60})["Q1"]
    assert table.base is None
    assert [row.percent for row in table.rows] == [None, None, None]
    assert answers(k=9, Q1={"good": 9, "bad": 0, "skipped": 51, "*": 60})["Q1"].base == 9


def test_without_a_total_there_is_no_share() -> None:
    assert answers(Q1={"good": 30, "bad": 30, "*": None})["Q1"].base is None


def test_of_several_choices_each_option_is_a_row_and_an_unpublished_one_is_withheld() -> None:
    table = answers(Q2_dot_friend={"yes": 25, "no": 15, "skipped": 10, "*": 50})["Q2"]
    assert table.several
    assert (table.base, table.of) == (40, Of.ANSWERED)
    assert [(row.words, row.count, row.percent) for row in table.rows] == [
        ("A friend", 25, 62),
        ("A parent", None, None),
        ("", 10, None),
    ]


def test_options_that_hide_who_said_no_have_everybody_as_their_base() -> None:
    table = answers(Q2_dot_friend={"yes": 25, "not_chosen": 25, "*": 50})["Q2"]
    assert (table.base, table.of, table.rows[0].percent) == (50, Of.EVERYBODY, 50)


def test_a_question_without_a_table_is_named_and_shows_nothing() -> None:
    found = answers(Q1={"good": 30, "bad": 30, "*": 60})
    assert found["Q2"].rows == ()
    assert "Q3" not in found


def test_what_followed_from_an_answer_says_from_which_in_the_readers_language() -> None:
    asked = answers("fr", Q1={"good": 30, "*": 30})
    assert asked["Q2"].after == ("Est-ce sûr ?", ("No, it is not",))
    assert asked["Q1"].after == ("", ())


def test_words_come_in_the_readers_language_else_in_the_forms_first() -> None:
    table = answers("fr", Q1={"good": 30, "bad": 30, "*": 60})["Q1"]
    assert table.title == "Est-ce sûr ?"
    assert [row.words for row in table.rows] == ["Oui", "No, it is not"]


def test_a_wider_group_is_called_by_its_members() -> None:
    read = ReleaseTables(release(place={"town": 30, "outside": 20, "*": 50}), FORM, "en")
    assert [row.words for row in next(read.about()).rows] == ["Town", "Camp / Village"]


def test_by_age_every_cell_stands_under_its_age() -> None:
    cells = {"10_12|good": 20, "10_12|bad": None, "13_15|good": 11, "13_15|bad": 12, "*|*": 60}
    (cross,) = ReleaseTables(release(age__Q1=cells), FORM, "en").crossed()
    assert [row.code for (row,) in cross.columns] == ["10_12", "13_15"]
    assert [(row.words, counts) for row, counts in cross.rows] == [
        ("Yes, it is", (20, 11)),
        ("No, it is not", (None, 12)),
    ]
    assert cross.withheld


def test_by_age_the_largest_answer_and_everybody_else_stand_where_every_answer_is_too_fine() -> None:
    cells = {"10_12|good": 20, "10_12|others": 12, "13_15|good": 11, "13_15|others": 17, "*|*": 60}
    tie = {"good|good": 31, "bad|others": 29, "*|*": 60}
    (cross,) = ReleaseTables(release(**{"age__Q1:largest": cells, "Q1__Q1:largest": tie}), FORM, "en").crossed()
    assert (cross.key, cross.title) == ("Q1", "Is it safe?")
    assert [(row.words, counts) for row, counts in cross.rows] == [("Yes, it is", (20, 11)), ("", (12, 17))]


def test_what_is_told_by_the_largest_age_alone_stands_by_age_too_also_of_what_people_said_of_themselves() -> None:
    """The largest age is the second one; everybody else stands after it."""
    place = {"others|town": 12, "others|camp": 11, "13_15|town": 20, "13_15|camp": 17, "*|*": 60}
    tie = {"10_12|others": 23, "13_15|13_15": 37, "*|*": 60}
    answer = {f"{age}|{said}": 15 for age in ("others", "13_15") for said in ("good", "bad")}
    wide = {"age:largest__place": place, "age:largest__Q1": answer, "age__age:largest": tie}
    read = ReleaseTables(release(**wide), FORM, "en")
    assert [cross.key for cross in read.crossed()] == ["place", "Q1"]
    shown = next(read.crossed())
    assert (shown.title, [row.code for (row,) in shown.columns]) == ("Where do you live?", ["13_15", "others"])
    assert [(row.words, counts) for row, counts in shown.rows] == [("Town", (20, 12)), ("Camp", (17, 11))]
    assert list(read.grouped()) == []


def test_one_age_group_alone_is_no_table_by_age() -> None:
    assert list(ReleaseTables(release(age__Q1={"18_24|good": 20, "18_24|bad": 20}), FORM, "en").crossed()) == []


def test_of_several_choices_each_option_that_has_a_table_is_a_row_by_group() -> None:
    cells = {"town|yes": 20, "town|no": 15, "camp|yes": None, "camp|no": 30, "*|*": 75}
    read = ReleaseTables(release(place={"town": 35, "camp": 40, "*": 75}, place__Q2_dot_friend=cells), FORM, "en")
    (cross,) = read.grouped()
    assert (cross.by, cross.key) == (("place",), "Q2")
    assert [row.words for (row,) in cross.columns] == ["Town", "Camp"]
    assert [(row.words, counts) for row, counts in cross.rows] == [("A friend", (20, None))]


def test_planned_groups_are_called_as_the_form_calls_them_and_everybody_else_has_no_words_of_the_form() -> None:
    cells = {"camp|good": 20, "camp|bad": 15, "others|good": 30, "others|bad": None, "*|*": 80}
    (cross,) = ReleaseTables(release(**{"place:planned__Q1": cells}), FORM, "en").grouped()
    assert [row.words for (row,) in cross.columns] == ["Camp", ""]
    assert cross.asked == ("Where do you live?",)


def test_by_two_groups_at_once_every_pair_is_a_column() -> None:
    cells = {
        f"{age}|{place}|good": 10 + n for n, (age, place) in enumerate(product(("10_12", "13_15"), ("town", "camp")))
    }
    (cross,) = ReleaseTables(release(age__place__Q1=cells), FORM, "en").grouped()
    assert cross.by == ("age", "place")
    assert [tuple(row.code for row in column) for column in cross.columns] == [
        ("10_12", "town"),
        ("10_12", "camp"),
        ("13_15", "town"),
        ("13_15", "camp"),
    ]
    assert [counts for _, counts in cross.rows] == [(10, 11, 12, 13)]


def test_an_answer_that_a_withheld_one_may_outnumber_was_not_chosen_often() -> None:
    """Of 139 who answered 66, 34 and 10 are shown: those 29 who are not may have chosen one and the same."""
    counts = (("c", 10), ("a", 66), ("b", 34), ("d", None))
    rows = (*(Row(code, code, n, None) for code, n in counts), Row("skipped", "", 60, None, beside=True))
    assert Table(key="Q", title="", rows=rows, base=139).often() == ((66, "a"), (34, "b"))
    assert Table(key="Q", title="", rows=rows, base=139, several=True).often()[-1] == (10, "c")
    assert Table(key="Q", title="", rows=rows).often() == ()
