"""Opening: sealed answers to counted tables, beside bare decrypting and counting; and who took part, from totals."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial
from itertools import cycle, islice
from time import perf_counter
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import insert

from consult.bench.comparison import Comparison
from consult.bench.invented import BANDS, LANGUAGES, form, payloads
from consult.bench.staged import Staged, now, staged
from consult.bench.timed import Figures, Memory, figures, figures_and_totals, timed
from consult.database import address_of, read, write
from consult.inclusion.tabulate import Tables
from consult.models import Epoch, OpeningMode, Profile, ProfileShare, Response, ResponseShare, Strand
from consult.models.base import Base
from consult.sealing.epoch import Epoch as NewEpoch
from consult.sealing.epoch import new_epoch
from consult.sealing.record import RECORD_ID_BYTES, SHARE_BYTES, Purpose, RecordContext, seal_record
from consult.sealing.suite import KEY_BYTES
from consult.services.guards import guards_off
from consult.services.keys.inclusionholders import stored_keys
from consult.services.keys.inclusionkeys import public_for
from consult.services.keys.keystore import public_key
from consult.services.opening import reading
from consult.services.opening.unsealing import Unsealing, count_rows
from consult.services.ownprocess import in_stages, side_by_side
from consult.services.people.identities import unlock
from consult.services.safekeeping.rewriting import clear_the_disk
from consult.services.signed import running
from consult.services.tables.codedrows import PROFILE_SCHEMA, codes_of, count_answers, sealed_bytes
from consult.services.tables.payload import ANSWERS_SCHEMA
from consult.services.tables.profilecounting import ProfileWork, count_people
from consult.services.tables.tabulating import Tabulation

__all__ = ["measure"]

_GROWN = 100
_IN_AN_EPOCH = 64
_DIFFERENT = 2_000
_AT_ONCE = 20_000
_ASKED_FOR = timedelta(days=1)
_NONCE = bytes(12)
_TOTALS_LIMIT = 0.15  # seconds


def measure(people: int = 1_000_000) -> Comparison:
    """Seal invented answers into a real part, close it, and count them all as a release does, in its own process."""
    fewer = people // _GROWN
    with staged() as site:
        _add(site, fewer)
        work, profiles, tabulation = _granted(site), _unlocked(site), _tabulation()
        few, _ = _counted(work, tabulation, fewer)
        _add(site, people - fewer)
        clear_the_disk(site.engine, whole=False)
        with Memory() as memory:
            many, with_start = _counted(work, tabulation, people)
        everybody, totals, _ = _who(profiles, people)
        from_totals, _, totals_with_start = _who(replace(profiles, totals=totals), people)
        bare = in_stages(partial(timed, partial(_bare, people, tabulation)), figures)
    return Comparison(
        name="open",
        saying=f"{people} sealed answers read from SQLite, opened by a lead's and a reviewer's half and counted in "
        "every table of a release, in two processes that are started for it; beside bare key derivation, "
        "AES-256-GCM and numpy counting of as many blobs in memory, in two processes; growth is from "
        f"{fewer} answers; then as many profiles counted from their rows, and again from the sealed totals of that",
        product={
            "open_and_count_s": many.seconds,
            "with_start_s": with_start,
            "processor_s": many.processor_s,
            "memory_mb": memory.most_mb,
            "growth": many.seconds / few.seconds,
            "profiles_s": everybody.seconds,
            "from_totals_s": from_totals.seconds,
            "from_totals_with_start_s": totals_with_start,
            "from_totals_processor_s": from_totals.processor_s,
        },
        limit={
            "decrypt_and_count_s": bare.seconds,
            "processor_s": bare.processor_s,
            "from_totals_s": _TOTALS_LIMIT,
        },
        ratio=many.seconds / bare.seconds,
        n=people,
    )


def _add(site: Staged, people: int) -> None:
    """Sealed answers and profiles under epochs of their own, put in as after the nightly rewrite: in id order."""
    asked, plain = form(), payloads(_DIFFERENT)
    digest = asked.digest()
    answers = [sealed_bytes(asked, digest, BANDS, LANGUAGES, each) for each in plain]
    profiles = [codes_of(asked, digest, BANDS, LANGUAGES, each.band, each.language, each.profile) for each in plain]
    tables = ("responses", "response_shares", "profiles", "profile_shares")
    with read(site.engine) as db:
        public = public_key(db, site.keys.row_seal, site.strand_id)
        inclusion = public_for(db, site.keys.row_seal, site.strand_id)
    with write(site.engine) as db, guards_off(db, [Base.metadata.tables[name] for name in tables]):
        number = -(-people // _IN_AN_EPOCH)
        epochs = [new_epoch(site.strand_id, public, site.keys.row_seal, inclusion) for _ in range(number)]
        db.execute(insert(Epoch), [asdict(epoch.stored) for epoch in epochs])
        for rows in _sealed(people, epochs, Purpose.ANSWERS, ANSWERS_SCHEMA, answers):
            db.execute(insert(Response), [row for row, _ in rows])
            db.execute(insert(ResponseShare), [{"response_id": row["id"], "share": share} for row, share in rows])
        for rows in _sealed(people, epochs, Purpose.PROFILE, PROFILE_SCHEMA, profiles):
            db.execute(insert(Profile), [row for row, _ in rows])
            db.execute(insert(ProfileShare), [{"profile_id": row["id"], "share": share} for row, share in rows])


def _sealed(
    people: int, epochs: Sequence[NewEpoch], purpose: Purpose, schema: str, plain: Sequence[bytes]
) -> Iterator[list[tuple[dict[str, Any], bytes]]]:
    """Rows with their shares, so many at once, in id order, each under any of the epochs."""
    ids = iter(sorted(os.urandom(RECORD_ID_BYTES) for _ in range(people)))
    texts = cycle(plain)
    while chunk := list(islice(ids, _AT_ONCE)):
        rows = []
        for record_id in chunk:
            epoch = secrets.choice(epochs)
            key = epoch.key if purpose is Purpose.ANSWERS else epoch.profile_key
            if key is None:
                raise RuntimeError("The part of the benchmark has no key for profiles")
            context = RecordContext(purpose, epoch.stored.strand_id, epoch.id, schema)
            sealed = seal_record(key, context, record_id, next(texts))
            row = {"id": sealed.id, "strand_id": context.strand_id, "epoch_id": epoch.id, "sealed": sealed.blob}
            rows.append((row, sealed.share))
        yield rows


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


def _unlocked(site: Staged) -> ProfileWork:
    """The same part, for an inclusion holder who counts who took part; there are no totals yet."""
    holder = site.stage.people["inclusion"]
    with read(site.engine) as db:
        strand = db.get_one(Strand, site.strand_id)
        return ProfileWork(
            strand_id=site.strand_id,
            holder_id=holder.id,
            holder_private=unlock(db, site.keys, holder, site.stage.passphrases["inclusion"]),
            inclusion=tuple(stored_keys(db, site.keys, strand.consultation_id)),
            row_seal_key=site.keys.row_seal,
            database=address_of(db),
            tabulation=_tabulation(),
            totals=None,
            closed=True,
            now=now(),
        )


def _tabulation() -> Tabulation:
    return Tabulation("benchmark", "benchmark", "child", 10, form().to_json(), BANDS, LANGUAGES, 60)


def _counted(work: Unsealing, tabulation: Tabulation, people: int) -> tuple[Figures, float]:
    """The product's own path up to the counts, which end with the process; and the seconds with the process's start."""
    begun = perf_counter()
    told = in_stages(partial(timed, partial(count_rows, work, tabulation)), figures)
    if told.total != people:
        raise RuntimeError(f"{told.total} answers were counted, and {people} were sealed")
    return told, perf_counter() - begun


def _who(work: ProfileWork, people: int) -> tuple[Figures, tuple[int, bytes], float]:
    """As `_counted`, of profiles; and the sealed totals that come out of it."""
    begun = perf_counter()
    told, totals = in_stages(partial(timed, partial(count_people, work)), figures_and_totals)
    if told.total != people:
        raise RuntimeError(f"{told.total} profiles were counted, and {people} were sealed")
    return told, (work.inclusion[-1].generation, totals), perf_counter() - begun


def _bare(people: int, tabulation: Tabulation) -> Tables:
    half = people // 2
    one, other = side_by_side(partial(_bare_half, tabulation), (half, people - half))
    return one.plus(other)


def _bare_half(tabulation: Tabulation, people: int) -> Tables:
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

    return count_answers(opened(), tabulation)


def _derived(key: bytes, told: bytes) -> bytes:
    return hmac.digest(key, told, "sha256")
