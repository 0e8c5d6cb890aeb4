"""One open part, its site, and somebody who comes to it, for each test of the participants' face."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from tests.web.participate.walk import Walk
from tests.web.participate.world import Clock, World, build_site, open_strand


@pytest.fixture
def world(engine: Engine) -> World:
    """The part; a test that needs another kind has a fixture of this name of its own."""
    return open_strand(engine)


@pytest.fixture
def clock() -> Clock:
    """What the site takes for the time."""
    return Clock()


@pytest.fixture
def app(engine: Engine, world: World, clock: Clock, tmp_path: Path) -> Flask:
    """The real site over the part."""
    return build_site(engine, tmp_path, clock)


@pytest.fixture
def walk(app: Flask) -> Walk:
    """A browser that has not been there yet."""
    return Walk(app)
