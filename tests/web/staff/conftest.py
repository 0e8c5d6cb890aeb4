"""One organisation and its site for each test of the staff face."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from consult.demo.setup import Stage
from tests.meetings import at, live_on_sqlite, on_sqlite
from tests.office import Office
from tests.scenario import sent_on_sqlite
from tests.web.staff.desk import Desk

__all__ = ["live_on_sqlite", "on_sqlite", "sent_on_sqlite"]


@pytest.fixture
def office(engine: Engine) -> Office:
    """Everybody, and nothing set up yet."""
    return Office.with_everybody(engine)


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> Desk:
    """The site over it."""
    return Desk.over(office, tmp_path)


@pytest.fixture
def meeting(on_sqlite: Stage, tmp_path: Path) -> Desk:
    """The site over a part that meets in 25 minutes, signed and open."""
    people, passphrases = dict(on_sqlite.people), dict(on_sqlite.passphrases)
    desk = Desk.over(Office(on_sqlite.engine, on_sqlite.keys, on_sqlite.policy, people, passphrases), tmp_path)
    desk.now[0] = at(-25)
    return desk
