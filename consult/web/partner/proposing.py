"""What a partner sees: the questions and texts before they are signed, the own proposals, and how to be named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read, write
from consult.errors import NotFound, sentence
from consult.models import Proposal, ProposalKind
from consult.questionnaire.form import Form
from consult.questionnaire.profile import dimension_texts
from consult.questionnaire.question import question_texts
from consult.services.partners import partnering, proposals
from consult.services.partners.proposals import Readable
from consult.web.forms import StaffForm, one_of, picked, text_field, words_field
from consult.web.groupnames import whoever_is_asked
from consult.web.languages import gettext
from consult.web.once import once
from consult.web.partner.blueprint import partner
from consult.web.saving import attempt, status_of
from consult.web.site import site
from consult.web.staff import actor

__all__: list[str] = []

_NEVER = sentence("Never a child's words or story, and nobody's name.")
_KINDS = {
    ProposalKind.CHANGE: sentence("Other words for this text"),
    ProposalKind.COMMENT: sentence("A comment"),
}


class NameForm(StaffForm):
    """How the organisation wishes to be named."""

    shown_as = text_field(
        sentence("How may we name your organisation in public?"),
        sentence("In the report, and on the page of what changed. Empty: it is not named. No person is ever named."),
    )


class ProposeForm(StaffForm):
    """What is proposed about one text."""

    kind = one_of(sentence("What do you propose?"))
    words = words_field(sentence("The new text, or your comment"), _NEVER)
    why = words_field(sentence("Why?"), sentence("It may stay empty."))


@dataclass(frozen=True, slots=True)
class Line:
    """One text in the language of the page: where it stands, and its words."""

    where: str
    words: str


@dataclass(frozen=True, slots=True)
class Group:
    """A question with its answers, or something that people are asked about themselves."""

    title: str
    lines: tuple[Line, ...]
    #: of whom it is asked, where not of everybody
    whom: str = ""


@partner.get("")
def consultations() -> str:
    """The consultations that somebody is a partner in."""
    with read(site().engine) as db:
        found = partnering.partnerships(db, actor())
    return render_template("partner/consultations.html", found=found)


@partner.get("/<consultation_id>")
def consultation(consultation_id: str) -> str:
    """What can be read, what was proposed, and what became of it."""
    return _page(consultation_id)


def _page(consultation_id: str, form: StaffForm | None = None) -> str:
    with read(site().engine) as db:
        mine = partnering.partnership(db, actor(), consultation_id)
        title = next(each[1] for each in partnering.partnerships(db, actor()) if each[0] == consultation_id)
        return render_template(
            "partner/consultation.html",
            title=title,
            mine=mine,
            form=form or NameForm({"shown_as": mine.shown_as or ""}),
            parts=proposals.readable(db, actor(), consultation_id),
            proposed=proposals.my_proposals(db, actor(), consultation_id),
        )


@partner.post("/<consultation_id>/name")
def name(consultation_id: str) -> Response | tuple[str, int]:
    """Say how the organisation wishes to be named."""
    form = NameForm()

    def work(db: Session) -> bool:
        partnering.name_as(db, site().keys, actor(), consultation_id, form.shown_as.data, site().clock())
        return True

    if attempt(form, work):
        return redirect(url_for("partner.consultation", consultation_id=consultation_id, saved=1), 303)
    return _page(consultation_id, form), status_of(form)


@partner.post("/<consultation_id>/leave")
def leave(consultation_id: str) -> Response:
    """End the own partnership."""
    with write(site().engine) as db:
        partnering.leave(db, site().keys, site().policy, actor(), consultation_id, site().clock())
    return redirect(url_for("signin.home"), 303)


@partner.get("/<consultation_id>/<strand_id>/<language>")
def questions(consultation_id: str, strand_id: str, language: str) -> str:
    """The questions and texts of one part in one of its languages, each with a link to propose something."""
    part, form = _part(consultation_id, strand_id, language)
    return render_template(
        "partner/questions.html",
        consultation_id=consultation_id,
        part=part,
        questions=_questions(form, language),
        texts=_texts(form, language),
        language_code=language,
        codes=form.languages,
    )


@partner.route("/<consultation_id>/<strand_id>/<language>/<place>", methods=["GET", "POST"])
def propose(consultation_id: str, strand_id: str, language: str, place: str) -> Response | tuple[str, int]:
    """Propose other words for one text, or say something about it."""
    part, source = _part(consultation_id, strand_id, language)
    words = source.words_by_place().get(place, {}).get(language)
    if words is None:
        raise NotFound
    may_change = language == source.languages[0]
    kinds = _KINDS if may_change else {ProposalKind.COMMENT: _KINDS[ProposalKind.COMMENT]}
    form = ProposeForm({"kind": ProposalKind.COMMENT, "words": ""}, kind=picked(kinds))
    said = (consultation_id, strand_id, language, place)
    if form.is_sent and attempt(form, once(Proposal, lambda db: _propose(db, *said, form))) is not None:
        there = url_for(
            "partner.questions", consultation_id=consultation_id, strand_id=strand_id, language=language, saved=1
        )
        return redirect(there, 303)
    shown = render_template(
        "partner/propose.html",
        consultation_id=consultation_id,
        part=part,
        form=form,
        words=words,
        place=place,
        language_code=language,
        may_change=may_change,
    )
    return shown, status_of(form)


def _propose(db: Session, consultation_id: str, strand_id: str, language: str, place: str, form: StaffForm) -> Proposal:
    values = proposals.ProposalValues(
        form["kind"].data or "", place, language, form["words"].data or "", form["why"].data or ""
    )
    return proposals.propose(db, site().keys, actor(), consultation_id, strand_id, values, site().clock())


def _part(consultation_id: str, strand_id: str, language: str) -> tuple[Readable, Form]:
    """The part while it can be read, in a language that it has; a signed one is not there."""
    with read(site().engine) as db:
        found = next((e for e in proposals.readable(db, actor(), consultation_id) if e.id == strand_id), None)
    if found is None or found.form is None or language not in found.form.languages:
        raise NotFound
    return found, found.form


def _questions(form: Form, language: str) -> list[Group]:
    everything, about = len(form.questions), gettext("About the person")
    return [
        *(
            Group(
                gettext("Question %(n)s of %(all)s", n=n, all=everything),
                _lines(question_texts(each, f"questions.{each.id}"), language),
                whoever_is_asked(form, each, language),
            )
            for n, each in enumerate(form.questions, start=1)
        ),
        *(Group(about, _lines(dimension_texts(each, f"profile.{each.key}"), language)) for each in form.profile),
    ]


def _texts(form: Form, language: str) -> tuple[Line, ...]:
    return _lines([(f"texts.{key}", words) for key, words in form.texts.items()], language)


def _lines(places: Sequence[tuple[str, Mapping[str, str]]], language: str) -> tuple[Line, ...]:
    return tuple(Line(where, words[language]) for where, words in places if language in words)
