"""Allegations at the desk of those who decide: logged in one press, ended by two people, without a story."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import sentence
from consult.models import Incident
from consult.services.evidence import allegations as service
from consult.services.evidence.allegations import Subject
from consult.web.acting import ActForm, act, passphrase_field
from consult.web.forms import one_of, pick_one, picked
from consult.web.languages import gettext
from consult.web.safeguard.blueprint import safeguard
from consult.web.site import site
from consult.web.staff import actor
from safeguards.record import IncidentKind, LinkedTo

__all__ = ["allegation", "allegations", "log_allegation"]

KINDS = {
    IncidentKind.ALLEGATION: sentence("Allegation"),
    IncidentKind.SERIOUS_INCIDENT: sentence("Serious incident"),
}
ABOUT = {
    LinkedTo.PERSON: sentence("Person"),
    LinkedTo.PARTNER: sentence("Partner or service"),
    LinkedTo.VENUE: sentence("Place"),
    LinkedTo.PLATFORM: sentence("Platform"),
}


class LogForm(ActForm):
    """What kind, and about whom or what."""

    kind = one_of(sentence("What is it?"))
    about = pick_one(sentence("Whom or what is it about?"))
    passphrase = passphrase_field()


class EndForm(ActForm):
    """One of two people's yes."""

    passphrase = passphrase_field()


@safeguard.get("/allegations")
def allegations() -> str:
    """Open ones first; never one about whoever looks."""
    with read(site().engine) as db:
        found = service.allegations(db, actor())
    return render_template("safeguard/allegations.html", allegations=found, kinds=KINDS, about=ABOUT)


@safeguard.route("/allegations/new", methods=["GET", "POST"])
def log_allegation() -> Response | tuple[str, int]:
    """Log one: whatever is open and relies on it pauses at once."""
    with read(site().engine) as db:
        known = service.subjects(db, actor())
    form = LogForm({"kind": IncidentKind.ALLEGATION}, kind=picked(KINDS), about=map(_choice, known))
    if form.is_sent:
        made = act(form, lambda db: _logged(db, form))
        if made is not None:
            return redirect(url_for("safeguard.allegation", allegation_id=made.id, saved=1), 303)
    return render_template("safeguard/log_allegation.html", form=form), form.status


@safeguard.route("/allegations/<allegation_id>", methods=["GET", "POST"])
def allegation(allegation_id: str) -> Response | tuple[str, int]:
    """What it touches, and who has said that nothing stands against it any more."""
    form = EndForm()
    if form.is_sent and act(form, lambda db: _ended(db, allegation_id, form)) is not None:
        return redirect(url_for("safeguard.allegation", allegation_id=allegation_id, saved=1), 303)
    with read(site().engine) as db:
        found = service.allegation(db, actor(), allegation_id)
    page = render_template("safeguard/allegation.html", each=found, form=form, kinds=KINDS, about=ABOUT)
    return page, form.status


def _choice(subject: Subject) -> tuple[str, str]:
    return subject.code, f"{gettext(ABOUT[subject.about])}: {subject.name}"


def _logged(db: Session, form: LogForm) -> Incident:
    kind, about, passphrase = IncidentKind(form.kind.data), form.about.data, form.passphrase.data or ""
    return service.log(db, site().keys, site().policy, actor(), kind, about, passphrase, site().clock())


def _ended(db: Session, allegation_id: str, form: EndForm) -> Incident:
    passphrase = form.passphrase.data or ""
    return service.say_nothing_stands(db, site().keys, actor(), allegation_id, passphrase, site().clock())
