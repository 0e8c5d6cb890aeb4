"""`consult recovery`: the printed code at the server, read from a terminal or standard input, not from arguments."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from sqlalchemy import Engine

from consult.cli import main
from consult.database import read, write
from consult.services.people import accounts, identities
from tests.office import NOW, ROOT, Office
from tests.toolbox.installation import installed_over


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    installed_over(monkeypatch, sqlite_engine, ROOT, tmp_path)
    return Office.with_everybody(sqlite_engine)


def test_the_code_sets_a_new_passphrase_once(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with write(office.engine) as db:
        leila, said = office.people["leila"], office.passphrases["leila"]
        code = identities.set_passphrase(db, office.keys, leila, said, NOW).recovery_code
    monkeypatch.setattr("sys.stdin", io.StringIO(code + "\n"))
    assert main(["recovery", "use", "leila@example.org"]) == 0
    _, passphrase, another = capsys.readouterr().out.splitlines()
    assert another != code
    with read(office.engine) as db:
        assert accounts.sign_in(db, office.keys, "leila@example.org", passphrase) == leila
    monkeypatch.setattr("sys.stdin", io.StringIO(code + "\n"))
    assert main(["recovery", "use", "leila@example.org"]) == 2
    assert "do not belong together" in capsys.readouterr().err


def test_what_can_be_no_code_is_told_so(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("nonsense\n"))
    assert main(["recovery", "use", "leila@example.org"]) == 2
    assert "code: " in capsys.readouterr().err
