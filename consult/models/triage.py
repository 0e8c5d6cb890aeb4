"""Who has read new own words while a strand is open, and since when some wait: for epochs, never for a response."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base

__all__ = ["EpochTriage", "TriageClock"]


class EpochTriage(Base):
    """An epoch that two people open to read its own words. From here on it takes no further answer."""

    __tablename__ = "epoch_triage"

    epoch_id: Mapped[bytes] = mapped_column(LargeBinary, ForeignKey("epochs.id", ondelete="CASCADE"), primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("opening_requests.id"), index=True)
    read: Mapped[bool] = mapped_column(default=False)


class TriageClock(Base):
    """Since when own words of a strand wait for a reader, to a quarter of a day; no row while none do."""

    __tablename__ = "triage_clocks"

    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), primary_key=True)
    waiting_since: Mapped[datetime]
