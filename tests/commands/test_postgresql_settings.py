"""What PostgreSQL itself would tell of what is stored: seen by `consult check` before it is in somebody's log."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, text

from consult.commands.storage import what_postgresql_tells
from consult.database import connect, read
from tests.toolbox.postgresql import Server


@pytest.fixture
def engine(_migrated_postgresql: Server) -> Iterator[Engine]:
    _migrated_postgresql.create("telling", "migrated")
    engine = connect(_migrated_postgresql.url("telling"))
    yield engine
    engine.dispose()
    _migrated_postgresql.drop("telling")


def told(engine: Engine) -> list[str]:
    engine.dispose()  # settings of a database count from the next connection on
    with read(engine) as db:
        return what_postgresql_tells(db)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("log_statement", "all"),
        ("log_min_duration_statement", "0"),
        ("log_min_error_statement", "error"),
        ("log_error_verbosity", "default"),
    ],
)
def test_a_log_that_would_repeat_rows_is_said_with_the_mend(engine: Engine, setting: str, value: str) -> None:
    assert told(engine) == []
    with engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {engine.url.database} SET {setting} = '{value}'"))
    (line,) = told(engine)
    assert line.startswith(f"PostgreSQL: {setting} is {value}: set it to ")


def test_nobody_else_on_that_server_counts_answers(engine: Engine) -> None:
    stranger = engine.url.set(username="stranger", drivername="postgresql").render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(text("CREATE ROLE stranger LOGIN"))
    try:
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(stranger)
        with engine.begin() as connection:
            connection.execute(text(f"GRANT CONNECT ON DATABASE {engine.url.database} TO PUBLIC"))
        (line,) = told(engine)
        assert "count answers" in line
        with psycopg.connect(stranger) as other:
            counted = other.execute("SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'responses'").fetchone()
        assert counted is not None, "what the line is about"
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP ROLE stranger"))
