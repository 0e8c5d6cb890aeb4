"""`consult backup` and `consult restore`: two files, of which one is kept long and one for seven days."""

from __future__ import annotations

import argparse
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from consult.commands.installation import installation
from consult.commands.loghead import begin_again
from consult.commands.output import DONE, answer, answers, progress
from consult.errors import Conflict, Invalid
from consult.services.auditing import Head
from consult.services.safekeeping.backups import KEY_DAYS, BackupClass, make_backup, note_backup
from consult.services.safekeeping.restoring import Restored, restore_backup

__all__ = ["register"]

_OTHER_HALF = {
    BackupClass.CIPHERTEXT: "Take the newest ciphertext that is whole, with these keys.",
    BackupClass.KEYS: "Take the newest keys that are whole, with the ciphertext of the same day.",
}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parsers."""
    for name, run, what in (
        ("backup", _backup, "write both classes of a backup: ciphertext, kept long, and keys, seven days"),
        ("restore", _restore, "fill an empty database from the newest key backup and a ciphertext backup"),
    ):
        command = commands.add_parser(name, help=what)
        for kind, kept in (
            ("--ciphertext", "may be kept long"),
            ("--keys", f"every copy is deleted after {KEY_DAYS} days"),
        ):
            command.add_argument(kind, type=Path, required=True, metavar="FILE", help=kept)
        answers(command)
        command.set_defaults(run=run)


def _backup(arguments: argparse.Namespace) -> int:
    now, paths = datetime.now(UTC), _paths(arguments)
    if len({path.absolute() for path in paths.values()}) < len(paths):
        raise Invalid({BackupClass.KEYS: ["Give it a file of its own: it is deleted after seven days."]})
    with installation() as (settings, engine, keys), _alone(settings.data_folder):
        with _written(paths) as files:
            counts = make_backup(engine, keys, files, now)
        note_backup(engine, keys, now)
    answer(
        arguments,
        {"made_at": now.isoformat(), "rows": counts, "keys_until": _until(now)},
        f"Written. Keep {arguments.ciphertext} as long as you like, at another place than the root key.",
        f"Delete {arguments.keys} after {KEY_DAYS} days, all copies of it: people were told that it is gone by then.",
    )
    return DONE


def _restore(arguments: argparse.Namespace) -> int:
    with installation() as (settings, engine, keys), ExitStack() as opened:
        files = {kind: opened.enter_context(_read(kind, path)) for kind, path in _paths(arguments).items()}
        progress("Restoring: every seal is checked before anything is stored.")
        later: list[Path | None] = []

        def noted(newest: Head) -> None:
            later.append(begin_again(settings.data_folder, newest))

        done = restore_backup(engine, keys, files, datetime.now(UTC), noted)
    answer(arguments, _told(done), *_lines(done))
    if later[0]:
        progress(f"The log that was lost went on longer than the one restored: its end is noted in {later[0]}.")
    return DONE


def _lines(done: Restored) -> Iterator[str]:
    saved = f"{done.keys_made_at:%Y-%m-%d %H:%M} UTC"
    yield f"Restored: keys of {saved}, ciphertext of {done.ciphertext_made_at:%Y-%m-%d %H:%M} UTC."
    for part in done.parts:
        lost = f"; {part.dropped} stay out, taken back or given between the two files" if part.dropped else ""
        yield f"  {part.name}: {part.answers} answers{lost}"
    again = "; ".join(part.name for part in done.parts if part.can_be_taken_back)
    if again:
        yield f"To be repeated: whoever took answers back after {saved} has to do it again."
        yield f"That can be so in: {again}. Say it where you reach these people; their receipts still work."
    for part in done.parts:
        if part.void_codes:
            void = f"{part.void_codes} one-time codes of {part.name}"
            yield f"Void: {void}. Some may have been used since; make new cards."
        if part.paused:
            yield f"Paused: {part.name}. A lead looks at what was stopped or taken back after {saved}, and signs again."
    yield f"Staff: backup codes are void, and who changed passphrase or second step after {saved} does it again."
    yield f"Accounts and roles that ended after {saved} are there again, and whoever was kept out since is in again:"
    yield "end them, keep them out and log allegations anew before anything is opened."
    yield "Next: `consult check`, then `consult jobs run`."


def _told(done: Restored) -> dict[str, object]:
    return {
        "keys_made_at": done.keys_made_at.isoformat(),
        "ciphertext_made_at": done.ciphertext_made_at.isoformat(),
        "rows": dict(done.rows),
        "strands": [
            {
                "id": part.strand_id,
                "name": part.name,
                "answers": part.answers,
                "dropped": part.dropped,
                "void_codes": part.void_codes,
                "paused": part.paused,
                "repeat_withdrawals_after": done.keys_made_at.isoformat() if part.can_be_taken_back else None,
            }
            for part in done.parts
        ],
    }


def _paths(arguments: argparse.Namespace) -> Mapping[BackupClass, Path]:
    return {BackupClass.CIPHERTEXT: arguments.ciphertext, BackupClass.KEYS: arguments.keys}


def _until(now: datetime) -> str:
    return (now.date().fromordinal(now.date().toordinal() + KEY_DAYS)).isoformat()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One backup of an installation at a time: two under one name would take each other's files for left-overs."""
    turn = os.open(folder / "backup-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise Conflict("Another backup is being made. Nothing was written: wait until it is done.") from error
    finally:
        os.close(turn)


@contextmanager
def _written(paths: Mapping[BackupClass, Path]) -> Iterator[dict[BackupClass, BinaryIO]]:
    """Files that appear under their names whole, both or neither; only their owner may read them."""
    for kind, path in paths.items():
        if path.exists():
            raise Invalid({kind: [f"{path} is there already: a backup never overwrites another. Choose a new name."]})
        if not path.parent.is_dir():
            raise Invalid({kind: [f"There is no folder {path.parent}."]})
    parts = {kind: _part_of(path) for kind, path in paths.items()}
    try:
        with ExitStack() as opened:
            files = {kind: opened.enter_context(_new(part)) for kind, part in parts.items()}
            yield files
            for file in files.values():
                file.flush()
                os.fsync(file.fileno())
        _named(parts, paths)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _named(parts: Mapping[BackupClass, Path], paths: Mapping[BackupClass, Path]) -> None:
    """Give both their names, or neither. The keys come first: should the machine stop between the two, they restore
    with the ciphertext of before, while ciphertext that is newer than all keys restores with none.
    """
    with ExitStack() as undone:
        for kind in (BackupClass.KEYS, BackupClass.CIPHERTEXT):
            parts[kind].rename(paths[kind])
            undone.callback(paths[kind].unlink)
            _to_disk(paths[kind].parent)
        undone.pop_all()


def _to_disk(folder: Path) -> None:
    """The names in a folder outlast a machine that is switched off now."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _part_of(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _new(path: Path) -> BinaryIO:
    """A new file, never one that is there: that may be open to others, or a link that leads somewhere else."""
    path.unlink(missing_ok=True)  # of a backup that was ended in the middle
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _read(kind: BackupClass, path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        if not _part_of(path).exists():
            raise Invalid({kind: [f"{path} can not be read: {error.strerror}."]}) from error
        why = f"{path} is not there, only {_part_of(path)}: this backup was ended in the middle. {_OTHER_HALF[kind]}"
        raise Invalid({kind: [why]}) from error
    except OSError as error:
        raise Invalid({kind: [f"{path} can not be read: {error.strerror}."]}) from error
