"""A certificate says what was destroyed, when and by which rule, is what the log has, and can be printed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from consult.database import write
from consult.demo.setup import Stage
from consult.services.safekeeping.retention import end_retention, endings
from tests.scenario import closed_with
from tests.web.staff.desk import Desk, sentences


@pytest.fixture
def destroyed(stage_on_sqlite: Stage, tmp_path: Path) -> Desk:
    """The site after a part without a report was destroyed."""
    stage = stage_on_sqlite
    closed_with(stage, "young_adults", 0)
    with write(stage.engine) as db:
        (ending,) = endings(db, stage.policy)
        end_retention(db, stage.keys, stage.policy, ending.at + timedelta(minutes=1))
    site = Desk.over(stage, tmp_path)  # type: ignore[arg-type] - a stage has all that a desk asks of an office
    site.now[0] = ending.at + timedelta(hours=1)
    return site


def test_it_names_rule_and_day_and_is_the_one_that_the_log_has(destroyed: Desk) -> None:
    page = destroyed.browser("lead1").get("/s/destroyed")
    said = sentences(page)
    assert "P-RETAIN-RAW: 90 days after the promised answer" in said
    assert "The certificate is the one that the log has." in said
    link = page.partition('href="/s/destroyed/')[2].partition('"')[0]
    file = destroyed.browser("lead1").client.get(f"/s/destroyed/{link}")
    assert file.mimetype == "application/pdf"
    assert file.data.startswith(b"%PDF")
    assert "The answers of a part were destroyed" in sentences(destroyed.browser("manager").get("/s/notices"))


def test_one_that_was_changed_behind_the_guard_says_so(destroyed: Desk) -> None:
    with destroyed.office.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER destructions_frozen")
        connection.exec_driver_sql("UPDATE destructions SET content = replace(content, '\"days\": 90', '\"days\": 9')")
    said = sentences(destroyed.browser("lead1").get("/s/destroyed"))
    assert "treat it as an incident" in said
