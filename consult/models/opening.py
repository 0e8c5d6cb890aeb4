"""An opening: a reviewer asks, a lead grants, on record; the two halves meet only then."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id, one_of

__all__ = ["OpeningMode", "OpeningRequest"]


class OpeningMode(StrEnum):
    """What two people do: count, read own words, read them while it is open, make a file, or draw new halves."""

    TABLES = "tables"
    READ = "read"
    TRIAGE = "triage"
    EXPORT = "export"
    REWRAP = "rewrap"


class OpeningRequest(Base):
    """A request with a key pair of its own, whose private half lies under the reviewer's cookie key."""

    __tablename__ = "opening_requests"
    __table_args__ = (
        one_of("mode", OpeningMode),
        CheckConstraint("granted_by <> requested_by", name="two_people"),
        CheckConstraint(
            "(granted_by IS NULL) = (sealed_half IS NULL) AND (granted_by IS NULL) = (granted_at IS NULL)",
            name="grant_is_whole",
        ),
        # a lead may take a grant back; also one to read, after it was used once
        CheckConstraint("used_at IS NULL OR granted_by IS NOT NULL", name="used_only_when_granted"),
        UniqueConstraint("id", "strand_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strand_keys.strand_id"))
    mode: Mapped[str]
    reason: Mapped[str]
    requested_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    requested_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    wrapped_private: Mapped[bytes | None] = mapped_column(LargeBinary)
    granted_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    granted_at: Mapped[datetime | None]
    sealed_half: Mapped[bytes | None] = mapped_column(LargeBinary)
    refused_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    used_at: Mapped[datetime | None]
