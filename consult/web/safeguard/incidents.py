"""Emergency stops: the one button that stops everything, and the page of the incident behind it."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import sentence
from consult.services.signed import incidents as service
from consult.web.acting import ActForm, act
from consult.web.forms import words_field
from consult.web.safeguard.blueprint import safeguard
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["incident", "see_stop", "write_cause"]


class CauseForm(ActForm):
    """Why it was stopped, where that was left empty."""

    cause = words_field(sentence("Why was it stopped?"), sentence("Facts and measures, no story."))


@safeguard.get("/stops/<stop_id>")
def incident(stop_id: str) -> str:
    """What stopped, who has to know, the cause, and who has said yes to its end."""
    return _page(stop_id, CauseForm())


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


def _after(stop_id: str, form: CauseForm, done: bool) -> Response | tuple[str, int]:
    if not done:
        return _page(stop_id, form), form.status
    return redirect(url_for("safeguard.incident", stop_id=stop_id, saved=1), 303)


def _page(stop_id: str, form: CauseForm) -> str:
    now = site().clock()
    with read(site().engine) as db:
        found = service.incident(db, actor(), stop_id)
    return render_template("safeguard/incident.html", incident=found, form=form, now=now)
