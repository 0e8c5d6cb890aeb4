"""Whether something can be stored at all: asked before the site starts, and not by the first child who presses Send."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from consult.database import write
from consult.databasefault import told

__all__ = ["LEAST_FREE", "no_writing", "not_allowed", "too_little_room", "what_postgresql_tells"]

#: Bytes of the disk of the data folder: `rewrite` writes the answers a second time before it lets go of the first.
LEAST_FREE = 100_000_000
#: Settings of PostgreSQL that are safe, by the first value that keeps its log from repeating or dating what is stored.
_QUIET = {
    "log_statement": ("none",),
    "log_min_duration_statement": ("-1",),
    "log_min_error_statement": ("panic", "fatal"),
    "log_error_verbosity": ("terse",),
    "track_commit_timestamp": ("off",),
}
_RIGHTS = "look at its owner and mode, and at those of its folder"


def not_allowed(error: OSError) -> str:
    """Which file this user may not use, why, and the mend."""
    return f"{error.filename}: {error.strerror}: {_RIGHTS}"


def no_writing(folder: Path, engine: Engine) -> list[str]:
    """What keeps this user from storing anything; nothing is changed to find out."""
    try:
        with write(engine) as db:
            db.execute(text("DELETE FROM sign_in_tries WHERE failed < 0"))  # of which there is none
    except SQLAlchemyError as error:
        return [f"database: {told(error)}"]
    except OSError as error:
        return [not_allowed(error)]
    if not os.access(folder, os.W_OK | os.X_OK):
        return [f"CONSULT_DATA names {folder}, which this user may not write: {_RIGHTS}"]
    return []


def too_little_room(folder: Path, least: int = LEAST_FREE) -> list[str]:
    """Whether the disk of the data folder will soon be full."""
    free = shutil.disk_usage(folder).free
    if free >= least:
        return []
    return [f"disk: {free // 1_000_000} MB are free where CONSULT_DATA lies: make room before nothing can be stored"]


def what_postgresql_tells(db: Session) -> list[str]:
    """What PostgreSQL tells beside the tables: rows in its log, and to others on its server how many come."""
    if db.get_bind().dialect.name != "postgresql":
        return []
    found = {name: db.scalar(text("SELECT current_setting(:name)"), {"name": name}) for name in _QUIET}
    told = [
        f"PostgreSQL: {name} is {value}: set it to {_QUIET[name][0]}, else its log tells what is stored, or when"
        for name, value in found.items()
        if value not in _QUIET[name]
    ]
    if db.scalar(text("SELECT has_database_privilege('public', current_database(), 'CONNECT')")):
        mend = "REVOKE ALL ON DATABASE … FROM PUBLIC, with its name"
        told.append(f"PostgreSQL: everybody with a name there can connect to this database and count answers: {mend}")
    return told
