"""Partners of one consultation: invited by its facilitators, reminded, named as host of a part, ended by either side.

A partner is nothing else here. Whoever is one sees the partner's own pages of that consultation and nothing besides:
no other service takes a partner for somebody within its scope.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.models import AccountInvitation, Consultation, Partner, PartnerKind, Person, Proposal, Strand
from consult.models.base import new_id
from consult.sealing.root import RootKeys
from consult.services.actors import (
    Actor,
    Ruling,
    kept_out_of,
    person_at,
    plain_address,
    roles_in_consultation,
    visible_consultation,
)
from consult.services.auditing import Verb, record
from consult.services.people.onboarding import Invited, check_new, new_link
from consult.services.people.sessions import end_all_sessions
from consult.services.setup.drafting import PlanValues, change_strand, editable
from consult.services.signed.running import PEOPLE_INSIDE, reconsider
from consult.services.telling import put_down
from safeguards.policy import Policy
from safeguards.telling import Matter
from safeguards.terms import Role

__all__ = [
    "INVITING",
    "PartnerValues",
    "PartnerView",
    "end",
    "invite",
    "invite_again",
    "leave",
    "may_invite",
    "name_as",
    "name_host",
    "partners_of",
    "partnership",
    "partnerships",
    "remind",
]

INVITING = frozenset({Role.LEAD_FACILITATOR, Role.CO_FACILITATOR})
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class PartnerValues:
    """Whom a facilitator invites, and for which organisation."""

    name: str
    email: str
    organisation: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerView:
    """One partnership as the team sees it; `waiting`: proposals without an answer, `proposed`: all of them."""

    id: str
    name: str
    organisation: str
    kind: PartnerKind
    shown_as: str
    joined: bool
    link_until: datetime | None
    ended_at: datetime | None
    hosts: tuple[str, ...]
    proposed: int
    waiting: int


def may_invite(db: Session, actor: Actor, consultation: Consultation) -> Ruling:
    """Whether the actor invites, reminds and ends partners here, and answers what they propose."""
    held = bool(roles_in_consultation(db, actor, consultation) & INVITING)
    return Ruling(ok=held, why=sentence("A facilitator of this consultation works with its partners."))


def invite(
    db: Session, keys: RootKeys, actor: Actor, consultation_id: str, values: PartnerValues, now: datetime
) -> tuple[Partner, Invited | None]:
    """Make somebody a partner here; with a link for whoever has no account yet.

    Raises `Denied`, `Invalid` for each missing field and for somebody who works here, `Conflict` for a partner.
    """
    consultation = _to_work_with(db, actor, consultation_id)
    person = person_at(db, values.email) if values.email.strip() else None
    _check(db, values, person, consultation_id)
    if person is None:
        person = Person(id=new_id(), name=values.name.strip(), email=plain_address(values.email), added_by=actor.id)
        db.add(person)
        db.flush()
        record(db, keys.audit, actor.id, Verb.PERSON_ADDED, person.id, now, {"roles": ""})
    partner = Partner(
        consultation_id=consultation.id,
        person_id=person.id,
        organisation=values.organisation.strip(),
        kind=values.kind,
        invited_by=actor.id,
        invited_at=now,
    )
    db.add(partner)
    db.flush()
    db.expire(person, ["partnerships"])
    record(db, keys.audit, actor.id, Verb.PARTNER_INVITED, partner.id, now, {"in": consultation_id})
    if person.identity is not None:
        _tell(db, Matter.PARTNER_REMINDED, partner, now)
        return partner, None
    return partner, new_link(db, keys, actor.id, person.id, now)


def _check(db: Session, values: PartnerValues, person: Person | None, consultation_id: str) -> None:
    problems: dict[str, list[str]] = {}
    if not values.organisation.strip() or len(values.organisation) > _LONGEST_NAME:
        problems["organisation"] = [sentence("Write the organisation's name, in at most 80 characters.")]
    if values.kind not in set(PartnerKind):
        problems["kind"] = [sentence("Choose one of the answers.")]
    if person is None:
        problems |= check_new(db, values.name, plain_address(values.email))
    elif person.appointments or not person.partnerships:
        problems["email"] = [sentence("This person works here. A partner is nothing else here.")]
    if problems:
        raise Invalid(problems)
    if person is not None and person.id in kept_out_of(db, consultation_id):
        raise Conflict(sentence("This person is kept out of this consultation."))
    if person is not None and any(
        each.consultation_id == consultation_id and each.ended_at is None for each in person.partnerships
    ):
        raise Conflict(sentence("This person is a partner here already."))


def invite_again(
    db: Session, keys: RootKeys, actor: Actor, consultation_id: str, partner_id: str, now: datetime
) -> tuple[Partner, Invited]:
    """A new link for a partner who has not joined yet; the one before is worth nothing from now on."""
    partner = _standing(db, actor, consultation_id, partner_id)
    if db.get_one(Person, partner.person_id).identity is not None:
        raise Conflict(sentence("This person has joined already. Nobody can make a new passphrase for them."))
    return partner, new_link(db, keys, actor.id, partner.person_id, now)


def remind(db: Session, keys: RootKeys, actor: Actor, consultation_id: str, partner_id: str, now: datetime) -> None:
    """Tell a partner that their look at the questions is waited for; once a day at most."""
    partner = _standing(db, actor, consultation_id, partner_id)
    if db.get_one(Person, partner.person_id).identity is None:
        raise Conflict(sentence("This person has not joined yet. Make a new link and hand it over."))
    if not _tell(db, Matter.PARTNER_REMINDED, partner, now):
        raise Conflict(sentence("This partner was reminded today."))
    record(db, keys.audit, actor.id, Verb.PARTNER_REMINDED, partner.id, now)


def _tell(db: Session, matter: Matter, partner: Partner, now: datetime) -> int:
    """Without the consultation: a partner's pages are apart from it."""
    day = now.date().isoformat()
    return put_down(db, matter, [partner.person_id], now, subject=partner.id, occasion=day)


def end(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, consultation_id: str, partner_id: str, now: datetime
) -> None:
    """End a partnership. What the partner proposed and what became of it stays."""
    _end(db, keys, policy, actor, _standing(db, actor, consultation_id, partner_id), now)


def leave(db: Session, keys: RootKeys, policy: Policy, actor: Actor, consultation_id: str, now: datetime) -> None:
    """End one's own partnership."""
    _end(db, keys, policy, actor, partnership(db, actor, consultation_id), now)


def _end(db: Session, keys: RootKeys, policy: Policy, actor: Actor, partner: Partner, now: datetime) -> None:
    partner.ended_by, partner.ended_at = actor.id, now
    db.flush()
    person = db.get_one(Person, partner.person_id)
    db.expire(person, ["partnerships"])
    if all(each.ended_at is not None for each in person.partnerships):
        end_all_sessions(db, person.id)
        db.execute(delete(AccountInvitation).where(AccountInvitation.person_id == person.id))
    record(db, keys.audit, actor.id, Verb.PARTNER_ENDED, partner.id, now, {"in": partner.consultation_id})
    # a part that it hosts is no longer what was signed
    reconsider(db, keys, policy, db.scalars(select(Strand).where(PEOPLE_INSIDE)).all(), now, actor.id)


def partnership(db: Session, actor: Actor, consultation_id: str) -> Partner:
    """The actor's own standing partnership. Raises `NotFound` for everybody else, and for who is kept out."""
    found = db.scalars(
        select(Partner).where(
            Partner.person_id == actor.id, Partner.consultation_id == consultation_id, Partner.ended_at.is_(None)
        )
    ).first()
    if found is None or actor.id in kept_out_of(db, consultation_id):
        raise NotFound
    return found


def partnerships(db: Session, actor: Actor) -> tuple[tuple[str, str, str], ...]:
    """(consultation id, title, organisation) of everything that the actor is a partner in, the newest first."""
    rows = db.execute(
        select(Consultation.id, Consultation.title, Partner.organisation)
        .join(Partner, Partner.consultation_id == Consultation.id)
        .where(Partner.person_id == actor.id, Partner.ended_at.is_(None))
        .order_by(Partner.invited_at.desc(), Partner.id)
    )
    return tuple((row.id, row.title, row.organisation) for row in rows if actor.id not in kept_out_of(db, row.id))


def name_as(db: Session, keys: RootKeys, actor: Actor, consultation_id: str, shown_as: str, now: datetime) -> None:
    """Say how the own organisation wishes to be named in reports and in public; "" for not at all."""
    partner, wanted = partnership(db, actor, consultation_id), shown_as.strip()
    if len(wanted) > _LONGEST_NAME:
        raise Invalid({"shown_as": [sentence("Write the organisation's name, in at most 80 characters.")]})
    partner.shown_as = wanted or None
    db.flush()
    record(db, keys.audit, actor.id, Verb.PARTNER_NAMED, partner.id, now, {"named": int(bool(wanted))})


def partners_of(db: Session, actor: Actor, consultation_id: str) -> tuple[PartnerView, ...]:
    """Everybody who is or was a partner here, those who are first. Raises `NotFound` outside the actor's scope."""
    consultation = visible_consultation(db, actor, consultation_id)
    rows = db.execute(
        select(Partner, Person)
        .join(Person, Person.id == Partner.person_id)
        .where(Partner.consultation_id == consultation_id)
        .order_by(Partner.ended_at.is_not(None), Partner.organisation, Partner.id)
    ).all()
    links = {row.person_id: row.expires_at for row in db.scalars(select(AccountInvitation))}
    counts = {
        row.partner_id: (row.all, row.all - row.answered)
        for row in db.execute(
            select(
                Proposal.partner_id, func.count().label("all"), func.count(Proposal.outcome).label("answered")
            ).group_by(Proposal.partner_id)
        )
    }
    return tuple(
        PartnerView(
            id=partner.id,
            name=person.name,
            organisation=partner.organisation,
            kind=PartnerKind(partner.kind),
            shown_as=partner.shown_as or "",
            joined=person.identity is not None,
            link_until=links.get(person.id),
            ended_at=partner.ended_at,
            hosts=tuple(each.name for each in consultation.strands if partner.id in each.facts.get("partners", ())),
            proposed=counts.get(partner.id, (0, 0))[0],
            waiting=counts.get(partner.id, (0, 0))[1],
        )
        for partner, person in rows
    )


def name_host(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    strand_id: str,
    version: int,
    partner_id: str,
    now: datetime,
) -> Strand:
    """Name the partner who hosts a part, or nobody (""). It stands in the plan, and so in what a lead signs.

    A host gets no role by it. An open incident that is linked to it refuses the part (row D2 of the gate).
    """
    strand = editable(db, actor, strand_id, version)
    partner = db.get(Partner, partner_id) if partner_id else None
    fits = partner is not None and partner.consultation_id == strand.consultation_id and partner.ended_at is None
    if partner_id and not fits:
        raise Invalid({"host": [sentence("Choose a partner of this consultation.")]})
    plan = PlanValues(strand.name, {"partners": [partner_id] if partner_id else None}, strand.decision_due)
    changed = change_strand(db, keys.audit, actor, strand_id, version, plan, now)
    record(db, keys.audit, actor.id, Verb.HOST_NAMED, strand_id, now, {"partner": partner_id or None})
    return changed


def _to_work_with(db: Session, actor: Actor, consultation_id: str) -> Consultation:
    consultation = visible_consultation(db, actor, consultation_id)
    may_invite(db, actor, consultation).demand()
    return consultation


def _standing(db: Session, actor: Actor, consultation_id: str, partner_id: str) -> Partner:
    _to_work_with(db, actor, consultation_id)
    partner = db.get(Partner, partner_id)
    if partner is None or partner.consultation_id != consultation_id or partner.ended_at is not None:
        raise NotFound
    return partner
