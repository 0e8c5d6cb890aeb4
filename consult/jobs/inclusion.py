"""An inclusion holder has left: what arrives from now on is sealed to those who stay, and the old share goes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from consult.database import write
from consult.sealing.root import RootKeys
from consult.services.inclusionholders import forget_leavers, renew_after_leavers
from consult.services.running import SYSTEM
from safeguards.policy import Policy

__all__ = ["renew_inclusion_keys"]


def renew_inclusion_keys(engine: Engine, keys: RootKeys, _policy: Policy, now: datetime) -> str:
    """Make another generation where it is needed; says how many."""
    with write(engine) as db:
        made = renew_after_leavers(db, keys, SYSTEM, now)
        forget_leavers(db, keys)
    return f"{made} made anew"
