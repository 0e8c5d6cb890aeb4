"""Opening answers: sealed rows to counted tables, opened by two people, beside bare decrypting and counting."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from itertools import islice
from time import perf_counter

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import insert

from consult.bench.comparison import Comparison
from consult.bench.invented import BANDS, LANGUAGES, form, payloads
from consult.bench.staged import Staged, now, staged
from consult.bench.timed import Figures, Memory, figures, timed
from consult.database import address_of, read, write
from consult.models import Epoch, OpeningMode, Response, ResponseShare, Strand
from consult.models.base import Base
from consult.sealing.epoch import new_epoch
from consult.sealing.record import RECORD_ID_BYTES, SHARE_BYTES, Purpose, RecordContext, seal_record
from consult.sealing.suite import KEY_BYTES
from consult.services import reading, running
from consult.services.apart import in_process_of_its_own, in_stages, side_by_side
from consult.services.codedrows import count_answers, sealed_bytes
from consult.services.guards import guards_off
from consult.services.keystore import public_key
from consult.services.payload import ANSWERS_SCHEMA
from consult.services.rewriting import clear_the_disk
from consult.services.tabulating import Tabulation
from consult.services.unsealing import Unsealing, count_rows

__all__ = ["measure"]

_GROWN = 100
_IN_AN_EPOCH = 64
_DIFFERENT = 2_000
_AT_ONCE = 20_000
_ASKED_FOR = timedelta(days=1)
_NONCE = bytes(12)


def measure(people: int = 1_000_000) -> Comparison:
    """Seal invented answers into a real part, close it, and count them all as a release does, in its own process."""
    fewer = people // _GROWN
    with staged() as site:
        _add(site, fewer)
        work, tabulation = _granted(site), _tabulation()
        few, _ = _counted(work, tabulation, fewer)
        _add(site, people - fewer)
        clear_the_disk(site.engine, whole=False)
        with Memory() as memory:
            many, with_start = _counted(work, tabulation, people)
        bare = in_process_of_its_own(_bare, people, tabulation)
    return Comparison(
        name="open",
        saying=f"{people} sealed answers read from SQLite, opened by a lead's and a reviewer's half and counted in "
        "every table of a release, in two processes that are started for it; beside bare key derivation, "
        "AES-256-GCM and numpy counting of as many blobs in memory, in two processes; growth is from "
        f"{fewer} answers",
        product={
            "open_and_count_s": many.seconds,
            "with_start_s": with_start,
            "processor_s": many.processor_s,
            "memory_mb": memory.most_mb,
            "growth": many.seconds / few.seconds,
        },
        limit={"decrypt_and_count_s": bare},
        ratio=many.seconds / bare,
        n=people,
    )


def _add(site: Staged, people: int) -> None:
    """Sealed answers under epochs of their own, put in as they would lie after the nightly rewrite: in id order."""
    asked, plain = form(), payloads(_DIFFERENT)
    digest = asked.digest()
    ready = [sealed_bytes(asked, digest, BANDS, LANGUAGES, each) for each in plain]
    with read(site.engine) as db:
        public = public_key(db, site.keys.row_seal, site.strand_id)
    with write(site.engine) as db, guards_off(db, [Base.metadata.tables[n] for n in ("responses", "response_shares")]):
        epochs = [new_epoch(site.strand_id, public, site.keys.row_seal) for _ in range(-(-people // _IN_AN_EPOCH))]
        db.execute(insert(Epoch), [asdict(epoch.stored) for epoch in epochs])
        contexts = [RecordContext(Purpose.ANSWERS, site.strand_id, epoch.id, ANSWERS_SCHEMA) for epoch in epochs]
        ids = iter(sorted(os.urandom(RECORD_ID_BYTES) for _ in range(people)))
        place = 0
        while chunk := list(islice(ids, _AT_ONCE)):
            answers, shares = [], []
            for record_id in chunk:
                at = secrets.randbelow(len(epochs))
                sealed = seal_record(epochs[at].key, contexts[at], record_id, ready[place % _DIFFERENT])
                place += 1
                row = {"id": sealed.id, "strand_id": site.strand_id, "epoch_id": epochs[at].id, "sealed": sealed.blob}
                answers.append(row)
                shares.append({"response_id": sealed.id, "share": sealed.share})
            db.execute(insert(Response), answers)
            db.execute(insert(ResponseShare), shares)


def _granted(site: Staged) -> Unsealing:
    """The part closed, tables asked for by a reviewer, granted by a lead, and all that the process needs."""
    stage, cookie_key = site.stage, os.urandom(KEY_BYTES)
    people, words = stage.people, stage.passphrases
    with write(site.engine) as db:
        strand = db.get_one(Strand, site.strand_id)
        running.close(db, site.keys, people["lead1"], strand, now())
        asked = reading.ask(
            db, site.keys, people["reviewer1"], strand, "Benchmark.", now() + _ASKED_FOR, cookie_key, now()
        ).id
        reading.grant(db, site.keys, people["lead1"], asked, words["lead1"], now())
    with read(site.engine) as db:
        met = reading.meeting(
            db, site.keys, people["reviewer1"], asked, OpeningMode.TABLES, words["reviewer1"], cookie_key, now()
        )
        return Unsealing(met, site.keys.row_seal, address_of(db))


def _tabulation() -> Tabulation:
    return Tabulation("benchmark", "benchmark", "child", 10, form().to_json(), BANDS, LANGUAGES, 60)


def _counted(work: Unsealing, tabulation: Tabulation, people: int) -> tuple[Figures, float]:
    """The product's own path up to the counts, which end with the process; and the seconds with the process's start."""
    begun = perf_counter()
    told = in_stages(partial(timed, partial(count_rows, work, tabulation)), figures)
    if told.total != people:
        raise RuntimeError(f"{told.total} answers were counted, and {people} were sealed")
    return told, perf_counter() - begun


def _bare(people: int, tabulation: Tabulation) -> float:
    half = people // 2
    begun = perf_counter()
    side_by_side(partial(_bare_half, tabulation), (half, people - half))
    return perf_counter() - begun


def _bare_half(tabulation: Tabulation, people: int) -> int:
    asked, key = form(), secrets.token_bytes(KEY_BYTES)
    digest = asked.digest()
    plain = [sealed_bytes(asked, digest, BANDS, LANGUAGES, each).ljust(1006, b"\0") for each in payloads(200)]
    told = [os.urandom(RECORD_ID_BYTES + SHARE_BYTES) for _ in plain]
    blobs = [AESGCM(_derived(key, each)).encrypt(_NONCE, text, each) for each, text in zip(told, plain, strict=True)]
    pairs = list(zip(told, blobs, strict=True))

    def opened() -> Iterator[bytes]:
        for place in range(people):
            each, blob = pairs[place % len(pairs)]
            yield AESGCM(_derived(key, each)).decrypt(_NONCE, blob, each)

    return count_answers(opened(), tabulation).total


def _derived(key: bytes, told: bytes) -> bytes:
    return hmac.digest(key, told, "sha256")
