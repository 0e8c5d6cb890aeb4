"""Whatever table somebody adds: its rows go into a backup and come back as they were, on both databases."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from consult.database import connect, upgrade, write
from consult.models.base import Base
from consult.sealing.archive import read_archive
from consult.sealing.root import RootKeys
from consult.services.guards import guards_off
from consult.services.safekeeping.backups import BackupClass, make_backup
from consult.services.safekeeping.restoring import _fill, _Reading
from tests.factories import NOW
from tests.models.world import furnish
from tests.toolbox.rows import dump

KEYS = RootKeys.from_root(bytes(range(32)))
#: Requests that were not used stay out, and what hangs on them; sign-ins are in no backup.
# What was read under a request that was never used up waits for a reader again after a restore.
NOT_THE_SAME = {
    "opening_requests",
    "epoch_triage",
    "releases",
    "kept_texts",
    "theme_releases",
    "staff_sessions",
    "audit_events",
    "edition",
}


@pytest.fixture
def furnished(engine: Engine) -> Engine:
    with write(engine) as db:
        furnish(db)
    return engine


@pytest.fixture
def empty(tmp_path: object) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{tmp_path}/empty.sqlite")
    upgrade(engine)
    yield engine
    engine.dispose()


def test_every_row_comes_back_as_it_was_from_either_database(furnished: Engine, empty: Engine) -> None:
    files = {kind: io.BytesIO() for kind in BackupClass}
    make_backup(furnished, KEYS, files, NOW)
    readings = {}
    for kind, file in files.items():
        file.seek(0)
        readings[kind] = _Reading(kind, read_archive(file, KEYS.archive, kind))
        readings[kind].header()
    with write(empty) as db, guards_off(db, Base.metadata.sorted_tables):
        _fill(db, readings, BackupClass.CIPHERTEXT)
    for reading in readings.values():
        reading.finish()
    before, after = dump(furnished), dump(empty)
    different = [name for name in before if name not in NOT_THE_SAME and _plain(before[name]) != _plain(after[name])]
    assert different == []
    assert sum(map(len, after.values())) > 50


def _plain(rows: list[tuple[object, ...]]) -> list[str]:
    return sorted(repr([bytes(value) if isinstance(value, memoryview) else value for value in row]) for row in rows)
