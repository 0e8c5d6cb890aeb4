"""A number that many ask for at once: nobody hears one that was no longer true when they came."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from consult.database import write
from consult.shortquestion import ShortQuestion

QUERY = "SELECT max(number) FROM counted"


@pytest.fixture
def counted(engine: Engine) -> ShortQuestion:
    with write(engine) as db:
        db.execute(text("CREATE TABLE counted (number INTEGER)"))
        db.execute(text("INSERT INTO counted VALUES (0)"))
    return ShortQuestion(engine, QUERY)


def test_who_asks_after_a_change_hears_of_it_however_many_ask(engine: Engine, counted: ShortQuestion) -> None:
    def change_and_ask(_turn: int) -> bool:
        with write(engine) as db:
            now = db.scalar(text("UPDATE counted SET number = number + 1 RETURNING number"))
        answer = counted.answer()
        return answer is not None and answer >= (now or 0)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(change_and_ask, range(120)))
    assert counted.answer() == 120


def test_no_row_is_no_number_and_neither_is_an_empty_one(engine: Engine) -> None:
    with write(engine) as db:
        db.execute(text("CREATE TABLE counted (number INTEGER)"))
    assert ShortQuestion(engine, QUERY).answer() is None
    assert ShortQuestion(engine, "SELECT number FROM counted").answer() is None


def test_what_the_database_refuses_is_refused_each_time(engine: Engine, counted: ShortQuestion) -> None:
    question = ShortQuestion(engine, "SELECT number FROM nowhere")
    for _ in range(2):
        with pytest.raises(DBAPIError):
            question.answer()
    assert counted.answer() == 0


def test_after_the_pool_was_emptied_it_is_asked_over_a_new_connection(engine: Engine, counted: ShortQuestion) -> None:
    assert counted.answer() == 0
    engine.dispose()
    assert counted.answer() == 0
