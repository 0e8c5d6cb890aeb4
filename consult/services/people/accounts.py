"""People who work here: whether a passphrase is theirs, typed again before what counts; the end of an account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consult.errors import Denied, NotFound, sentence
from consult.models import AccountInvitation, Person
from consult.sealing.identity import check_passphrase
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, actor_of, person_at
from consult.services.auditing import INSTALLATION, Verb, record
from consult.services.beforehand import beforehand
from consult.services.people.identities import DECOY, identity_of
from consult.services.people.sessions import end_all_sessions
from safeguards.terms import Role

__all__ = [
    "confirm",
    "disable",
    "may_end",
    "note_refusals",
    "people",
    "sign_in",
    "speak",
]


def people(db: Session) -> list[Actor]:
    """Everybody active, by name."""
    return [actor_of(each) for each in db.scalars(select(Person).where(Person.active).order_by(Person.name))]


def sign_in(db: Session, keys: RootKeys, email: str, passphrase: str) -> Actor:
    """The actor, when address and passphrase belong together. Raises one and the same `Denied` for everything else."""
    person = person_at(db, email)
    identity = identity_of(person) if person is not None and person.identity is not None else DECOY
    fits = beforehand(check_passphrase, identity, passphrase, keys.passphrase)
    if person is None or person.identity is None or not fits:
        raise Denied("That e-mail address and passphrase do not belong together. Check both and try again.")
    return actor_of(person)


def note_refusals(db: Session, keys: RootKeys, email: str, tries: int, now: datetime) -> None:
    """Put on record that many passphrases in a row did not fit; nothing for an address that nobody has."""
    person = person_at(db, email)
    if person is not None:
        record(db, keys.audit, person.id, Verb.SIGN_IN_REFUSED, person.id, now, {"step": 1, "tries": tries})


def speak(db: Session, keys: RootKeys, actor: Actor, language: str, now: datetime) -> Person:
    """The actor's own pages in this language from now on. Whoever calls knows that there are pages in it."""
    person = db.get_one(Person, actor.id)
    person.language = language
    record(db, keys.audit, actor.id, Verb.LANGUAGE_CHOSEN, person.id, now)
    return person


def may_end(actor: Actor, person_id: str) -> Ruling:
    """Whether the actor may end this account: another administrator may."""
    if actor.has(Role.ADMINISTRATOR) and actor.id != person_id:
        return Ruling(ok=True)
    return Ruling(ok=False, why=sentence("Only another administrator ends an account."))


def disable(db: Session, keys: RootKeys, email: str, now: datetime, actor_id: str = INSTALLATION) -> Person:
    """End an account and every session of it; whose it was. What the person signed and attested stays."""
    person = person_at(db, email, ended_too=True)
    if person is None:
        raise NotFound("Nobody has this address.")
    person.active = False
    end_all_sessions(db, person.id)
    db.execute(delete(AccountInvitation).where(AccountInvitation.person_id == person.id))
    record(db, keys.audit, actor_id, Verb.PERSON_DISABLED, person.id, now)
    return person


def confirm(db: Session, keys: RootKeys, actor: Actor, passphrase: str) -> None:
    """The passphrase typed again before something that counts. Raises `Denied` when it is not the actor's."""
    person = db.get(Person, actor.id)
    if person is None or person.identity is None:
        raise Denied("This person can not sign.")
    if not beforehand(check_passphrase, identity_of(person), passphrase, keys.passphrase):
        raise Denied("That is not your passphrase. Nothing was done: type it again.")
