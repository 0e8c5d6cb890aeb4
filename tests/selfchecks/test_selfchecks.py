"""The program's own checks, by its command: they pass on what we ship, and see what somebody broke."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from consult.cli import main
from consult.database import read, write
from consult.services.gate.programruns import newest_runs, release
from safeguards.measures import CHECKED
from tests import factories
from tests.toolbox.installation import installed_over

pytestmark = pytest.mark.slow


def test_they_pass_on_what_we_ship_and_see_what_somebody_broke(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with write(sqlite_engine) as db:
        factories.person(db, "author")
        factories.consultation(db)
        factories.strand(db, "children")
    installed_over(monkeypatch, sqlite_engine, bytes(range(32)), tmp_path)

    def attest(*, broken: set[str]) -> None:
        assert main(["check", "--attest", "--json"]) == (1 if broken else 0)
        told = json.loads(capsys.readouterr().out)
        assert told["release"] == release()
        assert {each["requirement"]: each["passed"] for each in told["attested"]} == {
            each: each not in broken for each in CHECKED
        }
        assert {problem.partition(":")[0] for problem in told["problems"]} == broken
        with read(sqlite_engine) as db:
            on_record = {run.requirement: (run.release, run.passed) for run in newest_runs(db).values()}
        assert on_record == {each: (release(), each not in broken) for each in CHECKED}

    attest(broken=set())
    with sqlite_engine.begin() as connection:
        connection.execute(text("ALTER TABLE responses ADD COLUMN address TEXT"))
        connection.execute(text("DROP TRIGGER strands_identity_is_fixed"))
    attest(broken={"DAT-02", "REP-03"})
    with sqlite_engine.connect() as connection:
        assert connection.execute(text("SELECT audience FROM strands")).scalars().all() == ["G"]
