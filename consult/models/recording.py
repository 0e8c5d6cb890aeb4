"""A recording of a text of one part. Which text it is read with, and in which language, stands in the part's form."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base

__all__ = ["Recording"]


class Recording(Base):
    """The sound itself (MP3 frames without tags), known by its SHA-256. Nothing in it is secret."""

    __tablename__ = "recordings"
    __table_args__ = (CheckConstraint("length(content) > 0", name="content_is_there"),)

    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    added_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    added_at: Mapped[datetime]
