"""The end of the register of needs: a line goes 30 days after its day, whatever came of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from consult.database import write
from consult.sealing.root import RootKeys
from consult.services.adjustments import forget
from safeguards.policy import Policy

__all__ = ["forget_needs"]


def forget_needs(engine: Engine, keys: RootKeys, policy: Policy, now: datetime) -> str:
    """Delete what is too old; says how many lines."""
    del keys, policy  # deleting asks neither
    with write(engine) as db:
        gone = forget(db, now.date())
    return f"{gone} forgotten"
