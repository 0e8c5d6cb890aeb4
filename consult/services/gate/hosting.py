"""Who hosts a part: the partners that its plan names, while their partnership stands."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.models import Partner, Strand

__all__ = ["host_of", "hosts_of"]


def hosts_of(db: Session, strand: Strand) -> dict[str, list[str]]:
    """The partners who host the strand; one whose partnership has ended does not, as with those who work on it."""
    named = strand.facts.get("partners")
    if not named:
        return {}
    over = set(db.scalars(select(Partner.id).where(Partner.id.in_(named), Partner.ended_at.is_not(None))))
    return {"partners": [each for each in named if each not in over]}


def host_of(db: Session, strand: Strand) -> Partner | None:
    """The partner who hosts the strand, while that partnership stands."""
    named = strand.facts.get("partners")
    if not named:
        return None
    return db.scalars(select(Partner).where(Partner.id.in_(named), Partner.ended_at.is_(None))).first()
