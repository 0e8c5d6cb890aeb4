"""Somebody takes both backup files and the configuration, root key included: no words, no passphrase, no answer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from consult.cli import main
from consult.config import Settings
from consult.demo.participants import OWN_WORDS
from consult.sealing.archive import read_archive
from consult.sealing.root import RootKeys
from consult.services.safekeeping.backups import BackupClass
from tests.journeys.conftest import Told
from tests.journeys.test_seizure import _passphrase, _stored
from tests.sealing.thief import read_records, traces

pytestmark = pytest.mark.slow


@pytest.fixture
def seized(told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[BackupClass, bytes]:
    """What both files hold, for somebody who has the root key."""
    paths = {kind: tmp_path / str(kind) for kind in BackupClass}
    given = [word for kind, path in paths.items() for word in (f"--{kind}", str(path))]
    run(monkeypatch, told, "backup", *given)
    key = RootKeys.from_root(Settings.from_environment(told.environment).root).archive
    found = {}
    for kind, path in paths.items():
        with path.open("rb") as file:
            found[kind] = b"\n".join(read_archive(file, key, kind))
    return found


def test_no_words_passphrase_or_address_is_in_either_file(told: Told, seized: dict[BackupClass, bytes]) -> None:
    secrets = [words for texts in OWN_WORDS.values() for words in texts] + list(told.outcome.sign_ins.values())
    for lines in seized.values():
        assert not [secret for secret in secrets for trace in traces(secret.encode()) if trace in lines]
        assert b"127.0.0.1" not in lines
    assert b"Young people 13 to 17" in seized[BackupClass.CIPHERTEXT], "the control: this search finds what is there"


def test_a_restored_copy_opens_for_the_two_and_for_nobody_else(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = ["--ciphertext", str(tmp_path / "one"), "--keys", str(tmp_path / "other")]
    run(monkeypatch, told, "backup", *files)
    copy = Told(tmp_path / "copy", told.outcome, told.said)
    copy.folder.mkdir()
    shutil.copy(told.folder / "root.key", copy.folder)
    run(monkeypatch, copy, "upgrade")
    run(monkeypatch, copy, "restore", *files)
    root = Settings.from_environment(copy.environment).root
    for stored in _stored(copy):
        assert stored.records
        assert read_records(stored, root) == set()
        for who in ("lead1", "reviewer1", "admin", "manager"):
            assert read_records(stored, root, [_passphrase(told, who)]) == set(), who
        both = [_passphrase(told, "lead2"), _passphrase(told, "reviewer2")]
        assert len(read_records(stored, root, both)) == len(stored.records), "the control: the door is there"


def run(monkeypatch: pytest.MonkeyPatch, on: Told, *words: str) -> None:
    """A command with the settings of a site."""
    for name, value in on.environment.items():
        monkeypatch.setenv(name, value)
    assert main([*words]) == 0
