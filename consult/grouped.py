"""Several threads' writes in one transaction: one forced write to the disk serves everybody who waits for it.

Whoever comes first does the work of all who came meanwhile, and if one of them is refused, each is done again alone, so
that what one is refused the others are not. Under load a slow disk then takes a few writes for many answers.

The transaction stands on a connection that is kept, and its statements go to the driver: a session each time would cost
as much as what is stored.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from consult.database import begun_by_hand, conflicts, turn

__all__ = ["GroupedWriter", "Writing"]

T = TypeVar("T")

_MOST_TOGETHER = 64


class Writing:
    """One transaction at two levels: statements for the driver, and a session, made when one is first asked for."""

    def __init__(self, connection: Connection, driver: DBAPIConnection) -> None:
        self.dialect = connection.dialect
        self._connection = connection
        self._driver: Any = driver

    @classmethod
    def of(cls, session: Session) -> Writing:
        """The transaction of a session; it is committed there."""
        connection = session.connection()
        writing = cls(connection, cast("DBAPIConnection", connection.connection.driver_connection))
        writing.session = session
        return writing

    @cached_property
    def session(self) -> Session:
        """For what is seldom done."""
        return Session(self._connection, expire_on_commit=False)

    def begin(self) -> None:
        """Take SQLite's lock; PostgreSQL's driver begins with the first statement, and with it."""
        if self.dialect.name == "sqlite":
            with _errors_of(self._connection):
                self._driver.execute("BEGIN IMMEDIATE")

    def first(self, *statements: str, about: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row of the last statement; each sees what the one before it waited for. Raises `DBAPIError`."""
        with closing(self._driver.cursor()) as cursor:
            with self._together():
                for statement in statements:
                    cursor.execute(statement, about)
            row: tuple[Any, ...] | None = cursor.fetchone()
        return row

    def insert(self, *statements: tuple[str, Mapping[str, Any]]) -> int:
        """Insert by each statement, with its values; how many rows by the first one. Raises `DBAPIError`."""
        with ExitStack() as open_ones:
            cursors = [open_ones.enter_context(closing(self._driver.cursor())) for _ in statements]
            with self._together():
                for cursor, (statement, values) in zip(cursors, statements, strict=True):
                    cursor.execute(statement, values)
            inserted: int = cursors[0].rowcount
        return inserted

    def commit(self) -> None:
        """All of it is on the disk when this returns."""
        if "session" in self.__dict__:
            with self.session as session:
                session.commit()
        else:
            with _errors_of(self._connection):
                self._driver.commit()

    @contextmanager
    def _together(self) -> Iterator[None]:
        """Statements that PostgreSQL gets one behind the other, so that only the last is waited for."""
        pipeline = self._driver.pipeline() if self.dialect.name == "postgresql" else nullcontext()
        with _errors_of(self._connection), pipeline:
            yield


@contextmanager
def _errors_of(connection: Connection) -> Iterator[None]:
    """What the driver raises, as SQLAlchemy raises it; no message repeats what is stored."""
    base = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        raise DBAPIError.instance(None, None, error, base, hide_parameters=True, dialect=connection.dialect) from error


class _Kept:
    """A connection over which one transaction after the other is written, until one fails."""

    def __init__(self, engine: Engine) -> None:
        self._connection = begun_by_hand(engine)
        self._connection.detach()
        self._driver = cast("DBAPIConnection", self._connection.connection.dbapi_connection)

    def write(self, work: Callable[[Writing], None]) -> None:
        """Everything that `work` does is stored, or, after any error, nothing; then there is no connection any more."""
        try:
            writing = Writing(self._connection, self._driver)
            writing.begin()
            work(writing)
            writing.commit()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """What was not committed is undone, and its lock let go at once.

        A closed connection to SQLite lives on, with its lock, as long as a statement of it; a traceback keeps those.
        """
        for end in (self._driver.rollback, self._driver.close):
            with suppress(self._connection.dialect.loaded_dbapi.Error):
                end()


@dataclass(slots=True)
class _Job(Generic[T]):
    item: T
    done: bool = False
    error: BaseException | None = None


class GroupedWriter(Generic[T]):
    """Writes of one process to one database, several items in one transaction by `work`. Safe in several threads."""

    def __init__(self, engine: Engine, work: Callable[[Writing, Sequence[T]], None]) -> None:
        self._engine = engine
        self._work = work
        self._waiting: deque[_Job[T]] = deque()
        self._turn = Lock()
        self._kept: _Kept | None = None
        event.listen(engine, "engine_disposed", self._close)

    def write(self, item: T) -> None:
        """Store it; it is on the disk when this returns. What `work` raises is raised here, nothing of it being stored.

        `work` may see it a second time: alone, when the first was undone because somebody else's was refused, or when
        the database has gone away since the last write and come back.
        """
        job = _Job(item)
        self._waiting.append(job)
        with self._turn:
            while not job.done:
                self._all([self._waiting.popleft() for _ in range(min(_MOST_TOGETHER, len(self._waiting)))])
        if job.error is not None:
            raise job.error

    def _all(self, jobs: list[_Job[T]]) -> None:
        """All in one transaction; if one of them is refused, that one leaves nothing, so each has one of its own."""
        try:
            with turn(self._engine), conflicts():
                self._together([job.item for job in jobs])
        except BaseException as error:
            if len(jobs) == 1:
                jobs[0].error = error
            else:
                for job in jobs:
                    self._all([job])
        finally:
            for job in jobs:
                job.done = True

    def _together(self, items: Sequence[T]) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            try:
                kept.write(lambda writing: self._work(writing, items))
            except (OperationalError, InterfaceError):
                kept = None
        if kept is None:
            kept = _Kept(self._engine)
            kept.write(lambda writing: self._work(writing, items))
        self._kept = kept

    def _close(self, _engine: Engine) -> None:
        with self._turn:
            if self._kept is not None:
                self._kept.close()
            self._kept = None
