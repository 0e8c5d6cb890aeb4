"""Emergency stops and alerts: the page of the incident behind one, and those of a platform or a place."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import sentence
from consult.models import Stop
from consult.services.signed import incidents as service
from consult.services.signed import stopping
from consult.web.acting import ActForm, act
from consult.web.forms import pick_one, words_field
from consult.web.languages import gettext
from consult.web.safeguard.acts import LiftForm, StopForm, silenced
from consult.web.safeguard.blueprint import safeguard
from consult.web.site import site
from consult.web.staff import actor
from consult.web.words import country_name
from safeguards.record import StopScope

__all__ = ["incident", "lift_wide", "see_stop", "stop_wide", "write_cause"]

_KINDS = {
    StopScope.PLATFORM: sentence("Platform"),
    StopScope.JURISDICTION: sentence("Place"),
    StopScope.ALERT: sentence("Emergency or conflict"),
}


class CauseForm(ActForm):
    """Why it was stopped, where that was left empty."""

    cause = words_field(sentence("Why was it stopped?"), sentence("Facts and measures, no story."))


class WideForm(StopForm):
    """Which platform or place stops, or where there is an emergency, and why."""

    what = pick_one(sentence("What is it about?"))


@safeguard.route("/stops/new", methods=["GET", "POST"])
def stop_wide() -> Response | tuple[str, int]:
    """Stop everything on a platform or in a place, or say what happened there, in one press once it is chosen."""
    with read(site().engine) as db:
        known = stopping.stoppable(db, actor())
    form = WideForm(what=[(f"{scope}/{each}", _named(scope, each)) for scope, each in known])
    if form.is_sent:
        made = act(form, lambda db: _stopped(db, form))
        if made is not None:
            return redirect(url_for("safeguard.incident", stop_id=made.id, saved=1), 303)
    return render_template("safeguard/stop_wide.html", form=form, known=known), form.status


def _named(scope: StopScope, subject: str) -> str:
    return f"{gettext(_KINDS[scope])}: {subject if scope is StopScope.PLATFORM else country_name(subject)}"


def _stopped(db: Session, form: WideForm) -> Stop:
    scope, _, subject = form.what.data.partition("/")
    now, cause = site().clock(), form.cause.data
    return silenced(db, stopping.press_wide(db, site().keys, actor(), StopScope(scope), subject, cause, now))


@safeguard.get("/stops/<stop_id>")
def incident(stop_id: str) -> str:
    """What it is, who has to know, the cause, and who has said yes to its end."""
    return _page(stop_id, CauseForm())


@safeguard.post("/stops/<stop_id>/lift")
def lift_wide(stop_id: str) -> Response | tuple[str, int]:
    """One of two yeses to the end of the stop or the alert of a platform or a place."""
    form = LiftForm()

    def work(db: Session) -> Stop:
        review, passphrase = form["review"].data, form["passphrase"].data or ""
        return stopping.lift_wide(db, site().keys, actor(), stop_id, review, passphrase, site().clock())

    return _after(stop_id, form, act(form, work) is not None)


@safeguard.post("/stops/<stop_id>/seen")
def see_stop(stop_id: str) -> Response | tuple[str, int]:
    """Somebody who has to know has seen it."""
    form = CauseForm()

    def work(db: Session) -> bool:
        service.seen(db, site().keys, actor(), stop_id, site().clock())
        return True

    return _after(stop_id, form, bool(act(form, work)))


@safeguard.post("/stops/<stop_id>/cause")
def write_cause(stop_id: str) -> Response | tuple[str, int]:
    """The cause, written when there is time for it."""
    form = CauseForm()

    def work(db: Session) -> bool:
        service.write_cause(db, site().keys, actor(), stop_id, form.cause.data, site().clock())
        return True

    return _after(stop_id, form, bool(act(form, work)))


def _after(stop_id: str, form: ActForm, done: bool) -> Response | tuple[str, int]:
    if not done:
        return _page(stop_id, form), form.status
    return redirect(url_for("safeguard.incident", stop_id=stop_id, saved=1), 303)


def _page(stop_id: str, sent: ActForm) -> str:
    """`sent`: the form of this request, whose problems stand above the page."""
    now = site().clock()
    with read(site().engine) as db:
        found = service.incident(db, actor(), stop_id)
        lifts = stopping.may_lift_wide(db, actor(), stop_id)
    return render_template(
        "safeguard/incident.html",
        incident=found,
        sent=sent,
        form=sent if isinstance(sent, CauseForm) else CauseForm(),
        lift=(sent if isinstance(sent, LiftForm) else LiftForm()) if lifts else None,
        days=site().policy.requirements["SAF-22"].validity.days_under_alert,
        name=_named(found.scope, found.subject) if found.scope in _KINDS else found.consultation,
        now=now,
    )
