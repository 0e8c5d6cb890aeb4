"""The demonstration's strand for young people, signed and open, on SQLite in a folder of its own or elsewhere."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from consult.config import Settings
from consult.database import connect, upgrade
from consult.demo import setup
from consult.demo.cast import STRANDS
from consult.demo.story import environment_for
from consult.sealing.identity import LIGHT, STANDARD
from consult.sealing.root import RootKeys
from safeguards import policyfile
from safeguards.terms import Audience

__all__ = ["Staged", "now", "staged"]

_ASKED = next(plan for plan in STRANDS if plan.audience is Audience.CHILDREN)
_PORT = 8000  # stands in addresses; nothing listens


@dataclass(frozen=True, slots=True)
class Staged:
    """What is open: the strand, with the code that leads to it."""

    stage: setup.Stage
    folder: Path
    settings: Settings
    engine: Engine
    keys: RootKeys
    strand_id: str
    code: str
    environment: Mapping[str, str]


@contextmanager
def staged(database: str = "") -> Iterator[Staged]:
    """Set everything up as the demonstration does; takes some seconds. The folder goes when the block ends."""
    with tempfile.TemporaryDirectory(prefix="consult-bench-") as name:
        folder = Path(name)
        environment = {**environment_for(folder, _PORT), **({"CONSULT_DATABASE_URL": database} if database else {})}
        settings = Settings.from_environment(environment)
        engine = connect(settings.database_url)
        try:
            upgrade(engine)
            stretching = STANDARD if database else LIGHT  # passphrases are not measured, and go with the folder
            keys = RootKeys.from_root(settings.root)
            stage = setup.Stage(engine, keys, policyfile.default(), stretching=stretching)
            setup.make_accounts(stage, now())
            setup.make_directory(stage, now())
            setup.make_consultation(stage, "Benchmark (invented)", [_ASKED], now())
            setup.put_safeguards_in_place(stage, now())
            setup.sign_and_open(stage, now())
            strand_id, code = stage.strands[_ASKED.key], stage.codes[_ASKED.key]
            yield Staged(stage, folder, settings, engine, stage.keys, strand_id, code, environment)
        finally:
            engine.dispose()


def now() -> datetime:
    """The clock of a benchmark is the real one."""
    return datetime.now(UTC)
