"""The lapse sweep: every open strand is put to the gate again, every five minutes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from consult.database import write
from consult.sealing.root import RootKeys
from consult.services.running import sweep
from safeguards.policy import Policy

__all__ = ["sweep_lapses"]


def sweep_lapses(engine: Engine, keys: RootKeys, policy: Policy, now: datetime) -> str:
    """Suspend what the gate no longer allows; says how many."""
    with write(engine) as db:
        lapsed = sweep(db, keys, policy, now)
    return f"{len(lapsed)} suspended"
