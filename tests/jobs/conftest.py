"""Fixtures of the tests of jobs: a strand that takes answers, on both kinds of database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from consult.database import connect
from tests.web.participate.world import World, open_strand


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[Engine]:
    """An empty database with the newest schema."""
    engine = connect(migrated_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def world(engine: Engine) -> World:
    """One signed, open strand in it."""
    return open_strand(engine)
