"""The end of taking back: on the day after the one that every receipt names, no receipt leads anywhere any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from consult.database import read
from consult.jobs.job import one_by_one
from consult.sealing.root import RootKeys
from consult.services.safekeeping.forgetting import end_withdrawals_of, with_salt
from safeguards.policy import Policy

__all__ = ["withdrawals_end"]


def withdrawals_end(engine: Engine, keys: RootKeys, policy: Policy, now: datetime) -> str:
    """Destroy the salts whose time is over; says of how many strands."""
    with read(engine) as db:
        waiting = with_salt(db)

    def end(db: Session, strand_id: str) -> bool:
        return end_withdrawals_of(db, keys, policy, strand_id, now)

    return f"{one_by_one(engine, 'withdrawals_end', waiting, end)} ended"
