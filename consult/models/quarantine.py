"""Answers set apart: which epochs, for which cause, and what two people say about them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id, one_of

__all__ = ["Quarantine", "QuarantinedEpoch", "Verdict"]


class Verdict(StrEnum):
    """What somebody says of answers that are set apart, and what became of them."""

    CLEAR = "clear"
    DESTROY = "destroy"


_BOTH_CLEAR = "(lead_id IS NOT NULL AND approver_id IS NOT NULL AND lead_says = 'clear' AND approver_says = 'clear')"


class Quarantine(Base):
    """One cause that casts doubt on what was sent in a strand. Undecided at `decide_by`: destroyed."""

    __tablename__ = "quarantines"
    __table_args__ = (
        *(one_of(column, Verdict) for column in ("lead_says", "approver_says", "outcome")),
        CheckConstraint("lead_id <> approver_id", name="four_eyes"),
        CheckConstraint(
            "(lead_id IS NULL) = (lead_says IS NULL) AND (approver_id IS NULL) = (approver_says IS NULL)",
            name="words_are_whole",
        ),
        CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="end_is_whole"),
        CheckConstraint(f"outcome IS NULL OR outcome <> 'clear' OR {_BOTH_CLEAR}", name="cleared_by_two"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), index=True)
    #: the requirement that did not hold, or "incident"
    cause: Mapped[str]
    #: in staff words
    why: Mapped[str]
    found_at: Mapped[datetime]
    decide_by: Mapped[datetime]
    lead_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    lead_says: Mapped[str | None]
    approver_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    approver_says: Mapped[str | None]
    outcome: Mapped[str | None]
    ended_at: Mapped[datetime | None]


class QuarantinedEpoch(Base):
    """An epoch whose answers are set apart. It takes no further answer, also after it was cleared."""

    __tablename__ = "quarantined_epochs"

    epoch_id: Mapped[bytes] = mapped_column(LargeBinary, ForeignKey("epochs.id", ondelete="CASCADE"), primary_key=True)
    quarantine_id: Mapped[str] = mapped_column(ForeignKey("quarantines.id"), primary_key=True)
