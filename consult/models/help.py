"""Somebody asked to be contacted: a vault of its own, whose rows lead to no answer and hold a day, never a moment."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id

__all__ = ["HelpAlert", "HelpCopy", "HelpRequest"]


class HelpRequest(Base):
    """One request. What was written lies in its copies, one for each lead who was on call."""

    __tablename__ = "help_requests"
    __table_args__ = (
        CheckConstraint("(answered_by IS NULL) = (answered_on IS NULL)", name="answer_is_whole"),
        CheckConstraint("answered_on IS NULL OR answered_on >= asked_on", name="answered_after_asked"),
    )

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), index=True)
    asked_on: Mapped[date]
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    answered_on: Mapped[date | None]


class HelpCopy(Base):
    """What was written, sealed to one lead's identity key."""

    __tablename__ = "help_copies"

    request_id: Mapped[bytes] = mapped_column(
        LargeBinary, ForeignKey("help_requests.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class HelpAlert(Base):
    """At this moment somebody of this part asked. It names no request, and goes when a lead looks."""

    __tablename__ = "help_alerts"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), index=True)
    at: Mapped[datetime]
