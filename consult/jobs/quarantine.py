"""What is set apart and not cleared in time is destroyed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from consult.database import read
from consult.jobs.job import one_by_one
from consult.sealing.root import RootKeys
from consult.services.report.quarantinedesk import end_overdue, overdue
from safeguards.policy import Policy

__all__ = ["quarantines_end"]


def quarantines_end(engine: Engine, keys: RootKeys, _policy: Policy, now: datetime) -> str:
    """Destroy answers in doubt that two people have not cleared within P-QUAR; says how many causes ended so."""
    with read(engine) as db:
        due = overdue(db, now)

    def end(db: Session, quarantine_id: str) -> bool:
        return end_overdue(db, keys, quarantine_id, now)

    return f"{one_by_one(engine, 'quarantines_end', due, end)} ended"
