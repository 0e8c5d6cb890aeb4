"""The pages of leads over a stage on which every part waits for a signature."""

from pathlib import Path

import pytest

from consult.demo.setup import Stage
from tests.scenario import NOW, sent_on_sqlite, stage_on_sqlite
from tests.web.staff.desk import Desk

__all__ = ["desk", "sent_on_sqlite", "stage_on_sqlite"]


@pytest.fixture
def desk(stage_on_sqlite: Stage, tmp_path: Path) -> Desk:
    """The whole site; pages behave the same on both kinds of database, their services are tested on both."""
    site = Desk.over(stage_on_sqlite, tmp_path)  # type: ignore[arg-type] - a stage has all that a desk asks of an office
    site.now[0] = NOW
    return site
