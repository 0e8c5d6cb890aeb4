"""What may be said beside a text: the language that it is in says something already."""

from __future__ import annotations

from typing import Any

from consult.services.tables.quoting import Attribute, Published, published_in

GIRL, YOUNG, OLD = Attribute("gender", "girl"), Attribute("age", "13_15"), Attribute("age", "16_17")
ASKED = {"all": (), "both": ("13_14", "15", "16_17"), "old": ("16_17",), "from_15": ("15", "16_17")}


def published(languages: dict[str, int | None], together: dict[tuple[str, str], int | None]) -> Published:
    """Forty people: 20 girls, 30 of 13 to 15; `together` is how many of a language are of one or the other."""
    tables: list[dict[str, Any]] = [
        _table(["age"], {("*",): 40, ("13_15",): 30, ("16_17",): 10}),
        _table(["gender"], {("*",): 40, ("girl",): 20, ("boy",): 20}),
        _table(["language"], {("*",): 40, **{(each,): count for each, count in languages.items()}}),
        _table(["language", "gender"], {(each, label): n for (each, label), n in together.items() if label == "girl"}),
        _table(["age", "language"], {(label, each): n for (each, label), n in together.items() if label == "13_15"}),
    ]
    names = [
        {"name": name, "categories": ["13_15", "16_17"] if name == "age" else []}
        for name in ("age", "gender", "language")
    ]
    setting = {"form": {"dimensions": {"gender": {"groups": {}}}}}
    return published_in({"k": 10, "dimensions": names, "tables": tables}, setting, ASKED)


def _table(names: list[str], cells: dict[tuple[str, ...], int | None]) -> dict[str, Any]:
    return {"dimensions": names, "cells": [{"at": list(at), "count": count} for at, count in cells.items()]}


def test_where_everybody_answered_in_one_language_it_tells_nothing() -> None:
    found = published({"en": 40, "ar": 0}, {})
    assert found.may_say("en", None)
    assert found.may_say("en", GIRL)
    assert found.may_say("en", YOUNG)
    assert not found.may_say("ar", None)


def test_a_text_in_a_language_of_which_no_number_is_published_is_not_shown() -> None:
    found = published({"en": None, "ar": None}, {("ar", "girl"): 12})
    assert not found.may_say("ar", None)
    assert not found.may_say("ar", GIRL)


def test_something_besides_the_language_is_said_only_where_the_number_of_both_is_published() -> None:
    found = published({"en": 28, "ar": 12}, {("ar", "girl"): None, ("ar", "13_15"): 10, ("en", "girl"): 14})
    assert found.may_say("ar", None)
    assert not found.may_say("ar", GIRL)
    assert found.may_say("ar", YOUNG)
    assert found.may_say("en", GIRL)
    assert found.attributes_of("13_14", "ar", {"gender": "girl"}) == (YOUNG,)


def test_an_answer_that_only_some_ages_could_give_says_their_age_and_nothing_besides() -> None:
    found = published({"en": 40, "ar": 0}, {})
    assert found.beside("all") == found.beside("both") == found
    old = found.beside("old")
    assert (old.may_say("en", None), old.may_say("en", OLD)) == (True, True)
    assert not old.may_say("en", GIRL), "girls of 16 and 17 may be one alone"
    assert not old.may_say("en", YOUNG)
    assert old.attributes_of("16_17", "en", {"gender": "girl"}) == (OLD,)


def test_nothing_is_shown_of_ages_that_have_no_number_by_themselves_or_in_that_language() -> None:
    two = published({"en": 28, "ar": 12}, {("ar", "13_15"): 10})
    assert not two.beside("old").may_say("ar", None)
    assert not published({"en": 40, "ar": 0}, {}).beside("from_15").may_say("en", None), "15 is never alone"
    assert not two.beside("nobody knows").may_say("en", None)
