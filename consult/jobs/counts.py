"""The weekly count of answers, which lets the audit log show later that some are gone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from consult.database import read
from consult.jobs.job import one_by_one
from consult.sealing.root import RootKeys
from consult.services.report.counting import count_week, counted_parts
from safeguards.policy import Policy

__all__ = ["counts"]


def counts(engine: Engine, keys: RootKeys, _policy: Policy, now: datetime) -> str:
    """Count what the week before brought, once; says in how many parts."""
    with read(engine) as db:
        due = counted_parts(db)

    def count(db: Session, strand_id: str) -> bool:
        return count_week(db, keys.audit, strand_id, now)

    return f"{one_by_one(engine, 'counts', due, count)} counted"
