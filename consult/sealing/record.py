"""One answer or one profile, sealed under a key of its own.

The key is made of the epoch's key, the record's id and a random share that lies in a table of shares: delete the
share, and the record stays shut for ever, in every copy of it, even for the two people who could open the strand.

Answers are padded to 1, 2, 4, 8 or 16 KiB, so that length tells little about what was written; all profiles have one
size.
"""

import hmac
import os
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consult.sealing.canonical import encode
from consult.sealing.epoch import EpochKey
from consult.sealing.suite import HEADER, SealingError, without_header

RECORD_ID_BYTES = 32
SHARE_BYTES = 16
BLOB_SIZES = (1024, 2048, 4096, 8192, 16384)
PROFILE_SIZE = 64

_LENGTH_BYTES = 4
_TAG_BYTES = 16
_OVERHEAD_BYTES = len(HEADER) + _LENGTH_BYTES + _TAG_BYTES
LARGEST_PLAINTEXT_BYTES = BLOB_SIZES[-1] - _OVERHEAD_BYTES

# Safe although it never changes: a key is made of a share drawn anew at each sealing, so it encrypts exactly once.
_NONCE = bytes(12)
_ZEROS = bytes(BLOB_SIZES[-1])


class Purpose(StrEnum):
    """What a record holds; one can never be opened as the other."""

    ANSWERS = "answers"
    PROFILE = "profile"


_SIZES = {Purpose.ANSWERS: BLOB_SIZES, Purpose.PROFILE: (PROFILE_SIZE,)}


class RecordTooLarge(SealingError):
    """The answers of one response are longer than the largest blob holds."""


@dataclass(frozen=True, slots=True)
class RecordContext:
    """Where a record belongs. All of it is authenticated, none of it is in the blob."""

    purpose: Purpose
    strand_id: str
    epoch_id: bytes
    schema: str

    def bound(self) -> bytes:
        """The first part of the associated data; the record's id follows it."""
        return HEADER + encode("record", self.purpose.value, self.strand_id, self.epoch_id, self.schema)


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """What is stored: `blob` beside `id` in one table, `share` beside `id` in another."""

    id: bytes
    share: bytes
    blob: bytes


def seal_record(epoch_key: EpochKey, context: RecordContext, record_id: bytes, plaintext: bytes) -> SealedRecord:
    """Seal one record with a new share.

    Raises `RecordTooLarge` above 16,362 bytes (a profile: 42), `SealingError` for an id of the wrong length.
    """
    share = os.urandom(SHARE_BYTES)
    cipher = _cipher(epoch_key, _told(context.purpose), record_id, share)
    sealed = cipher.encrypt(_NONCE, _padded(plaintext, _SIZES[context.purpose]), context.bound() + record_id)
    return SealedRecord(record_id, share, HEADER + sealed)


def open_record(epoch_key: EpochKey, context: RecordContext, record: SealedRecord) -> bytes:
    """What was sealed. Raises `SealingError` for another epoch, strand, purpose, schema, id or share, or a changed
    byte.
    """
    return RecordOpener(epoch_key, context).open(record.id, record.share, record.blob)


class RecordOpener:
    """The records of one epoch, purpose and schema: what they share is made ready once, for opening a million."""

    __slots__ = ("_bound", "_key", "_sizes", "_told")

    def __init__(self, epoch_key: EpochKey, context: RecordContext) -> None:
        self._key = epoch_key
        self._told = _told(context.purpose)
        self._bound = context.bound()
        self._sizes = _SIZES[context.purpose]

    def open(self, record_id: bytes, share: bytes, blob: bytes) -> bytes:
        """As the function `open_record`."""
        if len(blob) not in self._sizes:
            raise SealingError("This record is cut short or was added to.")
        sealed = without_header(blob)
        try:
            padded = _cipher(self._key, self._told, record_id, share).decrypt(_NONCE, sealed, self._bound + record_id)
        except InvalidTag as error:
            raise SealingError("This record does not open: it was changed, or belongs elsewhere.") from error
        end = _LENGTH_BYTES + int.from_bytes(padded[:_LENGTH_BYTES], "big")
        if end > len(padded) or not padded.endswith(_ZEROS[: len(padded) - end]):
            raise SealingError("The padding of this record is damaged.")
        return padded[_LENGTH_BYTES:end]


def _told(purpose: Purpose) -> bytes:
    """What a record's key is made of before its id and share."""
    return encode("record key", purpose.value)


def _cipher(epoch_key: EpochKey, told: bytes, record_id: bytes, share: bytes) -> AESGCM:
    """The cipher of one record. Both parts have a fixed length, so their joining can be read in one way only."""
    if len(record_id) != RECORD_ID_BYTES or len(share) != SHARE_BYTES:
        raise SealingError(f"A record has an id of {RECORD_ID_BYTES} bytes and a share of {SHARE_BYTES}.")
    return AESGCM(hmac.digest(epoch_key, told + record_id + share, "sha256"))


def _padded(plaintext: bytes, sizes: tuple[int, ...]) -> bytes:
    needed = len(plaintext) + _OVERHEAD_BYTES
    size = next((size for size in sizes if needed <= size), None)
    if size is None:
        raise RecordTooLarge(
            f"This takes {len(plaintext)} bytes, and such a record holds at most {sizes[-1] - _OVERHEAD_BYTES}."
        )
    return len(plaintext).to_bytes(_LENGTH_BYTES, "big") + plaintext + bytes(size - needed)
