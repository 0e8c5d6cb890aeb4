"""The inclusion key of a consultation: profiles are sealed to it, and each inclusion holder has the private part.

One person with the inclusion role opens profiles alone; so they hold categories only, never words, and where few
people are expected, or for child survivors and children who caused harm, there are none. Nothing a participant can
reach may import this module.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from consult.sealing.canonical import encode
from consult.sealing.epoch import EpochKey, SealedEpoch, open_profile_epoch
from consult.sealing.record import Purpose, open_each
from consult.sealing.root import RowSealKey
from consult.sealing.suite import SUITE, PrivateKey, SealingError, Unsealer, generate_key_pair, seal_to, unseal


@dataclass(frozen=True, slots=True)
class InclusionShare:
    """The private part, sealed to one holder."""

    holder_id: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class InclusionKey:
    """What is stored of one generation of a consultation's inclusion key: `public` (1,216 bytes), and the shares."""

    consultation_id: str
    generation: int
    suite: int
    public: bytes
    shares: tuple[InclusionShare, ...]


def create_inclusion_key(consultation_id: str, generation: int, holders: Mapping[str, bytes]) -> InclusionKey:
    """A new key pair, its private part sealed to each holder (holder id → public key). Raises `SealingError`."""
    if not holders:
        raise SealingError("An inclusion key needs at least one holder.")
    pair = generate_key_pair()
    context = _context(consultation_id, generation, SUITE, pair.public)
    return InclusionKey(
        consultation_id=consultation_id,
        generation=generation,
        suite=SUITE,
        public=pair.public,
        shares=tuple(
            InclusionShare(holder, seal_to(public, pair.private, encode("inclusion share", context, holder)))
            for holder, public in holders.items()
        ),
    )


def open_inclusion_key(key: InclusionKey, holder_id: str, private: PrivateKey) -> PrivateKey:
    """The private part, with one holder's private key. Raises `SealingError` for somebody to whom it is not sealed."""
    share = next((each for each in key.shares if each.holder_id == holder_id), None)
    if share is None:
        raise SealingError("This inclusion key is not sealed to this person.")
    context = _context(key.consultation_id, key.generation, key.suite, key.public)
    return PrivateKey(unseal(private, share.sealed, encode("inclusion share", context, holder_id)))


def seal_totals(key: InclusionKey, strand_id: str, totals: bytes) -> bytes:
    """Counts of a strand's profiles, sealed to this generation of the inclusion key."""
    return seal_to(key.public, totals, encode("running totals", key.consultation_id, key.generation, strand_id))


def open_totals(key: InclusionKey, private: PrivateKey, strand_id: str, sealed: bytes) -> bytes:
    """What `seal_totals` sealed. Raises `SealingError` for another key or strand, or a changed byte."""
    return unseal(private, sealed, encode("running totals", key.consultation_id, key.generation, strand_id))


def share_inclusion_key(key: InclusionKey, opened: PrivateKey, holder_id: str, public: bytes) -> InclusionShare:
    """The private part, opened by a holder, sealed to one more. Raises `SealingError` for a public key that is none."""
    context = _context(key.consultation_id, key.generation, key.suite, key.public)
    return InclusionShare(holder_id, seal_to(public, opened, encode("inclusion share", context, holder_id)))


class ProfileOpening:
    """The profiles of one strand, opened with the private parts of each generation; let it go as soon as counted."""

    __slots__ = ("_row_seal_key", "_strand_id", "_unsealers")

    def __init__(self, strand_id: str, privates: Mapping[int, PrivateKey], row_seal_key: RowSealKey) -> None:
        self._strand_id = strand_id
        self._unsealers = {generation: Unsealer(private) for generation, private in privates.items()}
        self._row_seal_key = row_seal_key

    def open_profiles(
        self, epochs: Iterable[SealedEpoch], profiles: Iterable[tuple[bytes, bytes, bytes, bytes]], schema: str
    ) -> Iterator[bytes]:
        """The plaintext of each `StoredRecord`, in the order given. Raises `SealingError` at the first changed one."""
        keys = {epoch.id: self._key(epoch) for epoch in epochs if epoch.sealed_profile_key is not None}
        return open_each(keys, Purpose.PROFILE, self._strand_id, schema, profiles)

    def _key(self, epoch: SealedEpoch) -> EpochKey:
        if epoch.strand_id != self._strand_id:
            raise SealingError("An epoch of another strand lies among those of this one.")
        if epoch.inclusion_generation not in self._unsealers:
            raise SealingError("This epoch belongs to an inclusion key that was not opened.")
        return open_profile_epoch(self._unsealers[epoch.inclusion_generation], epoch, self._row_seal_key)


def _context(consultation_id: str, generation: int, suite: int, public: bytes) -> bytes:
    return encode("inclusion", consultation_id, generation, suite, public)
