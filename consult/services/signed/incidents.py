"""The incident behind an emergency stop or an alert: what it is, who has to know within minutes, cause, two yeses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, NotFound, sentence
from consult.models import Appointment, Person, Stop, StopNotice, Strand, StrandStaff, StrandState
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, kept_out_of, roles_in_each, visible_consultations
from consult.services.auditing import Verb, record
from consult.services.gate.standing import WIDE, covered_by
from safeguards.lifecycle import STRAND
from safeguards.record import StopScope
from safeguards.terms import Role

__all__ = [
    "NO_CAUSE",
    "SEEN_WITHIN",
    "STOPPERS",
    "Incident",
    "Notice",
    "incident",
    "put_on_notice",
    "seen",
    "unseen",
    "wide_stops",
    "write_cause",
]

#: Lead, independent approver and the head of the organisation are told within so much time (domain: emergency stop).
SEEN_WITHIN = timedelta(minutes=15)
NO_CAUSE = sentence("No cause was written.")
STOPPERS = frozenset(role for move in STRAND if move.name == "stop" for role in move.who)
_TOLD = frozenset({Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER, Role.ORGANISATION_MANAGER})
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Notice:
    """Somebody who has to know, and when that person said to have seen it."""

    person_id: str
    name: str
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Part:
    """A part that a stop covers."""

    consultation_id: str
    id: str
    name: str
    state: StrandState


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One emergency stop or alert as its page shows it, with the parts that it covers and the actor sees.

    `subject`: the platform or place that it is about; else there is a consultation.
    """

    id: str
    scope: StopScope
    subject: str
    consultation_id: str
    consultation: str
    cause: str
    cause_missing: bool
    pressed_by: str
    pressed_at: datetime
    seen_by: datetime
    notices: tuple[Notice, ...]
    yes_of_lead: str
    yes_of_approver: str
    lifted_at: datetime | None
    parts: tuple[Part, ...]
    may_write: bool
    must_see: bool

    def to_call(self, now: datetime) -> tuple[Notice, ...]:
        """Who has not said to have seen it although the time is over: somebody calls them."""
        return tuple(each for each in self.notices if each.seen_at is None) if now >= self.seen_by else ()


def put_on_notice(db: Session, stop: Stop) -> None:
    """Everybody who has to know of a stop that was just pressed; whoever pressed it knows."""
    reached = {each.consultation_id for each in covered_by(db, stop)}
    people = set().union(*(_who_has_to_know(db, each) for each in reached))
    for person_id in sorted(people):
        seen_at = stop.pressed_at if person_id == stop.pressed_by else None
        db.add(StopNotice(stop_id=stop.id, person_id=person_id, seen_at=seen_at))
    db.flush()


def _who_has_to_know(db: Session, consultation_id: str) -> set[str]:
    out = kept_out_of(db, consultation_id)
    appointed = select(Appointment.person_id).where(
        Appointment.role.in_(_TOLD),
        (Appointment.consultation_id.is_(None)) | (Appointment.consultation_id == consultation_id),
    )
    on_duty = (
        select(StrandStaff.person_id)
        .join(Strand, Strand.id == StrandStaff.strand_id)
        .where(Strand.consultation_id == consultation_id, StrandStaff.role.in_(_TOLD))
    )
    active = set(db.scalars(select(Person.id).where(Person.active)))
    return (set(db.scalars(appointed)) | set(db.scalars(on_duty))) & active - out


def incident(db: Session, actor: Actor, stop_id: str) -> Incident:
    """One stop. Raises `NotFound` outside the actor's scope."""
    return _view(db, actor, _row(db, actor, stop_id))


def seen(db: Session, keys: RootKeys, actor: Actor, stop_id: str, now: datetime) -> None:
    """Somebody who has to know says so."""
    row = _row(db, actor, stop_id)
    notice = db.get(StopNotice, (row.id, actor.id))
    if notice is None:
        raise Denied("You are not among those who have to know.")
    if notice.seen_at is None:
        notice.seen_at = now
        db.flush()
        record(db, keys.audit, actor.id, Verb.STOP_SEEN, row.id, now)


def unseen(db: Session, actor: Actor) -> tuple[Incident, ...]:
    """Stops in force that the actor has to know of and has not seen yet; none of what they are kept out of since."""
    rows = db.scalars(
        select(Stop)
        .join(StopNotice, StopNotice.stop_id == Stop.id)
        .where(StopNotice.person_id == actor.id, StopNotice.seen_at.is_(None), Stop.lifted_at.is_(None))
        .order_by(Stop.pressed_at, Stop.id)
    )
    return tuple(_view(db, actor, row) for row in rows if _sees(db, actor, row))


def wide_stops(db: Session, actor: Actor) -> tuple[Incident, ...]:
    """Stops and alerts of platforms and places in force, within the actor's scope; the newest first."""
    rows = db.scalars(
        select(Stop).where(Stop.scope.in_(WIDE), Stop.lifted_at.is_(None)).order_by(Stop.pressed_at.desc())
    )
    return tuple(_view(db, actor, row) for row in rows if _sees(db, actor, row))


def write_cause(db: Session, keys: RootKeys, actor: Actor, stop_id: str, cause: str, now: datetime) -> None:
    """Write the cause that was left empty when it was pressed: whoever pressed it, or who has to know."""
    row = _row(db, actor, stop_id)
    if not _may_write(db, actor, row):
        raise Denied("Whoever pressed the stop, or has to know of it, writes the cause.")
    if row.cause != NO_CAUSE:
        raise Conflict("A cause is written already. What is found later belongs to the review.")
    if not cause.strip():
        raise Invalid(
            {"cause": [sentence("Write why it was stopped: facts and measures, no story, no name of a child.")]}
        )
    row.cause = cause.strip()[:_LONGEST]
    db.flush()
    record(db, keys.audit, actor.id, Verb.STOP_CAUSE_WRITTEN, row.id, now)


def _row(db: Session, actor: Actor, stop_id: str) -> Stop:
    row = db.get(Stop, stop_id)
    if row is None or not _sees(db, actor, row):
        raise NotFound
    return row


def _sees(db: Session, actor: Actor, row: Stop) -> bool:
    """One of a platform or a place: whoever may press it, or has to know, in a part that it covers, or everywhere."""
    if row.scope == StopScope.CONSULTATION:
        return row.subject in {each.id for each in visible_consultations(db, actor)}
    held = list(roles_in_each(db, actor, covered_by(db, row)).values()) or [actor.roles]
    return any(roles & (STOPPERS | _TOLD) for roles in held)


def _may_write(db: Session, actor: Actor, row: Stop) -> bool:
    return actor.id == row.pressed_by or db.get(StopNotice, (row.id, actor.id)) is not None


def _view(db: Session, actor: Actor, row: Stop) -> Incident:
    notices = db.execute(
        select(StopNotice, Person.name)
        .join(Person, Person.id == StopNotice.person_id)
        .where(StopNotice.stop_id == row.id)
        .order_by(StopNotice.seen_at.is_not(None), Person.name)
    ).all()
    people = {each for each in (row.pressed_by, row.lifted_by_lead, row.lifted_by_approver) if each}
    names = {person.id: person.name for person in db.scalars(select(Person).where(Person.id.in_(people)))}
    seen = {each.id: each.title for each in visible_consultations(db, actor)}
    parts = sorted(covered_by(db, row), key=lambda each: (each.consultation_id, each.made_at, each.id))
    mine = next((notice for notice, _ in notices if notice.person_id == actor.id), None)
    return Incident(
        id=row.id,
        scope=StopScope(row.scope),
        subject=row.subject,
        consultation_id=row.subject if row.subject in seen else "",
        consultation=seen.get(row.subject, ""),
        cause=row.cause,
        cause_missing=row.cause == NO_CAUSE,
        pressed_by=names[row.pressed_by],
        pressed_at=row.pressed_at,
        seen_by=row.pressed_at + SEEN_WITHIN,
        notices=tuple(Notice(notice.person_id, name, notice.seen_at) for notice, name in notices),
        yes_of_lead=names.get(row.lifted_by_lead or "", ""),
        yes_of_approver=names.get(row.lifted_by_approver or "", ""),
        lifted_at=row.lifted_at,
        parts=tuple(
            Part(each.consultation_id, each.id, each.name, StrandState(each.state))
            for each in parts
            if each.consultation_id in seen
        ),
        may_write=_may_write(db, actor, row),
        must_see=mine is not None and mine.seen_at is None,
    )
