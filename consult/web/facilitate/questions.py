"""The questions and texts of a part: which, in which words, and what the linter says about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import Invalid, NotFound
from consult.models import Strand
from consult.questionnaire.bank import bank_dimensions, bank_questions, supplied_dimensions
from consult.questionnaire.ownquestion import OWN
from consult.questionnaire.question import Option, Question
from consult.services.desks.desk import StrandView
from consult.services.texts.linting import lint_report
from consult.services.texts.wording import chosen, reader_of, with_question, with_text
from consult.web.facilitate.blueprint import address, facilitate, here, page, save_form
from consult.web.forms import StaffForm
from consult.web.groupnames import whoever_is_asked
from consult.web.saving import attempt, status_of
from consult.web.site import site
from safeguards.said import said
from safeguards.terms import Audience

__all__ = ["choose", "question", "questions", "text"]

_MOST_DIGITS = 4


@facilitate.get("/c/<consultation_id>/<strand_id>/questions")
def questions(consultation_id: str, strand_id: str) -> str:
    """Every question with its words in each language, what the linter found, what is missing."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
    form, source = strand.form, strand.form.languages[0]
    found = lint_report(form, Audience(strand.card.audience), strand.card.ages, site().policy) if form.questions else ()
    return page(
        "questions.html",
        consultation,
        strand,
        findings=found,
        own=[each.id for each in form.questions if each.id.startswith(OWN)],
        after={each.id: whoever_is_asked(form, each, source) for each in form.questions},
        missing={language: form.missing_translations(language) for language in form.languages},
    )


@facilitate.route("/c/<consultation_id>/<strand_id>/questions/choose", methods=["GET", "POST"])
def choose(consultation_id: str, strand_id: str) -> str | Response | tuple[str, int]:
    """Choose questions from the bank, their order, and what people are asked about themselves."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
    form = StaffForm()
    places = {each.id: str(n) for n, each in enumerate(strand.form.questions, start=1)}
    dimensions = [each.key for each in strand.form.profile]
    if form.is_sent:
        places = {name[2:]: value for name, value in request.form.items() if name.startswith("q-") and value.strip()}
        dimensions = request.form.getlist("dimensions")
        if attempt(form, lambda db: _choose(db, strand, places, dimensions)) is not None:
            return redirect(address("questions", strand, saved=1), 303)
    shown = page(
        "choose.html",
        consultation,
        strand,
        form=form,
        places=places,
        chosen=dimensions,
        bank={**{each.id: each for each in strand.form.questions}, **bank_questions()},
        dimensions={key: each for key, each in bank_dimensions().items() if key not in supplied_dimensions()},
        source=strand.form.languages[0],
    )
    return shown, status_of(form)


def _choose(db: Session, strand: StrandView, places: Mapping[str, str], dimensions: list[str]) -> Strand:
    wrong = [key for key, place in places.items() if not _is_place(place.strip())]
    if wrong:
        raise Invalid(
            {"": [said("%(question)s: write its place as a whole number, or leave it empty.", question=wrong[0])]}
        )
    ids = sorted(places, key=lambda key: int(places[key]))
    audience = Audience(strand.card.audience)
    form = chosen(strand.form, ids, dimensions, strand.form.languages, reader_of(audience))
    return save_form(db, strand, form)


def _is_place(typed: str) -> bool:
    return typed.isdecimal() and len(typed) <= _MOST_DIGITS


@facilitate.route("/c/<consultation_id>/<strand_id>/questions/<question_id>", methods=["GET", "POST"])
def question(consultation_id: str, strand_id: str, question_id: str) -> str | Response | tuple[str, int]:
    """The words of one question in the language of the source."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
    asked = strand.form.question(question_id)
    if asked is None:
        raise NotFound
    form = StaffForm()
    if form.is_sent:
        typed = _typed(asked, strand.form.languages[0])
        if attempt(form, lambda db: save_form(db, strand, with_question(strand.form, typed))) is not None:
            return redirect(address("questions", strand, saved=1), 303)
        asked = typed
    return page("question.html", consultation, strand, form=form, asked=asked), status_of(form)


def _typed(asked: Question, source: str) -> Question:
    """The question as it was typed in the language of the source; translations stay, and are looked at anew."""
    return replace(
        asked,
        text=_words("text", source, asked.text),
        hint=_words("hint", source, asked.hint),
        options=tuple(Option(each.id, _words(f"option-{each.id}", source, each.text)) for each in asked.options),
    )


def _words(field: str, source: str, kept: Mapping[str, str]) -> dict[str, str]:
    """What was typed for a text beside its translations; a text that is emptied loses them too."""
    typed = request.form.get(f"{field}-{source}", "").strip()
    return {**kept, source: typed} if typed else {}


@facilitate.route("/c/<consultation_id>/<strand_id>/texts/<key>", methods=["GET", "POST"])
def text(consultation_id: str, strand_id: str, key: str) -> str | Response | tuple[str, int]:
    """One of the texts that participants read around the questions, in the language of the source."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
    if key not in strand.form.texts:
        raise NotFound
    form, words = StaffForm(), dict(strand.form.texts[key])
    if form.is_sent:
        words = _words("text", strand.form.languages[0], words)
        if attempt(form, lambda db: save_form(db, strand, with_text(strand.form, key, words))) is not None:
            return redirect(address("questions", strand, saved=1), 303)
    return page("text.html", consultation, strand, form=form, key=key, words=words), status_of(form)
