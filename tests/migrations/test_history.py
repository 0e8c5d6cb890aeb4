"""The migrations and the models say the same; up, down and up again works with rows, on both databases."""

import logging
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from consult.database import connect, downgrade, schema_is_current, upgrade, write
from consult.models import Base, Person, SupportService


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


def test_a_migrated_database_has_what_the_models_say(empty: Engine) -> None:
    upgrade(empty)
    with empty.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_check_constraints_agree_word_for_word(empty: Engine) -> None:
    # Alembic's comparison is blind to them.
    with empty.begin() as connection:
        Base.metadata.create_all(connection)
    of_models = checks(empty)
    with empty.begin() as connection:
        Base.metadata.drop_all(connection)
    upgrade(empty)
    assert checks(empty) == of_models
    assert sum(map(len, of_models.values())) > 30


def test_up_down_and_up_again_with_rows(empty: Engine) -> None:
    for _ in range(2):
        assert not schema_is_current(empty)
        upgrade(empty)
        assert schema_is_current(empty)
        with write(empty) as db:
            db.add(Person(name="Ada Invented"))
            db.add(SupportService(name="A line", facts={"hours": []}))
        downgrade(empty, "base")
        assert inspect(empty).get_table_names() == ["alembic_version"]


def test_upgrading_twice_changes_nothing(empty: Engine) -> None:
    upgrade(empty)
    with write(empty) as db:
        db.add(Person(name="Ada Invented"))
    upgrade(empty)
    with empty.connect() as connection:
        assert connection.execute(text("SELECT name FROM people")).scalars().all() == ["Ada Invented"]


def test_migrating_leaves_logging_alone(empty: Engine) -> None:
    root, ours = logging.getLogger(), logging.getLogger("consult")
    before = (list(root.handlers), root.level, ours.disabled)
    upgrade(empty)
    assert (list(root.handlers), root.level, ours.disabled) == before
