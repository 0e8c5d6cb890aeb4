"""Requests for help at the lead's desk: who waits until when; one read with the passphrase typed, then answered."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.database import read
from consult.services.help import helpdesk
from consult.services.help.helprequests import Contact
from consult.web.acting import ActForm, act, passphrase_field
from consult.web.safeguard.blueprint import safeguard
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["answer_help", "help_request", "help_requests", "read_help"]


class ReadForm(ActForm):
    """The lead's own key opens his copy, for this one answer."""

    passphrase = passphrase_field()


@safeguard.get("/help-requests")
def help_requests() -> str:
    """Everything this lead can read, the soonest due first."""
    with read(site().engine) as db:
        views = helpdesk.help_requests(db, site().policy, actor(), site().clock())
        alerts = helpdesk.alerts_for(db, actor())
    return render_template("safeguard/help_requests.html", requests=views, alerts=alerts)


@safeguard.get("/help-requests/<request_id>")
def help_request(request_id: str) -> str:
    """One request, still shut."""
    return _page(request_id, ReadForm(), None)


@safeguard.post("/help-requests/<request_id>/read")
def read_help(request_id: str) -> tuple[str, int]:
    """What the person wrote, in this one answer: it is stored nowhere and no cache keeps it."""
    form, keys, now = ReadForm(), site().keys, site().clock()
    found = act(form, lambda db: helpdesk.read_request(db, keys, actor(), request_id, form.passphrase.data or "", now))
    return _page(request_id, form, found), form.status


@safeguard.post("/help-requests/<request_id>/answered")
def answer_help(request_id: str) -> Response | tuple[str, int]:
    """The lead has been in contact."""
    form = ActForm()
    if act(form, lambda db: helpdesk.answered(db, site().keys, actor(), request_id, site().clock())) is None:
        return _page(request_id, form, None), form.status
    return redirect(url_for("safeguard.help_requests", saved=1), 303)


def _page(request_id: str, form: ActForm, written: Contact | None) -> str:
    with read(site().engine) as db:
        view = helpdesk.help_request(db, site().policy, actor(), request_id, site().clock())
    kept = site().policy.p("P-EMC")
    return render_template("safeguard/help_request.html", asked=view, form=form, written=written, kept=kept)
