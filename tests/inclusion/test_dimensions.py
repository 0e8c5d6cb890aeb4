"""Dimensions and thresholds: what cannot be counted without doubt is refused, with the mend."""

import pytest

from consult.inclusion.dimensions import THRESHOLDS, Dimension, InvalidInput
from consult.inclusion.release import build_release
from tests.inclusion.people import AGE, GENDER, rows_from

ROWS = rows_from([AGE, GENDER], [10, 10, 10, 10, 10, 10])


@pytest.mark.parametrize(
    ("name", "arguments", "problem"),
    [
        ("gender", {"categories": ("a", "a")}, "all different"),
        ("gender", {"categories": ("a", "*")}, "stands for everybody"),
        ("gender", {"categories": ("a", "b"), "groups": {"ab": ("a", "c")}}, "own categories"),
        ("gender", {"categories": ("a", "b"), "groups": {"just_a": ("a",)}}, "at least two"),
        ("age", {"categories": ("14", "15"), "never_alone": ("15",)}, "must belong to a group"),
        ("Q1.a", {"categories": ("chosen", "not"), "option_of": "Q1"}, '"yes" and "no"'),
        ("Q1.a", {"categories": ("yes", "no"), "option_of": "Q1", "choices": (3, 2)}, "least <= most"),
    ],
)
def test_a_dimension_that_could_be_misread_is_refused(name: str, arguments: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        Dimension(name, **arguments)  # type: ignore[arg-type]


def test_options_of_one_question_must_agree() -> None:
    options = [
        Dimension("Q1.a", ("yes", "no", "skipped"), option_of="Q1"),
        Dimension("Q1.b", ("yes", "no"), option_of="Q1"),
    ]
    with pytest.raises(InvalidInput, match=r"'Q1\.a' and 'Q1\.b'"):
        build_release("1", "s", "child", 10, options, [])


@pytest.mark.parametrize("respondent_class", THRESHOLDS)
def test_the_threshold_may_be_raised_but_not_lowered(respondent_class: str) -> None:
    floor = THRESHOLDS[respondent_class]
    with pytest.raises(InvalidInput, match=f"under the floor of {floor}"):
        build_release("1", "s", respondent_class, floor - 1, [AGE, GENDER], ROWS)
    assert build_release("1", "s", respondent_class, floor + 1, [AGE, GENDER], ROWS).json["k"] == floor + 1


def test_children_and_survivors_have_ten_other_adults_five() -> None:
    assert [THRESHOLDS[one] for one in ("child", "adult_survivor", "young_adult", "caregiver")] == [10, 10, 5, 5]


def test_an_unknown_class_and_an_unknown_table_are_refused() -> None:
    with pytest.raises(InvalidInput, match="'teacher' is unknown; use one of child"):
        build_release("1", "s", "teacher", 10, [AGE], ROWS)
    with pytest.raises(InvalidInput, match="name one to three different dimensions out of age_band, gender"):
        build_release("1", "s", "child", 10, [AGE, GENDER], ROWS, [("age_band", "place")])
