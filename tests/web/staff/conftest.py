"""One organisation and its site for each test of the staff face."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.office import Office
from tests.web.staff.desk import Desk


@pytest.fixture
def office(engine: Engine) -> Office:
    """Everybody, and nothing set up yet."""
    return Office.with_everybody(engine)


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> Desk:
    """The site over it."""
    return Desk.over(office, tmp_path)
