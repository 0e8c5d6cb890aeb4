"""Forgetting what leads from a receipt to its record, when the day that every receipt names is over."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consult.models import Strand, StrandSalt
from consult.sealing.root import RootKeys
from consult.services.auditing import Verb, record
from consult.services.participation.strandface import last_day_of
from consult.services.signed.running import SYSTEM
from safeguards.policy import Policy

__all__ = ["end_withdrawals", "end_withdrawals_of", "with_salt"]


def end_withdrawals(db: Session, keys: RootKeys, policy: Policy, now: datetime) -> list[str]:
    """Destroy the salt of each strand whose last day for taking answers back is over; the ids of those strands.

    The day is the one that the receipt page shows (P-WD), in the strand's own time zone, and it counts to its end; a
    strand that was closed early keeps it. Without a salt nobody finds a record by its receipt any more.
    """
    return [each for each in with_salt(db) if end_withdrawals_of(db, keys, policy, each, now)]


def with_salt(db: Session) -> list[str]:
    """The ids of the strands whose receipts still lead somewhere."""
    return list(db.scalars(select(StrandSalt.strand_id).order_by(StrandSalt.strand_id)))


def end_withdrawals_of(db: Session, keys: RootKeys, policy: Policy, strand_id: str, now: datetime) -> bool:
    """The same for one strand; whether its time was over."""
    strand = db.get_one(Strand, strand_id)
    last = last_day_of(strand.mode, strand.facts, policy)
    if last is None:
        return False  # no receipt of this strand named a day
    if now.astimezone(ZoneInfo(last.timezone)).date() <= last.day:
        return False
    gone = delete(StrandSalt).where(StrandSalt.strand_id == strand_id).returning(StrandSalt.strand_id)
    if db.scalars(gone).first() is None:
        return False  # another run was faster
    record(db, keys.audit, SYSTEM, Verb.WITHDRAWALS_ENDED, strand_id, now)
    return True
