"""The lapse sweep: every open strand is put to the gate again, every two minutes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select

from consult.database import read, write
from consult.errors import Conflict
from consult.models import Strand
from consult.sealing.root import RootKeys
from consult.services.running import PEOPLE_INSIDE, reconsider
from safeguards.policy import Policy

__all__ = ["sweep_lapses"]


def sweep_lapses(engine: Engine, keys: RootKeys, policy: Policy, now: datetime) -> str:
    """Suspend what the gate no longer allows; says how many.

    Each strand in a transaction of its own: what goes wrong with one leaves the others suspended, and whoever sends
    answers waits for one judgement at the most. Raises `Conflict` at the end where somebody was faster with one.
    """
    with read(engine) as db:
        inside = db.scalars(select(Strand.id).where(PEOPLE_INSIDE).order_by(Strand.id)).all()
    suspended, faster = 0, None
    for strand_id in inside:
        try:
            with write(engine) as db:
                suspended += len(reconsider(db, keys, policy, [db.get_one(Strand, strand_id)], now))
        except Conflict as error:
            faster = error
    if faster is not None:
        raise faster
    return f"{suspended} suspended"
