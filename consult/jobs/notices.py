"""Reminders of what comes near, and the end of notices that were put away long ago."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.errors import Conflict
from consult.jobs.job import one_by_one
from consult.sealing.root import RootKeys
from consult.services.desks.reminding import end_over, look, remind
from consult.services.telling import forget_old
from safeguards.policy import Policy

__all__ = ["reminders"]

#: A notice that was put away, or whose matter is over, is kept so long and then deleted.
KEPT = timedelta(days=90)


def reminders(engine: Engine, keys: RootKeys, policy: Policy, now: datetime) -> str:
    """Put down the reminders that are on, each once; says how many. Raises `Conflict` where something was not told."""
    del keys  # telling is no act
    with read(engine) as db:
        looked = look(db, policy, now)
    with write(engine) as db:
        forget_old(db, now.date() - KEPT)
        end_over(db, looked, now)

    def put_down(db: Session, name: str) -> int:
        return remind(db, looked, name, now)

    made = one_by_one(engine, "reminders", looked.on, put_down)
    if looked.unread:
        parts = len(looked.unread)
        raise Conflict(f"{parts} can not be looked at, {made} were put down. Run `consult check`, then the job again.")
    return f"{made} put down"
