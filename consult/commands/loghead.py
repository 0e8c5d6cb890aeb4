"""The newest event of the audit log, noted in a file beside the database: so that a log cut off at its end shows."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from consult.services.auditing import Head

__all__ = ["begin_again", "note_head", "noted_head"]

_NAME = "audit-head"


def note_head(folder: Path, newest: Head) -> None:
    """Write it down, unless a newer one stands there: then the log was cut, and the note is the proof.

    Whole or not at all, whoever else notes at the same moment and whenever the machine stops: half a note would be told
    as a log that somebody cut.
    """
    with _alone(folder) as names:
        before = noted_head(folder)
        if before is not None and before.number > newest.number:
            return
        new = folder / f"{_NAME}.new"
        with new.open("w", encoding="ascii") as file:
            file.write(f"{newest.number} {newest.link.hex()}\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(folder / _NAME)
        os.fsync(names)


@contextmanager
def _alone(folder: Path) -> Iterator[int]:
    """One process at a time, in a folder; gives its descriptor."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield opened
    finally:
        os.close(opened)


def begin_again(folder: Path, newest: Head) -> Path | None:
    """After a restore the log ends earlier: the note of the later end is kept under another name, which is given."""
    before, kept = noted_head(folder), folder / f"{_NAME}.before-restore"
    if before is None or before.number <= newest.number:
        note_head(folder, newest)
        return None
    (folder / _NAME).replace(kept)
    note_head(folder, newest)
    return kept


def noted_head(folder: Path) -> Head | None:
    """What was noted last; None when nothing was yet. A damaged file counts as a log that does not hold."""
    try:
        number, _, link = (folder / _NAME).read_text(encoding="ascii").strip().partition(" ")
        return Head(int(number), bytes.fromhex(link))
    except FileNotFoundError:
        return None
    except ValueError:
        return Head(1, b"")
