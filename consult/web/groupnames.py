"""What groups of people are called: age groups, and what people are asked about themselves."""

from __future__ import annotations

from collections.abc import Sequence

from consult.errors import sentence
from consult.questionnaire.bands import AGE_BANDS
from consult.questionnaire.form import Form
from consult.questionnaire.question import Question
from consult.services.tables.tabulating import AGE, LANGUAGE
from consult.web.languages import gettext

__all__ = ["OPEN_ENDED", "age_words", "ages_words", "dimension", "whoever_answered", "whoever_is_asked"]

OPEN_ENDED = {"u6": sentence("Under 6"), "25p": sentence("25 and over")}
_DIMENSIONS = {
    AGE: sentence("Age"),
    LANGUAGE: sentence("Language"),
    "gender": sentence("Gender"),
    "disability": sentence("Disability"),
    "help_to_take_part": sentence("Help to take part"),
    "ethnicity": sentence("Ethnic group"),
    "indigenous": sentence("Indigenous people"),
    "migration": sentence("Born here or elsewhere"),
    "location": sentence("Kind of place"),
    "region": sentence("Part of the country"),
    "home_language": sentence("Language at home"),
    "education": sentence("School"),
    "economic": sentence("Money at home"),
    "device": sentence("Own or shared device"),
    "care": sentence("Whom they live with"),
    "sogi": sentence("LGBTQ+"),
}


def dimension(key: str, title: str) -> str:
    """A dimension in one or two words; what was asked, where a consultation has one of its own."""
    return gettext(_DIMENSIONS[key]) if key in _DIMENSIONS else title


def age_words(band: str) -> str:
    """An age group: "13 to 15" for 13_15."""
    if band in OPEN_ENDED:
        return gettext(OPEN_ENDED[band])
    youngest, _, oldest = band.partition("_")
    return gettext("%(youngest)s to %(oldest)s", youngest=youngest, oldest=oldest) if oldest else youngest


def ages_words(bands: Sequence[str]) -> str:
    """Several age groups: "13 to 17" where each follows the one before, else one after the other."""
    first, last = bands[0], bands[-1]
    places = [AGE_BANDS.index(band) for band in bands]
    gaps = places != list(range(places[0], places[0] + len(places)))
    if gaps or len(bands) == 1 or first in OPEN_ENDED:
        return gettext(", ").join(map(age_words, bands))
    youngest = first.partition("_")[0]
    if last in OPEN_ENDED:
        return gettext("%(youngest)s and over", youngest=youngest)
    return age_words(f"{youngest}_{last.rpartition('_')[2]}")


def whoever_answered(question: str, answers: Sequence[str]) -> str:
    """Who is asked something after one of these answers to an earlier question, all in the form's own words."""
    said = gettext(" or ").join(gettext("“%(words)s”", words=each) for each in answers)
    return gettext("Only for whoever answers %(answers)s to: %(question)s", answers=said, question=question)


def whoever_is_asked(form: Form, question: Question, language: str) -> str:
    """The same of a form's question, in one of its languages, else in its first; "" where no answer decides it."""
    if question.only_if is None:
        return ""
    earlier = next(each for each in form.questions if each.id == question.only_if.question)
    words = [earlier.text, *(each.text for each in earlier.options if each.id in question.only_if.options)]
    asked, *answers = (each.get(language) or each[form.languages[0]] for each in words)
    return whoever_answered(asked, answers)
