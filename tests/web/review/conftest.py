"""The pages of reviewers and readers: over a part that is closed, and over three parts with reports."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from consult.demo.setup import Stage
from tests.scenario import NOW, ask, closed_with, elsewhere, grant, make, sent_on_sqlite, stage_on_sqlite
from tests.web.staff.desk import Desk

__all__ = ["closed", "desk", "reported", "reports", "sent_on_sqlite", "stage_on_sqlite"]

ANSWERED = {"children": 70, "adult_survivors": 60, "young_adults": 30}


def site(stage: Stage, folder: Path, address: str = "http://localhost") -> Desk:
    """The whole site over a stage."""
    found = Desk.over(stage, folder, address)  # type: ignore[arg-type] - a stage has all that a desk asks of an office
    found.now[0] = NOW
    return found


@pytest.fixture
def closed(stage_on_sqlite: Stage) -> Stage:
    """Young adults have answered, and their part is closed."""
    closed_with(stage_on_sqlite, "young_adults", 6)
    return stage_on_sqlite


@pytest.fixture
def desk(closed: Stage, tmp_path: Path) -> Desk:
    """The site over it."""
    return site(closed, tmp_path)


@pytest.fixture(scope="session")
def reported(sent_on_sqlite: tuple[Path, Stage], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Stage]:
    """Children, adult survivors who stand in, and young adults, each with a release. Made once."""
    original, ready = sent_on_sqlite
    path = Path(shutil.copy(original, tmp_path_factory.mktemp("reported") / "reported.sqlite"))
    stage = elsewhere(ready, f"sqlite:///{path}")
    for key, people in ANSWERED.items():
        closed_with(stage, key, people)
        request = ask(stage, key)
        grant(stage, request)
        make(stage, request)
    with stage.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    stage.engine.dispose()
    return path, stage


@pytest.fixture
def reports(reported: tuple[Path, Stage], tmp_path: Path) -> Iterator[Desk]:
    """The site over the three reports."""
    path, ready = reported
    stage = replace(elsewhere(ready, f"sqlite:///{shutil.copy(path, tmp_path / 'reports.sqlite')}"))
    yield site(stage, tmp_path)
    stage.engine.dispose()
