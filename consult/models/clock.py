"""When the jobs ran last under a clock that was believed: what destroys measures the clock of now by it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base

__all__ = ["Clock"]


class Clock(Base):
    """When the jobs ran last by a clock that was believed: one row; empty before the first run."""

    __tablename__ = "clock"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime | None]
