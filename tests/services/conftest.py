"""Fixtures of the tests of services: an office, and a stage on which every part waits for a signature."""

import pytest
from sqlalchemy import Engine

from consult.demo.setup import Stage
from tests.meetings import live_on_sqlite, on_sqlite
from tests.office import Office
from tests.scenario import open_part, sent_on_postgresql, sent_on_sqlite, stage, stage_on_sqlite

__all__ = ["live_on_sqlite", "on_sqlite", "sent_on_postgresql", "sent_on_sqlite", "stage", "stage_on_sqlite"]


@pytest.fixture
def office(engine: Engine) -> Office:
    """An office with everybody in it, on both kinds of database."""
    return Office.with_everybody(engine)


@pytest.fixture
def office_on_sqlite(sqlite_engine: Engine) -> Office:
    """The same on SQLite only, for what no database decides."""
    return Office.with_everybody(sqlite_engine)


@pytest.fixture
def running(stage: Stage) -> Stage:
    """A stage on which the children's part is open."""
    open_part(stage, "children")
    return stage


@pytest.fixture
def running_on_sqlite(stage_on_sqlite: Stage) -> Stage:
    """The same on SQLite only."""
    open_part(stage_on_sqlite, "children")
    return stage_on_sqlite
