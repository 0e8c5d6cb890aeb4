"""Somebody joins the holders of a signed part: a holder of the same role gives the half on, and all others are told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, sentence
from consult.models import HolderRole, Person, Strand, StrandHolder, StrandKey
from consult.sealing.root import RootKeys
from consult.sealing.strand import HolderRole as HalfRole
from consult.sealing.strand import open_share, share_half
from consult.sealing.suite import SealingError
from consult.services.actors import Actor, Ruling, kept_out_of
from consult.services.auditing import Verb, hold, record
from consult.services.holders.leaving import held_the_other_half
from consult.services.keys.confirming import confirmed_key
from consult.services.keys.keystore import add_share, stored_key
from consult.services.people.identities import unlock
from consult.services.setup.teams import available_holders
from safeguards.lifecycle import StrandState
from safeguards.said import said

__all__ = ["can_join", "join", "may_add"]

_OVER = frozenset({StrandState.DESTROYED})
_CHOOSE = sentence(
    "Choose somebody who is confirmed, has your role, and is no holder of this part. Who held the other half waits for "
    "new halves."
)
_NOT_NOW = sentence(
    "It is open: who holds the key stands in the plan that was signed. Pause it, add the holder, and let a lead sign "
    "it again."
)


def may_add(db: Session, actor: Actor, strand: Strand) -> Ruling:
    """Whether the actor may give a half on: a holder of it, while nobody answers under the plan that was signed."""
    held = db.get(StrandHolder, (strand.id, actor.id))
    if held is None or db.get(StrandKey, strand.id) is None:
        return Ruling(ok=False, why=sentence("Only a holder of this part's key adds another one."))
    if strand.state in _OVER:
        return Ruling(ok=False, why=sentence("The key of this part is destroyed."))
    if strand.state == StrandState.OPEN:
        return Ruling(ok=False, why=_NOT_NOW)
    return Ruling(ok=True)


def can_join(db: Session, actor: Actor, strand: Strand) -> list[Actor]:
    """Whom the actor could add: confirmed, appointed in the actor's role, not kept out, and no holder of it yet.

    Nobody who held the other half before new ones were drawn: whoever kept a copy of it would have both.
    """
    held = db.get(StrandHolder, (strand.id, actor.id))
    if held is None:
        return []
    role = HolderRole(held.role)
    found, out = available_holders(db)[role], kept_out_of(db, strand.consultation_id)
    out |= held_the_other_half(db, strand.id, role)
    return [who for who in found if who.id not in out and db.get(StrandHolder, (strand.id, who.id)) is None]


def join(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, person_id: str, passphrase: str, now: datetime
) -> None:
    """Seal the actor's own half to somebody of the same role, on record; the other role reads it on their first page.

    Raises `Denied` for whoever holds no half, `Invalid` for somebody who can not join, `Conflict` for a changed row.
    """
    hold(db, strand)  # halves that are drawn anew at this moment are there, or are drawn for this person too
    may_add(db, actor, strand).demand()
    if person_id not in {who.id for who in can_join(db, actor, strand)}:
        raise Invalid({"person": [_CHOOSE]})
    role = db.get_one(StrandHolder, (strand.id, actor.id)).role
    private = unlock(db, keys, actor, passphrase)
    try:
        key = stored_key(db, keys.row_seal, strand.id)
        mine = next(share for share in key.shares if (share.holder_id, share.role) == (actor.id, HalfRole(role)))
        public = confirmed_key(keys, db.get_one(Person, person_id))
        share = share_half(key, open_share(key, mine, private), person_id, public)
    except SealingError as error:
        raise Conflict(said("The half can not be given on. %(why)s", why=error)) from error
    db.add(StrandHolder(strand_id=strand.id, person_id=person_id, role=role, added_by=actor.id))
    db.flush()
    add_share(db, keys.row_seal, key, share)
    record(db, keys.audit, actor.id, Verb.HOLDER_JOINED, strand.id, now, {"person": person_id, "role": role})
