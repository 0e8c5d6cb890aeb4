"""The shared databases of the suite: both kinds, the newest schema, and nothing left over from the test before."""

import pytest
from sqlalchemy import text

from consult.database import connect, schema_is_current


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_gets_a_migrated_database_of_its_own(migrated_database_url: str, turn: int) -> None:
    engine = connect(migrated_database_url)
    try:
        assert schema_is_current(engine)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE left_over (turn INTEGER)"))  # fails if the one before is seen
    finally:
        engine.dispose()
