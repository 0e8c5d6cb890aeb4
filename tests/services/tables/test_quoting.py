"""What may be said beside a text: the language that it is in says something already."""

from __future__ import annotations

from typing import Any

from consult.services.tables.quoting import Attribute, Published, published_in

GIRL, YOUNG = Attribute("gender", "girl"), Attribute("age", "13_15")


def published(languages: dict[str, int | None], together: dict[tuple[str, str], int | None]) -> Published:
    """Forty people: 20 girls, 30 of 13 to 15; `together` is how many of a language are of one or the other."""
    tables: list[dict[str, Any]] = [
        _table(["age"], {("*",): 40, ("13_15",): 30, ("16_17",): 10}),
        _table(["gender"], {("*",): 40, ("girl",): 20, ("boy",): 20}),
        _table(["language"], {("*",): 40, **{(each,): count for each, count in languages.items()}}),
        _table(["language", "gender"], {(each, label): n for (each, label), n in together.items() if label == "girl"}),
        _table(["age", "language"], {(label, each): n for (each, label), n in together.items() if label == "13_15"}),
    ]
    names = [{"name": name} for name in ("age", "gender", "language")]
    setting = {"form": {"dimensions": {"gender": {"groups": {}}}}}
    return published_in({"k": 10, "dimensions": names, "tables": tables}, setting)


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
