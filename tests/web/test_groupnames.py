"""Groups by their names: ages that follow one another are said from the youngest to the oldest."""

from __future__ import annotations

import pytest
from flask import Flask

from consult.services.tables.releasetables import Row
from consult.web.groupnames import ages_words
from consult.web.languages import use_language
from consult.web.review.phrases import label


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        (("13_14", "15", "16_17"), "13 to 17"),
        (("15",), "15"),
        (("18_19", "20_24", "25p"), "18 and over"),
        (("25p",), "25 and over"),
        (("6_9", "13_14"), "6 to 9, 13 to 14"),
        (("u6", "6_9"), "Under 6, 6 to 9"),
    ],
)
def test_ages_are_said_as_people_say_them(bands: tuple[str, ...], said: str) -> None:
    assert ages_words(bands) == said


@pytest.mark.parametrize(("words", "shown"), [("1–2", "\u200e1–2\u200e"), ("12", "12"), ("نعم – لا", "نعم – لا")])
def test_a_range_of_numbers_is_read_from_the_left_among_words_that_are_read_from_the_right(
    words: str, shown: str
) -> None:
    with Flask("pages").test_request_context():
        use_language("ar")
        assert label("Q45", Row("code", words, 12, 40)) == shown
        use_language("en")
        assert label("Q45", Row("code", words, 12, 40)) == words
