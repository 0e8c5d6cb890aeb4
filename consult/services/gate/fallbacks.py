"""How often adults stood in for children: fallbacks in a row, and promised days that went by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from consult.models import FallbackDebt, Signature, Strand
from safeguards.terms import Decision

__all__ = ["debts_missed", "fallbacks_in_a_row"]


def fallbacks_in_a_row(db: Session, strand: Strand) -> int:
    """How many decisions about other parts, up to now, were to ask adults instead (X38).

    A part that is signed again, at a restart or for a language, was decided when it was signed first.
    """
    signed = select(Signature.strand_id, Signature.decision).where(Signature.strand_id != strand.id)
    count, opened = 0, set[str]()
    for strand_id, decision in db.execute(signed.order_by(Signature.signed_at, Signature.id)):
        if decision == Decision.FALLBACK:
            count += 1
        elif strand_id not in opened:
            count = 0
        if Decision(decision).opens:
            opened.add(strand_id)
    return count


def debts_missed(db: Session, now: datetime) -> int:
    """Promised days that went by; one that was only prepared and never signed is no promise."""
    signed = select(Signature.strand_id).where(Signature.decision == Decision.FALLBACK)
    late = or_(FallbackDebt.kept_on.is_(None), FallbackDebt.kept_on > FallbackDebt.ask_children_by)
    owed = select(FallbackDebt.strand_id).where(FallbackDebt.ask_children_by < now.date(), late)
    return len(db.scalars(owed.where(FallbackDebt.strand_id.in_(signed))).all())
