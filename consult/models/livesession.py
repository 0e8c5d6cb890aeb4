"""A live session: the code by which its devices find it, and what its adults noted. Counts and ages, never a name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id, one_of
from safeguards.livesession import Note

__all__ = ["LiveSession", "SessionNote"]


class LiveSession(Base):
    """One planned meeting of a strand, from its pre-check on."""

    __tablename__ = "live_sessions"
    __table_args__ = (UniqueConstraint("strand_id", "meeting"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), index=True)
    #: which of the sessions of the strand's plan
    meeting: Mapped[str]
    opened_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    opened_at: Mapped[datetime]
    #: what a device types or scans; made at the start, gone at the end
    code: Mapped[str | None] = mapped_column(unique=True)


class SessionNote(Base):
    """One thing noted in a session, by an adult there; by nobody when somebody who takes part says that it is wrong."""

    __tablename__ = "session_notes"
    __table_args__ = (
        one_of("note", Note),
        CheckConstraint("by_id IS NOT NULL OR note = 'wrong'", name="somebody_noted_it"),
        CheckConstraint(
            "(note = 'counted') = (children IS NOT NULL AND youngest IS NOT NULL AND oldest IS NOT NULL)",
            name="register_is_whole",
        ),
        CheckConstraint(
            "children IS NULL OR (children >= 0 AND youngest >= 0 AND youngest <= oldest AND oldest <= 120)",
            name="register_is_sane",
        ),
        CheckConstraint(
            "(note IN ('checked_in', 'left', 'back', 'lead_answered', 'lead_silent')) = (person_id IS NOT NULL)",
            name="about_a_person",
        ),
        CheckConstraint("(note = 'confirmed') = (point IS NOT NULL)", name="about_a_point"),
    )

    session_id: Mapped[str] = mapped_column(ForeignKey("live_sessions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    note: Mapped[str]
    by_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    #: the adult of the staff it is about
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    #: the point of a list that was confirmed
    point: Mapped[str | None]
    #: who takes part: how many, and the ages of the youngest and the oldest
    children: Mapped[int | None]
    youngest: Mapped[int | None]
    oldest: Mapped[int | None]
