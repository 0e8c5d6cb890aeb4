"""Whether the clock of the server is believed by what destroys: one that jumped ahead must not destroy what is not due.

The jobs run every few minutes. Where more than a day lies between two runs, either they did not run or the clock is
wrong, and nobody but a person can tell which: until one has, nothing is destroyed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from consult.models import Clock
from consult.sealing.root import AuditKey
from consult.services.auditing import INSTALLATION, Verb, record

__all__ = ["LONGEST", "believe", "look", "silence"]

#: So long may the jobs have been silent.
LONGEST = timedelta(days=1)


def silence(db: Session, now: datetime) -> timedelta | None:
    """How long the jobs were silent by the clock of now, where that is too long to believe it; None otherwise."""
    seen = _row(db).seen_at
    return now - seen if seen is not None and now - seen > LONGEST else None


def look(db: Session, now: datetime) -> timedelta | None:
    """The same for a run of the jobs, which notes `now` where it is believed. A clock that went back notes nothing."""
    found, row = silence(db, now), _row(db)
    if found is None and (row.seen_at is None or row.seen_at < now):
        row.seen_at = now
    return found


def believe(db: Session, key: AuditKey, now: datetime) -> None:
    """Somebody on the server has looked at its date: it is right. On record, with the last moment of before."""
    row = _row(db)
    before, row.seen_at = row.seen_at, now
    record(db, key, INSTALLATION, Verb.CLOCK_BELIEVED, "clock", now, {"from": before.isoformat() if before else ""})


def _row(db: Session) -> Clock:
    return db.get_one(Clock, 1)
