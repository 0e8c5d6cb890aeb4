"""Profiles: coarse, optional, asked by age, and every age in exactly one band."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.questionnaire.bands import ADULT_BANDS, AGE_BANDS, CHILD_BANDS, OLDEST, VIEWS, band_of, group_of
from consult.questionnaire.bank import bank_dimensions, supplied_dimensions
from consult.questionnaire.content import shipped_languages
from consult.questionnaire.errors import AnswerError, FormError, Problem
from consult.questionnaire.form import Form
from consult.questionnaire.profile import (
    NOT_ASKED,
    PREFER_NOT,
    SKIPPED,
    Dimension,
    normalise_profile,
    read_dimension,
    read_profile,
)

DIMENSIONS = bank_dimensions()
ALL = tuple(DIMENSIONS.values())
DIFFICULTIES = DIMENSIONS["disability"]


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (0, "u6"),
        (5, "u6"),
        (6, "6_9"),
        (9, "6_9"),
        (10, "10_12"),
        (12, "10_12"),
        (13, "13_14"),
        (14, "13_14"),
        (15, "15"),
        (16, "16_17"),
        (17, "16_17"),
        (18, "18_19"),
        (20, "20_24"),
        (24, "20_24"),
        (25, "25p"),
        (120, "25p"),
    ],
)
def test_every_age_has_its_band(age: int, band: str) -> None:
    assert band_of(age) == band


@given(st.integers(0, OLDEST))
def test_bands_cover_all_ages_and_eighteen_is_the_line(age: int) -> None:
    assert band_of(age) in (CHILD_BANDS if age < 18 else ADULT_BANDS)


@given(st.integers().filter(lambda age: not 0 <= age <= OLDEST))
def test_what_is_no_age_is_refused(age: int) -> None:
    with pytest.raises(ValueError, match="age"):
        band_of(age)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_puts_no_band_into_two_groups(view: str) -> None:
    grouped = [band for bands in VIEWS[view].values() for band in bands]
    assert len(grouped) == len(set(grouped))


def test_the_default_view_shows_everybody_the_tool_asks_and_never_fifteen_alone() -> None:
    assert {band for bands in VIEWS["A"].values() for band in bands} == set(AGE_BANDS) - {"u6"}
    assert all(bands != ("15",) for groups in VIEWS.values() for bands in groups.values())
    assert group_of("15", "A") == "13_15"
    assert group_of("u6", "A") is None


def test_no_group_of_the_default_view_mixes_children_and_adults() -> None:
    for bands in VIEWS["A"].values():
        assert set(bands) <= set(CHILD_BANDS) or set(bands) <= set(ADULT_BANDS)


@pytest.mark.parametrize(
    ("key", "youngest"),
    [
        ("gender", "6_9"),
        ("disability", "13_14"),
        ("help_to_take_part", "6_9"),
        ("ethnicity", "13_14"),
        ("migration", "13_14"),
        ("location", "u6"),
        ("education", "10_12"),
        ("economic", "13_14"),
        ("device", "10_12"),
        ("care", "13_14"),
        ("sogi", "16_17"),
    ],
)
def test_nobody_is_asked_before_the_age_for_it(key: str, youngest: str) -> None:
    asked = [band for band in AGE_BANDS if DIMENSIONS[key].asked_of(band)]
    assert asked[0] == youngest


def test_what_can_reveal_a_special_category_is_marked() -> None:
    marked = {dimension.key for dimension in ALL if dimension.sensitive}
    assert {"disability", "ethnicity", "indigenous", "migration", "home_language", "care", "sogi"} <= marked
    assert not marked & {"gender", "location", "education", "economic", "device"}


def test_nobody_is_asked_whether_they_were_harmed() -> None:
    assert "lived_experience" not in DIMENSIONS


@pytest.mark.parametrize("dimension", ALL, ids=lambda dimension: dimension.key)
@pytest.mark.parametrize("band", AGE_BANDS)
def test_whoever_is_asked_may_say_nothing(dimension: Dimension, band: str) -> None:
    offered = [choice.id for choice in dimension.offered(band)]
    if offered:
        assert PREFER_NOT in offered
        assert read_dimension(dimension, band, dict.fromkeys(dimension.fields(), PREFER_NOT)) == PREFER_NOT
        assert read_dimension(dimension, band, {}) == SKIPPED
    else:
        assert read_dimension(dimension, band, dict.fromkeys(dimension.fields(), PREFER_NOT)) == NOT_ASKED


def test_under_thirteen_gender_has_the_short_list_and_adults_are_not_called_girl_or_boy() -> None:
    gender = DIMENSIONS["gender"]
    assert [c.id for c in gender.offered("10_12")] == ["girl", "boy", "another", PREFER_NOT]
    assert [c.id for c in gender.offered("15")] == ["girl", "boy", "another", "not_sure", PREFER_NOT]
    assert [c.id for c in gender.offered("25p")] == ["woman", "man", "another", "not_sure", PREFER_NOT]


@pytest.mark.parametrize(
    ("levels", "kept"),
    [
        (["none"] * 6, "no"),
        (["none", "some", "some", "none", "some", "none"], "no"),
        (["none"] * 5 + ["a_lot"], "yes"),
        (["cannot", "", "", "", "", ""], "yes"),
        ([PREFER_NOT] * 5 + ["a_lot"], "yes"),
        (["none"] * 5 + [PREFER_NOT], PREFER_NOT),
        (["none"] * 5 + [""], SKIPPED),
    ],
)
def test_six_questions_keep_only_whether_something_is_very_hard(levels: list[str], kept: str) -> None:
    given_levels = dict(zip(DIFFICULTIES.fields(), levels, strict=True))
    assert read_dimension(DIFFICULTIES, "15", given_levels) == kept


def test_a_choice_that_was_not_offered_is_refused() -> None:
    for key, band, value in [("gender", "10_12", "not_sure"), ("gender", "15", "woman"), ("location", "15", "moon")]:
        with pytest.raises(AnswerError) as refusal:
            read_dimension(DIMENSIONS[key], band, {key: value})
        assert refusal.value.key is Problem.UNKNOWN_OPTION


categories = st.sampled_from(["girl", "woman", "yes", "no", "city", "a_lot", PREFER_NOT, "not_sure", "", "invented"])
filled_in = st.dictionaries(st.sampled_from([name for d in ALL for name in d.fields()]), categories)


@given(filled_in, st.sampled_from(AGE_BANDS))
def test_what_was_read_is_one_category_each_and_passes_the_check_on_sending(values: dict[str, str], band: str) -> None:
    try:
        profile = read_profile(ALL, band, values)
    except AnswerError:
        return
    assert set(profile) == set(DIMENSIONS)
    assert all(value in DIMENSIONS[key].values() for key, value in profile.items())
    assert normalise_profile(ALL, band, profile) == profile


@pytest.mark.parametrize(
    ("stored", "key"),
    [
        ({"invented": "yes"}, Problem.NOT_ASKED),
        ({"sogi": "yes"}, Problem.NOT_ASKED),
        ({"gender": "woman"}, Problem.UNKNOWN_OPTION),
        ({"disability": "a_lot"}, Problem.UNKNOWN_OPTION),
        ({"gender": NOT_ASKED}, Problem.UNKNOWN_OPTION),
    ],
)
def test_a_profile_is_checked_again_on_sending(stored: dict[str, str], key: Problem) -> None:
    with pytest.raises(AnswerError) as refusal:
        normalise_profile(ALL, "15", stored)
    assert refusal.value.key is key


def test_what_a_profile_does_not_say_is_skipped_or_was_not_asked() -> None:
    assert normalise_profile(ALL, "15", {})["gender"] == SKIPPED
    assert normalise_profile(ALL, "15", {})["sogi"] == NOT_ASKED


def test_a_form_asks_at_most_five_dimensions() -> None:
    five = tuple(dimension for dimension in ALL if dimension.key not in supplied_dimensions())[:5]
    form = Form("1", shipped_languages(), (), profile=five)
    assert Form.from_json(form.to_json()) == form
    with pytest.raises(FormError, match="at most 5"):
        Form("1", shipped_languages(), (), profile=(*five, DIMENSIONS["sogi"]))


@pytest.mark.parametrize(
    "contradiction",
    [
        replace(DIFFICULTIES, categories=DIFFICULTIES.categories[:2]),
        replace(DIFFICULTIES, levels=DIFFICULTIES.levels[:4]),
        replace(DIFFICULTIES, flagged=("heavy",)),
        replace(DIFFICULTIES, flagged=()),
        replace(DIMENSIONS["gender"], bands=("13_17",)),
        replace(DIMENSIONS["gender"], groups={"other": ("invented",)}),
        replace(DIMENSIONS["gender"], text={"fr": "Je suis"}),
    ],
)
def test_a_dimension_that_contradicts_itself_is_refused(contradiction: Dimension) -> None:
    with pytest.raises(FormError):
        Form("1", ("en", "fr", "ar"), (), profile=(contradiction,))
