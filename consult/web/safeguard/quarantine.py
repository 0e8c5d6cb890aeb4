"""Answers set apart, at the lead's and the approver's desk: what was found, and what each of the two says."""

from __future__ import annotations

from flask import redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import NotFound, sentence
from consult.models import Quarantine, Verdict
from consult.services.report import quarantinedesk
from consult.web.acting import ActForm, act, passphrase_field
from consult.web.forms import one_of, picked, words_field
from consult.web.safeguard.blueprint import here, page, row_of, safeguard
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["apart", "decide_apart", "set_apart"]

_VERDICTS = {
    Verdict.CLEAR: sentence("Clear them: they count again"),
    Verdict.DESTROY: sentence("Destroy them for good"),
}


class VerdictForm(ActForm):
    """One of two people's words."""

    verdict = one_of(sentence("What do you say?"))
    passphrase = passphrase_field()


class SetApartForm(ActForm):
    """What was found, by whoever found it."""

    cause = one_of(sentence("What did not hold?"), listed=True)
    why = words_field(sentence("What was found?"), sentence("Facts and measures, no story."))
    passphrase = passphrase_field()


@safeguard.get("/c/<consultation_id>/<strand_id>/apart")
def apart(consultation_id: str, strand_id: str) -> str:
    """Everything that was ever set apart in this part, and what waits for a word."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        sets = quarantinedesk.sets_of(db, actor(), row_of(db, strand_id))
        may = quarantinedesk.may_set_apart(db, actor(), row_of(db, strand_id))
    return page("apart.html", consultation, strand, sets=sets, may=may, causes=quarantinedesk.causes(site().policy))


@safeguard.route("/c/<consultation_id>/<strand_id>/apart/new", methods=["GET", "POST"])
def set_apart(consultation_id: str, strand_id: str) -> Response | tuple[str, int]:
    """Set apart what was sent so far, for a cause that somebody has found."""
    form = SetApartForm(cause=picked(quarantinedesk.causes(site().policy)))
    if form.is_sent and act(form, lambda db: _set_apart(db, strand_id, form)) is not None:
        return _back(consultation_id, strand_id)
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        may = quarantinedesk.may_set_apart(db, actor(), row_of(db, strand_id))
    days = site().policy.p("P-QUAR")
    return page("set_apart.html", consultation, strand, form=form, may=may, days=days), form.status


def _set_apart(db: Session, strand_id: str, form: SetApartForm) -> Quarantine:
    site().epochs.drop(strand_id)  # this process forgets the part's key at once
    values = form["cause"].data, form["why"].data, form["passphrase"].data or ""
    keys, policy, now = site().keys, site().policy, site().clock()
    return quarantinedesk.set_apart_by_hand(db, keys, policy, actor(), row_of(db, strand_id), *values, now)


@safeguard.route("/c/<consultation_id>/<strand_id>/apart/<apart_id>", methods=["GET", "POST"])
def decide_apart(consultation_id: str, strand_id: str, apart_id: str) -> Response | tuple[str, int]:
    """Say one of the two words; the second that is the same ends it."""
    form = VerdictForm(verdict=picked(_VERDICTS))
    if form.is_sent and act(form, lambda db: _decided(db, strand_id, apart_id, form)) is not None:
        return _back(consultation_id, strand_id)
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        sets = quarantinedesk.sets_of(db, actor(), row_of(db, strand_id))
    found = next((each for each in sets if each.id == apart_id), None)
    if found is None:
        raise NotFound
    causes = quarantinedesk.causes(site().policy)
    return page("decide_apart.html", consultation, strand, form=form, each=found, causes=causes), form.status


def _decided(db: Session, strand_id: str, apart_id: str, form: VerdictForm) -> Quarantine:
    verdict, passphrase = Verdict(form["verdict"].data), form["passphrase"].data or ""
    keys, now = site().keys, site().clock()
    return quarantinedesk.decide(db, keys, actor(), row_of(db, strand_id), apart_id, verdict, passphrase, now)


def _back(consultation_id: str, strand_id: str) -> Response:
    return redirect(url_for("safeguard.apart", consultation_id=consultation_id, strand_id=strand_id, saved=1), 303)
