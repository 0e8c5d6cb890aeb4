"""Order on the disk: rows of answers lie in the order of their random keys, so that their place tells no arrival.

The rows are copied out, their tables emptied and filled again, all in one transaction: constraints, indexes, foreign
keys and privileges are never touched, and the guards in triggers, which would refuse answers to a closed strand, are
off only inside it. On PostgreSQL TRUNCATE gives each table a fresh file and the INSERT one xmin to all rows (CLUSTER
and VACUUM FULL keep the old ones); on SQLite the VACUUM that follows lays the whole file out anew, overflow pages too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

from psycopg import errors as postgresql
from sqlalchemy import Column, Connection, Engine, MetaData, Table, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from consult.database import turn
from consult.errors import ConsultError
from consult.models.base import Base
from consult.services.guards import guards_off

__all__ = ["StillInUse", "clear_the_disk", "rewrite_in_key_order", "unless_in_use"]

#: Each hangs on those before it. Salts have no order to hide; in a fresh file nothing is left of those that were
#: destroyed.
_TABLES = tuple(
    Base.metadata.tables[name]
    for name in (
        *("invitations", "strand_salts", "epochs", "responses", "response_shares"),
        *("profiles", "profile_shares", "running_totals"),
        *("epoch_triage", "quarantined_epochs", "triage_clocks", "help_requests", "help_copies"),
    )
)
_NAMES = ", ".join(table.name for table in _TABLES)


class StillInUse(ConsultError):
    """Somebody reads or writes at this moment, and what was asked needs the database for itself for a moment."""

    def __init__(self) -> None:
        super().__init__(
            "the database was in use; nothing is lost, but old copies may still lie on the disk: run it again"
        )


def rewrite_in_key_order(db: Session, patience: timedelta = timedelta(seconds=10)) -> None:
    """Write epochs, answers and shares anew in the order of their random keys.

    Whoever sends an answer meanwhile waits. On PostgreSQL they also queue behind us while somebody reads, so that is
    given up after `patience`; SQLite has its own. The caller commits, then calls `clear_the_disk`.
    """
    on_postgresql = _on_postgresql(db.get_bind())
    if on_postgresql:
        _lock(db, patience)
        db.execute(text(f"SET LOCAL lock_timeout = {patience // timedelta(milliseconds=1)}"))
    db.execute(update(_TABLES[0]).values(spent_by=None))  # whoever tapped twice has long done so
    copies = [_copied(db, table, temporary=on_postgresql) for table in _TABLES]
    with guards_off(db, _TABLES):
        _empty(db, on_postgresql=on_postgresql)
        for table, copy in zip(_TABLES, copies, strict=True):
            db.execute(insert(table).from_select(list(table.columns.keys()), select(copy).order_by(*copy.primary_key)))
            copy.drop(db.connection())


_ONE_WAIT = timedelta(milliseconds=50)


def _lock(db: Session, patience: timedelta) -> None:
    """All tables or none, tried again and again: who holds one and waits for another of ours never waits in a circle.

    PostgreSQL looks for a circle after a second and then ends one of the two, who may be a participant. So we let go of
    everything first: all tables together keep us waiting for less than that.
    """
    for left in reversed(range(max(1, patience // _ONE_WAIT))):
        try:
            with db.begin_nested():
                db.execute(text(f"SET LOCAL lock_timeout = {_ONE_WAIT // timedelta(milliseconds=1)}"))
                db.execute(text(f"LOCK TABLE {_NAMES} IN ACCESS EXCLUSIVE MODE"))
        except OperationalError as error:
            if not left or not _is_waiting_over(error.orig):
                raise
        else:
            return


def clear_the_disk(engine: Engine, *, whole: bool) -> None:
    """What was deleted leaves the disk: SQLite's log is emptied, and with `whole` the file laid out anew before.

    PostgreSQL did that with the rewrite itself, and only its room is tidied here: a deleted row stays in its file until
    then. Raises `StillInUse`.
    """
    with unless_in_use():
        if _on_postgresql(engine):
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(f"VACUUM {_NAMES}"))
        else:
            _clear_sqlite(engine, whole=whole)


@contextmanager
def unless_in_use() -> Iterator[None]:
    """Turn both databases' words for "somebody else is there, and I waited long enough" into `StillInUse`."""
    try:
        yield
    except (DBAPIError, sqlite3.OperationalError) as error:
        if _is_waiting_over(error.orig if isinstance(error, DBAPIError) else error):
            raise StillInUse from error
        raise


def _on_postgresql(bound: Engine | Connection) -> bool:
    return bound.dialect.name == "postgresql"


def _copied(db: Session, table: Table, *, temporary: bool) -> Table:
    """A plain copy for the time of the transaction; not a temporary one on SQLite, where those fill the memory."""
    columns = (Column(column.name, column.type, primary_key=column.primary_key) for column in table.columns)
    copy = Table(f"rewriting_{table.name}", MetaData(), *columns, prefixes=["TEMPORARY"] if temporary else [])
    copy.create(db.connection())
    db.execute(insert(copy).from_select(list(table.columns.keys()), select(table)))
    return copy


def _empty(db: Session, *, on_postgresql: bool) -> None:
    if on_postgresql:
        db.execute(text(f"TRUNCATE {_NAMES}"))
        return
    for table in reversed(_TABLES):
        db.execute(delete(table))


def _clear_sqlite(engine: Engine, *, whole: bool) -> None:
    # SQLite waits for whoever writes or reads, but not for whoever empties the log: so that is done in turn.
    with turn(engine), closing(engine.raw_connection()) as connection:  # neither may stand in a transaction
        cursor = connection.cursor()
        if whole:
            cursor.execute("VACUUM")
        if cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            raise StillInUse


def _is_waiting_over(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return isinstance(error, (postgresql.LockNotAvailable, postgresql.DeadlockDetected))
