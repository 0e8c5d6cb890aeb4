"""The order of arrival leaves the disk, every night and when a strand has closed; and so does what was deleted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.models import AuditEvent
from consult.sealing.root import RootKeys
from consult.services.auditing import Verb, record
from consult.services.safekeeping.rewriting import clear_the_disk, rewrite_in_key_order, unless_in_use
from consult.services.signed.running import SYSTEM
from safeguards.policy import Policy

__all__ = ["rewrite", "settle"]


def rewrite(engine: Engine, keys: RootKeys, _policy: Policy, now: datetime) -> str:
    """Write all answers anew in the order of their keys. Raises `StillInUse`.

    It does not say how many: a scheduler keeps what is said with its time, and so would date answers to the day.
    """
    with read(engine) as db:
        before = db.scalar(select(func.max(AuditEvent.number))) or 0
    with unless_in_use(), write(engine) as db:
        rewrite_in_key_order(db)
    clear_the_disk(engine, whole=True)
    # The event comes last and alone: it says that all was done, and it never waits for the log with the tables locked.
    with write(engine) as db:
        record(db, keys.audit, SYSTEM, Verb.RECORDS_REWRITTEN, "responses", now, {"after": before})
    return "answers lie in the order of their keys"


def settle(engine: Engine, keys: RootKeys, policy: Policy, now: datetime) -> str:
    """Rewrite if a strand closed since the last time; else only empty SQLite's log. Raises `StillInUse`."""
    with read(engine) as db:
        closed = _closed_since_the_last_rewrite(db)
    if closed:
        return rewrite(engine, keys, policy, now)
    clear_the_disk(engine, whole=False)
    return "nothing closed since the last rewrite"


def _closed_since_the_last_rewrite(db: Session) -> bool:
    """By number, not by time: what closed while the last one ran counts as not seen by it."""
    newest = select(AuditEvent).order_by(AuditEvent.number.desc()).limit(1)
    last = db.scalars(newest.where(AuditEvent.verb == Verb.RECORDS_REWRITTEN)).first()
    closed = db.scalars(newest.where(AuditEvent.verb == Verb.STRAND_CLOSED)).first()
    return closed is not None and (last is None or closed.number > last.facts["after"])
