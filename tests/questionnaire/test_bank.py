"""The bank and what is made from it: copies that are complete, in sets that the rules allow."""

from dataclasses import replace

import pytest

from consult.questionnaire.bank import (
    bank_dimensions,
    bank_questions,
    bank_version,
    compose,
    compose_set,
    default_sets,
    supplied_dimensions,
)
from consult.questionnaire.content import Reader, shipped_languages
from consult.questionnaire.errors import FormError
from consult.questionnaire.form import Form
from consult.questionnaire.profile import Category
from consult.questionnaire.question import Kind, Topic

LANGUAGES = shipped_languages()
SETS = tuple(default_sets())
LOCAL = (Category("north", {language: f"North ({language})" for language in LANGUAGES}),)
MOST_OPEN = 4
MOST_QUESTIONS = {
    "children_6_9": 6,
    "children_10_12": 10,
    "children_13_17": 12,
    "adult_survivors": 15,
    "young_adults": 15,
    "caregivers": 15,
}


def bands_of(form: Form) -> list[str]:
    return sorted({band for question in form.questions for band in question.bands})


def test_the_whole_bank_is_there() -> None:
    numbered = {f"Q{number:02}" for number in range(1, 46)}
    assert set(bank_questions()) == numbered | {"Q35a"}
    assert {question.kind for question in bank_questions().values()} == set(Kind)


@pytest.mark.parametrize("reader", Reader)
def test_every_question_text_and_dimension_is_complete_in_every_shipped_language(reader: Reader) -> None:
    whole = compose(bank_questions(), LANGUAGES, reader=reader)
    assert [whole.missing_translations(language) for language in LANGUAGES] == [[]] * len(LANGUAGES)


@pytest.mark.parametrize("key", bank_dimensions())
def test_every_dimension_is_complete_in_every_shipped_language(key: str) -> None:
    local = {key: LOCAL} if key in supplied_dimensions() else {}
    form = compose((), LANGUAGES, reader=Reader.CHILD, dimensions=(key,), categories=local)
    assert form.complete_languages() == LANGUAGES


@pytest.mark.parametrize("name", SETS)
def test_a_ready_set_opens_and_closes_gently_and_is_short_enough_for_every_age(name: str) -> None:
    form = compose_set(name, LANGUAGES)
    assert form.complete_languages() == LANGUAGES
    for band in bands_of(form):
        asked = form.for_person(band)
        assert len(asked) <= MOST_QUESTIONS[name]
        assert sum(question.kind is Kind.TEXT for question in asked) <= MOST_OPEN
        assert {asked[0].topic, asked[-1].topic} <= {Topic.LIFE_ONLINE, Topic.SAFETY}


def test_children_are_asked_safety_first_the_wish_last_and_two_more_from_sixteen() -> None:
    form = compose_set("children_13_17", LANGUAGES)
    younger = {question.id for question in form.for_person("15")}
    older = {question.id for question in form.for_person("16_17")}
    assert younger == {f"Q{number}" for number in (*range(14, 23), 27)}
    assert older - younger == {"Q25", "Q26"}
    assert form.questions[0].topic is Topic.SAFETY
    assert form.questions[-1].id == "Q27"
    assert default_sets()["children_13_17"].reader is Reader.CHILD


def test_survivors_are_asked_about_services_between_an_opening_and_a_hope() -> None:
    asked = [question.id for question in compose_set("adult_survivors", LANGUAGES).questions]
    assert (asked[0], asked[-1]) == ("Q35a", "Q44")
    assert set(asked[1:-1]) == {f"Q{number}" for number in range(28, 35)}


def test_representatives_say_how_they_know() -> None:
    form = compose_set("young_adults", LANGUAGES)
    assert [question.id for question in form.questions] == [f"Q{number}" for number in range(36, 43)]
    assert [question.id for question in compose_set("caregivers", LANGUAGES).questions][:3] == ["Q36", "Q37", "Q38"]
    assert {question.id for question in form.questions if question.required} == {"Q36", "Q37", "Q38"}


def test_no_child_and_no_survivor_must_answer_anything() -> None:
    for name in ("children_13_17", "adult_survivors"):
        assert not any(question.required for question in compose_set(name, LANGUAGES).questions)


def test_every_choice_has_a_way_out() -> None:
    ways_out = {"not_sure", "no_experience", "prefer_not"}
    for question in bank_questions().values():
        assert not question.options or ways_out & set(question.option_ids), question.id


def test_a_form_holds_copies_in_the_languages_asked_for_and_can_be_read_back() -> None:
    form = compose(["Q14", "Q27"], ["fr", "en"], reader=Reader.CHILD, dimensions=["gender"])
    assert form.languages == ("fr", "en")
    assert set(form.questions[0].text) == {"fr", "en"}
    assert form.version == bank_version()
    assert Form.from_json(form.to_json()) == form


def test_a_consultation_can_put_its_own_words_and_questions_in_the_place_of_the_banks() -> None:
    own = replace(bank_questions()["Q06"], text={"en": "Which places in our town feel good?"})
    added = replace(own, id="own_1")
    form = compose(["Q06", "own_1"], ["en"], {"Q06": own, "own_1": added}, reader=Reader.CHILD)
    assert [question.text["en"] for question in form.questions] == [own.text["en"]] * 2


def test_a_local_list_stands_before_the_fixed_choices_and_must_be_there() -> None:
    form = compose((), ["en"], reader=Reader.CHILD, dimensions=["region"], categories={"region": LOCAL})
    assert [category.id for category in form.profile[0].categories] == ["north", "prefer_not"]
    for key in supplied_dimensions():
        with pytest.raises(FormError, match="own list"):
            compose((), ["en"], reader=Reader.CHILD, dimensions=[key])


@pytest.mark.parametrize(
    ("ids", "languages", "dimensions", "what"),
    [
        (["Q99"], ["en"], [], "Q99"),
        (["Q14"], ["xx"], [], "xx"),
        (["Q14"], [], [], "at least one language"),
        (["Q14"], ["en"], ["shoe_size"], "shoe_size"),
        (["Q14", "Q14"], ["en"], [], "twice"),
    ],
)
def test_what_does_not_exist_is_named(ids: list[str], languages: list[str], dimensions: list[str], what: str) -> None:
    with pytest.raises(FormError, match=what):
        compose(ids, languages, reader=Reader.CHILD, dimensions=dimensions)


def test_own_words_come_with_the_plea_and_the_truth_about_who_reads_them() -> None:
    for question in bank_questions().values():
        if question.kind is Kind.TEXT:
            assert question.hint["en"].endswith(
                "Please leave out names. Nobody reads this right away. If you need help now, press Help."
            )
            assert set(question.hint) == set(LANGUAGES)
