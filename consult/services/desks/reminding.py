"""Reminders: every day that comes near, read from what is stored, told before and on it; ended when it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from consult.errors import Invalid
from consult.logs import fault
from consult.models import (
    AdjustmentRequest,
    Complaint,
    Consultation,
    FallbackDebt,
    HelpRequest,
    Notice,
    Proposal,
    Quarantine,
    Strand,
    TriageClock,
)
from consult.services.gate.complaintroute import readers, recipients
from consult.services.gate.gating import judge
from consult.services.gate.meetingproof import not_proven
from consult.services.gate.overdue import due_on as help_due_on
from consult.services.gate.overdue import hours_promised, request_readers
from consult.services.gate.promising import promises_of
from consult.services.gate.standing import standing_signature
from consult.services.help.helprequests import leads_on_call
from consult.services.opening import triage
from consult.services.partners.proposals import ANSWERED_WITHIN
from consult.services.safekeeping.retention import Ending, endings
from consult.services.telling import WHILE, Duties, put_down
from safeguards.lifecycle import BEFORE_SIGNING, SIGNED, StrandState
from safeguards.policy import Policy
from safeguards.standing import stand
from safeguards.telling import TELLINGS, Matter, stage_of
from safeguards.terms import LIVE_MODES
from safeguards.validity import Case

__all__ = ["Due", "Looked", "end_over", "look", "remind"]

_RUNNING = (StrandState.OPEN, StrandState.SUSPENDED)
_NOT_OVER = (*BEFORE_SIGNING, *SIGNED)
_Look = Callable[[Session, Strand, Policy, datetime], Iterator["Due"]]


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

    @property
    def stage(self) -> int | None:
        """Which of its reminders is on: so many days before its day. None: none yet."""
        return stage_of(self.matter, self.on, self.today)


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look found: reminders that are on, under a name each; notices that are over; what it could not read."""

    on: Mapping[str, Due]
    over: frozenset[str]
    unread: frozenset[str]
    duties: Duties


def look(db: Session, policy: Policy, now: datetime) -> Looked:
    """Look at everything that has a day."""
    found, unread = _dues(db, policy, now)
    on = {f"{due.matter} {due.subject} {due.on}": due for due in found if due.stage is not None}
    return Looked(on, _over(db, found, unread), unread, Duties(db))


def remind(db: Session, looked: Looked, name: str, now: datetime) -> int:
    """Put down one reminder that is on, for everybody who has it not yet; how many notices. Safe to repeat."""
    due, duties = looked.on[name], looked.duties
    told = TELLINGS[due.matter].told
    people = duties.holders(told, due.consultation_id, due.strand_ids) if told else frozenset()
    return put_down(
        db,
        due.matter,
        people | duties.known(due.people, due.consultation_id),
        now,
        subject=due.subject,
        occasion=f"{due.on.isoformat()} {due.stage}",
        told_on=due.today,
        due_on=due.on,
        consultation_id=due.consultation_id,
        strand_id=due.strand_ids[0] if len(due.strand_ids) == 1 else None,
    )


def end_over(db: Session, looked: Looked, now: datetime) -> None:
    """What is over waits for nobody any more."""
    db.execute(update(Notice).where(Notice.id.in_(looked.over)).values(done_on=now.date()))


def _dues(db: Session, policy: Policy, now: datetime) -> tuple[list[Due], frozenset[str]]:
    """Everything that has a day and is not done, however far away; and the ids of what could not be looked at.

    Each part and each consultation is looked at by itself: what one stumbles over keeps no other from its reminders.
    """
    found: list[Due] = []
    unread: set[str] = set()
    for about, look in _looks(db, policy, now):
        try:
            found.extend(look())
        except SQLAlchemyError:
            raise
        except Exception as error:  # whatever it stumbles over, the others are reminded
            fault("what is due can not be told", error=type(error).__name__, about=about)
            unread.add(about)
    return found, frozenset(unread)


def _looks(db: Session, policy: Policy, now: datetime) -> Iterator[tuple[str, Callable[[], Iterable[Due]]]]:
    """What is looked at by itself: the id of the part or consultation, or "" for all that is of none, and how."""
    for strand_id in db.scalars(select(Strand.id).order_by(Strand.id)).all():
        for look in _OF_A_PART:
            yield strand_id, partial(_of_part, look, db, strand_id, policy, now)
    for consultation_id in db.scalars(select(Consultation.id).order_by(Consultation.id)).all():
        yield consultation_id, partial(_of_promises, db, consultation_id, policy, now)
    for ending in endings(db, policy):
        yield ending.strand_id, partial(_of_retention, db, ending, now)
    yield "", partial(_of_complaints, db, now)


def _of_part(look: _Look, db: Session, strand_id: str, policy: Policy, now: datetime) -> Iterator[Due]:
    return look(db, db.get_one(Strand, strand_id), policy, now)


def _over(db: Session, found: Iterable[Due], unread: AbstractSet[str]) -> frozenset[str]:
    """The ids of notices whose matter is done, or has another day by now, and nobody has ended them yet.

    Of what could not be looked at nobody knows that it is done.
    """
    standing = {(due.matter.value, due.subject, due.on) for due in found}
    reminders = [matter for matter, telling in TELLINGS.items() if telling.before]
    over = set()
    for row in db.scalars(select(Notice).where(Notice.matter.in_(reminders), Notice.done_on.is_(None))):
        about = {each for each in (row.strand_id, row.consultation_id) if each} or {""}
        if (row.matter, row.subject, row.due_on) not in standing and not about & unread:
            over.add(row.id)
    for matter, states in WHILE.items():
        told = select(Notice.id).join(Strand, Strand.id == Notice.strand_id).where(Notice.matter == matter)
        over |= set(db.scalars(told.where(Notice.done_on.is_(None), Strand.state.not_in(states))))
    return frozenset(over)


def _of_the_gate(db: Session, strand: Strand, policy: Policy, now: datetime) -> Iterator[Due]:
    """Evidence and contact tests that hold now and end before the part does."""
    if strand.state not in _NOT_OVER:
        return
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


def _of_the_signature(db: Session, strand: Strand, _policy: Policy, now: datetime) -> Iterator[Due]:
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


def _of_triage(db: Session, strand: Strand, policy: Policy, now: datetime) -> Iterator[Due]:
    clock = db.get(TriageClock, strand.id) if strand.state in _RUNNING else None
    until = triage.due(clock.waiting_since, policy) if clock else None
    if until is not None:
        yield _due(Matter.OWN_WORDS, strand, strand.id, until, now)


def _of_help(db: Session, strand: Strand, policy: Policy, now: datetime) -> Iterator[Due]:
    asked = select(HelpRequest).where(HelpRequest.strand_id == strand.id, HelpRequest.answered_by.is_(None))
    for row in db.scalars(asked).all():
        yield Due(
            matter=Matter.HELP_ASKED,
            subject=row.id.hex(),
            on=help_due_on(row.asked_on, hours_promised(policy, strand)),
            today=now.date(),
            consultation_id=strand.consultation_id,
            strand_ids=(strand.id,),
            people=request_readers(db, row) or tuple(each.id for each in leads_on_call(db, strand)),
        )


def _of_complaints(db: Session, now: datetime) -> Iterator[Due]:
    for row in db.scalars(select(Complaint).where(Complaint.answered_on.is_(None))).all():
        people = readers(db, row.id) or tuple(each.id for each in recipients(db, row.consultation_id))
        # Without its consultation: recipients stand outside it, and may not see it.
        yield Due(matter=Matter.COMPLAINT, subject=row.id, on=row.due_on, today=now.date(), people=people)


def _of_needs(db: Session, strand: Strand, _policy: Policy, now: datetime) -> Iterator[Due]:
    if strand.state in _NOT_OVER:
        asked = select(AdjustmentRequest).where(AdjustmentRequest.strand_id == strand.id)
        for row in db.scalars(asked.where(AdjustmentRequest.outcome == "open")):
            yield _on_a_day(Matter.NEED, strand, row.id, row.day, now)


def _of_debts(db: Session, strand: Strand, _policy: Policy, now: datetime) -> Iterator[Due]:
    if strand.state == StrandState.FALLEN_BACK:
        for day in db.scalars(select(FallbackDebt.ask_children_by).where(FallbackDebt.strand_id == strand.id)):
            yield _on_a_day(Matter.DEBT, strand, strand.id, day, now)


def _of_doubts(db: Session, strand: Strand, _policy: Policy, now: datetime) -> Iterator[Due]:
    for row in db.scalars(select(Quarantine).where(Quarantine.strand_id == strand.id, Quarantine.ended_at.is_(None))):
        yield _due(Matter.APART, strand, row.id, row.decide_by, now)


def _of_proposals(db: Session, strand: Strand, _policy: Policy, now: datetime) -> Iterator[Due]:
    """What partners wait for longest."""
    waiting = select(func.min(Proposal.made_at)).where(Proposal.strand_id == strand.id, Proposal.outcome.is_(None))
    oldest = db.scalar(waiting)
    if oldest is not None:
        yield _due(Matter.PROPOSAL, strand, strand.id, oldest + ANSWERED_WITHIN, now)


_OF_A_PART: tuple[_Look, ...] = (
    *(_of_the_gate, _of_the_signature, _of_meetings, _of_triage, _of_help),
    *(_of_needs, _of_debts, _of_doubts, _of_proposals),
)


def _of_retention(db: Session, ending: Ending, now: datetime) -> Iterator[Due]:
    strand = db.get_one(Strand, ending.strand_id)
    yield _due(Matter.RETENTION, strand, strand.id, ending.at, now)


def _of_promises(db: Session, consultation_id: str, policy: Policy, now: datetime) -> Iterator[Due]:
    consultation = db.get_one(Consultation, consultation_id)
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
