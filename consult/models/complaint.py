"""Complaints, for people outside the team: when they came and when they are due in clear, the words sealed."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id, one_of

__all__ = ["Complaint", "ComplaintCopy", "ComplaintOutcome"]


class ComplaintOutcome(StrEnum):
    """What came of a complaint."""

    UPHELD = "upheld"
    PARTLY = "partly"
    NOT_UPHELD = "not_upheld"
    PASSED_ON = "passed_on"


class Complaint(Base):
    """One complaint: its day, and the answer, sealed to the code that whoever complained may have kept."""

    __tablename__ = "complaints"
    __table_args__ = (
        one_of("outcome", ComplaintOutcome),
        CheckConstraint(
            "(answered_on IS NULL) = (answered_by IS NULL) AND (answered_on IS NULL) = (outcome IS NULL)"
            " AND (answered_on IS NULL) = (reply IS NULL)",
            name="answer_is_whole",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    received_on: Mapped[date]
    due_on: Mapped[date]
    #: where it was written, if somebody came from a part of a consultation
    consultation_id: Mapped[str | None] = mapped_column(ForeignKey("consultations.id"))
    #: HMAC of the code under the invitation key; the code itself is shown once
    code_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    reply_public: Mapped[bytes] = mapped_column(LargeBinary)
    #: the private half, under a key made from the code
    reply_private: Mapped[bytes] = mapped_column(LargeBinary)
    answered_on: Mapped[date | None]
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    outcome: Mapped[str | None]
    reply: Mapped[bytes | None] = mapped_column(LargeBinary)


class ComplaintCopy(Base):
    """The words of a complaint, sealed to one person outside the team."""

    __tablename__ = "complaint_copies"

    complaint_id: Mapped[str] = mapped_column(ForeignKey("complaints.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
