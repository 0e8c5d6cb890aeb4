"""Groups by their names: ages that follow one another are said from the youngest to the oldest."""

from __future__ import annotations

import pytest

from consult.web.groupnames import ages_words


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
