"""One organisation and its site for each test of the staff face."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from consult.demo.setup import Stage
from tests.meetings import at, live_on_sqlite, on_sqlite
from tests.office import Office
from tests.scenario import sent_on_sqlite
from tests.web.participate.serving import served
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


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """The site on a real port."""
    with served(desk.app) as found:
        yield found


@pytest.fixture
def part(office: Office) -> tuple[str, str]:
    """A part that is being set up: its id, and where its pages begin."""
    consultation_id = office.consultation()
    strand_id = office.strand(consultation_id)
    return strand_id, f"/s/c/{consultation_id}/{strand_id}"
