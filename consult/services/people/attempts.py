"""Passphrases that did not fit, counted by address: for all workers together, and across restarts.

Kept is a keyed digest of what was typed as an address, how often in a row, and when last, for an hour at most. An
address that nobody has is treated as one that somebody has, so that trying tells nothing about who works here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consult.database import inserting
from consult.models import SignInTries
from consult.sealing.root import RootKeys
from consult.sealing.staffcodes import address_digest
from consult.services.actors import plain_address

__all__ = ["ALERT_EVERY", "admit", "forget_tries", "passed"]

ALERT_EVERY = 5
_FREE = 3
_FIRST_WAIT = timedelta(seconds=15)
#: Six generated words can not be guessed at any pace; longer would only let a stranger keep somebody out.
_LONGEST_WAIT = timedelta(minutes=5)
_FORGOTTEN_AFTER = timedelta(hours=1)
#: Somebody who tries very many addresses fills no disk: beyond so many the oldest are forgotten.
_MOST = 10_000


def admit(db: Session, keys: RootKeys, email: str, now: datetime) -> int | None:
    """Count one more try with this address, before it is looked at; None when it comes too soon and is not looked at.

    Gives how many in a row this makes if it does not fit either. Counted first, so that tries sent all at once, to
    whichever workers, are no more than tries sent one after the other.
    """
    forget_tries(db, now)
    name = _name(keys, email)
    db.execute(inserting(db, SignInTries).values(name=name, failed=0, last_at=now).on_conflict_do_nothing())
    row = db.scalars(select(SignInTries).where(SignInTries.name == name).with_for_update()).one()
    if now < row.last_at + _wait(row.failed):
        return None
    row.failed, row.last_at = row.failed + 1, now
    db.flush()
    return row.failed


def passed(db: Session, keys: RootKeys, email: str) -> None:
    """The passphrase fitted: begin anew."""
    db.execute(delete(SignInTries).where(SignInTries.name == _name(keys, email)))


def forget_tries(db: Session, now: datetime) -> int:
    """Delete what is older than an hour, and more than are kept; how many."""
    old = delete(SignInTries).where(SignInTries.last_at <= now - _FORGOTTEN_AFTER).returning(SignInTries.name)
    beyond = select(SignInTries.name).order_by(SignInTries.last_at.desc(), SignInTries.name).offset(_MOST)
    too_many = delete(SignInTries).where(SignInTries.name.in_(beyond)).returning(SignInTries.name)
    return len(db.scalars(old).all()) + len(db.scalars(too_many).all())


def _wait(failed: int) -> timedelta:
    """How long after so many in a row."""
    if failed <= _FREE:
        return timedelta(0)
    wait: timedelta = min(_FIRST_WAIT * 2 ** min(failed - _FREE - 1, 10), _LONGEST_WAIT)
    return wait


def _name(keys: RootKeys, email: str) -> bytes:
    return address_digest(keys.staff_code, plain_address(email))
