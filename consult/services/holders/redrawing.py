"""The ceremony: a lead grants, a reviewer draws two new halves, and what a leaver still knows opens nothing stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict
from consult.models import HolderRole, OpeningMode, Person, StrandHolder
from consult.sealing.root import RootKeys
from consult.sealing.strand import StrandKey, redraw_halves
from consult.sealing.suite import SealingError
from consult.services.actors import Actor
from consult.services.auditing import Verb, hold, record
from consult.services.keys.confirming import confirmed_key
from consult.services.keys.keystore import replace_key
from consult.services.opening.reading import Meeting, meeting, use
from consult.services.ownprocess import in_process_of_its_own
from safeguards.said import said

__all__ = ["redraw"]


def redraw(
    db: Session, keys: RootKeys, actor: Actor, request_id: str, passphrase: str, cookie_key: bytes, now: datetime
) -> None:
    """Use a granted request to draw new halves for the holders of now; the key pair and the answers stay as they are.

    Raises as `reading.read_tables` does, and `Conflict` when a role has fewer than two holders: then one of them adds
    another before.
    """
    hold(db)  # whoever joins or leaves at this moment has done so, or waits for these halves
    met = meeting(db, keys, actor, request_id, OpeningMode.REWRAP, passphrase, cookie_key, now)
    strand_id = met.key.strand_id
    try:
        holders = _holders(db, keys, strand_id)
        made = in_process_of_its_own(_drawn, met, holders[HolderRole.LEAD], holders[HolderRole.REVIEWER])
    except SealingError as error:
        raise Conflict(said("No new halves were drawn. %(why)s", why=error)) from error
    use(db, keys, actor, request_id, now)
    replace_key(db, keys.row_seal, made)
    record(db, keys.audit, actor.id, Verb.KEY_REDRAWN, strand_id, now, {"generation": made.generation})


def _drawn(met: Meeting, leads: Mapping[str, bytes], reviewers: Mapping[str, bytes]) -> StrandKey:
    lead, reviewer = met.halves()
    return redraw_halves(met.key, lead, reviewer, leads, reviewers)


def _holders(db: Session, keys: RootKeys, strand_id: str) -> dict[HolderRole, dict[str, bytes]]:
    rows = db.execute(
        select(StrandHolder.role, Person)
        .join(Person, Person.id == StrandHolder.person_id)
        .where(StrandHolder.strand_id == strand_id, Person.active)
    )
    found: dict[HolderRole, dict[str, bytes]] = {role: {} for role in HolderRole}
    for role, person in rows:
        found[HolderRole(role)][person.id] = confirmed_key(keys, person)
    return found
