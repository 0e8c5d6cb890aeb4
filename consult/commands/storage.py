"""Whether something can be stored at all: asked before the site starts, and not by the first child who presses Send."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from consult.database import write
from consult.databasefault import told

__all__ = ["LEAST_FREE", "no_writing", "not_allowed", "too_little_room"]

#: Bytes of the disk of the data folder: `rewrite` writes the answers a second time before it lets go of the first.
LEAST_FREE = 100_000_000
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
