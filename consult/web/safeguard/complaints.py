"""Complaints for people outside the team: what is due when, the words after the passphrase, one answer."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import NotFound, sentence
from consult.models import ComplaintOutcome
from consult.services.help import complaints as service
from consult.services.help.complaints import ComplaintView
from consult.web.acting import ActForm, act, passphrase_field
from consult.web.forms import one_of, picked, words_field
from consult.web.safeguard.blueprint import safeguard
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["OUTCOMES", "answer_complaint", "complaint", "complaints"]

OUTCOMES: dict[ComplaintOutcome, str] = {
    ComplaintOutcome.UPHELD: sentence("The complaint is right"),
    ComplaintOutcome.PARTLY: sentence("Partly right"),
    ComplaintOutcome.NOT_UPHELD: sentence("We see it differently"),
    ComplaintOutcome.PASSED_ON: sentence("Passed on to somebody whose task it is"),
}


class ReadForm(ActForm):
    """The words are sealed to this person's key."""

    passphrase = passphrase_field()


class AnswerForm(ActForm):
    """What came of it, and the words for whoever complained."""

    outcome = one_of(sentence("What came of it?"))
    reply = words_field(
        sentence("Your answer to whoever complained"),
        sentence("Plain, short and kind. Say what you did. Only who kept the code reads it."),
    )


@safeguard.get("/complaints")
def complaints() -> str:
    """Everything that was sealed to this person, the soonest due first."""
    with read(site().engine) as db:
        found = service.complaints(db, actor(), site().clock())
    return render_template("safeguard/complaints.html", complaints=found, outcomes=OUTCOMES)


@safeguard.route("/complaints/<complaint_id>", methods=["GET", "POST"])
def complaint(complaint_id: str) -> str | tuple[str, int]:
    """One complaint; its words once the passphrase was typed, on this page only and on record."""
    view, form, words = _look(complaint_id), ReadForm(), ""
    if form.is_sent:
        words = act(form, lambda db: _read(db, complaint_id, form)) or ""
    return _page(view, form, form, AnswerForm(outcome=picked(OUTCOMES)), words), form.status


@safeguard.post("/complaints/<complaint_id>/answer")
def answer_complaint(complaint_id: str) -> Response | tuple[str, int]:
    """The answer, once."""
    view, form = _look(complaint_id), AnswerForm(outcome=picked(OUTCOMES))
    if act(form, lambda db: _answered(db, complaint_id, form)) is None:
        return _page(view, form, ReadForm(), form), form.status
    return redirect(url_for("safeguard.complaints", saved=1), 303)


def _read(db: Session, complaint_id: str, form: ReadForm) -> str:
    return service.read_words(db, site().keys, actor(), complaint_id, form.passphrase.data or "", site().clock())


def _answered(db: Session, complaint_id: str, form: AnswerForm) -> bool:
    outcome, reply = ComplaintOutcome(form.outcome.data), form.reply.data or ""
    service.answer(db, site().keys, actor(), complaint_id, outcome, reply, site().clock())
    return True


def _look(complaint_id: str) -> ComplaintView:
    with read(site().engine) as db:
        found = service.complaints(db, actor(), site().clock())
    view = next((each for each in found if each.id == complaint_id), None)
    if view is None:
        raise NotFound
    return view


def _page(view: ComplaintView, form: ActForm, reading: ReadForm, answering: AnswerForm, words: str = "") -> str:
    """`form` is the one that was sent, whose problems stand above."""
    return render_template(
        "safeguard/complaint.html",
        complaint=view,
        form=form,
        reading=reading,
        answering=answering,
        words=words,
        outcomes=OUTCOMES,
    )
