"""One organisation and its site for each test of the staff face."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from consult.database import connect
from tests.office import Office
from tests.web.staff.desk import Desk


@pytest.fixture
def engine(migrated_sqlite_url: str) -> Iterator[Engine]:
    """Pages behave the same on both kinds of database; their services are tested on both."""
    engine = connect(migrated_sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def office(engine: Engine) -> Office:
    """Everybody, and nothing set up yet."""
    return Office.with_everybody(engine)


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> Desk:
    """The site over it."""
    return Desk.over(office, tmp_path)
