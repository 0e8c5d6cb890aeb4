"""Concerns at the lead's desk: logged in one press, handled by the clock of how serious they are."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import NotFound, sentence
from consult.models import Channel, Closure, Concern, Severity, Wish
from consult.services.evidence import concerns as log_of
from consult.services.evidence.concerns import Step
from consult.web.acting import ActForm, act
from consult.web.forms import one_of
from consult.web.languages import gettext
from consult.web.safeguard.blueprint import here, safeguard
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["close_concern", "concern", "concerns", "handle_concern", "log_concern", "tell_of_child"]

T = TypeVar("T", bound=StrEnum)

SEVERITIES = {
    Severity.IMMINENT: sentence("In danger now"),
    Severity.SERIOUS: sentence("Being hurt, or may be soon"),
    Severity.OTHER: sentence("Something else to look at"),
    Severity.WELLBEING: sentence("Feels bad"),
}
CHANNELS = {
    Channel.OWN_WORDS: sentence("Own words"),
    Channel.LIVE: sentence("In a session"),
    Channel.HELP_REQUEST: sentence("A request for help"),
    Channel.OTHER: sentence("Another way"),
}
STEPS = {
    Step.CALL: sentence("Emergency service called"),
    Step.TELL_LEAD: sentence("Safeguarding lead told"),
    Step.DECIDE: sentence("Lead decided"),
    Step.REFER: sentence("Referred to a service"),
}
WISHES = {
    Wish.REPORT: sentence("Wants it reported"),
    Wish.NO_REPORT: sentence("Does not want it reported"),
    Wish.NOT_KNOWN: sentence("Not known"),
}
CLOSURES = {
    Closure.REFERRED: sentence("Referred, and taken over there"),
    Closure.NO_DUTY: sentence("No duty and no danger"),
    Closure.NOBODY_FOUND: sentence("Nobody can be found"),
    Closure.MISTAKEN: sentence("It was a mistake"),
}


class LogForm(ActForm):
    """How serious, and how it came to be known."""

    severity = one_of(sentence("How serious is it?"))
    channel = one_of(sentence("How do you know?"), listed=True)


@safeguard.get("/concerns")
def concerns() -> str:
    """Open concerns, what is due soonest first, and closed ones."""
    with read(site().engine) as db:
        found = log_of.concerns(db, site().policy, actor(), site().clock())
    return render_template("safeguard/concerns.html", concerns=found, severities=SEVERITIES, steps=STEPS)


@safeguard.route("/c/<consultation_id>/<strand_id>/concern", methods=["GET", "POST"])
def log_concern(consultation_id: str, strand_id: str) -> Response | tuple[str, int]:
    """Log a concern: codes and the time, no words."""
    form = LogForm(
        {"severity": Severity.SERIOUS, "channel": Channel.LIVE},
        severity=[(code, gettext(words)) for code, words in SEVERITIES.items()],
        channel=[(code, gettext(words)) for code, words in CHANNELS.items()],
    )
    if form.is_sent:
        made = act(form, lambda db: _logged(db, strand_id, form))
        if made is not None:
            return render_template("safeguard/concern_logged.html", concern_id=made.id, severity=made.severity), 200
    with read(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
    return render_template("safeguard/log_concern.html", form=form, strand=strand.name), form.status


def _logged(db: Session, strand_id: str, form: LogForm) -> Concern:
    how, severity = Channel(form.channel.data), Severity(form.severity.data)
    return log_of.log(db, site().keys, actor(), strand_id, how, severity, site().clock())


@safeguard.get("/concerns/<concern_id>")
def concern(concern_id: str) -> str:
    """One concern with its clocks."""
    return _page(concern_id, ActForm())


@safeguard.post("/concerns/<concern_id>/<step>")
def handle_concern(concern_id: str, step: str) -> Response | tuple[str, int]:
    """A lead has done a step."""
    wanted, service = _one(Step, step), request.form.get("service", "")
    form, now = ActForm(), site().clock()
    made = act(form, lambda db: log_of.done(db, site().keys, actor(), concern_id, wanted, now, service))
    return _after(concern_id, form, made)


@safeguard.post("/concerns/<concern_id>/child")
def tell_of_child(concern_id: str) -> Response | tuple[str, int]:
    """Whether the child was told, and what the child wants."""
    form, wish, told = ActForm(), _one(Wish, request.form.get("wish")), request.form.get("told") == "yes"
    made = act(
        form, lambda db: log_of.note_child(db, site().keys, actor(), concern_id, wish, site().clock(), told=told)
    )
    return _after(concern_id, form, made)


@safeguard.post("/concerns/<concern_id>/close")
def close_concern(concern_id: str) -> Response | tuple[str, int]:
    """A lead closes it, and says how it ended."""
    form, closure = ActForm(), _one(Closure, request.form.get("closure"))
    made = act(form, lambda db: log_of.close(db, site().keys, actor(), concern_id, closure, site().clock()))
    return _after(concern_id, form, made)


def _one(kind: type[T], word: str | None) -> T:
    """A word of a list; 404 for another: the page offers no others."""
    try:
        return kind(word or "")
    except ValueError:
        raise NotFound from None


def _after(concern_id: str, form: ActForm, made: Concern | None) -> Response | tuple[str, int]:
    if made is None:
        return _page(concern_id, form), form.status
    return redirect(url_for("safeguard.concern", concern_id=concern_id, saved=1), 303)


def _page(concern_id: str, form: ActForm) -> str:
    with read(site().engine) as db:
        view = log_of.concern(db, site().policy, actor(), concern_id, site().clock())
        services = log_of.services_for(db, view.strand_id)
    care = {case: site().policy.p("P-HEALTH", case) for case in ("hiv", "pregnancy")}
    words = {"severities": SEVERITIES, "channels": CHANNELS, "steps": STEPS, "wishes": WISHES, "closures": CLOSURES}
    return render_template("safeguard/concern.html", concern=view, form=form, services=services, care=care, **words)
