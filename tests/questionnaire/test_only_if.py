"""Questions asked after certain answers alone: who is asked, whose answer is taken, and what a form refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.questionnaire.answers import normalise, still_asked
from consult.questionnaire.errors import AnswerError, FormError, Problem
from consult.questionnaire.form import Form
from consult.questionnaire.question import OnlyIf, Question
from consult.questionnaire.xlsformrelevant import read_relevant, write_relevant
from tests.questionnaire.forms import LANGUAGES, MULTI, ONE, SCALE, TEXT, identifiers

WHY = replace(SCALE, id="why", only_if=OnlyIf("one", ("b", "not_sure")))
THEN = replace(MULTI, id="then", only_if=OnlyIf("why", ("p1",)))
FORM = Form("1", LANGUAGES, (ONE, WHY, THEN, TEXT))
BAND = "16_17"

given_answers = st.fixed_dictionaries(
    {},
    optional={
        "one": st.sampled_from(ONE.option_ids),
        "why": st.sampled_from(WHY.option_ids),
        "then": st.sampled_from([("a",), ("b", "c")]),
        "text": st.just("Own words"),
    },
)


@given(given_answers)
def test_an_answer_stays_exactly_while_its_question_is_asked(answers: Mapping[str, object]) -> None:
    asked = [question.id for question in FORM.after(BAND, answers)]
    why = answers.get("one") in ("b", "not_sure")
    then = why and answers.get("why") == "p1"
    assert asked == ["one", *["why"] * why, *["then"] * then, "text"]
    kept = still_asked(FORM, BAND, answers)  # type: ignore[arg-type]
    assert kept == {key: answer for key, answer in answers.items() if key in asked}
    assert normalise(FORM, BAND, kept) == kept


def test_an_answer_to_what_was_not_asked_is_not_taken() -> None:
    with pytest.raises(AnswerError) as refused:
        normalise(FORM, BAND, {"one": "a", "why": "p1"})
    assert (refused.value.key, refused.value.question) == (Problem.NOT_ASKED, "why")


def test_a_form_without_conditions_keeps_the_digest_that_was_signed() -> None:
    assert "only_if" not in str(Form("1", LANGUAGES, (ONE, SCALE, TEXT)).to_json())
    assert Form.from_json(FORM.to_json()) == FORM
    assert FORM.digest() != replace(FORM, questions=(ONE, replace(WHY, only_if=None), TEXT)).digest()
    other = replace(WHY, only_if=OnlyIf("one", ("b",)))
    assert FORM.set_digest() != replace(FORM, questions=(ONE, other, THEN, TEXT)).set_digest(), "it is signed"


@pytest.mark.parametrize(
    ("questions", "why"),
    [
        ((WHY, ONE), "has to stand before it"),
        ((TEXT, WHY), "has to stand before it"),
        ((MULTI, replace(WHY, only_if=OnlyIf("multi", ("a",)))), "with one answer to choose"),
        ((replace(ONE, options=ONE.options[:2]), WHY), "an answer that one does not have"),
        ((ONE, replace(WHY, only_if=OnlyIf("one", ()))), "an answer that one does not have"),
        ((ONE, replace(TEXT, only_if=OnlyIf("one", ("a",)))), "needs choices or a number"),
        ((ONE, replace(WHY, required=True)), "can be skipped"),
        ((ONE, replace(WHY, bands=("15",))), "no ages"),
    ],
)
def test_a_condition_that_could_not_be_met_or_would_tell_more_is_refused(
    questions: tuple[Question, ...], why: str
) -> None:
    with pytest.raises(FormError, match=why):
        Form("1", LANGUAGES, questions)


@given(identifiers, st.lists(identifiers, min_size=1, max_size=4, unique=True))
def test_a_condition_is_read_back_from_a_spreadsheet_as_it_was(question: str, options: list[str]) -> None:
    only_if = OnlyIf(question, tuple(options))
    assert read_relevant(write_relevant(only_if), str) == only_if


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("${safe}='no'", OnlyIf("safe", ("no",))),
        ("(${ safe } = \"no\") or selected(${safe}, 'not_sure')", OnlyIf("safe", ("no", "not_sure"))),
        ("${safe} = 'no' and ${age} = 'old'", None),
        ("${safe} = 'no' or ${other} = 'no'", None),
        ("${safe} != 'no'", None),
        ("not(selected(${safe}, 'no'))", None),
        ("${age} > 12", None),
        ("true()", None),
    ],
)
def test_no_other_condition_is_taken_for_one_that_can_be_asked(written: str, read: OnlyIf | None) -> None:
    assert read_relevant(written, str) == read
