"""Concerns: what was done when somebody may be in danger, by the clock of its severity. No story and no answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.models import (
    Channel,
    Closure,
    Concern,
    Consultation,
    Person,
    Severity,
    Strand,
    StrandService,
    SupportService,
    Wish,
)
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, need_role, visible_consultations, visible_strand
from consult.services.auditing import Verb, record
from safeguards.policy import Policy
from safeguards.terms import Role

__all__ = ["Clock", "ConcernView", "Step", "close", "concern", "concerns", "done", "log", "note_child", "services_for"]

MAY_LOG = (
    *(Role.SAFEGUARDING_LEAD, Role.REDACTOR, Role.LEAD_FACILITATOR, Role.CO_FACILITATOR),
    *(Role.MODERATOR, Role.INTERPRETER, Role.SUPPORT_PRACTITIONER),
)


class Step(StrEnum):
    """What has to be done, each by its time."""

    CALL = "called_at"
    TELL_LEAD = "lead_told_at"
    DECIDE = "decided_at"
    REFER = "referred_at"


#: Severity → steps with the policy's number of minutes; wellbeing has the hours of a follow-up (P-FU) instead.
_STEPS: dict[Severity, tuple[tuple[Step, str], ...]] = {
    Severity.IMMINENT: (
        (Step.CALL, "imminent_call"),
        (Step.TELL_LEAD, "imminent_lead"),
        (Step.REFER, "serious_referral"),
    ),
    Severity.SERIOUS: ((Step.DECIDE, "serious_decision"), (Step.REFER, "serious_referral")),
    Severity.OTHER: ((Step.DECIDE, "other"),),
    Severity.WELLBEING: ((Step.DECIDE, ""),),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """One step: by when, when it was done, and whether it is late."""

    step: Step
    due: datetime
    done: datetime | None
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernView:
    """One concern, with its clocks."""

    id: str
    consultation: str
    strand_id: str
    strand: str
    known_at: datetime
    channel: Channel
    severity: Severity
    logged_by: str
    handled_by: str
    clocks: tuple[Clock, ...]
    referred_to: str
    child_told: bool | None
    wish: Wish
    closure: Closure | None
    closed_at: datetime | None

    @property
    def overdue(self) -> bool:
        """Whether a step is late while the concern is open."""
        return self.closed_at is None and any(clock.overdue for clock in self.clocks)


def log(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    strand_id: str,
    channel: Channel,
    severity: Severity,
    now: datetime,
    known_at: datetime | None = None,
) -> Concern:
    """Staff know since `known_at` (now, if left out) that somebody may be in danger. Raises `Denied`, `Invalid`."""
    strand = visible_strand(db, actor, strand_id)
    role = need_role(db, actor, strand, *MAY_LOG)
    known = known_at or now
    if known > now:
        raise Invalid({"known_at": [sentence("This time is still to come.")]})
    row = Concern(
        strand_id=strand.id,
        known_at=known,
        channel=channel,
        severity=severity,
        logged_by=actor.id,
        lead_told_at=now if role is Role.SAFEGUARDING_LEAD else None,
        wish=Wish.NOT_KNOWN,
    )
    db.add(row)
    db.flush()
    record(db, keys.audit, actor.id, Verb.CONCERN_LOGGED, row.id, now, {"strand": strand.id, "severity": severity})
    return row


def concerns(db: Session, policy: Policy, actor: Actor, now: datetime) -> tuple[ConcernView, ...]:
    """The concerns of the lead's consultations: open ones first, what is due soonest at the top."""
    seen = [each.id for each in visible_consultations(db, actor)]
    rows = db.scalars(
        select(Concern).join(Strand, Strand.id == Concern.strand_id).where(Strand.consultation_id.in_(seen))
    )
    views = [_view(db, policy, row, now) for row in rows]
    return tuple(sorted(views, key=lambda each: (each.closed_at is not None, _next_due(each), each.id)))


def concern(db: Session, policy: Policy, actor: Actor, concern_id: str, now: datetime) -> ConcernView:
    """One concern. Raises `NotFound` for whoever is no lead of its part."""
    return _view(db, policy, _row(db, actor, concern_id), now)


def done(
    db: Session, keys: RootKeys, actor: Actor, concern_id: str, step: Step, now: datetime, service_id: str = ""
) -> Concern:
    """A lead has done a step; a referral names the service. Raises `Conflict` for a step done or a concern closed."""
    row = _open(db, actor, concern_id)
    if getattr(row, step) is not None:
        raise Conflict("This step was noted before.")
    if step is Step.REFER:
        if service_id not in {each for each, _ in services_for(db, row.strand_id)}:
            raise Invalid({"service": [sentence("Choose the service it was referred to.")]})
        row.referred_to = service_id
    setattr(row, step, now)
    row.handled_by = actor.id
    record(db, keys.audit, actor.id, Verb.CONCERN_HANDLED, row.id, now, {"step": step.name.lower()})
    return row


def note_child(
    db: Session, keys: RootKeys, actor: Actor, concern_id: str, wish: Wish, now: datetime, *, told: bool
) -> Concern:
    """Whether the child was told what happens next, and what the child wants."""
    row = _open(db, actor, concern_id)
    row.child_told, row.wish, row.handled_by = told, wish, actor.id
    record(db, keys.audit, actor.id, Verb.CONCERN_HANDLED, row.id, now, {"step": "child"})
    return row


def close(db: Session, keys: RootKeys, actor: Actor, concern_id: str, closure: Closure, now: datetime) -> Concern:
    """A lead closes it. Raises `Invalid` for a referral that was not made."""
    row = _open(db, actor, concern_id)
    if closure is Closure.REFERRED and row.referred_at is None:
        raise Invalid({"closure": [sentence("Note the referral first.")]})
    row.closure, row.closed_at, row.handled_by = closure, now, actor.id
    record(db, keys.audit, actor.id, Verb.CONCERN_CLOSED, row.id, now, {"closure": closure})
    return row


def services_for(db: Session, strand_id: str) -> list[tuple[str, str]]:
    """The services of the part, as id and name: where a referral can go."""
    rows = db.execute(
        select(SupportService.id, SupportService.name)
        .join(StrandService, StrandService.service_id == SupportService.id)
        .where(StrandService.strand_id == strand_id)
        .order_by(SupportService.name)
    )
    return [(row.id, row.name) for row in rows]


def _row(db: Session, actor: Actor, concern_id: str) -> Concern:
    row = db.get(Concern, concern_id)
    if row is None:
        raise NotFound
    need_role(db, actor, visible_strand(db, actor, row.strand_id), Role.SAFEGUARDING_LEAD)
    return row


def _open(db: Session, actor: Actor, concern_id: str) -> Concern:
    row = _row(db, actor, concern_id)
    if row.closed_at is not None:
        raise Conflict("This concern is closed.")
    return row


def _clocks(policy: Policy, row: Concern, audience: str, now: datetime) -> tuple[Clock, ...]:
    found = []
    for step, name in _STEPS[Severity(row.severity)]:
        within = timedelta(minutes=policy.p("P-DANGER", name)) if name else timedelta(hours=policy.p("P-FU", audience))
        due, noted = row.known_at + within, getattr(row, step)
        found.append(Clock(step, due, noted, overdue=(noted or now) > due))
    return tuple(found)


def _next_due(view: ConcernView) -> datetime:
    return min((clock.due for clock in view.clocks if clock.done is None), default=view.known_at + timedelta(days=3650))


def _name(db: Session, person_id: str | None) -> str:
    return db.get_one(Person, person_id).name if person_id else ""


def _view(db: Session, policy: Policy, row: Concern, now: datetime) -> ConcernView:
    strand = db.get_one(Strand, row.strand_id)
    return ConcernView(
        id=row.id,
        consultation=db.get_one(Consultation, strand.consultation_id).title,
        strand_id=strand.id,
        strand=strand.name,
        known_at=row.known_at,
        channel=Channel(row.channel),
        severity=Severity(row.severity),
        logged_by=_name(db, row.logged_by),
        handled_by=_name(db, row.handled_by),
        clocks=_clocks(policy, row, strand.audience, now),
        referred_to=db.get_one(SupportService, row.referred_to).name if row.referred_to else "",
        child_told=row.child_told,
        wish=Wish(row.wish),
        closure=Closure(row.closure) if row.closure else None,
        closed_at=row.closed_at,
    )
