"""Reminders of what comes near, and the end of notices that were put away long ago."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine

from consult.database import write
from consult.sealing.root import RootKeys
from consult.services.reminding import remind
from consult.services.telling import forget_old
from safeguards.policy import Policy

__all__ = ["reminders"]

#: A notice that was put away, or whose matter is over, is kept so long and then deleted.
KEPT = timedelta(days=90)


def reminders(engine: Engine, keys: RootKeys, policy: Policy, now: datetime) -> str:
    """Put down the reminders that are on, each once; says how many."""
    del keys  # telling is no act
    with write(engine) as db:
        forget_old(db, now.date() - KEPT)
        made = remind(db, policy, now)
    return f"{made} put down"
