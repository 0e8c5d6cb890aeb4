"""The end of the register of needs: a line goes 30 days after its day, whatever came of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from consult.database import read
from consult.jobs.job import one_by_one
from consult.sealing.root import RootKeys
from consult.services.evidence.adjustments import forget, old
from safeguards.policy import Policy

__all__ = ["forget_needs"]


def forget_needs(engine: Engine, keys: RootKeys, policy: Policy, now: datetime) -> str:
    """Delete what is too old; says how many lines."""
    del keys, policy  # deleting asks neither
    with read(engine) as db:
        due = old(db, now.date())
    return f"{one_by_one(engine, 'needs', due, forget)} forgotten"
