"""Requests for help that were answered are destroyed when their time is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from consult.database import write
from consult.sealing.root import RootKeys
from consult.services.helpdesk import forget_answered
from consult.services.running import SYSTEM
from safeguards.policy import Policy

__all__ = ["forget_help"]


def forget_help(engine: Engine, keys: RootKeys, policy: Policy, now: datetime) -> str:
    """Destroy what may not be kept any longer; says how many."""
    with write(engine) as db:
        gone = forget_answered(db, keys, policy, SYSTEM, now)
    return f"{gone} destroyed"
