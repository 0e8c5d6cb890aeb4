"""Passphrases and identity keys: made by their owner alone, changed, recovered by the printed code, unlocked."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session

from consult.errors import Denied, Invalid, sentence
from consult.models import ComplaintCopy, HelpCopy, InclusionShare, Person, StrandShare
from consult.sealing.identity import (
    LIGHT,
    STANDARD,
    Identity,
    Stretching,
    check_passphrase,
    create_identity,
    new_passphrase,
    recover_identity,
    rewrap_identity,
    unwrap_identity,
    with_recovery,
)
from consult.sealing.recovery import (
    RecoveryCode,
    RecoveryWrap,
    grouped,
    new_recovery_code,
    read_recovery_code,
    wrap_for_recovery,
)
from consult.sealing.root import PassphraseKey, RootKeys
from consult.sealing.rowseal import check_row_seal, row_seal
from consult.sealing.strength import is_strong_enough
from consult.sealing.suite import PrivateKey, SealingError, Secret
from consult.services.actors import Actor, person_at
from consult.services.auditing import Verb, record
from consult.services.beforehand import beforehand
from consult.services.people.sessions import end_all_sessions
from safeguards.terms import Role

__all__ = [
    "DECOY",
    "HOLDER_ROLES",
    "Renewed",
    "checked_public_key",
    "found",
    "identity_of",
    "new_code",
    "recover",
    "set_passphrase",
    "start_anew",
    "unlock",
]

#: Whoever has one of these may be sealed to (halves, inclusion keys, help requests, complaints) and needs a key.
HOLDER_ROLES = frozenset(
    {Role.SAFEGUARDING_LEAD, Role.REDACTOR, Role.ANALYST, Role.INCLUSION, Role.INDEPENDENT_APPROVER}
)
_NOBODYS = PassphraseKey(Secret(os.urandom(32)))
#: What a passphrase or a code is tried on where there is no such person: it takes as long, and fits nobody's.
DECOY = Identity(
    os.urandom(16), STANDARD, os.urandom(32), None, None, wrap_for_recovery(new_recovery_code(), _NOBODYS, b"", None)
)
_KEY_GENERATION = 1
_TOO_WEAK = sentence(
    "This is easier to guess than six words made by the site. Make it longer, with words that do not belong together, "
    "or let the site make one."
)


@dataclass(frozen=True, slots=True)
class Renewed:
    """What is shown once, to its owner: the passphrase, unless they chose it, and the recovery code to print."""

    passphrase: str = field(repr=False)
    recovery_code: str = field(repr=False)


def found(
    db: Session, keys: RootKeys, person: Person, now: datetime, own: str = "", stretching: Stretching = STANDARD
) -> Renewed:
    """The first passphrase of somebody who has joined, known to them alone; a holder gets the key pair with it.

    Raises `Denied` for somebody who has an identity, `Invalid` when `own` is too weak.
    """
    if person.identity is not None:
        raise Denied("This person has a passphrase already.")
    return _renewed(db, keys, person, own, Verb.PERSON_JOINED, now, *_created(keys, person, stretching))


def set_passphrase(db: Session, keys: RootKeys, actor: Actor, passphrase: str, now: datetime, own: str = "") -> Renewed:
    """A passphrase that only its owner knows: six words, or `own` if it is as strong; and a new recovery code.

    While nobody confirmed a holder's key it is made anew as well; later it stays and is wrapped anew. The person is
    signed out everywhere. Raises `Denied` when the old passphrase is wrong, `Invalid` when `own` is too weak.
    """
    person = _known(db, keys, actor, passphrase)
    before = identity_of(person)
    if (before.public is None and _may_hold(person)) or not _counts(db, person):
        return _renewed(db, keys, person, own, Verb.SIGN_IN_RENEWED, now, *_created(keys, person, before.stretching))
    given = (before, passphrase, keys.passphrase)
    return _renewed(db, keys, person, own, Verb.SIGN_IN_RENEWED, now, _rewrapped, *given)


def start_anew(db: Session, keys: RootKeys, actor: Actor, passphrase: str, now: datetime, own: str = "") -> Renewed:
    """Another passphrase with another key, which nobody has confirmed yet; the old key is gone with what it opened.

    For a passphrase that somebody else may know (`leaving.passphrase_known`). Raises as `set_passphrase` does.
    """
    person = _known(db, keys, actor, passphrase)
    after = _created(keys, person, identity_of(person).stretching)
    made = _renewed(db, keys, person, own, Verb.SIGN_IN_RENEWED, now, *after)
    for copy in (ComplaintCopy, HelpCopy):
        db.execute(delete(copy).where(copy.person_id == person.id))
    return made


def new_code(db: Session, keys: RootKeys, actor: Actor, passphrase: str, now: datetime) -> str:
    """Another recovery code to print; the one before is worth nothing from now on. Raises `Denied`."""
    person = _known(db, keys, actor, passphrase)
    identity, code = beforehand(_with_code, identity_of(person), passphrase, keys.passphrase)
    _store(keys, person, identity)
    record(db, keys.audit, actor.id, Verb.RECOVERY_PRINTED, actor.id, now)
    return grouped(code)


def recover(db: Session, keys: RootKeys, email: str, code: str, now: datetime, own: str = "") -> Renewed:
    """A new passphrase by the printed code, which is used up; a new one comes with it. The key stays the same.

    Raises one and the same `Denied` for a wrong address or code, `Invalid` for a code that can be none, or a weak
    `own`.
    """
    try:
        typed = read_recovery_code(code)
    except SealingError as error:
        raise Invalid({"code": [str(error)]}) from error
    person = person_at(db, email)
    identity = identity_of(person) if person is not None and person.identity is not None else DECOY
    refused = Denied("That e-mail address and recovery code do not belong together. Check both and try again.")
    try:
        fresh = beforehand(_fresh, own, _recovered, identity, typed, keys.passphrase)
    except SealingError as error:
        raise refused from error
    if person is None:
        raise refused
    return _kept(db, keys, person, own, Verb.RECOVERED, now, fresh)


def unlock(db: Session, keys: RootKeys, actor: Actor, passphrase: str) -> PrivateKey:
    """The actor's identity key, for this one use. Raises `Denied` for a wrong passphrase or no key."""
    person = db.get(Person, actor.id)
    if person is None or person.identity is None:
        raise Denied("This person holds no key.")
    checked_public_key(keys, person)
    try:
        return beforehand(unwrap_identity, identity_of(person), passphrase, keys.passphrase)
    except SealingError as error:
        raise Denied("That is not your passphrase, or you hold no key. Nothing was done.") from error


def checked_public_key(keys: RootKeys, person: Person) -> bytes:
    """A person's public key, after checking that nobody swapped it in the database. Raises `SealingError`."""
    if person.public_key is None or person.key_seal is None:
        raise SealingError(f"{person.name} has no identity key yet.")
    check_row_seal(keys.row_seal, "people", person.id, {"public": person.public_key}, _KEY_GENERATION, person.key_seal)
    return person.public_key


def identity_of(person: Person) -> Identity:
    """A person's identity as it is stored."""
    stored = person.identity or {}
    return Identity(
        salt=base64.b64decode(stored["salt"]),
        stretching=Stretching(stored["memory_kib"], stored["iterations"], stored["lanes"]),
        sign_in_hash=base64.b64decode(stored["sign_in_hash"]),
        public=person.public_key,
        wrapped_private=_bytes(stored["wrapped_private"]),
        recovery=_recovery(stored.get("recovery")),
    )


def _known(db: Session, keys: RootKeys, actor: Actor, passphrase: str) -> Person:
    person = db.get_one(Person, actor.id)
    if person.identity is None or not beforehand(check_passphrase, identity_of(person), passphrase, keys.passphrase):
        raise Denied("That is not your passphrase. Nothing was done: type it again.")
    return person


def _may_hold(person: Person) -> bool:
    return any(Role(each.role) in HOLDER_ROLES for each in person.appointments)


def _counts(db: Session, person: Person) -> bool:
    """Whether somebody confirmed the key, or something is sealed to it; until then it is made anew each time."""
    sealed = (
        exists().where(each.person_id == person.id) for each in (StrandShare, HelpCopy, ComplaintCopy, InclusionShare)
    )
    held = db.scalar(select(or_(*sealed)))
    return person.public_key is None or person.confirmed_by is not None or bool(held)


def _renewed(
    db: Session,
    keys: RootKeys,
    person: Person,
    own: str,
    verb: Verb,
    now: datetime,
    after: Callable[..., Identity],
    *given: Hashable,
) -> Renewed:
    """Store what `after` makes of these things, a passphrase and a code; the person signs in anew."""
    return _kept(db, keys, person, own, verb, now, beforehand(_fresh, own, after, *given))


def _kept(
    db: Session,
    keys: RootKeys,
    person: Person,
    own: str,
    verb: Verb,
    now: datetime,
    fresh: tuple[Identity, str, RecoveryCode],
) -> Renewed:
    """Store it. Strength comes last: whoever does not know the old secret learns not even that there is a person."""
    identity, made, code = fresh
    if own and not is_strong_enough(own, (person.name, person.email or "")):
        raise Invalid({"own": [_TOO_WEAK]})
    _store(keys, person, identity)
    end_all_sessions(db, person.id)
    record(db, keys.audit, person.id, verb, person.id, now)
    return Renewed("" if own else made, grouped(code))


def _fresh(own: str, after: Callable[..., Identity], *given: object) -> tuple[Identity, str, RecoveryCode]:
    made, code = own or new_passphrase(), new_recovery_code()
    return after(*given, made, code), made, code


def _created(
    keys: RootKeys, person: Person, stretching: Stretching
) -> tuple[Callable[..., Identity], PassphraseKey, bool, Stretching]:
    """A new identity, with a new key for whoever may hold one."""
    return _new, keys.passphrase, _may_hold(person), stretching


def _new(key: PassphraseKey, holder: bool, stretching: Stretching, made: str, code: RecoveryCode) -> Identity:
    strict = stretching != LIGHT  # LIGHT is for tests alone
    return create_identity(made, key, holder=holder, stretching=stretching, strict=strict, code=code)


def _rewrapped(before: Identity, passphrase: str, key: PassphraseKey, made: str, code: RecoveryCode) -> Identity:
    return rewrap_identity(before, passphrase, made, key, code)


def _recovered(before: Identity, typed: RecoveryCode, key: PassphraseKey, made: str, code: RecoveryCode) -> Identity:
    return recover_identity(before, typed, made, key, code)


def _with_code(before: Identity, passphrase: str, key: PassphraseKey) -> tuple[Identity, RecoveryCode]:
    code = new_recovery_code()
    return with_recovery(before, passphrase, code, key), code


def _store(keys: RootKeys, person: Person, identity: Identity) -> None:
    """Keep an identity; a public key is sealed against being swapped in the database, and a new one is unconfirmed."""
    if identity.public != person.public_key:
        person.confirmed_by = person.confirmed_at = person.confirmation_seal = None
    person.identity, person.public_key = _to_json(identity), identity.public
    person.key_seal = None
    if identity.public is not None:
        person.key_seal = row_seal(keys.row_seal, "people", person.id, {"public": identity.public}, _KEY_GENERATION)


def _to_json(identity: Identity) -> dict[str, Any]:
    recovery = identity.recovery
    return {
        "salt": _text(identity.salt),
        "memory_kib": identity.stretching.memory_kib,
        "iterations": identity.stretching.iterations,
        "lanes": identity.stretching.lanes,
        "sign_in_hash": _text(identity.sign_in_hash),
        "wrapped_private": _text(identity.wrapped_private) if identity.wrapped_private else None,
        "recovery": {"salt": _text(recovery.salt), "wrapped": _text(recovery.wrapped)} if recovery else None,
    }


def _recovery(stored: dict[str, str] | None) -> RecoveryWrap | None:
    return RecoveryWrap(base64.b64decode(stored["salt"]), base64.b64decode(stored["wrapped"])) if stored else None


def _bytes(stored: str | None) -> bytes | None:
    return base64.b64decode(stored) if stored else None


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
