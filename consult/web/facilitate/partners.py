"""Partners of a consultation, for its team: invite, remind and end; answer what they propose; the record of it."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read, write
from consult.errors import sentence
from consult.models import Partner, Person, Proposal, ProposalKind
from consult.services.actors import visible_consultation
from consult.services.desks import desk
from consult.services.partners import answering, codesign, partnering, proposals
from consult.services.people.onboarding import Invited
from consult.web.acting import email_field
from consult.web.facilitate.blueprint import address, facilitate, here
from consult.web.forms import StaffForm, one_of, picked, text_field, tick_field, words_field
from consult.web.once import once
from consult.web.saving import attempt, seen_version, status_of
from consult.web.site import site, whole_address
from consult.web.staff import actor
from consult.web.words import OUTCOMES, PARTNER_KINDS

__all__: list[str] = []


class InviteForm(StaffForm):
    """Whom to invite, and for which organisation."""

    organisation = text_field(sentence("Organisation"), sentence("For your team. It says itself how it is named."))
    kind = one_of(sentence("Who leads it?"))
    name = text_field(sentence("Who speaks for it"), sentence("An adult, or somebody whom it chose and supports."))
    email = email_field(sentence("E-mail address"))


class AnswerForm(StaffForm):
    """What became of a proposal."""

    outcome = one_of(sentence("What becomes of it?"))
    words = words_field(sentence("How the text reads from now on"), sentence("Only where a change is taken in part."))
    reason = words_field(
        sentence("Why"), sentence("In plain words, at most 600 characters. The partner reads it; the report shows it.")
    )
    personal = tick_field(
        sentence("What they wrote is too personal: take their words out"),
        sentence("A child's words, a story, a name. What becomes of it and why stay."),
    )


@facilitate.route("/c/<consultation_id>/partners", methods=["GET", "POST"])
def partners(consultation_id: str) -> str | Response | tuple[str, int]:
    """Everybody who helps with the words, what they propose, and a form to invite somebody."""
    form = InviteForm(kind=picked(PARTNER_KINDS))
    if form.is_sent:
        made = attempt(form, once(Partner, lambda db: _invite(db, consultation_id, form), _invited))
        if made is not None:
            _, link = made
            return _link_page(consultation_id, form.organisation.data, link) if link else _back(consultation_id)
    return _page(consultation_id, form), status_of(form)


def _page(consultation_id: str, form: StaffForm) -> str:
    with read(site().engine) as db:
        row = visible_consultation(db, actor(), consultation_id)
        return render_template(
            "staff/partners.html",
            consultation=desk.consultation(db, actor(), consultation_id),
            partners=partnering.partners_of(db, actor(), consultation_id),
            proposed=proposals.proposals_of(db, actor(), consultation_id),
            record=codesign.changes_of(db, consultation_id),
            may_invite=partnering.may_invite(db, actor(), row),
            form=form,
            today=site().clock().date(),
        )


def _invite(db: Session, consultation_id: str, form: StaffForm) -> tuple[Partner, Invited | None]:
    values = partnering.PartnerValues(
        form["name"].data or "", form["email"].data or "", form["organisation"].data or "", form["kind"].data or ""
    )
    return partnering.invite(db, site().keys, actor(), consultation_id, values, site().clock())


def _invited(db: Session, partner: Partner) -> tuple[Partner, Invited | None]:
    """The first press made it; its link, if there was one, was shown to nobody."""
    if db.get_one(Person, partner.person_id).identity is not None:
        return partner, None
    return partnering.invite_again(db, site().keys, actor(), partner.consultation_id, partner.id, site().clock())


def _link_page(consultation_id: str, name: str, made: Invited) -> str:
    link = whole_address("signin.join", made.code)
    return render_template("staff/partner_link.html", name=name, link=link, made=made, consultation_id=consultation_id)


def _back(consultation_id: str) -> Response:
    return redirect(url_for("facilitate.partners", consultation_id=consultation_id, saved=1), 303)


@facilitate.post("/c/<consultation_id>/partners/<partner_id>/link")
def partner_link(consultation_id: str, partner_id: str) -> str:
    """A new one-time link for a partner who has not joined; the one before is worth nothing."""
    with write(site().engine) as db:
        found, made = partnering.invite_again(db, site().keys, actor(), consultation_id, partner_id, site().clock())
        name = found.organisation
    return _link_page(consultation_id, name, made)


@facilitate.post("/c/<consultation_id>/partners/<partner_id>/remind")
def remind_partner(consultation_id: str, partner_id: str) -> Response:
    """Tell a partner that their look is waited for."""
    with write(site().engine) as db:
        partnering.remind(db, site().keys, actor(), consultation_id, partner_id, site().clock())
    return _back(consultation_id)


@facilitate.post("/c/<consultation_id>/partners/<partner_id>/end")
def end_partner(consultation_id: str, partner_id: str) -> Response:
    """End a partnership; what was proposed stays."""
    with write(site().engine) as db:
        partnering.end(db, site().keys, site().policy, actor(), consultation_id, partner_id, site().clock())
    return _back(consultation_id)


@facilitate.route("/c/<consultation_id>/proposals/<proposal_id>", methods=["GET", "POST"])
def proposal(consultation_id: str, proposal_id: str) -> str | Response | tuple[str, int]:
    """One proposal beside the text as it stands, and the form of its answer."""
    form = AnswerForm(outcome=picked(OUTCOMES))
    if form.is_sent and attempt(form, lambda db: _decide(db, consultation_id, proposal_id, form)) is not None:
        return _back(consultation_id)
    with read(site().engine) as db:
        found, row = proposals.proposal_of(db, actor(), consultation_id, proposal_id)
        consultation, strand = here(db, consultation_id, row.id)
        ruling = answering.may_decide(db, actor(), row)
    shown = render_template(
        "staff/proposal.html",
        consultation=consultation,
        strand=strand,
        proposal=found,
        form=form,
        ruling=ruling,
        is_change=found.kind is ProposalKind.CHANGE,
        today=site().clock().date(),
    )
    return shown, status_of(form)


def _decide(db: Session, consultation_id: str, proposal_id: str, form: StaffForm) -> Proposal:
    given = answering.Decided(
        form["outcome"].data or "", form["reason"].data or "", form["words"].data or "", personal=form["personal"].data
    )
    return answering.decide(
        db, site().keys, actor(), consultation_id, proposal_id, seen_version(), given, site().clock()
    )


@facilitate.post("/c/<consultation_id>/partners/prove")
def prove_codesign(consultation_id: str) -> Response:
    """Attest with the record that children or survivors helped (ACC-04)."""
    with write(site().engine) as db:
        answering.prove(db, site().keys, site().policy, actor(), consultation_id, site().clock())
    return _back(consultation_id)


@facilitate.post("/c/<consultation_id>/<strand_id>/host")
def host(consultation_id: str, strand_id: str) -> Response:
    """Name the partner who hosts a part, or nobody."""
    with write(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
        wanted = request.form.get("host", "")
        partnering.name_host(db, site().keys, actor(), strand.id, seen_version(), wanted, site().clock())
    return redirect(address("plan", strand, saved=1), 303)
