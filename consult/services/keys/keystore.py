"""A strand's key rows: stored once at signing, and checked against change from outside each time they are read."""

from __future__ import annotations

import os

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consult.errors import sentence
from consult.models import AuditEvent, Epoch, Person, Signature, StrandKey, StrandSalt, StrandShare
from consult.sealing import strand as sealed
from consult.sealing.canonical import Field
from consult.sealing.epoch import SealedEpoch, check_epoch
from consult.sealing.root import RootKeys, RowSealKey
from consult.sealing.rowseal import check_row_seal, row_seal
from consult.sealing.suite import SealingError
from consult.services.auditing import Verb
from consult.services.keys.confirming import check_confirmation
from consult.services.people.identities import checked_public_key

__all__ = [
    "add_share",
    "check_all_keys",
    "destroy_key",
    "generation_of",
    "public_key",
    "replace_key",
    "sealed_epoch",
    "store_key",
    "stored_key",
]

_SALT_BYTES = 32


def store_key(db: Session, key: RowSealKey, signature: Signature, made: sealed.StrandKey) -> None:
    """Store a new strand's key under the signature that allows it, with the salt that receipts need."""
    row = StrandKey(
        strand_id=made.strand_id,
        signature_id=signature.id,
        decision=signature.decision,
        generation=made.generation,
        suite=made.suite,
        public_key=made.public,
        wrapped_private=made.wrapped_private,
    )
    row.row_seal = row_seal(key, "strand_keys", row.strand_id, _key_columns(row), row.generation)
    db.add(row)
    db.flush()
    for share in made.shares:
        add_share(db, key, made, share)
    db.add(StrandSalt(strand_id=made.strand_id, salt=os.urandom(_SALT_BYTES)))
    db.flush()


def add_share(db: Session, key: RowSealKey, of: sealed.StrandKey, share: sealed.SealedShare) -> None:
    """Store a half sealed to one holder."""
    held = StrandShare(
        strand_id=of.strand_id,
        person_id=share.holder_id,
        role=share.role,
        generation=of.generation,
        sealed=share.sealed,
        check=share.check,
    )
    held.row_seal = row_seal(key, "strand_shares", _share_id(held), _share_columns(held), held.generation)
    db.add(held)
    db.flush()


def replace_key(db: Session, key: RowSealKey, made: sealed.StrandKey) -> None:
    """Store the next generation in the place of the one before. Its event, with the generation, is the caller's."""
    row = db.get_one(StrandKey, made.strand_id)
    row.generation, row.wrapped_private = made.generation, made.wrapped_private
    row.row_seal = row_seal(key, "strand_keys", row.strand_id, _key_columns(row), row.generation)
    db.execute(delete(StrandShare).where(StrandShare.strand_id == made.strand_id))
    db.flush()
    for share in made.shares:
        add_share(db, key, made, share)


def destroy_key(db: Session, key: RowSealKey, strand_id: str) -> None:
    """Destroy the wrapped private key, all halves and the salt of a strand: nobody can open its answers any more."""
    for table in (StrandShare, StrandSalt):
        db.execute(delete(table).where(table.strand_id == strand_id))
    row = db.get_one(StrandKey, strand_id)
    row.wrapped_private = b""
    row.row_seal = row_seal(key, "strand_keys", row.strand_id, _key_columns(row), row.generation)
    db.flush()


def generation_of(db: Session, strand_id: str) -> int:
    """The newest generation, as the audit log says: a row of an older one, put back with its seal, is refused."""
    drawn = select(AuditEvent.facts).where(AuditEvent.subject == strand_id, AuditEvent.verb == Verb.KEY_REDRAWN)
    newest = db.scalar(drawn.order_by(AuditEvent.number.desc()).limit(1))
    return int(newest["generation"]) if newest is not None else 1


def public_key(db: Session, key: RowSealKey, strand_id: str) -> bytes:
    """What answers are sealed to. Raises `SealingError` when there is no key, or when it or a half of it was changed.

    Halves too: nobody shall give answers that two people can not open.
    """
    return stored_key(db, key, strand_id).public


def stored_key(db: Session, key: RowSealKey, strand_id: str) -> sealed.StrandKey:
    """The strand's key with all shares. Raises `SealingError` naming a row that was changed from outside."""
    newest = generation_of(db, strand_id)
    row = _checked(db, key, strand_id, newest)
    shares = db.scalars(
        select(StrandShare).where(StrandShare.strand_id == strand_id).order_by(StrandShare.person_id)
    ).all()
    for held in shares:
        check_row_seal(key, "strand_shares", _share_id(held), _share_columns(held), newest, held.row_seal)
    return sealed.StrandKey(
        strand_id=row.strand_id,
        generation=row.generation,
        suite=row.suite,
        public=row.public_key,
        wrapped_private=row.wrapped_private,
        shares=tuple(
            sealed.SealedShare(held.person_id, sealed.HolderRole(held.role), held.sealed, held.check) for held in shares
        ),
    )


def check_all_keys(db: Session, keys: RootKeys) -> None:
    """Raise `SealingError` naming the first row of keys (people, strands, halves, epochs) changed from outside."""
    for person in db.scalars(select(Person).where(Person.public_key.is_not(None)).order_by(Person.id)):
        checked_public_key(keys, person)
        check_confirmation(keys, person)
    for strand_id in db.scalars(select(StrandKey.strand_id).order_by(StrandKey.strand_id)).all():
        stored_key(db, keys.row_seal, strand_id)
    for row in db.scalars(select(Epoch).order_by(Epoch.id)):
        check_epoch(sealed_epoch(row), keys.row_seal)


def sealed_epoch(row: Epoch) -> SealedEpoch:
    """An epoch's row as sealing takes it."""
    return SealedEpoch(
        row.id, row.strand_id, row.sealed_key, row.row_seal, row.inclusion_generation, row.sealed_profile_key
    )


def _checked(db: Session, key: RowSealKey, strand_id: str, newest: int) -> StrandKey:
    row = db.get(StrandKey, strand_id)
    if row is None:
        raise SealingError(sentence("This part has no key: it was never signed to open."))
    check_row_seal(key, "strand_keys", row.strand_id, _key_columns(row), newest, row.row_seal)
    return row


def _key_columns(row: StrandKey) -> dict[str, Field]:
    return {
        "signature_id": row.signature_id,
        "generation": row.generation,
        "suite": row.suite,
        "public_key": row.public_key,
        "wrapped_private": row.wrapped_private,
    }


def _share_columns(row: StrandShare) -> dict[str, Field]:
    return {"role": row.role, "generation": row.generation, "sealed": row.sealed, "check": row.check}


def _share_id(row: StrandShare) -> str:
    return f"{row.strand_id}/{row.person_id}"
