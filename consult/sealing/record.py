"""One answer or one profile, sealed under a key of its own.

The key is made of the epoch's key, the record's id and a random share that lies in a table of shares: delete the
share, and the record stays shut for ever, in every copy of it, even for the two people who could open the strand.

Answers are padded to 1, 2, 4, 8 or 16 KiB, so that length tells little about what was written; all profiles have one
size.
"""

import hmac
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from hashlib import sha256
from itertools import chain, islice
from struct import Struct
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consult.sealing.canonical import encode
from consult.sealing.epoch import EPOCH_ID_BYTES, EpochKey
from consult.sealing.suite import HEADER, SealingError, without_header

RECORD_ID_BYTES = 32
SHARE_BYTES = 16
BLOB_SIZES = (1024, 2048, 4096, 8192, 16384)
PROFILE_SIZE = 64

_LENGTH = Struct(">I")
_TAG_BYTES = 16
_OVERHEAD_BYTES = len(HEADER) + _LENGTH.size + _TAG_BYTES
LARGEST_PLAINTEXT_BYTES = BLOB_SIZES[-1] - _OVERHEAD_BYTES

# Safe although it never changes: a key is made of a share drawn anew at each sealing, so it encrypts exactly once.
_NONCE = bytes(12)
_ZEROS = bytes(BLOB_SIZES[-1])

_AT_ONCE = 32  # few, so that they stay in the processor's cache
_LENGTHS = f"A record has an id of {RECORD_ID_BYTES} bytes and a share of {SHARE_BYTES}."

_BLOCK_BYTES = 64
_INNER_PAD, _OUTER_PAD = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


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


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """What is stored: `blob` beside `id` in one table, `share` beside `id` in another."""

    id: bytes
    share: bytes
    blob: bytes


class StoredRecord(NamedTuple):
    """One record as the tables hold it: its own id, its epoch's, its share and its blob.

    A tuple, so that a row of the database is one as it comes.
    """

    id: bytes
    epoch_id: bytes
    share: bytes
    blob: bytes


def seal_record(epoch_key: EpochKey, context: RecordContext, record_id: bytes, plaintext: bytes) -> SealedRecord:
    """Seal one record with a new share.

    Raises `RecordTooLarge` above 16,362 bytes (a profile: 42), `SealingError` for an id of the wrong length.
    """
    if len(record_id) != RECORD_ID_BYTES:
        raise SealingError(_LENGTHS)
    share = os.urandom(SHARE_BYTES)
    key = hmac.digest(epoch_key, _told(context.purpose) + record_id + share, "sha256")
    padded = _padded(plaintext, _SIZES[context.purpose])
    before, after = _around_epoch(context.purpose, context.strand_id, context.schema)
    sealed = AESGCM(key).encrypt(_NONCE, padded, before + context.epoch_id + after + record_id)
    return SealedRecord(record_id, share, HEADER + sealed)


def open_record(epoch_key: EpochKey, context: RecordContext, record: SealedRecord) -> bytes:
    """What was sealed. Raises `SealingError` for another epoch, strand, purpose, schema, id or share, or a changed
    byte.
    """
    stored = (record.id, context.epoch_id, record.share, record.blob)
    return next(open_each({context.epoch_id: epoch_key}, context.purpose, context.strand_id, context.schema, [stored]))


def open_each(
    keys: Mapping[bytes, EpochKey],
    purpose: Purpose,
    strand_id: str,
    schema: str,
    records: Iterable[tuple[bytes, bytes, bytes, bytes]],
) -> Iterator[bytes]:
    """The plaintext of each `StoredRecord`, in the order given: a million in a row, so few steps for each.

    `keys` are of the epochs, by id. Raises `SealingError` at the first record that does not open, as `open_record`.
    """
    return chain.from_iterable(_opened(keys, purpose, strand_id, schema, iter(records)))


def _opened(
    keys: Mapping[bytes, EpochKey],
    purpose: Purpose,
    strand_id: str,
    schema: str,
    records: Iterator[tuple[bytes, bytes, bytes, bytes]],
) -> Iterator[list[bytes]]:
    """As `open_each`, some at once: to give each on by itself takes a step of Python for each."""
    # Little is kept of an epoch: records come from thousands in no order, and memory is slower than joining.
    blocks = {epoch_id: _blocks(key) for epoch_id, key in keys.items()}
    told, sizes = _told(purpose), _SIZES[purpose]
    before, after = _around_epoch(purpose, strand_id, schema)
    while lot := list(islice(records, _AT_ONCE)):
        plain = []
        for record_id, epoch_id, share, blob in lot:
            try:
                two = blocks[epoch_id]
            except KeyError:
                raise SealingError("A record names an epoch that has no key for it.") from None
            if len(blob) not in sizes:
                raise SealingError("This record is cut short or was added to.")
            if len(record_id) != RECORD_ID_BYTES or len(share) != SHARE_BYTES:
                raise SealingError(_LENGTHS)
            inner = sha256(two[:_BLOCK_BYTES] + told + record_id + share).digest()
            key = sha256(two[_BLOCK_BYTES:] + inner).digest()
            try:
                padded = AESGCM(key).decrypt(_NONCE, without_header(blob), before + epoch_id + after + record_id)
            except InvalidTag as error:
                raise SealingError("This record does not open: it was changed, or belongs elsewhere.") from error
            end = _LENGTH.size + _LENGTH.unpack_from(padded)[0]
            if end > len(padded) or not padded.endswith(_ZEROS[: len(padded) - end]):
                raise SealingError("The padding of this record is damaged.")
            plain.append(padded[_LENGTH.size : end])
        yield plain


def _blocks(key: EpochKey) -> bytes:
    """How HMAC-SHA256 under an epoch's key begins (RFC 2104, section 2): the block before the message, then the one
    before the digest of that.
    """
    block = key.ljust(_BLOCK_BYTES, b"\0")
    return block.translate(_INNER_PAD) + block.translate(_OUTER_PAD)


@lru_cache(maxsize=64)
def _around_epoch(purpose: Purpose, strand_id: str, schema: str) -> tuple[bytes, bytes]:
    """The associated data before the epoch's id and after it, up to the record's id, which ends it.

    Together header and `encode("record", purpose, strand, epoch, schema)`, which puts one field behind the other.
    """
    before = encode("record", purpose.value, strand_id, bytes(EPOCH_ID_BYTES))
    return HEADER + before[:-EPOCH_ID_BYTES], encode(schema)


@cache
def _told(purpose: Purpose) -> bytes:
    """What a record's key is made of before its id and share. These have fixed lengths: it reads in one way only."""
    return encode("record key", purpose.value)


def _padded(plaintext: bytes, sizes: tuple[int, ...]) -> bytes:
    needed = len(plaintext) + _OVERHEAD_BYTES
    size = next((size for size in sizes if needed <= size), None)
    if size is None:
        raise RecordTooLarge(
            f"This takes {len(plaintext)} bytes, and such a record holds at most {sizes[-1] - _OVERHEAD_BYTES}."
        )
    return _LENGTH.pack(len(plaintext)) + plaintext + bytes(size - needed)
