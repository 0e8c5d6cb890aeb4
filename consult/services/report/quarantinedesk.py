"""The two people who decide about answers that are set apart: a safeguarding lead and the independent approver.

When both say the same, it is done. What they have not cleared within P-QUAR is destroyed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, NotFound, sentence
from consult.models import Consultation, Incident, Person, Quarantine, Strand, StrandState, Verdict
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, roles_in, visible_consultations
from consult.services.auditing import Verb, hold, record
from consult.services.gate.planning import form_of
from consult.services.opening.ownwords import text_questions
from consult.services.opening.quarantine import destroy_answers, set_apart
from consult.services.opening.triage import wind_clock
from consult.services.people.accounts import confirm
from consult.services.signed.running import SYSTEM, put_on_hold
from safeguards.lapse import casts_doubt
from safeguards.policy import Policy
from safeguards.record import LinkedTo
from safeguards.terms import LapseClass, Mode, Role

__all__ = [
    "ApartView",
    "causes",
    "decide",
    "decisions_for",
    "end_overdue",
    "may_set_apart",
    "overdue",
    "set_apart_by_hand",
    "sets_of",
]

_DECIDING = (Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER)
_INCIDENT = "incident"
#: Before it opened there is nothing, and after the end of keeping there is nothing left.
_HOLDING = frozenset(StrandState) - {StrandState.DRAFT, StrandState.GATE_PENDING, StrandState.DESTROYED}
_READ_WHILE_OPEN = frozenset({StrandState.OPEN, StrandState.SUSPENDED, StrandState.CLOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ApartView:
    """One cause, what was said about it by whom, and in which role this person may say something (None: in none)."""

    id: str
    consultation_id: str
    consultation: str
    strand_id: str
    strand: str
    cause: str
    why: str
    found_at: datetime
    decide_by: datetime
    lead: str
    lead_says: Verdict | None
    approver: str
    approver_says: Verdict | None
    outcome: Verdict | None
    ended_at: datetime | None
    mine: Role | None


def causes(policy: Policy) -> Mapping[str, str]:
    """What may be given as a cause, with its title: requirements that cast doubt, and an incident."""
    named = {each.id: each.title for each in policy.requirements.values() if casts_doubt(each.id)}
    return {_INCIDENT: sentence("Open allegation or incident"), **named}


def may_set_apart(db: Session, actor: Actor, strand: Strand) -> bool:
    """Whether the actor may set apart what the strand holds: a lead or the independent approver, while it holds any."""
    return strand.state in _HOLDING and bool(roles_in(db, actor, strand) & set(_DECIDING))


def set_apart_by_hand(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    strand: Strand,
    cause: str,
    why: str,
    passphrase: str,
    now: datetime,
) -> Quarantine:
    """For a cause that somebody has found out. What is open is paused first, since protection is missing now (C1).

    Raises `Denied` for the wrong role or passphrase, `Invalid` without a known cause and words, `Conflict` where
    nothing was sent or it is set apart for this cause already.
    """
    if not may_set_apart(db, actor, strand):
        raise Denied("A safeguarding lead or the independent approver sets answers apart.")
    if cause not in causes(policy):
        raise Invalid({"cause": [sentence("Choose what did not hold.")]})
    if not why.strip():
        raise Invalid({"why": [sentence("Say in a few words what was found. Never what a child told.")]})
    confirm(db, keys, actor, passphrase)
    hold(db, strand)
    if strand.state == StrandState.OPEN or strand.finish_by is not None:
        put_on_hold(strand, why.strip(), finish_by=None)
        record(db, keys.audit, actor.id, Verb.STRAND_SUSPENDED, strand.id, now, {"class": LapseClass.HALT})
    row = set_apart(db, keys, policy, strand, cause, why.strip(), actor.id, now)
    if row is None:
        raise Conflict("Nothing was sent that is not set apart for this already.")
    return row


def decide(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    strand: Strand,
    quarantine_id: str,
    verdict: Verdict,
    passphrase: str,
    now: datetime,
) -> Quarantine:
    """One of two words about a quarantine; the second that is the same ends it. A word can be changed until then.

    Raises `NotFound`, `Denied` for the wrong role or passphrase, `Conflict` when it is decided or its time is over.
    """
    row = db.get(Quarantine, quarantine_id)
    if row is None or row.strand_id != strand.id:
        raise NotFound
    hold(db, row)
    role = _may_decide(db, actor, strand, row)
    if role is None:
        raise Denied("A safeguarding lead and the independent approver decide: two people, one word each.")
    if row.ended_at is not None or now >= row.decide_by:
        raise Conflict("This was decided already, or its time is over.")
    confirm(db, keys, actor, passphrase)
    if role is Role.SAFEGUARDING_LEAD:
        row.lead_id, row.lead_says = actor.id, verdict
    else:
        row.approver_id, row.approver_says = actor.id, verdict
    record(db, keys.audit, actor.id, Verb.DOUBT_JUDGED, row.id, now, {"strand": strand.id, "says": verdict, "as": role})
    if row.lead_says == row.approver_says:
        _end(db, keys, actor, strand, row, verdict, now)
    return row


def _end(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, row: Quarantine, verdict: Verdict, now: datetime
) -> None:
    if verdict is Verdict.DESTROY:
        destroy_answers(db, keys, row, actor.id, now)
        return
    row.outcome, row.ended_at = Verdict.CLEAR, now
    db.flush()
    record(db, keys.audit, actor.id, Verb.DOUBT_CLEARED, row.id, now, {"strand": strand.id})
    reads = strand.mode == Mode.ONLINE_INDIVIDUAL and text_questions(form_of(strand))
    if reads and strand.state in _READ_WHILE_OPEN:
        wind_clock(db, strand.id, now)  # what nobody had read waits for a reader again


def _may_decide(db: Session, actor: Actor, strand: Strand, row: Quarantine) -> Role | None:
    """The role in which the actor has a word: his own again, or one that nobody has given; never both.

    None for whom an allegation is about that set the answers apart, ended or not.
    """
    about = exists().where(Incident.about == LinkedTo.PERSON, Incident.subject == actor.id)
    if row.cause == _INCIDENT and db.scalar(select(about)):
        return None
    given = {Role.SAFEGUARDING_LEAD: row.lead_id, Role.INDEPENDENT_APPROVER: row.approver_id}
    roles = roles_in(db, actor, strand)
    mine = [role for role in _DECIDING if given[role] == actor.id]
    return next((role for role in mine or _DECIDING if role in roles and given[role] in (None, actor.id)), None)


def sets_of(db: Session, actor: Actor, strand: Strand) -> tuple[ApartView, ...]:
    """Every quarantine of a strand, the newest first."""
    rows = select(Quarantine).where(Quarantine.strand_id == strand.id)
    return tuple(
        _view(db, actor, strand, row) for row in db.scalars(rows.order_by(Quarantine.found_at.desc(), Quarantine.id))
    )


def decisions_for(db: Session, actor: Actor) -> tuple[ApartView, ...]:
    """What waits for this person's word, the soonest due first."""
    scope = [each.id for each in visible_consultations(db, actor)]
    rows = db.execute(
        select(Quarantine, Strand)
        .join(Strand, Strand.id == Quarantine.strand_id)
        .where(Quarantine.ended_at.is_(None), Strand.consultation_id.in_(scope))
        .order_by(Quarantine.decide_by, Quarantine.id)
    )
    views = [_view(db, actor, strand, row) for row, strand in rows]
    said = {Role.SAFEGUARDING_LEAD: "lead_says", Role.INDEPENDENT_APPROVER: "approver_says"}
    return tuple(view for view in views if view.mine and getattr(view, said[view.mine]) is None)


def overdue(db: Session, now: datetime) -> list[str]:
    """The ids of the quarantines that two people have not cleared in time (P-QUAR)."""
    due = select(Quarantine.id).where(Quarantine.ended_at.is_(None), Quarantine.decide_by <= now)
    return list(db.scalars(due.order_by(Quarantine.decide_by, Quarantine.id)))


def end_overdue(db: Session, keys: RootKeys, quarantine_id: str, now: datetime) -> bool:
    """Destroy the answers of one of them; whether they were still there."""
    row = db.get_one(Quarantine, quarantine_id)
    hold(db, row)
    if row.ended_at is not None:  # another of the same answers may have ended it, or somebody has cleared it
        return False
    destroy_answers(db, keys, row, SYSTEM, now)
    return True


def _view(db: Session, actor: Actor, strand: Strand, row: Quarantine) -> ApartView:
    undecided = row.ended_at is None
    return ApartView(
        id=row.id,
        consultation_id=strand.consultation_id,
        consultation=db.get_one(Consultation, strand.consultation_id).title,
        strand_id=strand.id,
        strand=strand.name,
        cause=row.cause,
        why=row.why,
        found_at=row.found_at,
        decide_by=row.decide_by,
        lead=_name(db, row.lead_id),
        lead_says=Verdict(row.lead_says) if row.lead_says else None,
        approver=_name(db, row.approver_id),
        approver_says=Verdict(row.approver_says) if row.approver_says else None,
        outcome=Verdict(row.outcome) if row.outcome else None,
        ended_at=row.ended_at,
        mine=_may_decide(db, actor, strand, row) if undecided else None,
    )


def _name(db: Session, person_id: str | None) -> str:
    return db.get_one(Person, person_id).name if person_id else ""
