"""A meeting that was added to a signed part, within what was signed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id

__all__ = ["AddedMeeting"]


class AddedMeeting(Base):
    """One meeting more under a signed plan: another time, the rest as in a meeting that was signed.

    It counts as long as that plan is the one that was signed last. It is never changed, only taken off before it is
    begun.
    """

    __tablename__ = "added_meetings"
    __table_args__ = (
        UniqueConstraint("strand_id", "plan_digest", "meeting"),
        CheckConstraint("meeting <> ''", name="meeting_is_named"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), index=True)
    #: the digest of the plan that was signed
    plan_digest: Mapped[str]
    #: its id among the sessions of the plan
    meeting: Mapped[str]
    #: the session as the plan writes one
    facts: Mapped[dict[str, Any]]
    added_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    added_at: Mapped[datetime]
