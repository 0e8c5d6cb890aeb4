"""Live sessions as the running check sees them: what was planned, what was noted, and what follows at a moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Invalid
from consult.models import LiveSession, SessionNote, Strand
from consult.services.gate.planning import team_of
from safeguards.lapse import PeopleIn
from safeguards.livesession import Live, Meeting, Note, Noted, Register, follow, people_in
from safeguards.policy import Policy

__all__ = ["Sitting", "meeting_of", "noted_in", "sitting_of"]


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session that was begun: its plan and everything noted in it."""

    session_id: str
    meeting: Meeting
    noted: tuple[Noted, ...]

    def live(self, now: datetime) -> Live:
        """How it stands."""
        return follow(self.meeting, self.noted, now)

    def people_in(self, now: datetime) -> PeopleIn:
        """What whoever answers in it may do."""
        return people_in(self.live(now), self.meeting, now)


def sitting_of(db: Session, session_id: str, strand: Strand, policy: Policy) -> Sitting | None:
    """The session of this strand; None for one that it does not have or whose plan can not be read."""
    row = db.get(LiveSession, session_id)
    if row is None or row.strand_id != strand.id:
        return None
    meeting = meeting_of(db, strand, row.meeting, policy)
    return Sitting(row.id, meeting, noted_in(db, row.id)) if meeting else None


def meeting_of(db: Session, strand: Strand, planned: str, policy: Policy) -> Meeting | None:
    """One planned session of a strand with what the rules compare it with; None where the plan does not have it."""
    try:
        facts = team_of(db, strand)
    except Invalid:
        return None
    session = next((each for each in facts.sessions if each.id == planned), None)
    return Meeting(facts, session, policy) if session else None


def noted_in(db: Session, session_id: str) -> tuple[Noted, ...]:
    """Everything noted in a session, in its order."""
    rows = db.scalars(select(SessionNote).where(SessionNote.session_id == session_id).order_by(SessionNote.number))
    return tuple(_noted(rows))


def _noted(rows: Iterable[SessionNote]) -> Iterable[Noted]:
    for row in rows:
        counted = row.children is not None and row.youngest is not None and row.oldest is not None
        register = Register(row.children, row.youngest, row.oldest) if counted else None  # type: ignore[arg-type]
        yield Noted(Note(row.note), row.at, row.person_id or row.point or "", register)
