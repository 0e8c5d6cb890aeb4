"""Fixtures of the tests of services: an office, and a stage on which every part waits for a signature."""

import pytest
from sqlalchemy import Engine

from tests.meetings import live_on_sqlite, on_sqlite
from tests.office import Office
from tests.scenario import sent_on_postgresql, sent_on_sqlite, stage, stage_on_sqlite

__all__ = ["live_on_sqlite", "on_sqlite", "sent_on_postgresql", "sent_on_sqlite", "stage", "stage_on_sqlite"]


@pytest.fixture
def office(engine: Engine) -> Office:
    """An office with everybody in it, on both kinds of database."""
    return Office.with_everybody(engine)
