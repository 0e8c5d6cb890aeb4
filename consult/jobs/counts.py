"""The weekly count of answers, which lets the audit log show later that some are gone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from consult.database import write
from consult.sealing.root import RootKeys
from consult.services.counting import count_week
from safeguards.policy import Policy

__all__ = ["counts"]


def counts(engine: Engine, keys: RootKeys, policy: Policy, now: datetime) -> str:  # noqa: ARG001 - every job's signature
    """Count what the week before brought, once; says in how many parts."""
    with write(engine) as db:
        counted = count_week(db, keys.audit, now)
    return f"{len(counted)} counted"
