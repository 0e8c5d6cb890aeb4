"""The certificate of a destruction: what was destroyed, when and by which rule; nothing of what it said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id

__all__ = ["Destruction"]


class Destruction(Base):
    """One part whose answers and key were destroyed. `content` is canonical JSON, frozen; the log has its digest."""

    __tablename__ = "destructions"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), unique=True)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id"))
    content: Mapped[str] = mapped_column(Text)
    digest: Mapped[str]
    destroyed_at: Mapped[datetime]
