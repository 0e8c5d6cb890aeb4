"""An inclusion holder has left: what arrives from now on is sealed to those who stay, and the old share goes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.jobs.job import one_by_one
from consult.models import Strand
from consult.sealing.root import RootKeys
from consult.services.inclusionholders import ensure_key, forget_leavers, running_strands
from consult.services.running import SYSTEM
from safeguards.policy import Policy

__all__ = ["renew_inclusion_keys"]


def renew_inclusion_keys(engine: Engine, keys: RootKeys, _policy: Policy, now: datetime) -> str:
    """Make another generation where it is needed; says how many."""
    with read(engine) as db:
        running = running_strands(db)

    def renew(db: Session, strand_id: str) -> bool:
        return ensure_key(db, keys, SYSTEM, db.get_one(Strand, strand_id), now)

    made = one_by_one(engine, "inclusion_keys", running, renew)
    with write(engine) as db:
        forget_leavers(db, keys)
    return f"{made} made anew"
