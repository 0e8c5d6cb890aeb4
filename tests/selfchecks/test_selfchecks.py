"""The program's own checks over a real database: they pass on what we ship, and see what somebody broke."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from consult import selfchecks
from consult.config import Settings
from consult.database import write
from safeguards import policyfile
from safeguards.measures import CHECKED
from tests import factories

pytestmark = pytest.mark.slow


def failed(engine: Engine, folder: Path) -> set[str]:
    settings = Settings(
        root=bytes(32),
        organisation="The office",
        address="http://localhost",
        data_folder=folder,
        database_url="sqlite://",
    )
    now = datetime(2030, 3, 4, 9, 0, tzinfo=UTC)
    results = list(selfchecks.run(settings, engine, policyfile.default(), now, lambda _: None))
    assert {result.requirement for result in results} == set(CHECKED)
    return {result.requirement for result in results if not result.passed}


def test_they_pass_on_what_we_ship_and_see_what_somebody_broke(sqlite_engine: Engine, tmp_path: Path) -> None:
    with write(sqlite_engine) as db:
        factories.people(db)
        factories.consultation(db)
        factories.strand(db, "children")
    assert failed(sqlite_engine, tmp_path) == set()
    with sqlite_engine.begin() as connection:
        connection.execute(text("ALTER TABLE responses ADD COLUMN address TEXT"))
        connection.execute(text("DROP TRIGGER strands_identity_is_fixed"))
    assert failed(sqlite_engine, tmp_path) == {"DAT-02", "REP-03"}
    with sqlite_engine.connect() as connection:
        assert connection.execute(text("SELECT audience FROM strands")).scalars().all() == ["G"]
