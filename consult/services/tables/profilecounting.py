"""Counting profiles, in a process of its own: running totals of what was counted before, and what has come since.

An epoch goes into the totals when a count saw it an hour ago, or when the part has closed: no worker holds it any more,
so nothing can be added to it. If people and rows do not agree (somebody took an answer back, something was set apart),
the totals are left aside and everybody is counted anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from consult.database import read_at, stream
from consult.inclusion.dimensions import Dimension
from consult.inclusion.tabulate import Tables
from consult.models import Epoch, Profile, ProfileShare
from consult.questionnaire.form import Form
from consult.sealing.epoch import EPOCH_ID_BYTES, SealedEpoch
from consult.sealing.inclusion import InclusionKey, ProfileOpening, open_inclusion_key, open_totals, seal_totals
from consult.sealing.root import RowSealKey
from consult.sealing.suite import PrivateKey
from consult.services.ownprocess import side_by_side
from consult.services.tables.codedrows import PROFILE_SCHEMA, count_profiles
from consult.services.tables.doubt import epochs_apart
from consult.services.tables.tabulating import Tabulation, about_people

__all__ = ["ProfileWork", "count_people"]

#: Tables, not mapped classes: making all mappings ready would take half as long as everything else from totals.
_PROFILES, _SHARES, _EPOCHS = Profile.__table__.c, ProfileShare.__table__.c, Epoch.__table__.c

#: Far longer than a worker keeps an epoch (15 minutes).
_SETTLED = timedelta(hours=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_AT_ONCE = 500
_FOR_ONE = 64


@dataclass(frozen=True, slots=True)
class ProfileWork:
    """Everything the short-lived process needs; it is handed over by pipe and written nowhere.

    `inclusion` are all generations of the key, oldest first; `totals` the generation and the blob of the last count's.
    """

    strand_id: str
    holder_id: str
    holder_private: PrivateKey = field(repr=False)
    inclusion: tuple[InclusionKey, ...]
    row_seal_key: RowSealKey = field(repr=False)
    #: the address of the database, password and all
    database: str = field(repr=False)
    tabulation: Tabulation
    totals: tuple[int, bytes] | None
    closed: bool
    now: datetime

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """What a profile holds."""
        form = Form.from_json(dict(self.tabulation.form))
        return about_people(form, self.tabulation.bands, self.tabulation.languages)


@dataclass(frozen=True, slots=True)
class _Totals:
    """Counts of everybody in `epochs`, and the epochs that may be added an hour after `seen_at`."""

    tables: Tables
    epochs: frozenset[bytes]
    seen: frozenset[bytes]
    seen_at: datetime


def count_people(work: ProfileWork) -> tuple[Tables, bytes]:
    """Everybody's profile in tables, not protected, and the new totals, sealed. Raises `SealingError`."""
    with ThreadPoolExecutor(1) as beside:  # the database counts rows while everything else is made ready
        rows = beside.submit(_how_many, work)
        before = _opened(work)
        new = _not_counted(work, before.epochs)
    counted = _added(work, new, before)
    if counted[0].total != rows.result() and before.epochs:
        nobody = _nothing(work)
        counted = _added(work, _not_counted(work, nobody.epochs), nobody)
    tables, totals = counted
    return tables, seal_totals(work.inclusion[-1], work.strand_id, _to_bytes(totals)) if work.inclusion else b""


def _added(work: ProfileWork, new: Sequence[SealedEpoch], before: _Totals) -> tuple[Tables, _Totals]:
    """Everybody, and the totals with what has settled since."""
    if not new:
        return before.tables, before
    over = work.now - before.seen_at >= _SETTLED
    settled = [epoch for epoch in new if work.closed or (over and epoch.id in before.seen)]
    fresh = [epoch for epoch in new if not (work.closed or (over and epoch.id in before.seen))]
    if len(new) > _FOR_ONE:
        halves = side_by_side(partial(_count, work), [(settled[::2], fresh[::2]), (settled[1::2], fresh[1::2])])
        known, recent = halves[0][0].plus(halves[1][0]), halves[0][1].plus(halves[1][1])
    else:
        known, recent = _count(work, (settled, fresh))
    seen, seen_at = (frozenset(epoch.id for epoch in fresh), work.now) if over else (before.seen, before.seen_at)
    totals = _Totals(before.tables.plus(known), before.epochs | {epoch.id for epoch in settled}, seen, seen_at)
    return totals.tables.plus(recent), totals


def _count(work: ProfileWork, parts: tuple[Sequence[SealedEpoch], Sequence[SealedEpoch]]) -> tuple[Tables, Tables]:
    settled, fresh = parts
    wanted = {epoch.inclusion_generation for epoch in (*settled, *fresh)}
    privates = {each.generation: _private(work, each) for each in work.inclusion if each.generation in wanted}
    opening = ProfileOpening(work.strand_id, privates, work.row_seal_key)
    with read_at(work.database) as db:
        return _people(db, work, opening, settled), _people(db, work, opening, fresh)


def _people(db: Session, work: ProfileWork, opening: ProfileOpening, epochs: Sequence[SealedEpoch]) -> Tables:
    plain = opening.open_profiles(epochs, _rows(db, work.strand_id, [epoch.id for epoch in epochs]), PROFILE_SCHEMA)
    return count_profiles(plain, work.dimensions, work.tabulation.planned)


def _nothing(work: ProfileWork) -> _Totals:
    return _Totals(count_profiles([], work.dimensions, work.tabulation.planned), frozenset(), frozenset(), _LONG_AGO)


def _private(work: ProfileWork, key: InclusionKey) -> PrivateKey:
    return open_inclusion_key(key, work.holder_id, work.holder_private)


def _opened(work: ProfileWork) -> _Totals:
    """The last count's totals; none where there are none, or where people are counted by something else today."""
    import numpy as np  # noqa: PLC0415 - eleven megabytes that a worker for participants does without

    nothing = _nothing(work)
    generation, sealed = work.totals or (None, b"")
    key = next((each for each in work.inclusion if each.generation == generation), None)
    if key is None:
        return nothing
    told = json.loads(open_totals(key, _private(work, key), work.strand_id, sealed))
    if told["dimensions"] != _named(nothing.tables) or told.get("tables") != _counted_by(nothing.tables):
        return nothing
    counts = {
        names: np.array(flat, dtype=np.int64).reshape(cells.shape)
        for (names, cells), flat in zip(nothing.tables.counts.items(), told["counts"], strict=True)
    }
    tables = Tables(nothing.tables.dimensions, counts, told["people"])
    return _Totals(tables, _ids(told["epochs"]), _ids(told["seen"]), datetime.fromisoformat(told["seen_at"]))


def _to_bytes(totals: _Totals) -> bytes:
    told = {
        "dimensions": _named(totals.tables),
        "tables": _counted_by(totals.tables),
        "people": totals.tables.total,
        "counts": [cells.ravel().tolist() for cells in totals.tables.counts.values()],
        "epochs": b"".join(sorted(totals.epochs)).hex(),
        "seen": b"".join(sorted(totals.seen)).hex(),
        "seen_at": totals.seen_at.isoformat(),
    }
    return json.dumps(told).encode()


def _named(tables: Tables) -> list[list[object]]:
    return [[name, list(dimension.categories)] for name, dimension in tables.dimensions.items()]


def _counted_by(tables: Tables) -> list[list[str]]:
    return [list(names) for names in tables.counts]


def _ids(joined: str) -> frozenset[bytes]:
    plain = bytes.fromhex(joined)
    return frozenset(plain[start : start + EPOCH_ID_BYTES] for start in range(0, len(plain), EPOCH_ID_BYTES))


def _not_counted(work: ProfileWork, known: frozenset[bytes]) -> list[SealedEpoch]:
    """Epochs with profiles that are not known yet, but those that are set apart.

    Ids come out of an index that holds every epoch's, of whatever part: a million people have some fifteen thousand,
    and where one part's are asked for, each is read from beside its two sealed keys.
    """
    with_people = exists().where(_PROFILES.strand_id == _EPOCHS.strand_id, _PROFILES.epoch_id == _EPOCHS.id)
    wanted = select(*(_EPOCHS[each.name] for each in fields(SealedEpoch))).where(with_people)
    with read_at(work.database) as db:
        everywhere = stream(db, select(_EPOCHS.id, _EPOCHS.strand_id))
        ids = {epoch_id for epoch_id, strand_id in everywhere if strand_id == work.strand_id}
        apart = {epoch_id for (epoch_id,) in stream(db, epochs_apart())}
        remaining = iter(sorted(ids - apart - known))
        found: list[SealedEpoch] = []
        while some := list(islice(remaining, _AT_ONCE)):
            found += (SealedEpoch(*row) for row in stream(db, wanted.where(_EPOCHS.id.in_(some))))
    return found


def _how_many(work: ProfileWork) -> int:
    """The number of all profiles but those that are set apart: all in one step, less the few, is half the work."""
    number = select(func.count()).select_from(Profile.__table__).where(_PROFILES.strand_id == work.strand_id)
    with read_at(work.database) as db:
        ((everybody,),) = stream(db, number)
        ((apart,),) = stream(db, number.where(_PROFILES.epoch_id.in_(epochs_apart())))
    return everybody - apart


def _rows(db: Session, strand_id: str, epochs: Sequence[bytes]) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    """The profiles of some epochs as `StoredRecord`; one whose share is gone comes without one, and does not open."""
    with_shares = Profile.__table__.outerjoin(ProfileShare.__table__, _SHARES.profile_id == _PROFILES.id)
    remaining = iter(epochs)
    while some := list(islice(remaining, _AT_ONCE)):
        yield from stream(
            db,
            select(_PROFILES.id, _PROFILES.epoch_id, func.coalesce(_SHARES.share, b""), _PROFILES.sealed)
            .select_from(with_shares)
            .where(_PROFILES.strand_id == strand_id, _PROFILES.epoch_id.in_(some)),
        )
