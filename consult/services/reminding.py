"""Reminders: every day that comes near, read from what is stored, told before and on it; ended when it is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.errors import Invalid
from consult.models import (
    AdjustmentRequest,
    Complaint,
    ComplaintCopy,
    Consultation,
    FallbackDebt,
    HelpCopy,
    HelpRequest,
    Notice,
    Proposal,
    Quarantine,
    Strand,
    TriageClock,
)
from consult.services import triage
from consult.services.gating import judge
from consult.services.meetingproof import not_proven
from consult.services.overdue import due_on as help_due_on
from consult.services.overdue import hours_promised
from consult.services.promising import promises_of
from consult.services.proposals import ANSWERED_WITHIN
from consult.services.retention import endings
from consult.services.standing import standing_signature
from consult.services.telling import WHILE, Duties, put_down
from safeguards.lifecycle import BEFORE_SIGNING, SIGNED, StrandState
from safeguards.policy import Policy
from safeguards.standing import stand
from safeguards.telling import TELLINGS, Matter, stage_of
from safeguards.terms import LIVE_MODES
from safeguards.validity import Case

__all__ = ["Due", "dues", "remind"]

_RUNNING = (StrandState.OPEN, StrandState.SUSPENDED)
_NOT_OVER = (*BEFORE_SIGNING, *SIGNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something with a day: `today` is the day that it is there, `people` whom it names itself."""

    matter: Matter
    subject: str
    on: date
    today: date
    consultation_id: str | None = None
    strand_ids: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


def remind(db: Session, policy: Policy, now: datetime) -> int:
    """Put down the reminders that are on and end those whose matter is over; how many were put down. Safe to repeat."""
    found, duties, made = tuple(dues(db, policy, now)), Duties(db), 0
    for due in found:
        stage = stage_of(due.matter, due.on, due.today)
        if stage is None:
            continue
        told = TELLINGS[due.matter].told
        people = duties.holders(told, due.consultation_id, due.strand_ids) if told else frozenset()
        made += put_down(
            db,
            due.matter,
            people | duties.known(due.people, due.consultation_id),
            now,
            subject=due.subject,
            occasion=f"{due.on.isoformat()} {stage}",
            told_on=due.today,
            due_on=due.on,
            consultation_id=due.consultation_id,
            strand_id=due.strand_ids[0] if len(due.strand_ids) == 1 else None,
        )
    _end_others(db, found, now)
    return made


def dues(db: Session, policy: Policy, now: datetime) -> Iterator[Due]:
    """Everything that has a day and is not done, however far away."""
    for strand in db.scalars(select(Strand).where(Strand.state.in_(_NOT_OVER)).order_by(Strand.id)).all():
        yield from _of_the_gate(db, strand, policy, now)
        yield from _of_the_signature(db, strand, now)
        yield from _of_meetings(db, strand, policy, now)
    yield from _of_triage(db, policy, now)
    yield from _of_help(db, policy, now)
    yield from _of_complaints(db, now)
    yield from _of_needs(db, now)
    yield from _of_debts(db, now)
    yield from _of_doubts(db, now)
    yield from _of_promises(db, policy, now)
    yield from _of_proposals(db, now)
    for ending in endings(db, policy):
        strand = db.get_one(Strand, ending.strand_id)
        yield _due(Matter.RETENTION, strand, strand.id, ending.at, now)


def _end_others(db: Session, found: tuple[Due, ...], now: datetime) -> None:
    """A reminder whose matter is done, or has another day by now, waits for nobody any more."""
    standing = {(due.matter.value, due.subject, due.on) for due in found}
    reminders = [matter for matter, telling in TELLINGS.items() if telling.before]
    rows = select(Notice).where(Notice.matter.in_(reminders), Notice.done_on.is_(None))
    for row in db.scalars(rows):
        if (row.matter, row.subject, row.due_on) not in standing:
            row.done_on = now.date()
    for matter, states in WHILE.items():
        told = select(Notice).join(Strand, Strand.id == Notice.strand_id).where(Notice.matter == matter)
        for row in db.scalars(told.where(Notice.done_on.is_(None), Strand.state.not_in(states))):
            row.done_on = now.date()


def _of_the_gate(db: Session, strand: Strand, policy: Policy, now: datetime) -> Iterator[Due]:
    """Evidence and contact tests that hold now and end before the part does."""
    try:
        judgement = judge(db, strand, policy, now)
    except Invalid:
        return  # the draft says itself what does not fit
    closes = _closes(strand)
    for finding in stand(Case(judgement.plan, judgement.record, policy, now)).findings:
        until = finding.valid_until
        if finding.met and until is not None and (closes is None or until < closes):
            matter = Matter.CONTACT_TEST if finding.requirement == "SUP-04" else Matter.EVIDENCE_ENDS
            yield _due(matter, strand, f"{strand.id} {finding.requirement}", until, now)


def _of_the_signature(db: Session, strand: Strand, now: datetime) -> Iterator[Due]:
    signature, closes = standing_signature(db, strand.id), _closes(strand)
    if strand.state not in SIGNED or signature is None:
        return
    for condition in signature.evaluation.get("conditions", ()):
        if condition.get("due"):
            subject = f"{strand.id} {condition['requirement']}"
            yield _due(Matter.CONDITION, strand, subject, datetime.fromisoformat(condition["due"]), now)
    if signature.valid_until and (closes is None or signature.valid_until < closes):
        yield _due(Matter.DECISION_ENDS, strand, strand.id, signature.valid_until, now)
    if strand.state in _RUNNING and closes is not None and now >= closes:
        yield _due(Matter.WINDOW_ENDED, strand, strand.id, closes, now)


def _of_meetings(db: Session, strand: Strand, policy: Policy, now: datetime) -> Iterator[Due]:
    """The meeting after the next one: what is not proven of it closes the part when the next one ends."""
    if strand.mode not in LIVE_MODES or strand.state not in SIGNED:
        return
    left = [each for each in strand.facts.get("sessions") or () if datetime.fromisoformat(each["ends"]) > now]
    following, *others = sorted(left, key=lambda each: datetime.fromisoformat(each["starts"])) or [None]
    if following and others and not_proven(db, strand, policy, now).get(others[0]["id"]):
        ends = datetime.fromisoformat(following["ends"])
        yield _due(Matter.MEETING_PROOFS, strand, f"{strand.id} {others[0]['id']}", ends, now)


def _of_triage(db: Session, policy: Policy, now: datetime) -> Iterator[Due]:
    rows = select(Strand, TriageClock.waiting_since).join(TriageClock, TriageClock.strand_id == Strand.id)
    for strand, since in db.execute(rows.where(Strand.state.in_(_RUNNING))):
        until = triage.due(since, policy)
        if until is not None:
            yield _due(Matter.OWN_WORDS, strand, strand.id, until, now)


def _of_help(db: Session, policy: Policy, now: datetime) -> Iterator[Due]:
    for row in db.scalars(select(HelpRequest).where(HelpRequest.answered_by.is_(None))).all():
        strand = db.get_one(Strand, row.strand_id)
        yield Due(
            matter=Matter.HELP_ASKED,
            subject=row.id.hex(),
            on=help_due_on(row.asked_on, hours_promised(policy, strand)),
            today=now.date(),
            consultation_id=strand.consultation_id,
            strand_ids=(strand.id,),
            people=tuple(db.scalars(select(HelpCopy.person_id).where(HelpCopy.request_id == row.id))),
        )


def _of_complaints(db: Session, now: datetime) -> Iterator[Due]:
    for row in db.scalars(select(Complaint).where(Complaint.answered_on.is_(None))).all():
        copies = select(ComplaintCopy.person_id).where(ComplaintCopy.complaint_id == row.id)
        people = tuple(db.scalars(copies))
        # Without its consultation: recipients stand outside it, and may not see it.
        yield Due(matter=Matter.COMPLAINT, subject=row.id, on=row.due_on, today=now.date(), people=people)


def _of_needs(db: Session, now: datetime) -> Iterator[Due]:
    rows = select(Strand, AdjustmentRequest).join(Strand, Strand.id == AdjustmentRequest.strand_id)
    for strand, row in db.execute(rows.where(AdjustmentRequest.outcome == "open")):
        if strand.state in _NOT_OVER:
            yield _on_a_day(Matter.NEED, strand, row.id, row.day, now)


def _of_debts(db: Session, now: datetime) -> Iterator[Due]:
    rows = select(Strand, FallbackDebt.ask_children_by).join(FallbackDebt, FallbackDebt.strand_id == Strand.id)
    for strand, day in db.execute(rows.where(Strand.state == StrandState.FALLEN_BACK)):
        yield _on_a_day(Matter.DEBT, strand, strand.id, day, now)


def _of_doubts(db: Session, now: datetime) -> Iterator[Due]:
    rows = select(Strand, Quarantine).join(Quarantine, Quarantine.strand_id == Strand.id)
    for strand, row in db.execute(rows.where(Quarantine.ended_at.is_(None))):
        yield _due(Matter.APART, strand, row.id, row.decide_by, now)


def _of_promises(db: Session, policy: Policy, now: datetime) -> Iterator[Due]:
    for consultation in db.scalars(select(Consultation).order_by(Consultation.id)).all():
        strands = tuple(each.id for each in consultation.strands)
        for promise in promises_of(db, consultation, policy):
            if promise.due is not None and promise.kept is None:
                yield Due(
                    matter=Matter.PROMISE,
                    subject=f"{consultation.id} {promise.stage}",
                    on=promise.due,
                    today=now.date(),
                    consultation_id=consultation.id,
                    strand_ids=strands,
                )


def _of_proposals(db: Session, now: datetime) -> Iterator[Due]:
    """What partners wait for longest in each part."""
    oldest = (
        select(Proposal.strand_id, func.min(Proposal.made_at).label("made_at"))
        .where(Proposal.outcome.is_(None))
        .group_by(Proposal.strand_id)
        .order_by(Proposal.strand_id)
    )
    for row in db.execute(oldest).all():
        strand = db.get_one(Strand, row.strand_id)
        yield _due(Matter.PROPOSAL, strand, strand.id, row.made_at + ANSWERED_WITHIN, now)


def _due(matter: Matter, strand: Strand, subject: str, at: datetime, now: datetime) -> Due:
    """Something that happens at a moment: its day is the one that the part's place has then."""
    return _on_a_day(matter, strand, subject, at.astimezone(_zone(strand.facts)).date(), now)


def _on_a_day(matter: Matter, strand: Strand, subject: str, on: date, now: datetime) -> Due:
    return Due(
        matter=matter,
        subject=subject,
        on=on,
        today=now.astimezone(_zone(strand.facts)).date(),
        consultation_id=strand.consultation_id,
        strand_ids=(strand.id,),
    )


def _zone(facts: Mapping[str, object]) -> ZoneInfo:
    """The time zone of the part's window, or of its first session."""
    places = [facts.get("window"), *(facts.get("sessions") or ())]  # type: ignore[misc]
    names = (each.get("timezone") for each in places if isinstance(each, Mapping))
    return ZoneInfo(next((str(name) for name in names if name), "UTC"))


def _closes(strand: Strand) -> datetime | None:
    """When nobody takes part any more: the end of the window, or of the last session."""
    window = strand.facts.get("window") or {}
    ends = [window.get("closes"), *(each.get("ends") for each in strand.facts.get("sessions", ()))]
    moments = [datetime.fromisoformat(each) for each in ends if each]
    return max((each if each.tzinfo else each.replace(tzinfo=UTC) for each in moments), default=None)
