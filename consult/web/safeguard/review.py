"""The review of one part: evidence beside each requirement, the gate's decision, signing it or returning it."""

from __future__ import annotations

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import HiddenField
from wtforms.validators import Optional

from consult.database import read
from consult.errors import NotFound, sentence
from consult.models import Signature
from consult.services.desks import reviewing
from consult.services.desks.approvals import review as look_at
from consult.services.evidence import attesting
from consult.services.partners.codesign import changes_of
from consult.services.signed import signing
from consult.web.acting import ActForm, act, code_field, countersigner, email_field, passphrase_field
from consult.web.forms import offered, one_of, picked, words_field
from consult.web.languages import gettext
from consult.web.safeguard.blueprint import here, page, row_of, safeguard
from consult.web.site import site
from consult.web.staff import actor
from consult.web.words import DECISIONS, told
from safeguards.terms import Decision

__all__ = ["ask_more", "decide_piece", "give_back", "review", "sign"]


class SignForm(ActForm):
    """A signature about exactly the plan that the page showed."""

    digest = HiddenField()
    decision = one_of(sentence("What do you sign?"))
    note = words_field(sentence("Note"), sentence("It is kept with the signature. Never anything about a child."))
    approver_email = email_field(sentence("Independent approver's e-mail address"))
    approver_passphrase = passphrase_field(sentence("Independent approver's passphrase"))
    approver_code = code_field(sentence("Independent approver's code"))
    passphrase = passphrase_field()


class ReturnForm(ActForm):
    """What a lead needs to know, or why a part goes back to whoever set it up."""

    requirement = one_of(sentence("About what?"), listed=True)
    reason = words_field(sentence("What needs to change?"), sentence("The facilitator reads it as you write it."))


def _decide_now() -> bool:
    """Whether the gate is asked as if the decision date had come; the page says so all along."""
    return request.args.get("decide") == "now"


@safeguard.get("/c/<consultation_id>/<strand_id>/review")
def review(consultation_id: str, strand_id: str) -> str:
    """Everything a lead has to look at before signing."""
    return _page(consultation_id, strand_id, SignForm(), ReturnForm())


def _page(consultation_id: str, strand_id: str, form: SignForm, back: ReturnForm, returning: str = "") -> str:
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        record = changes_of(db, consultation_id)
        found = look_at(db, actor(), row_of(db, strand_id), site().policy, site().clock(), decide_now=_decide_now())
    form.decision.choices = _choices([choice.decision for choice in found.choices if choice.ruling.ok])
    back.requirement.choices = offered(
        _about([(each.finding.requirement, told(each.finding.title)) for each in found.weighed])
    )
    return page(
        "review.html",
        consultation,
        strand,
        review=found,
        record=record,
        form=form,
        back=back,
        returning=returning,
        decide_now=_decide_now(),
    )


def _about(requirements: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("", gettext("The part as a whole")), *requirements]


def _choices(decisions: list[Decision]) -> list[tuple[str, str]]:
    return picked({each: DECISIONS[each] for each in decisions})


@safeguard.post("/c/<consultation_id>/<strand_id>/sign")
def sign(consultation_id: str, strand_id: str) -> Response | tuple[str, int]:
    """Sign what the gate gives or something stricter; looser is refused here as it is on the page."""
    form = SignForm()
    form.decision.choices = _choices(list(Decision))  # whether it may be signed is the service's to say
    signed = act(form, lambda db: _signed(db, strand_id, form))
    if signed is None:
        return _page(consultation_id, strand_id, form, ReturnForm()), form.status
    return redirect(url_for("safeguard.run", consultation_id=consultation_id, strand_id=strand_id, saved=1), 303)


def _signed(db: Session, strand_id: str, form: SignForm) -> Signature:
    return signing.sign(
        db,
        site().keys,
        site().policy,
        actor(),
        row_of(db, strand_id),
        Decision(form.decision.data),
        form.digest.data or "",
        form.passphrase.data or "",
        site().clock(),
        note=form.note.data,
        countersigner=countersigner(form.approver_email.data, form.approver_passphrase.data, form.approver_code.data),
        decide_now=_decide_now(),
    )


@safeguard.post("/c/<consultation_id>/<strand_id>/return")
def give_back(consultation_id: str, strand_id: str) -> Response | tuple[str, int]:
    """Return the part with a reason."""
    back = _back_form()
    if act(back, lambda db: _returned(db, strand_id, back)) is None:
        return _page(consultation_id, strand_id, SignForm(), back), back.status
    return redirect(url_for("safeguard.queue", saved=1), 303)


@safeguard.post("/c/<consultation_id>/<strand_id>/ask-more")
def ask_more(consultation_id: str, strand_id: str) -> Response | tuple[str, int]:
    """Ask for more; the part stays in the queue until it is answered."""
    back = _back_form()

    def work(db: Session) -> bool:
        row, about = row_of(db, strand_id), back.requirement.data or ""
        reviewing.ask(db, site().keys, site().policy, actor(), row, about, back.reason.data, site().clock())
        return True

    if act(back, work) is None:
        return _page(consultation_id, strand_id, SignForm(), back), back.status
    return redirect(url_for("safeguard.review", consultation_id=consultation_id, strand_id=strand_id, saved=1), 303)


@safeguard.post("/c/<consultation_id>/<strand_id>/review/<evidence_id>/<deed>")
def decide_piece(consultation_id: str, strand_id: str, evidence_id: str, deed: str) -> Response | tuple[str, int]:
    """Accept one piece of evidence as checked, or return it and say what is needed."""
    if deed not in {"accept", "return"}:
        raise NotFound
    back = ReturnForm()
    back.requirement.choices, back.requirement.validators = offered([]), [Optional()]

    def work(db: Session) -> str:
        keys, policy, who, row, now = site().keys, site().policy, actor(), row_of(db, strand_id), site().clock()
        if deed == "accept":
            return attesting.verify(db, keys, policy, who, row, evidence_id, now).requirement
        return reviewing.return_piece(db, keys, policy, who, row, evidence_id, back.reason.data, now).requirement

    about = act(back, work)
    if about is None:
        return _page(consultation_id, strand_id, SignForm(), back, evidence_id), back.status
    there = url_for("safeguard.review", consultation_id=consultation_id, strand_id=strand_id, saved=1, _anchor=about)
    return redirect(there, 303)


def _back_form() -> ReturnForm:
    """Any requirement may be named; what it is about is the service's to check."""
    back = ReturnForm()
    back.requirement.choices = offered(_about([(each, each) for each in site().policy.requirements]))
    back.requirement.data = request.form.get("requirement", "")
    return back


def _returned(db: Session, strand_id: str, back: ReturnForm) -> bool:
    row, about = row_of(db, strand_id), back.requirement.data or ""
    reviewing.give_back(db, site().keys, site().policy, actor(), row, about, back.reason.data, site().clock())
    return True
