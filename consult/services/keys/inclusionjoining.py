"""Somebody joins the inclusion holders: one who holds the key gives every generation on, also those of before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, sentence
from consult.models import Person, Strand
from consult.sealing.inclusion import InclusionKey, open_inclusion_key, share_inclusion_key
from consult.sealing.root import RootKeys
from consult.sealing.suite import SealingError
from consult.services.actors import Actor, need_role
from consult.services.auditing import Verb, hold, record
from consult.services.keys.inclusionholders import add_share, holders_of, stored_keys
from consult.services.people.identities import unlock
from safeguards.said import said
from safeguards.terms import Role

__all__ = ["can_join", "join"]


def can_join(db: Session, keys: RootKeys, actor: Actor, strand: Strand) -> list[tuple[str, str]]:
    """(id, name) of whoever has the inclusion role and a confirmed key, and not every generation that the actor has."""
    try:
        stored = stored_keys(db, keys, strand.consultation_id)
    except SealingError:
        return []
    able = [each for each in holders_of(db, keys, strand.consultation_id) if each != actor.id]
    found = [(each, db.get_one(Person, each).name) for each in able if any(_lacks(key, actor, each) for key in stored)]
    return sorted(found, key=lambda pair: pair[1])


def join(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, person_id: str, passphrase: str, now: datetime
) -> None:
    """Seal what the actor holds of the consultation's inclusion key to one more holder, on record.

    Raises `Denied` for whoever has not the role or types a wrong passphrase, `Invalid` for somebody who can not join
    by the actor, `Conflict` for a row that was changed from outside.
    """
    hold(db)  # a generation that is made at this moment is there, or is made for this person too
    need_role(db, actor, strand, Role.INCLUSION)
    if person_id not in {each for each, _ in can_join(db, keys, actor, strand)}:
        raise Invalid({"person": [sentence("Choose somebody with the inclusion role whose key is confirmed.")]})
    private = unlock(db, keys, actor, passphrase)
    try:
        public = holders_of(db, keys, strand.consultation_id)[person_id]
        given = [key for key in stored_keys(db, keys, strand.consultation_id) if _lacks(key, actor, person_id)]
        for key in given:
            opened = open_inclusion_key(key, actor.id, private)
            add_share(db, keys, key, share_inclusion_key(key, opened, person_id, public))
    except SealingError as error:
        raise Conflict(said("The key can not be given on. %(why)s", why=error)) from error
    facts: dict[str, str | int | None] = {"person": person_id, "generations": len(given)}
    record(db, keys.audit, actor.id, Verb.INCLUSION_HOLDER_JOINED, strand.consultation_id, now, facts)


def _lacks(key: InclusionKey, actor: Actor, person_id: str) -> bool:
    """Whether the actor holds this generation and the person does not."""
    held = {share.holder_id for share in key.shares}
    return actor.id in held and person_id not in held
