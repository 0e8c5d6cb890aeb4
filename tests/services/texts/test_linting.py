"""The linter over a whole form: what people read around the questions is held to the words too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consult.questionnaire.bank import compose_set
from consult.questionnaire.content import shipped_languages
from consult.questionnaire.form import Form
from consult.services.texts.linting import lint_errors, lint_report
from consult.services.texts.wording import with_text
from safeguards.policyfile import default
from safeguards.terms import Audience

FORM = compose_set("children_13_17", ["en", "fr"])
ASKING = {"en": "Tell us what happened to you.", "fr": "Raconte ce qui t'est arrivé."}


def errors(form: Form, *languages: str) -> tuple[str, ...]:
    return lint_errors(form, Audience.CHILDREN, (13, 17), default(), languages)


@pytest.mark.parametrize(
    ("name", "audience", "ages"),
    [
        ("children_6_9", Audience.CHILDREN, (6, 9)),
        ("children_10_12", Audience.CHILDREN, (10, 12)),
        ("children_13_17", Audience.CHILDREN, (13, 17)),
        ("adult_survivors", Audience.ADULT_SURVIVORS, (18, 99)),
        ("young_adults", Audience.REPRESENTATIVES, (18, 24)),
        ("caregivers", Audience.REPRESENTATIVES, (18, 99)),
    ],
)
def test_the_sets_that_ship_and_the_texts_around_them_can_be_signed_off_in_every_language(
    name: str, audience: Audience, ages: tuple[int, int]
) -> None:
    languages = sorted(shipped_languages())
    assert lint_errors(compose_set(name, languages), audience, ages, default(), languages) == ()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_text_that_asks_what_was_done_to_the_person_keeps_the_set_from_being_signed_off(language: str) -> None:
    form = with_text(FORM, "T-THANKS", {**FORM.texts["T-THANKS"], language: ASKING[language]})
    assert [each.partition(" ")[0] for each in errors(form, "en", "fr")] == ["T-THANKS"]
    assert errors(form, *({"en", "fr"} - {language})) == ()


def test_one_in_easy_words_is_found_as_well() -> None:
    form = replace(FORM, easy={"texts.T-THANKS": {"en": ASKING["en"]}})
    assert any("T-THANKS" in each for each in errors(form, "en"))


def test_a_language_that_only_a_person_can_check_is_told_once_a_form() -> None:
    form = compose_set("children_13_17", ["en", "sw"])
    found = lint_report(form, Audience.CHILDREN, (13, 17), default())
    assert [each.question for each in found if (each.rule, each.language) == ("L0", "sw")] == [""]
