"""The database: one engine, `read()` for looking, `write()` for one transaction that commits or leaves no trace."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from threading import local
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

from sqlalchemy import Connection, Engine, Select, create_engine, event, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from consult.errors import Conflict
from consult.resources import migrations_folder

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = [
    "UnknownSchema",
    "address_of",
    "begun_by_hand",
    "conflicts",
    "connect",
    "insert_for",
    "inserting",
    "is_empty",
    "read",
    "read_at",
    "schema_is_current",
    "stream",
    "turn",
    "upgrade",
    "write",
]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_WRITING = "consult_writing"
_BEGUN = "begun"
#: Rows that `stream` takes at once: PostgreSQL is asked for each lot; few of SQLite, so that they stay in the cache.
_AT_ONCE = {"postgresql": 200, "sqlite": 32}
_HELD = local()
#: The advisory lock of whoever changes the schema of a database of PostgreSQL: any number that nobody else takes.
_ONE_MIGRATION = 7_370_126_048
_SQLITE_PRAGMAS = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",  # else REPLACE would delete rows behind the back of their guards
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=10000",
    "PRAGMA secure_delete=ON",  # a withdrawn answer must not stay readable in free pages
    "PRAGMA temp_store=MEMORY",  # no answer of ours ever reaches a temporary file
)


def connect(url: str) -> Engine:
    """Open an engine for `sqlite:///…` or `postgresql://…`; the caller disposes of it."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_use_lifo=True, hide_parameters=True)
    # A message of an error never repeats what is stored. The connection used last has the warmest cache.
    engine = create_engine(url, pool_use_lifo=True, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver must not open transactions behind our back
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at the start: two writers queue instead of one failing half way.
    writing = connection.get_execution_options().get(_WRITING, False)
    if writing != _BEGUN:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


class UnknownSchema(Exception):
    """A newer version of this program, or another program, made the database: this one leaves it alone."""

    def __init__(self) -> None:
        super().__init__(
            "the database has a schema that this version does not know: a newer version upgraded it. Install that one "
            "again, or restore the backup from before into a new database. Nothing was changed"
        )


@contextmanager
def read(engine: Engine) -> Iterator[Session]:
    """A session for looking: whatever was changed in it is thrown away; PostgreSQL refuses a change at once."""
    looking = engine.execution_options(postgresql_readonly=True)
    with looking.connect() as connection, Session(connection, expire_on_commit=False) as session:
        yield session
        session.rollback()


def address_of(db: Session) -> str:
    """The address, password and all, under which another process finds the database of this session."""
    return db.get_bind().engine.url.render_as_string(hide_password=False)


@contextmanager
def read_at(address: str) -> Iterator[Session]:
    """A session for looking of a process that has no engine yet."""
    engine = connect(address)
    try:
        with read(engine) as db:
            yield db
    finally:
        engine.dispose()


def stream(db: Session, wanted: Select[*Ts]) -> Iterator[tuple[*Ts]]:
    """The rows of a query as the driver gives them, a few at a time: for a million, which are no objects of ours.

    Bytes, text and whole numbers only: nothing is converted.
    """
    return chain.from_iterable(_lots(db, wanted))


def _lots(db: Session, wanted: Select[*Ts]) -> Iterator[Sequence[tuple[*Ts]]]:
    connection = db.connection()
    postgresql = connection.dialect.name == "postgresql"
    kind: Any = type(connection.dialect)
    style = kind(paramstyle="pyformat" if postgresql else "named")
    asked = wanted.compile(dialect=style, compile_kwargs={"render_postcompile": True})
    # A cursor with a name lets PostgreSQL keep the rows until they are asked for.
    driver = connection.connection
    with closing(driver.cursor("stream") if postgresql else driver.cursor()) as cursor:
        cursor.execute(str(asked), asked.params)
        while rows := cursor.fetchmany(_AT_ONCE[connection.dialect.name]):
            yield rows


def inserting(db: Session, model: type[Any]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, for the database in use."""
    return insert_for(db.get_bind().dialect.name, model)


def insert_for(dialect: str, model: type[Any]) -> postgresql.Insert | sqlite.Insert:
    """The same for a dialect, by its name."""
    return postgresql.insert(model.__table__) if dialect == "postgresql" else sqlite.insert(model.__table__)


@contextmanager
def conflicts() -> Iterator[None]:
    """What the database refuses inside the block, as a `Conflict`."""
    try:
        yield
    except StaleDataError as error:
        raise Conflict(
            "Somebody else saved this while you were working on it. Nothing was lost: "
            "look at what they changed, then save again."
        ) from error
    except IntegrityError as error:
        raise Conflict(
            "The database refused this change because it breaks a rule that protects participants. Nothing was stored."
        ) from error


@contextmanager
def turn(engine: Engine) -> Iterator[None]:
    """Writers to SQLite queue at a file beside the database, whatever process they are in.

    SQLite itself lets a writer ask again and again after naps, and under load some ask in vain for many seconds. A
    write inside a write does not queue behind itself: it fails, as ever, when the database says so.
    """
    held: set[str] = _HELD.__dict__.setdefault("turns", set())
    if engine.dialect.name != "sqlite" or not engine.url.database or engine.url.database in held:
        yield
        return
    queue = os.open(f"{engine.url.database}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    held.add(engine.url.database)
    try:
        fcntl.flock(queue, fcntl.LOCK_EX)
        yield
    finally:
        held.discard(engine.url.database)
        os.close(queue)  # which gives the turn to the next one


@contextmanager
def write(engine: Engine) -> Iterator[Session]:
    """One transaction: everything in the block is stored, or, after any error, nothing.

    Raises `Conflict` when somebody else saved the same thing first or a rule of the database refuses the change.
    """
    with turn(engine), engine.connect() as connection:
        writer = connection.execution_options(**{_WRITING: True})
        with Session(writer, expire_on_commit=False) as session, conflicts():
            yield session
            session.commit()


def begun_by_hand(engine: Engine) -> Connection:
    """A connection over which whoever asked for it begins each transaction, at the driver."""
    return engine.connect().execution_options(**{_WRITING: _BEGUN})


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to the newest schema (or to `revision`), all of it or nothing; safe to run again.

    Raises `UnknownSchema`. Whoever comes while another upgrades waits, then finds nothing left to do.
    """
    from alembic import command  # noqa: PLC0415 - ten megabytes that a running server does without

    with _migrating(engine) as connection:
        if _stored(connection) - _known():
            raise UnknownSchema
        command.upgrade(_alembic_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema back to `revision`, all of it or nothing."""
    from alembic import command  # noqa: PLC0415 - as above

    with _migrating(engine) as connection:
        command.downgrade(_alembic_config(connection), revision)


def _alembic_config(connection: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_MIGRATION})
            yield connection
        return
    # SQLite changes a table by copying it and dropping the old one, which would take along the rows that hang on it.
    # So foreign keys are off meanwhile (that works outside a transaction only) and all are looked at before the end.
    with engine.connect() as connection:
        driver = connection.connection.cursor()
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.execution_options(**{_WRITING: True}).begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if broken:
                    raise RuntimeError(f"The migration left rows that point nowhere, so nothing was changed: {broken}")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def schema_is_current(engine: Engine) -> bool:
    """Whether the database answers and has the newest schema. Raises `UnknownSchema`."""
    with engine.connect() as connection:
        stored = _stored(connection)
    known = _known()
    if stored - known:
        raise UnknownSchema
    return stored == {max(known)}


def is_empty(engine: Engine) -> bool:
    """Whether no schema was ever made there: a new installation, or the wrong place."""
    with engine.connect() as connection:
        return not _stored(connection)


def _stored(connection: Connection) -> set[str]:
    """The revision that the database has; none before the first migration."""
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


def _known() -> set[str]:
    """Every revision, by the names of the files: asking Alembic would load ten megabytes into each worker."""
    return {each.name.partition("_")[0] for each in (migrations_folder() / "versions").glob("[0-9]*_*.py")}
