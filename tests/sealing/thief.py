"""A thief who has everything that is stored, and tries every key he has on everything that is shut.

He knows the program: every context and every label. What he opens becomes a key for the next round, until nothing more
opens. That he is a good thief is itself tested: with a lead's and a reviewer's passphrase he reads every answer.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from functools import cache
from itertools import permutations, product
from urllib.parse import quote

from consult.sealing import identity as identities
from consult.sealing import strand as strands
from consult.sealing.epoch import EpochKey, SealedEpoch, open_epoch
from consult.sealing.identity import Identity, unwrap_identity
from consult.sealing.opening import GrantTerms, receive_grant, unwrap_request_private
from consult.sealing.record import Purpose, RecordContext, SealedRecord, StoredRecord, open_record
from consult.sealing.recovery import RecoveryCode, unwrap_with_recovery
from consult.sealing.root import RootKeys
from consult.sealing.strand import Half, HolderRole, StrandKey, open_strand_private
from consult.sealing.suite import PrivateKey, SealingError, Secret, Unsealer
from consult.sealing.wrapping import unwrap

KEY_BYTES, PRIVATE_BYTES, SHARE_BYTES = 32, 96, 16


@dataclass(frozen=True, slots=True)
class Stored:
    """The rows of one strand, and of a request that was granted and is still open."""

    people: Mapping[str, Identity]
    strand: StrandKey
    epochs: tuple[SealedEpoch, ...]
    records: tuple[StoredRecord, ...]
    schema: str
    terms: GrantTerms
    wrapped_request: bytes
    grant: bytes

    def without_share(self, record_id: bytes) -> "Stored":
        """After a withdrawal, with yesterday's backup of the blobs: the blob is there, its share is gone."""
        return replace(
            self, records=tuple(one._replace(share=b"") if one.id == record_id else one for one in self.records)
        )


def read_records(
    stored: Stored,
    root: bytes,
    passphrases: Iterable[str] = (),
    loot: Iterable[bytes] = (),
    codes: Iterable[str] = (),
) -> set[bytes]:
    """The plaintext of every record a thief can open with the rows, the configuration's root and what else he has."""
    found = {bytes(one) for one in _fields(stored)} | _configuration(root) | {bytes(one) for one in loot}
    found |= set(_opened(_identities_by_passphrase(stored, root, passphrases)))
    found |= set(_opened(_identities_by_code(stored, root, codes)))
    size = 0
    while size < len(found):
        size = len(found)
        found |= set(_opened(_attempts(stored, root, found)))
    return set(_opened(_record_attempts(stored, found)))


def traces(secret: bytes) -> set[bytes]:
    """A secret as it could lie about: in text encodings, in JSON, in URLs, in hexadecimal, in base64 at any offset."""
    shapes = {secret, secret.hex().encode(), quote(secret).encode()}
    for shift in range(3):
        # The first and last group also depend on what stands before and after.
        middle = base64.b64encode(bytes(shift) + secret)[4:-4]
        shapes |= {middle, middle.translate(bytes.maketrans(b"+/", b"-_"))}
    try:
        text = secret.decode()
    except UnicodeDecodeError:
        return shapes
    return shapes | {text.encode("utf-16-le"), text.encode("utf-16-be"), json.dumps(text)[1:-1].encode()}


def everything(stored: Stored) -> bytes:
    """All stored bytes in one, as on a disk."""
    return b"\n".join(_fields(stored))


Attempt = Callable[[], bytes]


def _opened(attempts: Iterable[Attempt]) -> Iterator[bytes]:
    for attempt in attempts:
        try:
            yield bytes(attempt())
        except SealingError:
            continue


def _attempts(stored: Stored, root: bytes, found: set[bytes]) -> Iterator[Attempt]:
    keys = [Secret(one) for one in found if len(one) == KEY_BYTES]
    privates = [PrivateKey(Secret(one)) for one in found if len(one) == PRIVATE_BYTES]
    yield from _wraps(stored, keys)
    yield from _strand_by_halves(stored, keys)
    row_seal = RootKeys.from_root(root).row_seal
    for private in privates:
        unsealer = Unsealer(private)
        yield lambda private=private: receive_grant(private, stored.grant, stored.terms).key
        for epoch in stored.epochs:
            yield lambda unsealer=unsealer, epoch=epoch: open_epoch(unsealer, epoch, row_seal)
        for share in stored.strand.shares:
            context = strands._share_context(_strand_context(stored), share.role, share.holder_id)
            yield lambda unsealer=unsealer, share=share, context=context: unsealer.unseal(share.sealed, context)


def _wraps(stored: Stored, keys: Iterable[Secret]) -> Iterator[Attempt]:
    for key in keys:
        yield lambda key=key: unwrap_request_private(key, stored.wrapped_request, stored.terms.request_id)
        yield lambda key=key: unwrap(key, stored.strand.wrapped_private, _strand_context(stored))
        for one in stored.people.values():
            yield lambda key=key, one=one: unwrap(key, one.wrapped_private, identities._context(one.salt, one.public))


def _strand_by_halves(stored: Stored, keys: Iterable[Secret]) -> Iterator[Attempt]:
    for lead, reviewer in permutations(keys, 2):
        yield lambda lead=lead, reviewer=reviewer: open_strand_private(
            stored.strand, Half(HolderRole.LEAD, lead), Half(HolderRole.REVIEWER, reviewer)
        )


def _record_attempts(stored: Stored, found: set[bytes]) -> Iterator[Attempt]:
    keys = [EpochKey(Secret(one)) for one in found if len(one) == KEY_BYTES]
    shares = [one for one in found if len(one) == SHARE_BYTES]
    for record, key, purpose in product(stored.records, keys, Purpose):
        place = RecordContext(purpose, stored.strand.strand_id, record.epoch_id, stored.schema)
        for share in shares:
            sealed = SealedRecord(record.id, share, record.blob)
            yield lambda key=key, place=place, sealed=sealed: open_record(key, place, sealed)


def _identities_by_code(stored: Stored, root: bytes, codes: Iterable[str]) -> Iterator[Attempt]:
    """What a printed recovery code opens, for whoever has the configuration."""
    key = RootKeys.from_root(root).passphrase
    for one, code in product(stored.people.values(), codes):
        if one.recovery is not None:
            yield lambda one=one, code=code: unwrap_with_recovery(one.recovery, RecoveryCode(code), key, one.public)


def _identities_by_passphrase(stored: Stored, root: bytes, passphrases: Iterable[str]) -> Iterator[Attempt]:
    key = RootKeys.from_root(root).passphrase
    for one, said in product(stored.people.values(), passphrases):
        yield lambda one=one, said=said: _unwrapped(one, said, key)


@cache
def _unwrapped(one: Identity, said: str, key: Secret) -> bytes:
    """What a passphrase opens of somebody, b"" if nothing: stretched once, whatever else the thief tries it on."""
    try:
        return bytes(unwrap_identity(one, said, key))
    except SealingError:
        return b""


def _configuration(root: bytes) -> set[bytes]:
    return {root, *(bytes(key) for key in astuple(RootKeys.from_root(root)))}


def _strand_context(stored: Stored) -> bytes:
    strand = stored.strand
    return strands._strand_context(strand.strand_id, strand.generation, strand.suite, strand.public)


def _fields(stored: Stored) -> Iterator[bytes]:
    """Every value of every row, as bytes."""
    yield from _flat(astuple(stored))


def _flat(value: object) -> Iterator[bytes]:
    match value:
        case bytes():
            yield value
        case str():
            yield value.encode()
        case tuple():
            for one in value:
                yield from _flat(one)
        case dict():
            yield from _flat(tuple(value.items()))
