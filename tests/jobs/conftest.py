"""Fixtures of the tests of jobs: a strand that takes answers, on both kinds of database."""

import pytest
from sqlalchemy import Engine

from tests.web.participate.world import World, open_strand


@pytest.fixture
def world(engine: Engine) -> World:
    """One signed, open strand in it."""
    return open_strand(engine)
