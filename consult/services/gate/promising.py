"""What a consultation still owes to those who answered: read from its events and notes, counted by the rules."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict
from consult.models import AuditEvent, Consultation, FeedbackNote, Strand, StrandState
from consult.services.auditing import Verb
from safeguards.policy import Policy
from safeguards.promises import Promise, Stage, may_begin_another, promises

__all__ = ["begun", "may_begin", "must_have_kept_promises", "promises_of"]

_TAKING_ANSWERS = frozenset({StrandState.OPEN, StrandState.SUSPENDED})


def promises_of(db: Session, consultation: Consultation, policy: Policy) -> tuple[Promise, ...]:
    """The three promises of a consultation; none where nobody was ever asked."""
    if not begun(db, consultation.id):
        return ()
    notes = db.scalars(select(FeedbackNote).where(FeedbackNote.consultation_id == consultation.id)).all()
    kept = {Stage(note.stage): note.published_on for note in notes if note.published_by and note.published_on}
    taken_back = {Stage(note.stage): note.changed_on for note in notes if not note.published_by and note.changed_on}
    return promises(_closed_on(db, consultation.id), consultation.feedback_due, kept, policy, taken_back)


def begun(db: Session, consultation_id: str) -> bool:
    """Whether a part of it was ever open to answers."""
    return _events(db, consultation_id, Verb.STRAND_OPENED) != []


def may_begin(db: Session, policy: Policy, now: datetime) -> bool:
    """Whether the organisation may set up another consultation: too many broken promises come first."""
    owed = [promise for each in db.scalars(select(Consultation)) for promise in promises_of(db, each, policy)]
    return may_begin_another(owed, now.date(), policy)


def must_have_kept_promises(db: Session, policy: Policy, now: datetime) -> None:
    """Raise `Conflict` while too many promises to earlier participants are overdue."""
    if not may_begin(db, policy, now):
        raise Conflict("People who answered before still wait to hear back. Keep those promises first, then ask again.")


def _closed_on(db: Session, consultation_id: str) -> date | None:
    """The day on which the last part closed; None while one of them still takes answers."""
    states = db.scalars(select(Strand.state).where(Strand.consultation_id == consultation_id))
    if _TAKING_ANSWERS.intersection(states):
        return None
    return max((at.date() for at in _events(db, consultation_id, Verb.STRAND_CLOSED)), default=None)


def _events(db: Session, consultation_id: str, verb: Verb) -> list[datetime]:
    parts = select(Strand.id).where(Strand.consultation_id == consultation_id)
    return list(db.scalars(select(AuditEvent.at).where(AuditEvent.verb == verb, AuditEvent.subject.in_(parts))))
