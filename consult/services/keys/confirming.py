"""Confirming holders: somebody other than the inviter compares person and fingerprint; until then no half is theirs.

Confirming begins with those who were added at the server and goes on from whoever was confirmed. So an administrator
who invites any number of accounts of his own gets none of them confirmed, and no key, by himself.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Invalid, NotFound, sentence
from consult.models import AuditEvent, Person
from consult.sealing.canonical import Field
from consult.sealing.root import RootKeys
from consult.sealing.rowseal import check_row_seal, row_seal
from consult.sealing.suite import SealingError, fingerprint
from consult.services.actors import Actor, Ruling
from consult.services.auditing import INSTALLATION, Verb, record
from consult.services.people.accounts import confirm as type_passphrase_again
from consult.services.people.identities import checked_public_key
from safeguards.terms import Role

__all__ = [
    "KeyView",
    "awaiting",
    "check_confirmation",
    "confirm_holder",
    "confirmed_key",
    "confirmed_keys",
    "fingerprint_of",
    "inviters",
    "key_views",
    "may_confirm",
]

_GENERATION = 1
_DIFFERENT = sentence(
    "This is not the fingerprint of that key. Let the person read it out again from their own screen. If it still "
    "differs, stop: somebody may have put another key in its place."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """Somebody with a key, or who will have one: who confirmed it, and whether the person who looks may."""

    id: str
    name: str
    roles: frozenset[Role]
    has_key: bool
    invited_by: str
    confirmed_by: str
    confirmed_at: datetime | None
    ruling: Ruling


def may_confirm(db: Session, actor: Actor, person: Person) -> Ruling:
    """Whether the actor may confirm this person as holder: the check behind the button and behind the act."""
    if person.public_key is None or not person.active:
        return Ruling(ok=False, why=sentence("This person has not joined yet, so there is no key."))
    if person.confirmed_by is not None:
        return Ruling(ok=False, why=sentence("This person is confirmed already."))
    if actor.id == person.id:
        return Ruling(ok=False, why=sentence("Nobody confirms themselves."))
    if actor.id == person.added_by or actor.id in inviters(db, person.id):
        return Ruling(ok=False, why=sentence("You invited this person: somebody else has to confirm."))
    return _begins_with(db, actor)


def _begins_with(db: Session, actor: Actor) -> Ruling:
    """Whether a chain of confirmations from those added at the server leads to the actor."""
    who = db.get_one(Person, actor.id)
    if who.confirmed_by is None and _inviter(db, who.id) != INSTALLATION:
        return Ruling(
            ok=False, why=sentence("Only somebody who is confirmed, or was added at the server, confirms others.")
        )
    return Ruling(ok=True)


def confirm_holder(
    db: Session, keys: RootKeys, actor: Actor, person_id: str, typed: str, passphrase: str, now: datetime
) -> None:
    """Say: I know this person, and this is the fingerprint that they read to me from their own screen.

    Raises `Invalid` when it is not the fingerprint of the stored key, `Denied` for somebody who may not confirm.
    """
    person = db.get(Person, person_id)
    if person is None or not person.active:
        raise NotFound
    may_confirm(db, actor, person).demand()
    type_passphrase_again(db, keys, actor, passphrase)
    if not hmac.compare_digest(_plain(typed), _plain(fingerprint(checked_public_key(keys, person)))):
        raise Invalid({"fingerprint": [_DIFFERENT]})
    person.confirmed_by, person.confirmed_at = actor.id, now
    person.confirmation_seal = row_seal(keys.row_seal, "people", person.id, _columns(person), _GENERATION)
    record(db, keys.audit, actor.id, Verb.HOLDER_CONFIRMED, person.id, now)


def confirmed_key(keys: RootKeys, person: Person) -> bytes:
    """The public key of a confirmed holder, to which a half may be sealed.

    Raises `SealingError` for somebody who is not confirmed or has left, or when key or confirmation was changed in the
    database.
    """
    public = checked_public_key(keys, person)
    if person.confirmed_by is None or not person.active:
        raise SealingError(f"{person.name} is not confirmed as a holder.")
    check_confirmation(keys, person)
    return public


def confirmed_keys(keys: RootKeys, people: Iterable[Person]) -> dict[str, bytes]:
    """Person → key, to seal to each; whose key or confirmation was changed is passed over: the others still get it."""
    found = {}
    for person in people:
        with suppress(SealingError):
            found[person.id] = confirmed_key(keys, person)
    return found


def check_confirmation(keys: RootKeys, person: Person) -> None:
    """Raise `SealingError` when a confirmation was written into the database from outside; none is fine."""
    if person.confirmed_by is not None:
        seal = person.confirmation_seal or b""
        check_row_seal(keys.row_seal, "people", person.id, _columns(person), _GENERATION, seal)


def fingerprint_of(db: Session, keys: RootKeys, actor: Actor) -> str:
    """The fingerprint of the actor's own key, to read out to whoever confirms it; "" for somebody without a key."""
    person = db.get_one(Person, actor.id)
    return fingerprint(checked_public_key(keys, person)) if person.public_key is not None else ""


def key_views(db: Session, actor: Actor, holder_roles: Iterable[Role]) -> tuple[KeyView, ...]:
    """Everybody active who has a key or a role that will hold one, unconfirmed people first, then by name."""
    wanted, names = frozenset(holder_roles), {row.id: row.name for row in db.execute(select(Person.id, Person.name))}
    rows = db.scalars(select(Person).where(Person.active).order_by(Person.confirmed_by.is_not(None), Person.name))
    found = [_view(db, actor, row, names) for row in rows]
    return tuple(view for view in found if view.has_key or view.roles & wanted)


def awaiting(db: Session, actor: Actor) -> list[tuple[str, str]]:
    """(id, name) of everybody whose key waits for a confirmation that the actor may give."""
    rows = db.scalars(
        select(Person)
        .where(Person.active, Person.public_key.is_not(None), Person.confirmed_by.is_(None))
        .order_by(Person.name, Person.id)
    )
    return [(row.id, row.name) for row in rows if may_confirm(db, actor, row).ok]


def _view(db: Session, actor: Actor, row: Person, names: dict[str, str]) -> KeyView:
    return KeyView(
        id=row.id,
        name=row.name,
        roles=frozenset(Role(each.role) for each in row.appointments),
        has_key=row.public_key is not None,
        invited_by=names.get(row.added_by or "", ""),
        confirmed_by=names.get(row.confirmed_by or "", ""),
        confirmed_at=row.confirmed_at,
        ruling=may_confirm(db, actor, row),
    )


def _inviter(db: Session, person_id: str) -> str:
    """Who added somebody, as the audit log says: the column can be changed in the database, the log not unseen."""
    events = select(AuditEvent.actor).where(AuditEvent.subject == person_id, AuditEvent.verb == Verb.PERSON_ADDED)
    return db.scalars(events.order_by(AuditEvent.number)).first() or ""


def inviters(db: Session, person_id: str) -> frozenset[str]:
    """Who invited somebody, who invited that person, and so on: an account of one's own that invites is oneself."""
    found: set[str] = set()
    who = _inviter(db, person_id)
    while who not in {"", INSTALLATION, *found}:
        found.add(who)
        who = _inviter(db, who)
    return frozenset(found)


def _columns(person: Person) -> dict[str, Field]:
    confirmed_at = person.confirmed_at.isoformat() if person.confirmed_at else ""
    return {
        "public": person.public_key or b"",
        "added_by": person.added_by or "",
        "confirmed_by": person.confirmed_by or "",
        "confirmed_at": confirmed_at,
    }


def _plain(typed: str) -> bytes:
    return "".join(typed.split()).replace("-", "").casefold().encode()
