"""The two doors: `write()` stores all or nothing and queues writers, `read()` keeps nothing."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Barrier, Event

import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.exc import InternalError

from consult.database import read, stream, write
from consult.errors import Conflict, Denied
from consult.models import Person, Strand
from tests import factories as make


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """A database with a draft strand in it."""
    with write(engine) as db:
        make.people(db)
        make.consultation(db)
        make.strand(db, "draft")
    return engine


def name_of(engine: Engine, strand_id: str) -> str:
    """A strand's name as stored."""
    with read(engine) as db:
        return db.get_one(Strand, strand_id).name


def test_an_error_leaves_no_trace(engine: Engine) -> None:
    def half_done() -> None:
        with write(engine) as db:
            make.person(db, "ghost")
            raise Denied

    with pytest.raises(Denied):
        half_done()
    with read(engine) as db:
        assert db.get(Person, "ghost") is None


def test_reading_never_stores(engine: Engine) -> None:
    with read(engine) as db:
        db.get_one(Strand, "draft").name = "changed in passing"
    assert name_of(engine, "draft") == "draft"


def test_a_stream_gives_every_row_in_order_and_another_may_follow(engine: Engine) -> None:
    names = [f"person-{number:04}" for number in range(2_345)]
    with write(engine) as db:
        for name in names:
            make.person(db, name)
    wanted = select(Person.id).where(Person.id.in_(names)).order_by(Person.id)
    with read(engine) as db:
        assert next(stream(db, wanted)) == (names[0],)  # and the rest is left
        assert [name for (name,) in stream(db, wanted)] == names


def test_on_postgresql_reading_refuses_to_write(engine: Engine) -> None:
    sqlite = engine.dialect.name == "sqlite"
    with nullcontext() if sqlite else pytest.raises(InternalError, match="read-only"), read(engine) as db:
        db.execute(text("UPDATE strands SET name = 'changed'"))
    assert name_of(engine, "draft") == "draft"
    with write(engine) as db:  # over the same pooled connection
        db.get_one(Strand, "draft").name = "renamed"
    assert name_of(engine, "draft") == "renamed"


def test_two_facilitators_saving_at_once(engine: Engine) -> None:
    with read(engine) as db:
        slower = db.get_one(Strand, "draft")
        db.expunge(slower)  # as it was when the slower one looked
    with write(engine) as db:
        db.get_one(Strand, "draft").name = "first"
    slower.name = "second"
    with pytest.raises(Conflict, match="Somebody else saved"), write(engine) as db:
        db.merge(slower)
    assert name_of(engine, "draft") == "first"


def test_a_broken_rule_is_a_conflict(engine: Engine) -> None:
    with pytest.raises(Conflict, match="breaks a rule"), write(engine) as db:
        db.get_one(Strand, "draft").state = "open"
    with pytest.raises(Conflict, match="breaks a rule"), write(engine) as db:
        make.person(db, "author")


def test_on_sqlite_a_writer_locks_before_it_looks(sqlite_engine: Engine) -> None:
    begun: list[str] = []
    event.listen(sqlite_engine, "before_cursor_execute", lambda *seen: begun.append(seen[2]))
    with read(sqlite_engine) as db:
        db.scalars(select(Person)).all()
    with write(sqlite_engine) as db:
        db.scalars(select(Person)).all()
    assert [statement for statement in begun if statement.startswith("BEGIN")] == ["BEGIN", "BEGIN IMMEDIATE"]


def test_writers_queue(sqlite_engine: Engine) -> None:
    # Each reads, then writes what it read plus one: without a queue one of them fails or a count is lost.
    with write(sqlite_engine) as db:
        make.person(db, "counter").name = "0"
    together = Barrier(2)

    def add_many() -> None:
        together.wait()
        for _ in range(20):
            with write(sqlite_engine) as db:
                counter = db.get_one(Person, "counter")
                counter.name = str(int(counter.name) + 1)

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(add_many), threads.submit(add_many)]:
            done.result()
    with read(sqlite_engine) as db:
        assert db.get_one(Person, "counter").name == "40"


def test_a_reader_sees_the_past_while_somebody_writes(engine: Engine) -> None:
    written, looked = Event(), Event()

    def write_slowly() -> None:
        with write(engine) as db:
            make.person(db, "newcomer")
            written.set()
            assert looked.wait(10)

    with ThreadPoolExecutor(1) as thread:
        writing = thread.submit(write_slowly)
        assert written.wait(10)
        with read(engine) as db:
            before = db.scalar(select(func.count()).select_from(Person))
        looked.set()
        writing.result()
    with read(engine) as db:
        assert db.scalar(select(func.count()).select_from(Person)) == (before or 0) + 1


def test_sqlite_has_what_the_promises_need(sqlite_engine: Engine) -> None:
    """As it is connected: after that the tests themselves let it wait for no disk."""
    asked, found = ("foreign_keys", "journal_mode", "secure_delete", "recursive_triggers", "synchronous"), {}

    def look(connection: sqlite3.Connection, _record: object) -> None:
        found.update({name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in asked})

    event.listen(sqlite_engine, "connect", look)
    sqlite_engine.connect().close()
    assert found == {
        "foreign_keys": 1,
        "journal_mode": "wal",
        "secure_delete": 1,
        "recursive_triggers": 1,
        "synchronous": 2,
    }
