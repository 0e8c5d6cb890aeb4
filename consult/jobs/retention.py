"""The end of keeping, and of holding: keys are destroyed when their time is over, and leavers hold nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.jobs.job import one_by_one
from consult.sealing.root import RootKeys
from consult.services.holders import leaving
from consult.services.partners.answering import forget_words, old_words
from consult.services.people.attempts import forget_tries
from consult.services.report.keeping import forget_text, old_texts
from consult.services.safekeeping.retention import due_endings, end_one
from safeguards.policy import Policy

__all__ = ["kept_texts", "leavers", "retention", "sign_in_tries"]

_Forget = Callable[[Session, RootKeys, str, datetime], bool]


def retention(engine: Engine, keys: RootKeys, policy: Policy, now: datetime) -> str:
    """Destroy the keys of parts whose time is over; says of how many. `consult jobs preview` says which, and when."""
    with read(engine) as db:
        due = [each.strand_id for each in due_endings(db, policy, now)]

    def end(db: Session, strand_id: str) -> bool:
        return end_one(db, keys, policy, strand_id, now)

    return f"{one_by_one(engine, 'retention', due, end)} destroyed"


def kept_texts(engine: Engine, keys: RootKeys, policy: Policy, now: datetime) -> str:
    """Destroy texts that were kept long enough, and partners' own words with them; says of how many."""
    with read(engine) as db:
        forget: dict[str, _Forget] = dict.fromkeys(old_texts(db, policy, now), forget_text)
        forget |= dict.fromkeys(old_words(db, policy, now), forget_words)

    def end(db: Session, each: str) -> bool:
        return forget[each](db, keys, each, now)

    return f"{one_by_one(engine, 'kept_texts', forget, end)} destroyed"


def leavers(engine: Engine, keys: RootKeys, _policy: Policy, now: datetime) -> str:
    """Take the halves of everybody whose account has ended or whose key is no longer confirmed; says of how many."""
    with read(engine) as db:
        gone = leaving.leavers(db)

    def leave(db: Session, person_id: str) -> bool:
        return leaving.leave_if_gone(db, keys, person_id, now)

    return f"{one_by_one(engine, 'leavers', gone, leave)} left"


def sign_in_tries(engine: Engine, _keys: RootKeys, _policy: Policy, now: datetime) -> str:
    """Forget failed sign-ins of more than an hour ago; says of how many addresses."""
    with write(engine) as db:
        forgotten = forget_tries(db, now)
    return f"{forgotten} forgotten"
