"""An inclusion holder has left: what arrives from now on is sealed to those who stay, and the old share goes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from consult.database import read
from consult.jobs.job import one_by_one
from consult.sealing.root import RootKeys
from consult.services.keys.inclusionholders import renew, with_holders
from consult.services.signed.running import SYSTEM
from safeguards.policy import Policy

__all__ = ["renew_inclusion_keys"]


def renew_inclusion_keys(engine: Engine, keys: RootKeys, _policy: Policy, now: datetime) -> str:
    """Make another generation where it is needed; says how many."""
    with read(engine) as db:
        due = with_holders(db)

    def work(db: Session, consultation_id: str) -> bool:
        return renew(db, keys, SYSTEM, consultation_id, now)

    return f"{one_by_one(engine, 'inclusion_keys', due, work)} made anew"
