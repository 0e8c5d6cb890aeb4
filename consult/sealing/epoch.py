"""The short-lived keys under which answers arrive.

A worker makes an epoch for a strand, stores what is sealed here before first use, keeps the key in memory for at most
64 responses or 15 minutes, and drops it: the server cannot read its own past. The stored part is sealed to the
strand's public key. As anybody could seal to a public key, a row seal says that the server made it.

A second key stands beside it where the strand has an inclusion tier: sealed to the inclusion key of the consultation,
for profiles alone. Whoever opens one of the two has learnt nothing about the other.
"""

import os
from dataclasses import dataclass, field, replace
from typing import NewType

from consult.sealing.canonical import Field, encode
from consult.sealing.root import RowSealKey
from consult.sealing.rowseal import check_row_seal, row_seal
from consult.sealing.suite import KEY_BYTES, SealingError, Secret, Unsealer, seal_to

EPOCH_ID_BYTES = 16

EpochKey = NewType("EpochKey", Secret)

_TABLE = "epoch"
_GENERATION = 1  # an epoch is stored once and never changed


@dataclass(frozen=True, slots=True)
class SealedEpoch:
    """What is stored: the id (16 random bytes), the strand, the key sealed to the strand, the seal of this row.

    With an inclusion tier also the second key, sealed to the inclusion key of that generation.
    """

    id: bytes
    strand_id: str
    sealed_key: bytes
    row_seal: bytes
    inclusion_generation: int | None = None
    sealed_profile_key: bytes | None = None


@dataclass(frozen=True, slots=True)
class Epoch:
    """An epoch in the memory of its worker: `key` seals answers, `profile_key` profiles; `stored` is stored first."""

    stored: SealedEpoch
    key: EpochKey = field(repr=False)
    profile_key: EpochKey | None = field(default=None, repr=False)

    @property
    def id(self) -> bytes:
        return self.stored.id


def new_epoch(
    strand_id: str, strand_public: bytes, row_seal_key: RowSealKey, inclusion: tuple[int, bytes] | None = None
) -> Epoch:
    """A new epoch of a strand; `inclusion` is the generation and public key for profiles, where there are any.

    Raises `SealingError` if a public key is not usable.
    """
    epoch_id, key = os.urandom(EPOCH_ID_BYTES), EpochKey(Secret(os.urandom(KEY_BYTES)))
    profile_key, generation, sealed_profile_key = None, None, None
    if inclusion is not None:
        profile_key, (generation, public) = EpochKey(Secret(os.urandom(KEY_BYTES))), inclusion
        sealed_profile_key = seal_to(public, profile_key, _profile_context(strand_id, epoch_id, generation))
    sealed_key = seal_to(strand_public, key, _context(strand_id, epoch_id))
    made = SealedEpoch(epoch_id, strand_id, sealed_key, b"", generation, sealed_profile_key)
    seal = row_seal(row_seal_key, _TABLE, epoch_id, _columns(made), _GENERATION)
    return Epoch(replace(made, row_seal=seal), key, profile_key)


def check_epoch(epoch: SealedEpoch, row_seal_key: RowSealKey) -> None:
    """Raises `SealingError`, naming the row, for an epoch that was not made here or was changed since."""
    check_row_seal(row_seal_key, _TABLE, epoch.id, _columns(epoch), _GENERATION, epoch.row_seal)


def open_epoch(strand_private: Unsealer, epoch: SealedEpoch, row_seal_key: RowSealKey) -> EpochKey:
    """The key of a stored epoch. Raises `SealingError` for a forged or changed one, or one of another strand."""
    check_epoch(epoch, row_seal_key)
    return EpochKey(strand_private.unseal(epoch.sealed_key, _context(epoch.strand_id, epoch.id)))


def open_profile_epoch(inclusion_private: Unsealer, epoch: SealedEpoch, row_seal_key: RowSealKey) -> EpochKey:
    """The key for profiles of a stored epoch. Raises `SealingError` as `open_epoch` does, or where there is none."""
    check_epoch(epoch, row_seal_key)
    if epoch.sealed_profile_key is None or epoch.inclusion_generation is None:
        raise SealingError("This epoch has no key for profiles.")
    context = _profile_context(epoch.strand_id, epoch.id, epoch.inclusion_generation)
    return EpochKey(inclusion_private.unseal(epoch.sealed_profile_key, context))


def _columns(epoch: SealedEpoch) -> dict[str, Field]:
    """What the seal covers: an epoch without profiles is sealed as it was before there were any."""
    columns: dict[str, Field] = {"strand_id": epoch.strand_id, "sealed_key": epoch.sealed_key}
    if epoch.sealed_profile_key is not None or epoch.inclusion_generation is not None:
        columns["inclusion_generation"] = epoch.inclusion_generation
        columns["sealed_profile_key"] = epoch.sealed_profile_key
    return columns


def _context(strand_id: str, epoch_id: bytes) -> bytes:
    return encode("epoch", strand_id, epoch_id)


def _profile_context(strand_id: str, epoch_id: bytes, generation: int) -> bytes:
    return encode("profile epoch", strand_id, epoch_id, generation)
