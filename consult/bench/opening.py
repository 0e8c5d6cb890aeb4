"""Opening answers: records through the two-person opening beside bare decryption of as many bytes."""

from __future__ import annotations

import os
import secrets
from collections import deque

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consult.bench.comparison import Comparison, turn_by_turn
from consult.bench.invented import payloads
from consult.sealing.epoch import Epoch, new_epoch
from consult.sealing.opening import Opening, StoredRecord
from consult.sealing.record import RECORD_ID_BYTES, Purpose, RecordContext, seal_record
from consult.sealing.root import ROOT_BYTES, RootKeys
from consult.sealing.strand import Half, HolderRole, StrandKey, create_strand_key, open_share
from consult.sealing.suite import KEY_BYTES, generate_key_pair
from consult.services.payload import ANSWERS_SCHEMA

__all__ = ["measure"]

_RECORDS = 20_000
_IN_AN_EPOCH = 64
_DIFFERENT = 500
_STRAND = "benchmark"
_HEADER_BYTES, _TAG_BYTES, _NONCE = 2, 16, bytes(12)


def measure() -> Comparison:
    """Seal invented answers to a strand whose holders exist only here, then open all of them as two people do."""
    keys = RootKeys.from_root(secrets.token_bytes(ROOT_BYTES))
    strand, lead, reviewer = _strand_with_halves()
    epochs = [new_epoch(_STRAND, strand.public, keys.row_seal) for _ in range(-(-_RECORDS // _IN_AN_EPOCH))]
    plaintexts = [payload.to_bytes() for payload in payloads(_DIFFERENT)]
    records = [_sealed(epochs[n // _IN_AN_EPOCH], plaintexts[n % _DIFFERENT]) for n in range(_RECORDS)]
    bare = AESGCM(secrets.token_bytes(KEY_BYTES))
    blobs = [
        bare.encrypt(_NONCE, bytes(len(record.blob) - _HEADER_BYTES - _TAG_BYTES), None)  # never leaves this function
        for record in records[:_DIFFERENT]
    ]

    def open_all() -> None:
        opening = Opening(strand, lead, reviewer, keys.row_seal)
        deque(opening.open_records([epoch.stored for epoch in epochs], records), maxlen=0)

    def decrypt_all() -> None:
        for n in range(_RECORDS):
            bare.decrypt(_NONCE, blobs[n % _DIFFERENT], None)

    opening_s, decrypting_s = turn_by_turn(open_all, decrypt_all, rounds=3)
    return Comparison(
        name="open",
        saying=f"records opened by a lead's and a reviewer's half, {_IN_AN_EPOCH} in an epoch, on one core, "
        "beside bare AES-256-GCM decryption of blobs of the same sizes under one ready key",
        product={"records_per_s": _RECORDS / opening_s},
        limit={"decryptions_per_s": _RECORDS / decrypting_s},
        ratio=opening_s / decrypting_s,
        n=_RECORDS,
    )


def _strand_with_halves() -> tuple[StrandKey, Half, Half]:
    holders = {name: generate_key_pair() for name in ("lead-1", "lead-2", "reviewer-1", "reviewer-2")}
    public = {name: pair.public for name, pair in holders.items()}
    strand = create_strand_key(
        _STRAND,
        {name: public[name] for name in ("lead-1", "lead-2")},
        {name: public[name] for name in ("reviewer-1", "reviewer-2")},
    )
    halves = {share.holder_id: open_share(strand, share, holders[share.holder_id].private) for share in strand.shares}
    lead, reviewer = halves["lead-1"], halves["reviewer-1"]
    if (lead.role, reviewer.role) != (HolderRole.LEAD, HolderRole.REVIEWER):
        raise RuntimeError("the halves of the benchmark's strand are mixed up")
    return strand, lead, reviewer


def _sealed(epoch: Epoch, plaintext: bytes) -> StoredRecord:
    context = RecordContext(Purpose.ANSWERS, _STRAND, epoch.id, ANSWERS_SCHEMA)
    record = seal_record(epoch.key, context, os.urandom(RECORD_ID_BYTES), plaintext)
    return StoredRecord(record.id, epoch.id, ANSWERS_SCHEMA, record.share, record.blob)
