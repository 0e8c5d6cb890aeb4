"""Interface words are found in the language asked for, and English needs no catalogue."""

from consult.resources import catalogue


def test_english_is_the_source_and_other_languages_fall_back_to_it() -> None:
    assert catalogue("en").gettext("Leave") == "Leave"
    assert catalogue("xx").gettext("Leave") == "Leave"
