"""Many who write at once: nobody is lost, nobody waits in vain, and what one is refused the others are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest
from sqlalchemy import Engine, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.errors import ConsultError, NotFound
from consult.grouped import GroupedWriter, Writing
from consult.models import Person


def kept(engine: Engine) -> set[str]:
    with read(engine) as db:
        return set(db.scalars(select(Person.id)))


def each_its_own(writing: Writing, works: Sequence[Callable[[Session], None]]) -> None:
    for work in works:
        work(writing.session)


def test_many_writers_in_many_threads_lose_nothing(engine: Engine) -> None:
    def add(n: int) -> None:
        with write(engine) as db:
            db.add(Person(id=f"p{n}", name="Ada Invented"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(80)))
    assert len(kept(engine)) == 80


def test_work_in_a_group_is_stored_or_refused_each_on_its_own(engine: Engine) -> None:
    """Every third breaks a rule of the database, every fourth thinks better of it: they alone are told."""
    writer = GroupedWriter(engine, each_its_own)

    def work(n: int) -> Callable[[Session], None]:
        def add(db: Session) -> None:
            db.execute(insert(Person).values(id=f"p{n}", name="Ada Invented", language="en"))
            if n % 3 == 0:
                db.execute(insert(Person).values(id=f"p{n}", name="The same id", language="en"))
            if n % 4 == 0:
                raise NotFound

        return add

    def told(n: int) -> str:
        try:
            writer.write(work(n))
        except ConsultError as error:
            return type(error).__name__
        return "stored"

    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(told, range(1, 61)))
    assert heard == ["Conflict" if n % 3 == 0 else "NotFound" if n % 4 == 0 else "stored" for n in range(1, 61)]
    assert kept(engine) == {f"p{n}" for n, said in enumerate(heard, 1) if said == "stored"}


def test_what_is_written_in_a_group_is_there_when_it_returns(engine: Engine) -> None:
    GroupedWriter(engine, each_its_own).write(lambda db: db.add(Person(id="ada", name="Ada Invented")))
    assert kept(engine) == {"ada"}


def test_when_the_whole_group_fails_everybody_is_told_and_the_next_goes_on(engine: Engine) -> None:
    writer = GroupedWriter(engine, each_its_own)
    with pytest.raises(DBAPIError):
        writer.write(lambda db: _broken(db))
    writer.write(lambda db: db.add(Person(id="ada", name="Ada Invented")))
    with read(engine) as db:
        assert db.scalar(select(func.count()).select_from(Person)) == 1


def test_nobody_takes_for_stored_what_an_interrupted_transaction_undid(engine: Engine) -> None:
    writer, begun, both_wait = GroupedWriter(engine, each_its_own), Event(), Event()

    def slow(_db: Session) -> None:
        begun.set()
        both_wait.wait(20)

    def interrupted(_db: Session) -> None:
        raise KeyboardInterrupt

    with ThreadPoolExecutor(3) as pool:
        pool.submit(writer.write, slow)
        assert begun.wait(20)
        works = (lambda db: db.add(Person(id="ada", name="Ada Invented")), interrupted)
        told = [pool.submit(writer.write, work) for work in works]
        while len(writer._waiting) < len(works):
            sleep(0.01)
        both_wait.set()
        assert [type(each.exception(20)) for each in told] == [type(None), KeyboardInterrupt]
    assert kept(engine) == {"ada"}


def test_after_the_engine_let_go_of_everything_the_next_is_stored_as_well(engine: Engine) -> None:
    writer = GroupedWriter(engine, each_its_own)
    writer.write(lambda db: db.add(Person(id="ada", name="Ada Invented")))
    engine.dispose()
    writer.write(lambda db: db.add(Person(id="eve", name="Eve Invented")))
    assert kept(engine) == {"ada", "eve"}


@pytest.mark.parametrize(
    "migrated_database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
def test_nobody_notices_that_the_database_ended_the_connection_meanwhile(engine: Engine) -> None:
    writer = GroupedWriter(engine, each_its_own)
    writer.write(lambda db: db.add(Person(id="ada", name="Ada Invented")))
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with read(engine) as db:
        assert db.scalar(text(f"SELECT count(pg_terminate_backend(pid, 5000)) {others}")) == 1
    writer.write(lambda db: db.add(Person(id="eve", name="Eve Invented")))
    assert kept(engine) == {"ada", "eve"}


def _broken(db: Session) -> None:
    db.execute(text("SELECT * FROM nowhere"))
