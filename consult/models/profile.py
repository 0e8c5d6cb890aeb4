"""The inclusion tier: keys, coarse profiles under ids and shares of their own, running totals, live snapshots."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id

__all__ = ["InclusionKey", "InclusionShare", "LiveSnapshot", "Profile", "ProfileShare", "RunningTotals"]


class InclusionKey(Base):
    """One generation of a consultation's inclusion key."""

    __tablename__ = "inclusion_keys"
    __table_args__ = (CheckConstraint("generation > 0", name="generation_counts"),)

    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id"), primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True)
    suite: Mapped[int]
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    row_seal: Mapped[bytes] = mapped_column(LargeBinary)


class InclusionShare(Base):
    """The private part of a generation, sealed to one holder."""

    __tablename__ = "inclusion_shares"
    __table_args__ = (
        ForeignKeyConstraint(
            ["consultation_id", "generation"], ["inclusion_keys.consultation_id", "inclusion_keys.generation"]
        ),
    )

    consultation_id: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    row_seal: Mapped[bytes] = mapped_column(LargeBinary)


class Profile(Base):
    """One sealed profile: categories only, of one size. Inserted and deleted, never updated."""

    __tablename__ = "profiles"
    __table_args__ = (
        ForeignKeyConstraint(["epoch_id", "strand_id"], ["epochs.id", "epochs.strand_id"]),
        Index(None, "strand_id", "epoch_id"),  # what has come since the totals is found by its epochs
    )

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    strand_id: Mapped[str]
    epoch_id: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class ProfileShare(Base):
    """Sixteen bytes without which the profile's key cannot be derived."""

    __tablename__ = "profile_shares"

    profile_id: Mapped[bytes] = mapped_column(
        LargeBinary, ForeignKey("profiles.id", ondelete="CASCADE"), primary_key=True
    )
    share: Mapped[bytes] = mapped_column(LargeBinary)


class RunningTotals(Base):
    """Counts of the profiles of epochs that take no more, sealed to the inclusion key; dropped at each withdrawal."""

    __tablename__ = "running_totals"
    __table_args__ = (CheckConstraint("inclusion_generation > 0", name="generation_counts"),)

    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), primary_key=True)
    inclusion_generation: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    row_seal: Mapped[bytes] = mapped_column(LargeBinary)


class LiveSnapshot(Base):
    """Live coverage as it was frozen: protected tables, audited together with all snapshots before."""

    __tablename__ = "live_snapshots"
    __table_args__ = (UniqueConstraint("strand_id", "number"), CheckConstraint("number > 0", name="number_counts"))

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), index=True)
    number: Mapped[int]
    #: canonical JSON, as the release format defines it
    content: Mapped[str] = mapped_column(Text)
    digest: Mapped[str]
    made_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
