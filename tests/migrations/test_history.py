"""The migrations and the models say the same; up, down and up again works with rows, on both databases."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from consult.database import _migrating, connect, downgrade, schema_is_current, upgrade, write
from consult.errors import Conflict
from consult.models import Base, Person
from tests.models.world import furnish


@pytest.fixture
def empty(database_url: str) -> Iterator[Engine]:
    """A database without any table."""
    engine = connect(database_url)
    yield engine
    engine.dispose()


def checks(engine: Engine) -> dict[str, dict[str, str]]:
    """The CHECK constraints as the database has them: table → name → SQL."""
    looked = inspect(engine)
    return {
        table: {str(check["name"]): check["sqltext"] for check in looked.get_check_constraints(table)}
        for table in looked.get_table_names()
        if table != "alembic_version"
    }


def test_a_migrated_database_has_what_the_models_say(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_check_constraints_agree_word_for_word(engine: Engine) -> None:
    # Alembic's comparison is blind to them.
    migrated = checks(engine)
    with engine.begin() as connection:
        Base.metadata.drop_all(connection)
        assert inspect(connection).get_table_names() == ["alembic_version"]
        Base.metadata.create_all(connection)
    assert checks(engine) == migrated
    assert sum(map(len, migrated.values())) > 30


def rows(engine: Engine) -> dict[str, int]:
    """How many rows each table has."""
    with engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables
        }


def test_up_down_and_up_again_with_rows(empty: Engine) -> None:
    for _ in range(2):
        assert not schema_is_current(empty)
        upgrade(empty)
        assert schema_is_current(empty)
        with write(empty) as db:
            furnish(db)
        downgrade(empty, "base")
        assert inspect(empty).get_table_names() == ["alembic_version"]


def test_guards_go_and_come_back_and_no_row_is_lost(empty: Engine) -> None:
    upgrade(empty)
    with write(empty) as db:
        furnish(db)
    before = rows(empty)
    downgrade(empty, "0001")
    assert not schema_is_current(empty)
    kept = set(inspect(empty).get_table_names())  # tables that came later went with their rows
    with empty.begin() as connection:
        connection.execute(text("UPDATE signatures SET note = 'unguarded'"))
    upgrade(empty)
    after = rows(empty)
    assert {table: after[table] for table in kept & after.keys()} == {
        table: before[table] for table in kept & before.keys()
    }
    with pytest.raises(Conflict), write(empty) as db:
        db.execute(text("UPDATE signatures SET note = 'guarded'"))


def test_a_migration_that_fails_leaves_no_trace(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE people (id TEXT)"))  # in the way of the first migration's second table
    with pytest.raises(DBAPIError):
        upgrade(empty)
    assert inspect(empty).get_table_names() == ["people"]


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    with write(engine) as db:
        db.add(Person(name="Ada Invented"))
    upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT name FROM people")).scalars().all() == ["Ada Invented"]


def test_two_who_upgrade_at_once_both_end_well(empty: Engine) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(upgrade, [empty, empty])) == [None, None]
    assert schema_is_current(empty)


def test_migrating_leaves_logging_alone(empty: Engine) -> None:
    root, ours = logging.getLogger(), logging.getLogger("consult")
    before = (list(root.handlers), root.level, ours.disabled)
    upgrade(empty)
    assert (list(root.handlers), root.level, ours.disabled) == before


def test_on_sqlite_no_migration_leaves_rows_that_point_nowhere(sqlite_engine: Engine) -> None:
    engine = sqlite_engine
    with write(engine) as db:
        furnish(db)
    before = rows(engine)
    with pytest.raises(RuntimeError, match="point nowhere"), _migrating(engine) as connection:
        connection.execute(text("DELETE FROM people"))
    assert rows(engine) == before
    with pytest.raises(Conflict), write(engine) as db:  # foreign keys are back, on the same pooled connection
        db.execute(text("DELETE FROM people"))


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_keeps_no_samples_of_what_a_withdrawal_destroys(empty: Engine) -> None:
    upgrade(empty)
    with empty.connect() as connection:
        sampled = connection.execute(
            text(
                "SELECT attname FROM pg_attribute"
                " WHERE attrelid IN ('response_shares'::regclass, 'strand_salts'::regclass)"
                " AND attname IN ('share', 'salt') AND attstattarget <> 0"
            )
        ).all()
    assert sampled == []
