"""The short-lived keys under which answers arrive.

A worker makes an epoch for a strand, stores what is sealed here before first use, keeps the key in memory for at most
64 responses or 15 minutes, and drops it: the server cannot read its own past. The stored part is sealed to the
strand's public key. As anybody could seal to a public key, a row seal says that the server made it.

A second key, sealed to the inclusion key of the consultation, will stand beside this one for profiles.
"""

import os
from dataclasses import dataclass, field
from typing import NewType

from consult.sealing.canonical import encode
from consult.sealing.root import RowSealKey
from consult.sealing.rowseal import check_row_seal, row_seal
from consult.sealing.suite import KEY_BYTES, Secret, Unsealer, seal_to

EPOCH_ID_BYTES = 16

EpochKey = NewType("EpochKey", Secret)

_TABLE = "epoch"
_GENERATION = 1  # an epoch is stored once and never changed


@dataclass(frozen=True, slots=True)
class SealedEpoch:
    """What is stored: the id (16 random bytes), the strand, the key sealed to the strand, the seal of this row."""

    id: bytes
    strand_id: str
    sealed_key: bytes
    row_seal: bytes


@dataclass(frozen=True, slots=True)
class Epoch:
    """An epoch in the memory of its worker: `key` seals records, `stored` goes to the database first."""

    stored: SealedEpoch
    key: EpochKey = field(repr=False)

    @property
    def id(self) -> bytes:
        return self.stored.id


def new_epoch(strand_id: str, strand_public: bytes, row_seal_key: RowSealKey) -> Epoch:
    """A new epoch of a strand. Raises `SealingError` if `strand_public` is no usable key."""
    epoch_id, key = os.urandom(EPOCH_ID_BYTES), EpochKey(Secret(os.urandom(KEY_BYTES)))
    sealed_key = seal_to(strand_public, key, _context(strand_id, epoch_id))
    seal = row_seal(row_seal_key, _TABLE, epoch_id, _columns(strand_id, sealed_key), _GENERATION)
    return Epoch(SealedEpoch(epoch_id, strand_id, sealed_key, seal), key)


def check_epoch(epoch: SealedEpoch, row_seal_key: RowSealKey) -> None:
    """Raises `SealingError`, naming the row, for an epoch that was not made here or was changed since."""
    columns = _columns(epoch.strand_id, epoch.sealed_key)
    check_row_seal(row_seal_key, _TABLE, epoch.id, columns, _GENERATION, epoch.row_seal)


def open_epoch(strand_private: Unsealer, epoch: SealedEpoch, row_seal_key: RowSealKey) -> EpochKey:
    """The key of a stored epoch. Raises `SealingError` for a forged or changed one, or one of another strand."""
    check_epoch(epoch, row_seal_key)
    return EpochKey(strand_private.unseal(epoch.sealed_key, _context(epoch.strand_id, epoch.id)))


def _columns(strand_id: str, sealed_key: bytes) -> dict[str, str | bytes]:
    return {"strand_id": strand_id, "sealed_key": sealed_key}


def _context(strand_id: str, epoch_id: bytes) -> bytes:
    return encode("epoch", strand_id, epoch_id)
