"""People and sign-in: who works here, their passphrase, their keys as holders, their sessions."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consult.errors import Denied, Invalid, NotFound
from consult.models import Appointment, Person, StaffSession
from consult.models.base import new_id
from consult.sealing.identity import STANDARD, Identity, Stretching, check_passphrase
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, actor_of
from consult.services.auditing import INSTALLATION, Verb, record
from consult.services.identities import HOLDER_ROLES, first_passphrase, identity_of
from safeguards.terms import Role

__all__ = [
    "TOKEN_BYTES",
    "WITNESS_ROLES",
    "NewAccount",
    "add_first_administrator",
    "add_person",
    "add_witness",
    "appoint",
    "confirm",
    "disable",
    "end_session",
    "people",
    "resume_session",
    "seconds_since_seen",
    "sign_in",
    "start_session",
    "touch_session",
]

ABSOLUTE_LIMIT = timedelta(hours=10)
TOKEN_BYTES = 32
#: What a witness can be: somebody with a duty of their own, who neither invites people nor opens answers.
WITNESS_ROLES = frozenset({Role.INDEPENDENT_APPROVER, Role.ORGANISATION_MANAGER, Role.DATA_PROTECTION_LEAD})


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A person just added; the passphrase is shown once, to its owner, and kept nowhere."""

    person_id: str
    passphrase: str = field(repr=False)


def add_first_administrator(
    db: Session, keys: RootKeys, name: str, email: str, now: datetime, stretching: Stretching = STANDARD
) -> NewAccount:
    """The one account that nobody inviting is needed for. Raises `Denied` once there is any account."""
    if db.scalars(select(Person.id).limit(1)).first() is not None:
        raise Denied("There are accounts already: an administrator adds the next one.")
    return _add(db, keys, INSTALLATION, name, email, {Role.ADMINISTRATOR}, now, stretching)


def add_witness(
    db: Session, keys: RootKeys, name: str, email: str, role: Role, now: datetime, stretching: Stretching = STANDARD
) -> NewAccount:
    """Somebody added at the server, not by the administrator: the first who can confirm whom the administrator invites.

    Raises `Denied` before there is an administrator, and for a role outside `WITNESS_ROLES`.
    """
    if role not in WITNESS_ROLES:
        raise Denied("A witness neither invites people nor opens answers: choose another role.")
    if db.scalars(select(Person.id).limit(1)).first() is None:
        raise Denied("Add the first administrator before the witness.")
    return _add(db, keys, INSTALLATION, name, email, {role}, now, stretching)


def add_person(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    name: str,
    email: str,
    roles: Iterable[Role],
    now: datetime,
    stretching: Stretching = STANDARD,
) -> NewAccount:
    """Add somebody with roles for the whole organisation and make a first passphrase. Administrators only."""
    if not actor.has(Role.ADMINISTRATOR):
        raise Denied("Only an administrator adds people.")
    return _add(db, keys, actor.id, name, email, set(roles), now, stretching)


def _add(
    db: Session,
    keys: RootKeys,
    actor_id: str,
    name: str,
    email: str,
    roles: set[Role],
    now: datetime,
    stretching: Stretching,
) -> NewAccount:
    address = email.strip().casefold()
    _check_new(db, name, address, roles)
    inviter = None if actor_id == INSTALLATION else actor_id
    person = Person(id=new_id(), name=name.strip(), email=address, added_by=inviter)
    passphrase = first_passphrase(keys, person, stretching)
    db.add(person)
    db.flush()
    db.add_all(Appointment(person_id=person.id, role=role) for role in sorted(roles))
    db.flush()
    record(db, keys.audit, actor_id, Verb.PERSON_ADDED, person.id, now, {"roles": " ".join(sorted(roles))})
    return NewAccount(person.id, passphrase)


def _check_new(db: Session, name: str, address: str, roles: set[Role]) -> None:
    problems: dict[str, list[str]] = {}
    if not name.strip():
        problems["name"] = ["Write the person's name."]
    if "@" not in address:
        problems["email"] = ["Write an e-mail address, such as name@example.org."]
    elif db.scalars(select(Person.id).where(Person.email == address)).first():
        problems["email"] = ["Somebody with this address is on the list already."]
    if not roles:
        problems["roles"] = ["Choose at least one role."]
    if Role.ADMINISTRATOR in roles and roles & HOLDER_ROLES:
        problems["roles"] = ["An administrator can not also be a safeguarding lead or a reviewer."]
    if Role.SAFEGUARDING_LEAD in roles and roles & {Role.REDACTOR, Role.ANALYST}:
        problems["roles"] = ["One person can not be lead and reviewer: two people open answers, not one."]
    if problems:
        raise Invalid(problems)


def appoint(
    db: Session, keys: RootKeys, actor: Actor, person_id: str, role: Role, consultation_id: str, now: datetime
) -> None:
    """Give somebody a role in one consultation."""
    if not actor.has(Role.ADMINISTRATOR, Role.ORGANISATION_MANAGER):
        raise Denied("Only an administrator or the organisation manager appoints people.")
    person = db.get(Person, person_id)
    if person is None:
        raise NotFound
    person.appointments.append(Appointment(role=role, consultation_id=consultation_id))
    db.flush()
    record(db, keys.audit, actor.id, Verb.PERSON_APPOINTED, person_id, now, {"role": role, "in": consultation_id})


def people(db: Session) -> list[Actor]:
    """Everybody active, by name."""
    return [actor_of(each) for each in db.scalars(select(Person).where(Person.active).order_by(Person.name))]


def sign_in(db: Session, keys: RootKeys, email: str, passphrase: str) -> Actor:
    """The actor, when address and passphrase belong together. Raises one and the same `Denied` for everything else."""
    person = db.scalars(select(Person).where(Person.email == email.strip().casefold(), Person.active)).first()
    identity = identity_of(person) if person is not None and person.identity is not None else _decoy()
    fits = check_passphrase(identity, passphrase, keys.passphrase)  # the decoy costs the same time as a real one
    if person is None or person.identity is None or not fits:
        raise Denied("That e-mail address and passphrase do not belong together. Check both and try again.")
    return actor_of(person)


def start_session(db: Session, keys: RootKeys, actor: Actor, now: datetime) -> bytes:
    """A new sign-in; the 32-byte token goes into the browser's cookie, only its hash is stored."""
    token = os.urandom(TOKEN_BYTES)
    db.add(
        StaffSession(
            token_hash=_token_hash(token), person_id=actor.id, started_at=now, seen_at=now, ends_at=now + ABSOLUTE_LIMIT
        )
    )
    record(db, keys.audit, actor.id, Verb.SIGNED_IN, actor.id, now)
    return token


def resume_session(db: Session, token: bytes, now: datetime, idle: timedelta) -> Actor | None:
    """The actor of a session that is neither over nor idle too long, else nothing."""
    session = db.get(StaffSession, _token_hash(token))
    if session is None or now >= session.ends_at or now - session.seen_at >= idle:
        return None
    person = db.get(Person, session.person_id)
    return actor_of(person) if person is not None and person.active else None


def seconds_since_seen(db: Session, token: bytes, now: datetime) -> float:
    """How long ago the session was last noted as in use; 0 for one that is gone."""
    session = db.get(StaffSession, _token_hash(token))
    return (now - session.seen_at).total_seconds() if session else 0.0


def touch_session(db: Session, token: bytes, now: datetime) -> None:
    """Note that the session is in use."""
    session = db.get(StaffSession, _token_hash(token))
    if session is not None:
        session.seen_at = now


def end_session(db: Session, keys: RootKeys, token: bytes, now: datetime) -> None:
    """Sign out: the session is gone from the server, whatever the browser keeps."""
    session = db.get(StaffSession, _token_hash(token))
    if session is None:
        return
    record(db, keys.audit, session.person_id, Verb.SIGNED_OUT, session.person_id, now)
    db.execute(delete(StaffSession).where(StaffSession.token_hash == session.token_hash))


def disable(db: Session, keys: RootKeys, email: str, now: datetime, actor_id: str = INSTALLATION) -> None:
    """End an account and every session of it; what the person signed and attested stays."""
    person = db.scalars(select(Person).where(Person.email == email.strip().casefold())).first()
    if person is None:
        raise NotFound("Nobody has this address.")
    person.active = False
    db.execute(delete(StaffSession).where(StaffSession.person_id == person.id))
    record(db, keys.audit, actor_id, Verb.PERSON_DISABLED, person.id, now)


def confirm(db: Session, keys: RootKeys, actor: Actor, passphrase: str) -> None:
    """The passphrase typed again before something that counts. Raises `Denied` when it is not the actor's."""
    person = db.get(Person, actor.id)
    if person is None or person.identity is None:
        raise Denied("This person can not sign.")
    if not check_passphrase(identity_of(person), passphrase, keys.passphrase):
        raise Denied("That is not your passphrase. Nothing was done: type it again.")


def _token_hash(token: bytes) -> bytes:
    return hashlib.sha256(b"staff session|" + token).digest()


def _decoy() -> Identity:
    return Identity(os.urandom(16), STANDARD, os.urandom(32), None, None)
