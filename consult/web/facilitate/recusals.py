"""Conflicts of interest: who is kept out of a consultation, saying so, and letting somebody in again."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import sentence
from consult.services.desks import desk
from consult.services.holders import recusal
from consult.services.signed import running
from consult.web.acting import ActForm, act, passphrase_field
from consult.web.facilitate.blueprint import facilitate
from consult.web.forms import one_of, words_field
from consult.web.site import site
from consult.web.staff import actor

__all__: list[str] = []


class RecusalForm(ActForm):
    """Somebody who is to be kept out."""

    person = one_of(sentence("Who is to be kept out?"), listed=True)
    reason = words_field(
        sentence("Why?"),
        sentence("Such as: works for the company that is asked about. Never write what a child told somebody."),
    )
    passphrase = passphrase_field()


class LiftForm(ActForm):
    """The act of whoever lets somebody in again."""

    passphrase = passphrase_field()


@facilitate.route("/c/<consultation_id>/apart", methods=["GET", "POST"])
def recusals(consultation_id: str) -> Response | tuple[str, int]:
    """Who is kept out, and a form to add somebody. Open parts that relied on that person are paused."""
    who = actor()
    with read(site().engine) as db:
        people = recusal.can_be_kept_out(db, who, consultation_id)
    form = RecusalForm({"person": who.id}, person=people)
    if form.is_sent and act(form, lambda db: _declare(db, form, consultation_id)):
        # Whoever kept themselves out has nothing to see here any more.
        return redirect(url_for("signin.home") if form.person.data == who.id else _here(consultation_id), 303)
    return _page(consultation_id, form, form)


@facilitate.post("/c/<consultation_id>/apart/<recusal_id>/lift")
def lift_recusal(consultation_id: str, recusal_id: str) -> Response | tuple[str, int]:
    """Let somebody in again."""
    form = LiftForm()
    if act(form, lambda db: _lift(db, form, consultation_id, recusal_id)):
        return redirect(_here(consultation_id), 303)
    return _page(consultation_id, form)


def _page(consultation_id: str, sent: ActForm, form: RecusalForm | None = None) -> tuple[str, int]:
    """`sent`: the form of this request, whose problems stand above the page."""
    who = actor()
    with read(site().engine) as db:
        people = recusal.can_be_kept_out(db, who, consultation_id)
        page = render_template(
            "staff/recusals.html",
            consultation=desk.consultation(db, who, consultation_id),
            out=recusal.kept_out(db, who, consultation_id),
            alone=recusal.only_holders(db, consultation_id, people),
            sent=sent,
            form=form or RecusalForm({"person": who.id}, person=people),
        )
    return page, sent.status


def _lift(db: Session, form: LiftForm, consultation_id: str, recusal_id: str) -> bool:
    passphrase, now = form.passphrase.data or "", site().clock()
    recusal.lift(db, site().keys, actor(), consultation_id, recusal_id, passphrase, now)
    return True


def _declare(db: Session, form: RecusalForm, consultation_id: str) -> bool:
    now = site().clock()
    who, passphrase = actor(), form.passphrase.data or ""
    recusal.declare(db, site().keys, who, consultation_id, form.person.data, form.reason.data, passphrase, now)
    running.sweep(db, site().keys, site().policy, now)
    return True


def _here(consultation_id: str) -> str:
    return url_for("facilitate.recusals", consultation_id=consultation_id)
