"""The lapse sweep: every open strand is put to the gate again, every two minutes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from consult.database import read
from consult.jobs.job import one_by_one
from consult.models import Strand
from consult.sealing.root import RootKeys
from consult.services.signed.running import PEOPLE_INSIDE, reconsider
from safeguards.policy import Policy

__all__ = ["sweep_lapses"]


def sweep_lapses(engine: Engine, keys: RootKeys, policy: Policy, now: datetime) -> str:
    """Suspend what the gate no longer allows; says how many. Whoever sends answers waits for one judgement at most."""
    with read(engine) as db:
        inside = db.scalars(select(Strand.id).where(PEOPLE_INSIDE).order_by(Strand.id)).all()

    def look(db: Session, strand_id: str) -> int:
        return len(reconsider(db, keys, policy, [db.get_one(Strand, strand_id)], now))

    return f"{one_by_one(engine, 'lapses', inside, look)} suspended"
