"""Who opens profiles: the inclusion key of a consultation is made for its holders, and anew when one has left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from consult.models import Appointment, InclusionKey, InclusionShare, Person, Strand, StrandState
from consult.sealing import inclusion as keymaking
from consult.sealing.root import RootKeys
from consult.sealing.rowseal import check_row_seal, row_seal
from consult.sealing.suite import SealingError
from consult.services.actors import kept_out_of
from consult.services.auditing import Verb, hold, record
from consult.services.keys.confirming import confirmed_key
from consult.services.keys.inclusionkeys import checked_keys, has_profiles, key_columns, share_columns
from consult.services.ownprocess import in_process_of_its_own
from safeguards.terms import Role

__all__ = ["add_share", "ensure_key", "holders_of", "renew", "stored_keys", "with_holders"]

_RUNNING = frozenset({StrandState.DECIDED, StrandState.OPEN, StrandState.SUSPENDED, StrandState.STOPPED})


def ensure_key(db: Session, keys: RootKeys, actor_id: str, strand: Strand, now: datetime) -> bool:
    """Make the consultation's inclusion key where this strand needs one and there is none that fits its holders.

    Whether one was made. Without a holder there is no inclusion tier: profiles stay in the answers alone.
    """
    if not has_profiles(strand):
        return False
    hold(db)  # whoever gives a generation on at this moment has done so, or waits for this one
    holders = holders_of(db, keys, strand.consultation_id)
    rows = checked_keys(db, keys.row_seal, strand.consultation_id)
    if not holders or (rows and not _has_left(db, rows[-1], holders)):
        return False
    generation = rows[-1].generation + 1 if rows else 1
    made = in_process_of_its_own(keymaking.create_inclusion_key, strand.consultation_id, generation, holders)
    _store(db, keys, made)
    facts = {"generation": generation, "holders": len(holders)}
    record(db, keys.audit, actor_id, Verb.INCLUSION_KEY_MADE, strand.consultation_id, now, facts)
    return True


def with_holders(db: Session) -> list[str]:
    """The ids of the consultations with a strand that needs a key, or with somebody who holds one."""
    running = select(Strand.consultation_id).where(Strand.state.in_(_RUNNING))
    return sorted(db.scalars(running.union(select(InclusionShare.consultation_id))))


def renew(db: Session, keys: RootKeys, actor_id: str, consultation_id: str, now: datetime) -> bool:
    """Make another generation where a holder has left, then take what leavers hold; whether one was made.

    Epochs that begin from then on are sealed to it; what came before stays open to whoever kept a copy of the share.
    """
    here = select(Strand).where(Strand.consultation_id == consultation_id, Strand.state.in_(_RUNNING))
    made = [ensure_key(db, keys, actor_id, strand, now) for strand in db.scalars(here.order_by(Strand.id)).all()]
    _forget_leavers(db, keys, consultation_id)
    return any(made)


def _forget_leavers(db: Session, keys: RootKeys, consultation_id: str) -> None:
    """Take the shares of whoever holds the role no longer, where somebody who does has the same generation.

    Where nobody has, what is sealed to that generation would be lost with the share, so it stays.
    """
    hold(db)
    holders = holders_of(db, keys, consultation_id)
    here = InclusionShare.consultation_id == consultation_id
    kept = select(InclusionShare.generation).where(here, InclusionShare.person_id.in_(holders))
    left = InclusionShare.person_id.not_in(holders)
    db.execute(delete(InclusionShare).where(here, left, InclusionShare.generation.in_(kept)))


def stored_keys(db: Session, keys: RootKeys, consultation_id: str) -> list[keymaking.InclusionKey]:
    """Every generation with its shares. Raises `SealingError` naming a row that was changed from outside."""
    return [_stored(db, keys, row) for row in checked_keys(db, keys.row_seal, consultation_id)]


def _stored(db: Session, keys: RootKeys, row: InclusionKey) -> keymaking.InclusionKey:
    shares = db.scalars(
        select(InclusionShare)
        .where(InclusionShare.consultation_id == row.consultation_id, InclusionShare.generation == row.generation)
        .order_by(InclusionShare.person_id)
    ).all()
    for share in shares:
        where = _share_id(share)
        check_row_seal(keys.row_seal, "inclusion_shares", where, share_columns(share), share.generation, share.row_seal)
    return keymaking.InclusionKey(
        consultation_id=row.consultation_id,
        generation=row.generation,
        suite=row.suite,
        public=row.public_key,
        shares=tuple(keymaking.InclusionShare(share.person_id, share.sealed) for share in shares),
    )


def holders_of(db: Session, keys: RootKeys, consultation_id: str) -> dict[str, bytes]:
    """Active people with the inclusion role there whose key somebody confirmed, and who are not kept out."""
    out = kept_out_of(db, consultation_id)
    here = or_(Appointment.consultation_id.is_(None), Appointment.consultation_id == consultation_id)
    rows = db.scalars(
        select(Person)
        .join(Appointment, Appointment.person_id == Person.id)
        .where(Appointment.role == Role.INCLUSION, here, Person.active, Person.id.not_in(out))
        .order_by(Person.id)
    )
    found = {}
    for person in rows:
        try:
            found[person.id] = confirmed_key(keys, person)
        except SealingError:
            continue  # no key yet, not confirmed, or changed: nothing is sealed to this person
    return found


def _has_left(db: Session, row: InclusionKey, holders: dict[str, bytes]) -> bool:
    held = db.scalars(
        select(InclusionShare.person_id).where(
            InclusionShare.consultation_id == row.consultation_id, InclusionShare.generation == row.generation
        )
    )
    return bool(set(held) - holders.keys())


def _store(db: Session, keys: RootKeys, made: keymaking.InclusionKey) -> None:
    row = InclusionKey(
        consultation_id=made.consultation_id, generation=made.generation, suite=made.suite, public_key=made.public
    )
    row.row_seal = row_seal(keys.row_seal, "inclusion_keys", row.consultation_id, key_columns(row), row.generation)
    db.add(row)
    db.flush()
    for each in made.shares:
        add_share(db, keys, made, each)


def add_share(db: Session, keys: RootKeys, of: keymaking.InclusionKey, made: keymaking.InclusionShare) -> None:
    """Store one holder's share of a generation under its seal."""
    share = InclusionShare(
        consultation_id=of.consultation_id, generation=of.generation, person_id=made.holder_id, sealed=made.sealed
    )
    where = _share_id(share)
    share.row_seal = row_seal(keys.row_seal, "inclusion_shares", where, share_columns(share), share.generation)
    db.add(share)
    db.flush()


def _share_id(row: InclusionShare) -> str:
    return f"{row.consultation_id}/{row.person_id}"
