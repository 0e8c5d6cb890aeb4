"""A form: strict to read, whole to write, one digest, and honest about what is not translated."""

import copy
import json
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.questionnaire.bands import AGE_BANDS
from consult.questionnaire.errors import FormError
from consult.questionnaire.form import Form
from consult.questionnaire.question import Kind, Question, Topic
from safeguards import terms
from tests.questionnaire.forms import FORM, MULTI, NUMBER, ONE, SCALE, TEXT, forms, in_both, options


def shuffled(value: object, order: random.Random) -> object:
    """The same JSON with the keys of every object in another order."""
    if isinstance(value, dict):
        keys = list(value)
        order.shuffle(keys)
        return {key: shuffled(value[key], order) for key in keys}
    if isinstance(value, list):
        return [shuffled(item, order) for item in value]
    return value


@given(forms())
@settings(max_examples=40)
def test_a_form_survives_json(form: Form) -> None:
    assert Form.from_json(json.loads(json.dumps(form.to_json()))) == form


@given(forms(), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_digest_does_not_depend_on_the_order_of_keys(form: Form, order: random.Random) -> None:
    assert Form.from_json(shuffled(form.to_json(), order)).digest() == form.digest()


@pytest.mark.parametrize(
    "changed",
    [
        replace(FORM, version="2"),
        replace(FORM, questions=FORM.questions[1:]),
        replace(FORM, questions=(MULTI, ONE)),
        replace(FORM, questions=(replace(ONE, text=in_both("other")),)),
        replace(FORM, questions=(replace(ONE, hint=in_both("hint")),)),
        replace(FORM, questions=(replace(MULTI, limit=3),)),
        replace(FORM, texts={"T-X": in_both("Goodbye {who}")}),
    ],
)
def test_any_edit_changes_the_digest_that_was_signed(changed: Form) -> None:
    assert changed.digest() != FORM.digest()


def broken(change: Callable[[dict], None]) -> dict:
    data = copy.deepcopy(FORM.to_json())
    change(data)
    return data


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        (lambda f: f.update(colour="red"), "form", "colour"),
        (lambda f: f.pop("texts"), "form", "texts"),
        (lambda f: f.update(shape=2), "shape", "no other"),
        (lambda f: f.update(languages=[]), "languages", "at least one"),
        (lambda f: f.update(languages=["en", "en"]), "languages", "twice"),
        (lambda f: f.update(languages=["en"]), "questions.one.text.fr", "does not list"),
        (lambda f: f["questions"].append(f["questions"][0]), "questions", "'one' stands twice"),
        (lambda f: f["questions"][0].update(colour="red"), "questions[0]", "colour"),
        (lambda f: f["questions"][0].update(kind="grid"), "questions[0].kind", "one, multi, scale"),
        (lambda f: f["questions"][0].update(topic="T4"), "questions[0].topic", "T0, T1, T2, T3"),
        (lambda f: f["questions"][0].update(bands=["13_17"]), "questions.one.bands", "13_17"),
        (lambda f: f["questions"][0].update(required="yes"), "questions[0].required", "true or false"),
        (lambda f: f["questions"][0].update(id="a b"), "questions[0].id", "identifier"),
        (lambda f: f["questions"][0]["text"].pop("en"), "questions.one.text", "in en are missing"),
        (lambda f: f["questions"][0]["text"].update(fr=" "), "questions[0].text.fr", "not empty"),
        (lambda f: f["questions"][0]["options"][1].update(id="a"), "questions.one.options", "twice"),
        (
            lambda f: f["questions"][1]["options"][0]["text"].pop("en"),
            "questions.multi.options.a",
            "in en are missing",
        ),
        (lambda f: f["texts"]["T-X"].update(fr="Bonjour {nom}"), "texts.T-X.fr", "braces"),
        (lambda f: f["texts"]["T-X"].update(fr="Bonjour {who"), "text", "brace"),
    ],
)
def test_a_form_not_well_made_is_refused_and_the_place_named(
    change: Callable[[dict], None], where: str, what: str
) -> None:
    with pytest.raises(FormError) as refusal:
        Form.from_json(broken(change))
    assert refusal.value.where == where
    assert what in refusal.value.what


@pytest.mark.parametrize(
    "contradiction",
    [
        replace(ONE, options=options("a")),
        replace(ONE, limit=1),
        replace(MULTI, limit=None),
        replace(MULTI, limit=5),
        replace(MULTI, limit=0),
        replace(SCALE, options=SCALE.options[:4]),
        replace(TEXT, limit=None),
        replace(TEXT, limit=5000),
        replace(TEXT, options=options("a", "b")),
        replace(NUMBER, minimum=None),
        replace(NUMBER, minimum=50),
        replace(ONE, minimum=1),
    ],
)
def test_a_question_that_contradicts_its_kind_is_refused(contradiction: Question) -> None:
    with pytest.raises(FormError):
        replace(FORM, questions=(contradiction,))


def test_a_person_is_asked_only_what_is_meant_for_their_age() -> None:
    assert "older" not in [question.id for question in FORM.for_person("15")]
    assert [question.id for question in FORM.for_person("16_17")] == [question.id for question in FORM.questions]


def test_a_language_with_one_word_missing_is_not_complete_and_the_word_is_named() -> None:
    half = replace(MULTI, options=(replace(MULTI.options[0], text={"en": "a"}), *MULTI.options[1:]))
    form = replace(FORM, questions=(half,), texts={"T-X": {"en": "Hello"}})
    assert form.missing_translations("fr") == ["questions.multi.options.a", "texts.T-X"]
    assert form.complete_languages() == ("en",)
    assert FORM.complete_languages() == ("en", "fr")


def test_a_scale_has_five_points_and_what_stands_beside_them() -> None:
    assert [point.id for point in SCALE.points] == ["p1", "p2", "p3", "p4", "p5"]
    assert MULTI.points == ()


def test_topics_and_bands_are_those_of_the_safeguards() -> None:
    assert {(topic.name, topic.value) for topic in Topic} == {(topic.name, topic.value) for topic in terms.Topic}
    assert set(AGE_BANDS) - {band.value for band in terms.AgeBand} == {"u6"}
    assert {band.value for band in terms.AgeBand} <= set(AGE_BANDS)


def test_every_kind_is_covered_by_the_sample_form() -> None:
    assert {question.kind for question in FORM.questions} == set(Kind)
