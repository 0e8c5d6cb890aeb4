"""Waivers of guardian consent of a part: proposing one, agreeing to it, taking it back."""

from __future__ import annotations

from flask import redirect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import NotFound, sentence
from consult.models import GuardianWaiver
from consult.services.evidence import waivers as service
from consult.services.evidence.waivers import WaiverValues
from consult.web.facilitate.blueprint import address, facilitate, here, page, row_of
from consult.web.facilitate.evidence import end_of
from consult.web.forms import StaffForm, day_field, one_of, picked, text_field, tick_field, words_field
from consult.web.once import once
from consult.web.saving import attempt, status_of
from consult.web.site import site
from consult.web.staff import actor
from consult.web.words import WAIVERS, country_name

__all__ = ["decide_waiver", "waivers"]

_FOR = {"everyone": sentence("For everybody in this place"), "single": sentence("For single children")}


class ProposalForm(StaffForm):
    """What is proposed."""

    jurisdiction = one_of(sentence("Place"), listed=True)
    code = one_of(sentence("Which kind?"))
    reach = one_of(
        sentence("For whom?"),
        hint=sentence("Single children still type a code: the independent adult gets it from you and hands it on."),
    )
    grounds = words_field(sentence("Why?"), sentence("Never a name, and nothing about a single child."))
    law_allows = tick_field(sentence("The law of this place permits it; the legal expert has said so"))
    independent_adult = tick_field(sentence("An independent adult whom the child chose stands by"))
    support_worker = tick_field(sentence("The child's support worker is there"))
    expires = day_field(sentence("It ends on"))


class AgreeForm(StaffForm):
    """A yes; the lead enters the ethics board's."""

    board = text_field(
        sentence("Ethics board that agreed, and its letter"),
        sentence("Name, date and number of the letter. Not for W4."),
    )


class WithdrawForm(StaffForm):
    """Why it no longer holds."""

    reason = words_field(sentence("Why does it no longer hold?"))


@facilitate.route("/c/<consultation_id>/<strand_id>/waivers", methods=["GET", "POST"])
def waivers(consultation_id: str, strand_id: str) -> str | Response | tuple[str, int]:
    """Every waiver of this part, and a form for a new one."""
    with read(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
        places = [(place, country_name(place)) for place in strand.facts.get("jurisdictions", ())]
    form = ProposalForm(
        {"reach": "everyone", "jurisdiction": places[0][0] if places else ""},
        jurisdiction=places,
        code=picked(WAIVERS),
        reach=picked(_FOR),
    )
    if form.is_sent and attempt(form, once(GuardianWaiver, lambda db: _propose(db, strand_id, form))) is not None:
        return redirect(address("waivers", strand, saved=1), 303)
    return _page(consultation_id, strand_id, form)


def _propose(db: Session, strand_id: str, form: ProposalForm) -> object:
    values = WaiverValues(
        jurisdiction=form.jurisdiction.data,
        code=form.code.data,
        grounds=form.grounds.data,
        everyone=form.reach.data == "everyone",
        law_allows=form.law_allows.data,
        independent_adult=form.independent_adult.data,
        support_worker=form.support_worker.data,
        expires=end_of(form.expires.data),
    )
    return service.propose(db, site().keys, actor(), row_of(db, strand_id), values, site().clock())


@facilitate.post("/c/<consultation_id>/<strand_id>/waivers/<waiver_id>/<deed>")
def decide_waiver(consultation_id: str, strand_id: str, waiver_id: str, deed: str) -> str | Response | tuple[str, int]:
    """Agree to one, or take it back."""
    with read(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
    if deed == "agree":
        form: StaffForm = AgreeForm()
        done = attempt(form, lambda db: _agree(db, strand_id, waiver_id, form))
    elif deed == "revoke":
        form = WithdrawForm()
        done = attempt(form, lambda db: _revoke(db, strand_id, waiver_id, form))
    else:
        raise NotFound
    if done is not None:
        return redirect(address("waivers", strand, saved=1), 303)
    return _page(consultation_id, strand_id, form, waiver_id)


def _agree(db: Session, strand_id: str, waiver_id: str, form: StaffForm) -> object:
    board = form["board"].data
    return service.agree(db, site().keys, actor(), row_of(db, strand_id), waiver_id, board, site().clock())


def _revoke(db: Session, strand_id: str, waiver_id: str, form: StaffForm) -> bool:
    row, reason = row_of(db, strand_id), form["reason"].data
    service.revoke(db, site().keys, site().policy, actor(), row, waiver_id, reason, site().clock())
    return True


def _page(consultation_id: str, strand_id: str, form: StaffForm, deciding: str = "") -> tuple[str, int]:
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        row = row_of(db, strand_id)
        found = service.waivers_of(db, actor(), row)
        ruling = service.may_propose(db, actor(), row)
    body = page("waivers.html", consultation, strand, waivers=found, ruling=ruling, form=form, deciding=deciding)
    return body, status_of(form)
