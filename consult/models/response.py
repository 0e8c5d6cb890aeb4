"""An answer as stored: a sealed blob under a random-looking id, and its share. No time, no order, no person."""

from __future__ import annotations

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base

__all__ = ["Response", "ResponseShare"]


class Response(Base):
    """One sealed answer. Rows are inserted and deleted, never updated; a trigger refuses one for a strand not open."""

    __tablename__ = "responses"
    __table_args__ = (
        ForeignKeyConstraint(["epoch_id", "strand_id"], ["epochs.id", "epochs.strand_id"]),
        Index(None, "strand_id", "id"),  # an opening reads a part's rows by ranges of their ids
    )

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    strand_id: Mapped[str]
    epoch_id: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class ResponseShare(Base):
    """Sixteen bytes without which the record's key cannot be derived: deleting them kills copies of the record too."""

    __tablename__ = "response_shares"

    response_id: Mapped[bytes] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True)
    share: Mapped[bytes] = mapped_column(LargeBinary)
