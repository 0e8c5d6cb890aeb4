"""The end of taking back: on the day after the one that every receipt names, no receipt leads anywhere any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from consult.database import write
from consult.sealing.root import RootKeys
from consult.services.forgetting import end_withdrawals
from safeguards.policy import Policy

__all__ = ["withdrawals_end"]


def withdrawals_end(engine: Engine, keys: RootKeys, policy: Policy, now: datetime) -> str:
    """Destroy the salts whose time is over; says of how many strands."""
    with write(engine) as db:
        ended = end_withdrawals(db, keys, policy, now)
    return f"{len(ended)} ended"
