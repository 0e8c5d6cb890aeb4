"""To which inclusion key the profiles of a strand are sealed, if to any. It opens nothing."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.models import InclusionKey, InclusionShare, Strand
from consult.sealing.canonical import Field
from consult.sealing.root import RowSealKey
from consult.sealing.rowseal import check_row_seal
from safeguards.terms import SPECIALIST

__all__ = ["FEWEST", "checked_keys", "has_profiles", "key_columns", "public_for", "share_columns"]

#: With fewer people expected a profile could point at one of them (threat model, limit 6).
FEWEST = 20


def has_profiles(strand: Strand) -> bool:
    """Whether this strand has an inclusion tier at all: enough people expected, and neither S nor H."""
    expected = strand.facts.get("expected_participants") or 0
    return strand.audience not in SPECIALIST and expected >= FEWEST


def public_for(db: Session, key: RowSealKey, strand_id: str) -> tuple[int, bytes] | None:
    """The newest generation and its public key, for profiles of a strand; None where there are none.

    Raises `SealingError` for a row that was changed from outside.
    """
    strand = db.get_one(Strand, strand_id)
    if not has_profiles(strand):
        return None
    rows = checked_keys(db, key, strand.consultation_id)
    return (rows[-1].generation, rows[-1].public_key) if rows else None


def checked_keys(db: Session, key: RowSealKey, consultation_id: str) -> list[InclusionKey]:
    """Every generation of a consultation, oldest first, each with its seal checked."""
    rows = db.scalars(
        select(InclusionKey).where(InclusionKey.consultation_id == consultation_id).order_by(InclusionKey.generation)
    ).all()
    for row in rows:
        check_row_seal(key, "inclusion_keys", consultation_id, key_columns(row), row.generation, row.row_seal)
    return list(rows)


def key_columns(row: InclusionKey) -> dict[str, Field]:
    """What the seal of a key's row covers."""
    return {"suite": row.suite, "public_key": row.public_key}


def share_columns(row: InclusionShare) -> dict[str, Field]:
    """What the seal of a share's row covers."""
    return {"sealed": row.sealed}
