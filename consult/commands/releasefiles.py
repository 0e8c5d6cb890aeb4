"""Release files as they were published, read for the commands that work on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from consult.inclusion.audit.reading import Unreadable, read

__all__ = ["NoRelease", "read_earlier", "read_release"]

_MEND = "give the release file as it was published"


class NoRelease(Exception):
    """The file holds no release at all; the message is one line: what is wrong, where, the mend."""


def read_release(path: Path) -> dict[str, Any]:
    """What may be a release: whether it is a sound one is for the audit to say. Raises NoRelease."""
    try:
        release = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise NoRelease(f"{path}: {error.strerror or error}: name a file that can be read") from error
    except UnicodeDecodeError as error:
        raise NoRelease(f"{path}: not text in UTF-8: {_MEND}") from error
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}, column {error.colno}"
        raise NoRelease(f"{where}: not JSON ({error.msg}): {_MEND}") from error
    except ValueError as error:
        raise NoRelease(f"{path}: a number in it has thousands of digits: {_MEND}") from error
    except RecursionError as error:
        raise NoRelease(f"{path}: nested too deeply for a release: {_MEND}") from error
    if not isinstance(release, dict) or not {"version", "k", "tables"} <= release.keys():
        raise NoRelease(f"{path}: no release, which has version, k, dimensions and tables: {_MEND}")
    return release


def read_earlier(path: Path) -> dict[str, Any]:
    """A release that another one is to follow on: as `read_release`, and it can be read to the last cell."""
    release = read_release(path)
    try:
        read([release])
    except Unreadable as error:
        raise NoRelease(f"{path}: {error}: {_MEND}") from error
    return release
