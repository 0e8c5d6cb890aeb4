"""Fixtures of what backups need: a stage with answers, the real commands, and an empty database to restore into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consult.cli import main
from consult.demo.setup import Stage
from tests.scenario import ROOT, after, elsewhere, give, open_part
from tests.toolbox.installation import installed_over
from tests.toolbox.postgresql import Server


def _answered(stage: Stage) -> Stage:
    open_part(stage, "young_adults")
    give(stage, "young_adults", 6)
    return stage


answered = after(_answered)
"""Young adults have answered, one part is still open."""


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run a command against the database of a stage."""

    def run(stage: Stage, *words: str) -> int:
        installed_over(monkeypatch, stage.engine, ROOT, tmp_path)
        return main([*words])

    return run


@pytest.fixture
def empty(answered: Stage, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A new database of the same kind, with the newest schema and no row."""
    server: Server | None = None
    if answered.engine.dialect.name == "sqlite":
        url = request.getfixturevalue("migrated_sqlite_url")
    else:
        server = request.getfixturevalue("_migrated_postgresql")
        server.create("restored", "migrated")
        url = server.url("restored")
    new = elsewhere(answered, url)
    yield new
    new.engine.dispose()
    if server:
        server.drop("restored")
