"""The installation that a command at the server works on: its settings, its database, the keys of its root."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from consult.config import ConfigError, Settings
from consult.database import connect, is_empty, read, schema_is_current
from consult.sealing.root import RootKeys
from consult.services.auditing import began_under

__all__ = ["OldSchema", "installation"]

_OLD = "the database does not have the newest schema: run `consult upgrade`"
_EMPTY = (
    "the database is empty. Where there was one, do nothing until it is found: look at CONSULT_DATA, "
    "CONSULT_DATABASE_URL and whether its disk is there. Only for a new installation run `consult upgrade`"
)
_OF_ANOTHER = (
    "CONSULT_ROOT_KEY or CONSULT_ROOT_KEY_FILE is not the key that this database was begun with: set that one again "
    "(its paper lies in the safe), or mend CONSULT_DATABASE_URL. Nothing was changed"
)


class OldSchema(Exception):
    """The database waits for `consult upgrade`."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(f"{_EMPTY if is_empty(engine) else _OLD}, then `consult check`")


@contextmanager
def installation() -> Iterator[tuple[Settings, Engine, RootKeys]]:
    """What the environment describes, until the block ends.

    Raises `OldSchema`, and `ConfigError` for a root key of another installation: what is put on record or into a backup
    under it can never be checked or read again.
    """
    settings = Settings.from_environment(os.environ)
    engine, keys = connect(settings.database_url), RootKeys.from_root(settings.root)
    try:
        if not schema_is_current(engine):
            raise OldSchema(engine)
        with read(engine) as db:
            if not began_under(db, keys.audit):
                raise ConfigError([_OF_ANOTHER])
        yield settings, engine, keys
    finally:
        engine.dispose()
