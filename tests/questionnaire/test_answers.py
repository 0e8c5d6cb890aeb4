"""Answers: skipping is free, only what was offered is taken, and own words are never lost."""

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.questionnaire.answers import OWN_WORDS_BYTES, clean, decode, encode, normalise, read_answer
from consult.questionnaire.errors import AnswerError, Problem
from consult.questionnaire.form import Form
from consult.questionnaire.question import Kind
from tests.questionnaire.forms import (
    FORM,
    LANGUAGES,
    MULTI,
    NUMBER,
    ONE,
    SCALE,
    TEXT,
    AnswerSet,
    answers,
    free_words,
    question,
    raw_answers,
)


@pytest.mark.parametrize("values", [[], [""], ["  \n"], ["\x00"]])
@pytest.mark.parametrize("asked", FORM.questions, ids=lambda asked: asked.id)
def test_nothing_given_is_a_skip(asked: object, values: list[str]) -> None:
    assert read_answer(asked, values, "en") is None  # type: ignore[arg-type]


def test_a_required_question_cannot_be_skipped() -> None:
    with pytest.raises(AnswerError) as refusal:
        read_answer(replace(ONE, required=True), [""], "en")
    assert refusal.value.key is Problem.REQUIRED


@pytest.mark.parametrize(
    ("asked", "values", "answer"),
    [
        (ONE, ["b"], "b"),
        (SCALE, ["not_sure"], "not_sure"),
        (MULTI, ["c", "a"], ("a", "c")),
        (MULTI, ["a", "a", ""], ("a",)),
        (NUMBER, [" 12 "], 12),
        (NUMBER, ["١٢"], 12),
        (NUMBER, ["۵"], 5),
        (NUMBER, ["0"], 0),
        (TEXT, [" My idea\r\nis this\t. "], "My idea\nis this ."),
        (TEXT, ["e\u0301\x07\u202ecole"], "école"),
        (TEXT, ["می\u200cخواهم"], "می\u200cخواهم"),
    ],
)
def test_what_fits_the_question_is_taken(asked: object, values: list[str], answer: object) -> None:
    assert read_answer(asked, values, "en") == answer  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "values", "key", "parameters"),
    [
        (ONE, ["z"], Problem.UNKNOWN_OPTION, {}),
        (ONE, ["a", "b"], Problem.ONE_ONLY, {}),
        (SCALE, ["3"], Problem.UNKNOWN_OPTION, {}),
        (MULTI, ["a", "z"], Problem.UNKNOWN_OPTION, {}),
        (MULTI, ["a", "b", "c"], Problem.TOO_MANY, {"limit": 2, "given": 3}),
        (NUMBER, ["many"], Problem.NOT_A_NUMBER, {}),
        (NUMBER, ["1.5"], Problem.NOT_A_NUMBER, {}),
        (NUMBER, ["²"], Problem.NOT_A_NUMBER, {}),
        (NUMBER, ["9" * 5000], Problem.NOT_A_NUMBER, {}),
        (NUMBER, ["-1"], Problem.OUT_OF_RANGE, {"minimum": 0, "maximum": 50}),
        (NUMBER, ["51"], Problem.OUT_OF_RANGE, {"minimum": 0, "maximum": 50}),
        (TEXT, ["x" * 41], Problem.TOO_LONG, {"limit": 40, "given": 41}),
    ],
)
def test_what_was_not_offered_is_refused_with_its_reason(
    asked: object, values: list[str], key: Problem, parameters: dict[str, int]
) -> None:
    with pytest.raises(AnswerError) as refusal:
        read_answer(asked, values, "en")  # type: ignore[arg-type]
    assert (refusal.value.key, refusal.value.parameters) == (key, parameters)


def test_too_long_a_text_is_kept_whole_for_the_person_but_not_in_the_message() -> None:
    words = "It is about trust. " * 5
    with pytest.raises(AnswerError) as refusal:
        read_answer(TEXT, [words], "en")
    assert refusal.value.kept == words.strip()
    assert "trust" not in str(refusal.value)


def test_an_answer_in_a_language_the_question_was_never_shown_in_is_refused() -> None:
    with pytest.raises(AnswerError) as refusal:
        read_answer(ONE, ["a"], "ar")
    assert refusal.value.key is Problem.NOT_IN_LANGUAGE


@given(st.text(st.characters(exclude_categories=())))
def test_clean_words_are_clean(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not [c for c in cleaned if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
    cleaned.encode()


@given(st.sampled_from(FORM.questions), st.lists(free_words, max_size=3), st.sampled_from(LANGUAGES))
def test_no_choice_is_ever_taken_that_was_not_offered(asked: object, values: list[str], language: str) -> None:
    try:
        answer = read_answer(asked, values, language)  # type: ignore[arg-type]
    except AnswerError:
        return
    if answer is not None and asked.kind in (Kind.ONE, Kind.SCALE, Kind.MULTI):  # type: ignore[attr-defined]
        assert set([answer] if isinstance(answer, str) else answer) <= set(asked.option_ids)  # type: ignore[attr-defined, arg-type]


@given(raw_answers(), st.sampled_from(["15", "16_17"]))
@settings(max_examples=200)
def test_a_checked_set_stays_as_it_is_and_holds_only_what_was_offered(raw: dict[str, object], band: str) -> None:
    try:
        checked = normalise(FORM, band, raw)
    except AnswerError:
        return
    assert normalise(FORM, band, checked) == checked
    asked = {item.id: item for item in FORM.for_person(band)}
    for key, answer in checked.items():
        offered = set(asked[key].option_ids)
        assert not offered or set(answer if isinstance(answer, tuple) else [answer]) <= offered


@pytest.mark.parametrize(
    ("raw", "band", "key"),
    [
        ({"older": "a"}, "15", Problem.NOT_ASKED),
        ({"stranger": "a"}, "15", Problem.NOT_ASKED),
        ({"one": ["a"]}, "15", Problem.MALFORMED),
        ({"multi": "a"}, "15", Problem.MALFORMED),
        ({"number": True}, "15", Problem.MALFORMED),
        ({"number": "7"}, "15", Problem.MALFORMED),
        ({"one": "invented"}, "15", Problem.UNKNOWN_OPTION),
    ],
)
def test_sending_checks_the_whole_again(raw: dict[str, object], band: str, key: Problem) -> None:
    with pytest.raises(AnswerError) as refusal:
        normalise(FORM, band, raw)
    assert refusal.value.key is key


def test_a_required_answer_must_be_there_on_sending() -> None:
    with pytest.raises(AnswerError) as refusal:
        normalise(replace(FORM, questions=(replace(ONE, required=True),)), "15", {})
    assert refusal.value.key is Problem.REQUIRED


def test_all_own_words_together_have_a_limit() -> None:
    many = tuple(question(f"t{n}", Kind.TEXT, limit=2000) for n in range(5))
    form = Form("1", LANGUAGES, many)
    whole = {item.id: "ب" * 800 for item in many}
    assert len(normalise(form, "15", whole)) == len(many)
    with pytest.raises(AnswerError) as refusal:
        normalise(form, "15", whole | {"t0": "ب" * 1000})
    assert refusal.value.key is Problem.TOO_LONG_TOGETHER
    assert refusal.value.parameters == {"limit": OWN_WORDS_BYTES, "given": 2 * (4 * 800 + 1000)}


@given(answers)
def test_what_is_sealed_is_what_was_sent(sent: AnswerSet) -> None:
    assert decode(encode(sent)) == sent


def test_the_same_answers_weigh_the_same_whatever_the_order() -> None:
    assert encode({"a": "x", "b": 1}) == encode({"b": 1, "a": "x"}) == b'{"a":"x","b":1}'


@pytest.mark.parametrize("blob", [b"", b"[]", b"\xff", b'{"a":null}', b'{"a":true}', b'{"a":[1]}', b'{"a":{}}'])
def test_bytes_that_are_no_answers_are_refused(blob: bytes) -> None:
    with pytest.raises(AnswerError) as refusal:
        decode(blob)
    assert refusal.value.key is Problem.MALFORMED
