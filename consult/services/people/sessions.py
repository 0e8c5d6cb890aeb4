"""Staff sign-ins on the server: a passphrase begins one, a second factor completes it, and it can be ended here."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consult.errors import NotFound
from consult.models import Person, StaffSession
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, actor_of
from consult.services.auditing import Verb, record

__all__ = [
    "ABSOLUTE_LIMIT",
    "TOKEN_BYTES",
    "Factor",
    "OpenSession",
    "SignIn",
    "begin_session",
    "complete_session",
    "drop_session",
    "end_all_sessions",
    "end_one_session",
    "end_others_by",
    "end_session",
    "resume_session",
    "sessions_of",
    "start_session",
    "touch_session",
]

ABSOLUTE_LIMIT = timedelta(hours=10)
#: How long somebody has for the second step.
SECOND_STEP_LIMIT = timedelta(minutes=10)
TOKEN_BYTES = 32


class Factor(StrEnum):
    """What completed a sign-in beside the passphrase."""

    PASSKEY = "passkey"
    APP = "app"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that stands: who, by which second factor (None while only the passphrase was given), last use."""

    actor: Actor
    factor: Factor | None
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One line of the list of sign-ins; `name` ends it, and is no secret."""

    name: str
    factor: Factor
    started_at: datetime
    seen_at: datetime
    current: bool


def begin_session(db: Session, actor: Actor, now: datetime) -> bytes:
    """The passphrase was right: a sign-in that reaches the second step and nothing else, for ten minutes."""
    return _store(db, actor, now, now + SECOND_STEP_LIMIT, None)


def start_session(db: Session, keys: RootKeys, actor: Actor, now: datetime, factor: Factor) -> bytes:
    """A complete sign-in; the 32-byte token goes into the browser's cookie, only its hash is stored."""
    record(db, keys.audit, actor.id, Verb.SIGNED_IN, actor.id, now, {"by": factor})
    return _store(db, actor, now, now + ABSOLUTE_LIMIT, factor)


def complete_session(db: Session, keys: RootKeys, token: bytes, now: datetime, factor: Factor) -> bytes:
    """The second factor fitted: a new token in the place of the one that only the passphrase had given."""
    session = db.get(StaffSession, _token_hash(token))
    if session is None or session.factor is not None or now >= session.ends_at:
        raise NotFound
    who = actor_of(db.get_one(Person, session.person_id))
    db.delete(session)
    return start_session(db, keys, who, now, factor)


def resume_session(db: Session, token: bytes, now: datetime, idle: timedelta) -> SignIn | None:
    """The sign-in, if it is neither over nor idle too long and its person still has an account, else nothing."""
    session = db.get(StaffSession, _token_hash(token))
    if session is None or now >= session.ends_at or now - session.seen_at >= idle:
        return None
    person = db.get(Person, session.person_id)
    if person is None or not person.active:
        return None
    return SignIn(actor_of(person), Factor(session.factor) if session.factor else None, session.seen_at)


def touch_session(db: Session, token: bytes, now: datetime) -> None:
    """Note that the session is in use."""
    session = db.get(StaffSession, _token_hash(token))
    if session is not None:
        session.seen_at = now


def sessions_of(db: Session, actor: Actor, token: bytes, now: datetime, idle: timedelta) -> list[OpenSession]:
    """The actor's complete sign-ins that still stand, the newest first; `token` tells which one is asking."""
    rows = db.scalars(
        select(StaffSession)
        .where(StaffSession.person_id == actor.id, StaffSession.factor.is_not(None), StaffSession.ends_at > now)
        .order_by(StaffSession.started_at.desc(), StaffSession.token_hash)
    )
    return [
        OpenSession(
            row.token_hash.hex(), Factor(row.factor), row.started_at, row.seen_at, row.token_hash == _token_hash(token)
        )
        for row in rows
        if row.factor is not None and now - row.seen_at < idle
    ]


def end_session(db: Session, keys: RootKeys, token: bytes, now: datetime) -> None:
    """Sign out: the session is gone from the server, whatever the browser keeps."""
    session = db.get(StaffSession, _token_hash(token))
    if session is not None:
        _end(db, keys, session, now)


def drop_session(db: Session, token: bytes) -> None:
    """Forget a sign-in that got no further than the passphrase: it was none yet, and has no event."""
    db.execute(delete(StaffSession).where(StaffSession.token_hash == _token_hash(token), StaffSession.factor.is_(None)))


def end_one_session(db: Session, keys: RootKeys, actor: Actor, name: str, now: datetime) -> None:
    """End one of the actor's own sign-ins by its name. Raises `NotFound` for anybody else's."""
    try:
        session = db.get(StaffSession, bytes.fromhex(name))
    except ValueError:
        session = None
    if session is None or session.person_id != actor.id:
        raise NotFound
    _end(db, keys, session, now)


def end_others_by(db: Session, actor: Actor, factor: Factor, token: bytes) -> None:
    """End every sign-in that this kind of second step completed, but for the one that asks: what is gone opens none."""
    theirs = delete(StaffSession).where(StaffSession.person_id == actor.id, StaffSession.factor == factor)
    db.execute(theirs.where(StaffSession.token_hash != _token_hash(token)))


def end_all_sessions(db: Session, person_id: str) -> None:
    """Sign somebody out everywhere; the act that this belongs to has its own event."""
    db.execute(delete(StaffSession).where(StaffSession.person_id == person_id))


def _end(db: Session, keys: RootKeys, session: StaffSession, now: datetime) -> None:
    record(db, keys.audit, session.person_id, Verb.SIGNED_OUT, session.person_id, now)
    db.delete(session)
    db.flush()


def _store(db: Session, actor: Actor, now: datetime, ends_at: datetime, factor: Factor | None) -> bytes:
    token = os.urandom(TOKEN_BYTES)
    db.execute(delete(StaffSession).where(StaffSession.person_id == actor.id, StaffSession.ends_at <= now))
    db.add(
        StaffSession(
            token_hash=_token_hash(token),
            person_id=actor.id,
            factor=factor,
            started_at=now,
            seen_at=now,
            ends_at=ends_at,
        )
    )
    db.flush()
    return token


def _token_hash(token: bytes) -> bytes:
    return hashlib.sha256(b"staff session|" + token).digest()
