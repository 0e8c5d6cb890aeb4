"""The two files of a backup on the disk: whole under their names or not there, and never in somebody else's file."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from consult.database import read
from consult.demo.setup import Stage
from consult.services.safekeeping.backups import last_backup
from tests.toolbox.rows import dump

#: `consult` as its arguments say, in a process that is killed when it is about to name the ciphertext.
KILLED = """
import os, signal, sys
from consult.cli import main

def kill(event, given):
    if event == "os.rename" and str(given[1]).endswith(".ciphertext"):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(kill)
main(sys.argv[1:])
"""
#: `consult` as its arguments say, on a disk that is full when the keys shall have their name.
FULL = """
import errno, sys
from consult.cli import main

def fill(event, given):
    if event == "os.rename" and str(given[1]).endswith(".keys"):
        raise OSError(errno.ENOSPC, "No space left on device")

sys.addaudithook(fill)
sys.exit(main(sys.argv[1:]))
"""


def files(folder: Path, name: str = "monday") -> tuple[str, ...]:
    return ("--ciphertext", str(folder / f"{name}.ciphertext"), "--keys", str(folder / f"{name}.keys"))


def test_a_backup_overwrites_nothing_and_leaves_no_half_file(
    answered: Stage, say: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "monday.keys").write_text("mine")
    assert say(answered, "backup", *files(tmp_path)) == 2
    assert "never overwrites" in capsys.readouterr().err
    assert say(answered, "backup", *files(tmp_path / "nowhere")) == 2
    assert "no folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir() if "monday" in path.name] == ["monday.keys"]


def test_only_a_finished_backup_counts_as_made(answered: Stage, say: Callable[..., int], tmp_path: Path) -> None:
    with read(answered.engine) as db:
        before = last_backup(db)
    say(answered, "check")  # the settings are in the environment from here on
    words = [sys.executable, "-c", FULL, "backup", *files(tmp_path)]
    full = subprocess.run(words, check=False, capture_output=True, text=True)
    assert full.returncode == 1
    assert "disk is full" in full.stderr
    assert [path.name for path in tmp_path.iterdir() if "monday" in path.name] == []
    with read(answered.engine) as db:
        assert last_backup(db) == before
    assert say(answered, "backup", *files(tmp_path)) == 0
    with read(answered.engine) as db:
        assert last_backup(db) != before


def test_nothing_goes_into_a_file_that_is_open_to_others_or_lies_elsewhere(
    answered: Stage, say: Callable[..., int], tmp_path: Path
) -> None:
    (tmp_path / "monday.keys.part").write_text("of a backup that was ended")
    (tmp_path / "monday.keys.part").chmod(0o666)
    (tmp_path / "elsewhere").write_text("of somebody else")
    (tmp_path / "monday.ciphertext.part").symlink_to(tmp_path / "elsewhere")
    assert say(answered, "backup", *files(tmp_path)) == 0
    for path in (tmp_path / "monday.keys", tmp_path / "monday.ciphertext"):
        assert not path.is_symlink()
        assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "elsewhere").read_text() == "of somebody else"


def test_two_backups_at_once_do_not_take_each_others_files(
    answered: Stage, say: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "backup-turn").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert say(answered, "backup", *files(tmp_path)) == 2
    assert "Another backup is being made" in capsys.readouterr().err
    assert say(answered, "backup", *files(tmp_path)) == 0


def test_a_backup_killed_between_its_two_names_leaves_keys_that_restore_with_the_ciphertext_of_before(
    answered: Stage, empty: Stage, say: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    say(answered, "backup", *files(tmp_path, "sunday"))
    killed = subprocess.run([sys.executable, "-c", KILLED, "backup", *files(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    left = sorted(path.name for path in tmp_path.iterdir() if "monday" in path.name)
    assert left == ["monday.ciphertext.part", "monday.keys"]
    half = say(empty, "restore", *files(tmp_path))
    assert half == 2
    assert "ended in the middle. Take the newest ciphertext that is whole" in capsys.readouterr().err
    assert dump(empty.engine)["people"] == []
    both = ("--ciphertext", str(tmp_path / "sunday.ciphertext"), "--keys", str(tmp_path / "monday.keys"))
    assert say(empty, "restore", *both) == 0
    assert "6 answers" in capsys.readouterr().out
