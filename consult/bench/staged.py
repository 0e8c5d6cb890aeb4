"""The demonstration's consultation, signed and open on SQLite in a folder of its own, to store into and to show."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from consult.config import Settings
from consult.database import connect, upgrade
from consult.demo import setup
from consult.demo.story import environment_for
from consult.sealing.root import RootKeys
from safeguards import policyfile

__all__ = ["Staged", "now", "staged"]

_PORT = 8000  # stands in addresses; nothing listens


@dataclass(frozen=True, slots=True)
class Staged:
    """What is open: the strand for young people, with the code that leads to it."""

    folder: Path
    settings: Settings
    engine: Engine
    keys: RootKeys
    strand_id: str
    code: str


@contextmanager
def staged() -> Iterator[Staged]:
    """Set everything up as the demonstration does; takes some seconds. The folder goes when the block ends."""
    with tempfile.TemporaryDirectory(prefix="consult-bench-") as name:
        folder = Path(name)
        settings = Settings.from_environment(environment_for(folder, _PORT))
        engine = connect(settings.database_url)
        try:
            upgrade(engine)
            stage = setup.Stage(engine, RootKeys.from_root(settings.root), policyfile.default())
            for step in (setup.make_accounts, setup.make_consultation, setup.put_safeguards_in_place):
                step(stage, now())
            setup.sign_and_open(stage, now())
            yield Staged(folder, settings, engine, stage.keys, stage.strands["children"], stage.codes["children"])
        finally:
            engine.dispose()


def now() -> datetime:
    """The clock of a benchmark is the real one."""
    return datetime.now(UTC)
