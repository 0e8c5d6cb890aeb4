"""What is set apart and not cleared in time is destroyed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from consult.database import write
from consult.sealing.root import RootKeys
from consult.services.quarantinedesk import end_overdue
from safeguards.policy import Policy

__all__ = ["quarantines_end"]


def quarantines_end(engine: Engine, keys: RootKeys, _policy: Policy, now: datetime) -> str:
    """Destroy answers in doubt that two people have not cleared within P-QUAR; says how many causes ended so."""
    with write(engine) as db:
        ended = end_overdue(db, keys, now)
    return f"{ended} ended"
