"""Fixtures of the tests of services: an office, and a stage on which every part waits for a signature."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from consult.demo.setup import Stage
from tests.meetings import live_on_sqlite, on_sqlite
from tests.office import Office
from tests.scenario import (
    after,
    closed_with,
    copied,
    further,
    open_part,
    released,
    sent_on_postgresql,
    sent_on_sqlite,
    stage,
    stage_on_sqlite,
    survivors_proven,
)

__all__ = [
    "live_on_sqlite",
    "on_sqlite",
    "released",
    "sent_on_postgresql",
    "sent_on_sqlite",
    "stage",
    "stage_on_sqlite",
]


@pytest.fixture
def office(engine: Engine) -> Office:
    """An office with everybody in it, on both kinds of database."""
    return Office.with_everybody(engine)


@pytest.fixture
def office_on_sqlite(sqlite_engine: Engine) -> Office:
    """The same on SQLite only, for what no database decides."""
    return Office.with_everybody(sqlite_engine)


def _opened(stage: Stage) -> Stage:
    open_part(stage, "children")
    return stage


running = after(_opened)
"""A stage on which the children's part is open."""


@pytest.fixture(scope="session")
def _opened_on_sqlite(
    sent_on_sqlite: tuple[Path, Stage], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Stage]:
    return further(sent_on_sqlite, tmp_path_factory.mktemp("opened"), _opened)


@pytest.fixture
def running_on_sqlite(_opened_on_sqlite: tuple[Path, Stage], tmp_path: Path) -> Iterator[Stage]:
    """The same on SQLite only: opened once, every test works on a copy."""
    with copied(_opened_on_sqlite, tmp_path) as stage:
        yield stage


def _closed(stage: Stage) -> Stage:
    return closed_with(stage, "young_adults", 6)


closed = after(_closed)
"""A stage on which six young adults have answered and their part is closed."""


@pytest.fixture(scope="session")
def _closed_on_sqlite(
    sent_on_sqlite: tuple[Path, Stage], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Stage]:
    return further(sent_on_sqlite, tmp_path_factory.mktemp("closed"), _closed)


@pytest.fixture
def closed_on_sqlite(_closed_on_sqlite: tuple[Path, Stage], tmp_path: Path) -> Iterator[Stage]:
    """A stage on which six young adults have answered and their part is closed, on SQLite."""
    with copied(_closed_on_sqlite, tmp_path) as stage:
        yield stage


@pytest.fixture(scope="session")
def _proven_on_sqlite(
    sent_on_sqlite: tuple[Path, Stage], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Stage]:
    return further(sent_on_sqlite, tmp_path_factory.mktemp("proven"), survivors_proven)


@pytest.fixture
def proven(_proven_on_sqlite: tuple[Path, Stage], tmp_path: Path) -> Iterator[Stage]:
    """A stage on which nothing is missing for the child survivors, on SQLite."""
    with copied(_proven_on_sqlite, tmp_path) as stage:
        yield stage
