"""The environment of an installation whose database is there already."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

__all__ = ["installed_over"]


def installed_over(monkeypatch: pytest.MonkeyPatch, engine: Engine, root: bytes, folder: Path) -> None:
    """Let commands find this database, this root key, and their data in this folder."""
    for name, value in {
        "CONSULT_ROOT_KEY": root.hex(),
        "CONSULT_ORGANISATION": "The office",
        "CONSULT_ADDRESS": "http://localhost",
        "CONSULT_DATA": str(folder),
        "CONSULT_DATABASE_URL": engine.url.render_as_string(hide_password=False),
    }.items():
        monkeypatch.setenv(name, value)
