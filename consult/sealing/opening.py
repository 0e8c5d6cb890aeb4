"""Requests, grants and the opening of answers: the one place where both halves meet.

Only the service that reads on record may import this module; everything a participant can reach must not.

A reviewer's request makes a key pair, whose private half lies in his session under a key that only his cookie holds.
A lead grants it by sealing L to the request. The reviewer adds R; the strand's private key exists while the `Opening`
does. Mode and end of a grant are bound into it, so that a grant for tables is never taken for a grant to read; that
they are kept to is the server's work, not mathematics.

The printed key of an independent body, re-wrapping and a leaver's ceremony will use the same request and grant.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from consult.sealing.canonical import encode
from consult.sealing.epoch import EpochKey, SealedEpoch, open_epoch
from consult.sealing.record import Purpose, open_each
from consult.sealing.root import RowSealKey
from consult.sealing.strand import Half, HolderRole, StrandKey, open_strand_private
from consult.sealing.suite import KeyPair, PrivateKey, SealingError, Unsealer, generate_key_pair, seal_to, unseal
from consult.sealing.wrapping import unwrap, wrap


@dataclass(frozen=True, slots=True)
class GrantTerms:
    """What a lead agrees to, as ids and text: who asks, for which strand, in which mode, until when."""

    request_id: str
    strand_id: str
    lead_id: str
    reviewer_id: str
    mode: str
    ends: str

    def bound(self) -> bytes:
        """The terms as `info`: a grant opens under exactly these terms and no others."""
        return encode("grant", self.request_id, self.strand_id, self.lead_id, self.reviewer_id, self.mode, self.ends)


def new_request() -> KeyPair:
    """The key pair of one request; it dies with the reviewer's session."""
    return generate_key_pair()


def wrap_request_private(cookie_key: bytes, private: PrivateKey, request_id: str) -> bytes:
    """The request's private key for the session row, under the 32-byte key in the reviewer's cookie."""
    return wrap(cookie_key, private, encode("request", request_id))


def unwrap_request_private(cookie_key: bytes, wrapped: bytes, request_id: str) -> PrivateKey:
    """The request's private key. Raises `SealingError` for another cookie, another request, or a changed row."""
    return PrivateKey(unwrap(cookie_key, wrapped, encode("request", request_id)))


def grant(lead: Half, request_public: bytes, terms: GrantTerms) -> bytes:
    """The lead's half, sealed to the request under these terms.

    Raises `SealingError` for a reviewer's half, or when one person is both lead and reviewer.
    """
    if lead.role is not HolderRole.LEAD:
        raise SealingError("Only a lead's half can be granted to a request.")
    if terms.lead_id == terms.reviewer_id:
        raise SealingError("The lead who grants and the reviewer who asks must be two people.")
    return seal_to(request_public, lead.key, terms.bound())


def receive_grant(request_private: PrivateKey, sealed: bytes, terms: GrantTerms) -> Half:
    """The lead's half out of a grant. Raises `SealingError` for other terms, another request, or a changed byte."""
    return Half(HolderRole.LEAD, unseal(request_private, sealed, terms.bound()))


class Opening:
    """A strand opened by a lead and a reviewer; let it go as soon as its records have been read.

    Raises `SealingError` when made with two halves of one role, or of another strand or generation.
    """

    __slots__ = ("_row_seal_key", "_strand_id", "_unsealer")

    def __init__(self, strand: StrandKey, lead: Half, reviewer: Half, row_seal_key: RowSealKey) -> None:
        self._strand_id = strand.strand_id
        self._unsealer = Unsealer(open_strand_private(strand, lead, reviewer))
        self._row_seal_key = row_seal_key

    def open_records(
        self, epochs: Iterable[SealedEpoch], records: Iterable[tuple[bytes, bytes, bytes, bytes]], schema: str
    ) -> Iterator[bytes]:
        """The plaintext of each `StoredRecord`, in the order given, some at a time.

        All epochs are checked and opened before the first record. Raises `SealingError` at the first epoch or record
        that is forged, changed, or of another strand: drop what came before it and publish nothing of it.
        """
        return open_each(self.open_epochs(epochs), Purpose.ANSWERS, self._strand_id, schema, records)

    def open_epochs(self, epochs: Iterable[SealedEpoch]) -> dict[bytes, EpochKey]:
        """The key of each epoch by its id, for `open_each`: the slow part, which several processes can share."""
        return {epoch.id: self._epoch_key(epoch) for epoch in epochs}

    def _epoch_key(self, epoch: SealedEpoch) -> EpochKey:
        if epoch.strand_id != self._strand_id:
            raise SealingError("An epoch of another strand lies among those of this one.")
        return open_epoch(self._unsealer, epoch, self._row_seal_key)
