"""Keys at rest: a strand's wrapped key pair and halves, its salt, and the epochs sealed to it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, one_of
from consult.models.strand import HolderRole

__all__ = ["Epoch", "StrandKey", "StrandSalt", "StrandShare"]


class StrandKey(Base):
    """A strand's key pair. It hangs on a signature that opens: no gate passed, no key, no answer."""

    __tablename__ = "strand_keys"
    __table_args__ = (
        ForeignKeyConstraint(
            ["signature_id", "strand_id", "decision"], ["signatures.id", "signatures.strand_id", "signatures.decision"]
        ),
        CheckConstraint("decision IN ('GO', 'GO_WITH_CONDITIONS')", name="signed_to_open"),
    )

    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), primary_key=True)
    signature_id: Mapped[str]
    decision: Mapped[str]
    generation: Mapped[int]
    suite: Mapped[int]
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    wrapped_private: Mapped[bytes] = mapped_column(LargeBinary)
    row_seal: Mapped[bytes] = mapped_column(LargeBinary)


class StrandShare(Base):
    """One holder's copy of his role's half, sealed to his identity key."""

    __tablename__ = "strand_shares"
    __table_args__ = (
        one_of("role", HolderRole),
        ForeignKeyConstraint(
            ["strand_id", "person_id", "role"],
            ["strand_holders.strand_id", "strand_holders.person_id", "strand_holders.role"],
        ),
    )

    strand_id: Mapped[str] = mapped_column(ForeignKey("strand_keys.strand_id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    generation: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    check: Mapped[bytes] = mapped_column(LargeBinary)
    row_seal: Mapped[bytes] = mapped_column(LargeBinary)


class StrandSalt(Base):
    """What a receipt needs to find its record; destroyed when the time for taking answers back ends."""

    __tablename__ = "strand_salts"

    strand_id: Mapped[str] = mapped_column(ForeignKey("strand_keys.strand_id"), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)


class Epoch(Base):
    """A short-lived symmetric key, sealed to the strand before its first use; the server cannot read its own past."""

    __tablename__ = "epochs"
    __table_args__ = (UniqueConstraint("id", "strand_id"),)

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strand_keys.strand_id"), index=True)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    #: the second key, for profiles, where the strand has an inclusion tier
    inclusion_generation: Mapped[int | None]
    sealed_profile_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    row_seal: Mapped[bytes] = mapped_column(LargeBinary)
