"""How people come to work here: invited by name, address and roles, they set up passphrase and second factor alone.

Whoever invites hands over a one-time link and never sees a passphrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, NotFound, sentence
from consult.models import AccountInvitation, Appointment, Person
from consult.models.base import new_id
from consult.sealing.identity import STANDARD, Stretching
from consult.sealing.root import RootKeys
from consult.sealing.staffcodes import LINK, new_link_code, staff_code_digest
from consult.services.actors import Actor, actor_of, person_at, plain_address
from consult.services.auditing import INSTALLATION, Verb, record
from consult.services.people.identities import Renewed, found
from safeguards.terms import Role

__all__ = [
    "INVITATION_LIMIT",
    "WITNESS_ROLES",
    "Guest",
    "Invited",
    "accept",
    "check_new",
    "guest",
    "invite",
    "invite_again",
    "invite_first_administrator",
    "invite_witness",
    "new_link",
    "open_invitations",
    "roles_apart",
]

#: How long a link works: long enough for a weekend, short enough that a forgotten message is worth nothing.
INVITATION_LIMIT = timedelta(hours=72)
#: What a witness can be: somebody with a duty of their own, who neither invites people nor opens answers.
WITNESS_ROLES = frozenset({Role.INDEPENDENT_APPROVER, Role.ORGANISATION_MANAGER, Role.DATA_PROTECTION_LEAD})
#: One address and nothing else; whether somebody reads there, a mail shows.
_ADDRESS = re.compile(r"[^\s@,;:<>()\"]+@[^\s@,;:<>()\"]+")
_REVIEWING = frozenset({Role.REDACTOR, Role.ANALYST})
_WATCHING = _REVIEWING | {Role.SAFEGUARDING_LEAD, Role.INCLUSION}
_NOT_APART = {
    "administrator": sentence("An administrator can not also be a safeguarding lead or a reviewer."),
    "lead": sentence("One person can not be lead and reviewer: two people open answers, not one."),
}


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody invited. `code` stands in the one-time link; it is shown once and only a digest of it is kept."""

    person_id: str
    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who came with a link: the account it is for, and whether a passphrase exists already."""

    person_id: str
    name: str
    email: str
    joined: bool


def invite_first_administrator(db: Session, keys: RootKeys, name: str, email: str, now: datetime) -> Invited:
    """The one account that nobody inviting is needed for. Raises `Denied` once there is another account.

    It can be repeated until its owner has joined, for a link that was lost: the newest one works.
    """
    everybody = db.scalars(select(Person).where(Person.active).limit(2)).all()
    if [(each.email, each.identity) for each in everybody] == [(plain_address(email), None)]:
        return new_link(db, keys, INSTALLATION, everybody[0].id, now)
    if everybody:
        raise Denied("There are accounts already: an administrator invites the next one on the site.")
    return _invite(db, keys, INSTALLATION, name, email, {Role.ADMINISTRATOR}, now)


def invite_witness(db: Session, keys: RootKeys, name: str, email: str, role: Role, now: datetime) -> Invited:
    """Somebody invited at the server, not by the administrator: the first who can confirm whom administrators invite.

    It can be repeated until its owner has joined, for a link that was lost: the newest one works. Raises `Denied`
    before there is an administrator, and for a role outside `WITNESS_ROLES`.
    """
    if role not in WITNESS_ROLES:
        raise Denied("A witness neither invites people nor opens answers: choose another role.")
    if db.scalars(select(Person.id).limit(1)).first() is None:
        raise Denied("Add the first administrator before the witness.")
    before = person_at(db, email)
    if before is not None and before.added_by is None and before.identity is None:
        return new_link(db, keys, INSTALLATION, before.id, now)
    return _invite(db, keys, INSTALLATION, name, email, {role}, now)


def invite(
    db: Session, keys: RootKeys, actor: Actor, name: str, email: str, roles: Iterable[Role], now: datetime
) -> Invited:
    """Invite somebody with roles for the whole organisation. Administrators only."""
    if not actor.has(Role.ADMINISTRATOR):
        raise Denied("Only an administrator adds people.")
    return _invite(db, keys, actor.id, name, email, set(roles), now)


def invite_again(db: Session, keys: RootKeys, actor: Actor, person_id: str, now: datetime) -> Invited:
    """A new link for somebody who has not joined yet; the one before is worth nothing from now on.

    Not for who was added at the server, and vouches for those whom administrators invite: whoever has a link can be
    the one who joins.
    """
    if not actor.has(Role.ADMINISTRATOR):
        raise Denied("Only an administrator adds people.")
    person = db.get(Person, person_id)
    if person is None or not person.active or person.email is None:
        raise NotFound
    if person.identity is not None:
        raise Conflict("This person has joined already. Nobody can make a new passphrase for them.")
    if person.added_by is None:
        raise Denied("This person was added at the server: the same command there makes a new link.")
    return new_link(db, keys, actor.id, person_id, now)


def open_invitations(db: Session) -> dict[str, datetime]:
    """Person → until when their link works, for everybody who has one."""
    return {row.person_id: row.expires_at for row in db.scalars(select(AccountInvitation))}


def guest(db: Session, keys: RootKeys, code: str, now: datetime) -> Guest:
    """Whose link this is. Raises one and the same `NotFound` for a link that is wrong, used or too old."""
    person = _invitation(db, keys, code, now)[1]
    return Guest(person.id, person.name, person.email or "", person.identity is not None)


def accept(
    db: Session,
    keys: RootKeys,
    code: str,
    now: datetime,
    own: str = "",
    stretching: Stretching = STANDARD,
    language: str = "en",
) -> tuple[Actor, Renewed]:
    """Use the link up: who has joined, and the passphrase and recovery code that only they see, now and never again.

    `language`: of the pages on which they joined; theirs stay in it until they choose another.
    """
    invitation, person = _invitation(db, keys, code, now)
    if person.identity is not None:
        raise NotFound
    db.delete(invitation)
    person.language = language
    db.flush()
    made = found(db, keys, person, now, own, stretching)
    return actor_of(person), made


def roles_apart(held: Iterable[Role]) -> str:
    """Why these roles must not meet in one person, in a sentence; "" when they may.

    The database refuses the first pair as well.
    """
    roles = set(held)
    if Role.ADMINISTRATOR in roles and roles & _WATCHING:
        return _NOT_APART["administrator"]
    if Role.SAFEGUARDING_LEAD in roles and roles & _REVIEWING:
        return _NOT_APART["lead"]
    return ""


def _invite(
    db: Session, keys: RootKeys, actor_id: str, name: str, email: str, roles: set[Role], now: datetime
) -> Invited:
    _check_new(db, name, plain_address(email), roles)
    added_by = None if actor_id == INSTALLATION else actor_id
    person = Person(id=new_id(), name=name.strip(), email=plain_address(email), added_by=added_by)
    db.add(person)
    db.flush()
    db.add_all(Appointment(person_id=person.id, role=role) for role in sorted(roles))
    db.flush()
    record(db, keys.audit, actor_id, Verb.PERSON_ADDED, person.id, now, {"roles": " ".join(sorted(roles))})
    return new_link(db, keys, actor_id, person.id, now)


def new_link(db: Session, keys: RootKeys, actor_id: str, person_id: str, now: datetime) -> Invited:
    """A one-time link for somebody, in the place of the one before; whoever calls asked whether that may be."""
    code, expires = new_link_code(), now + INVITATION_LIMIT
    before = db.get(AccountInvitation, person_id)
    if before is not None:
        db.delete(before)
        db.flush()
    digest = staff_code_digest(keys.staff_code, LINK, code)
    db.add(AccountInvitation(person_id=person_id, code_digest=digest, invited_by=actor_id, expires_at=expires))
    db.flush()
    record(db, keys.audit, actor_id, Verb.PERSON_INVITED, person_id, now)
    return Invited(person_id, code, expires)


def _invitation(db: Session, keys: RootKeys, code: str, now: datetime) -> tuple[AccountInvitation, Person]:
    digest = staff_code_digest(keys.staff_code, LINK, code)
    invitation = db.scalars(select(AccountInvitation).where(AccountInvitation.code_digest == digest)).first()
    person = db.get(Person, invitation.person_id) if invitation is not None else None
    if invitation is None or person is None or not person.active or now >= invitation.expires_at:
        raise NotFound("This link was used already, or it is too old. Ask whoever invited you for a new one.")
    return invitation, person


def check_new(db: Session, name: str, address: str) -> dict[str, list[str]]:
    """What is wrong with name and address of somebody new; empty when nothing is."""
    problems: dict[str, list[str]] = {}
    if not name.strip():
        problems["name"] = [sentence("Write the person's name.")]
    if not _ADDRESS.fullmatch(address):
        problems["email"] = [sentence("Write an e-mail address, such as name@example.org.")]
    elif person_at(db, address, ended_too=True) is not None:
        problems["email"] = [sentence("Somebody with this address is on the list already.")]
    return problems


def _check_new(db: Session, name: str, address: str, roles: set[Role]) -> None:
    problems = check_new(db, name, address)
    if not roles:
        problems["roles"] = [sentence("Choose at least one role.")]
    elif roles_apart(roles):
        problems["roles"] = [roles_apart(roles)]
    if problems:
        raise Invalid(problems)
