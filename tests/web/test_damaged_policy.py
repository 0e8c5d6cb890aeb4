"""The agreed policy was changed from outside and can not be read: nobody is asked, staff read why, help stays up."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from consult.cli import main
from consult.database import read, write
from consult.services.policyinforce import PolicyDamaged, in_force
from tests import factories
from tests.office import Office
from tests.toolbox.installation import installed_over
from tests.web.answers import helps_and_lets_leave
from tests.web.participate.walk import Walk
from tests.web.participate.world import CODE, ROOT, Clock, World, build_site, open_strand
from tests.web.staff.desk import Desk, sentences

DAMAGES = ["7", "{", '{"P-WD": 7}', '{"P-WD": {"form": "28"}}', '{"P-WD": {"form": true}}', "null"]


def agree(engine: Engine) -> None:
    """Two people have agreed on a number."""
    with write(engine) as db:
        for name in ("lead", "approver"):
            factories.person(db, name)
        factories.policy_decision(db, factories.policy_proposal(db, "proposed", {"P-WD": {"form": 28}}))


def damage(engine: Engine, stored: str) -> None:
    """As somebody with the database file would: past our code and past the guards of the table."""
    with engine.begin() as connection:
        for (trigger,) in connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'policy_proposals'")
        ).all():
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        connection.execute(text("UPDATE policy_proposals SET numbers = :stored"), {"stored": stored})


@pytest.fixture
def world(sqlite_engine: Engine) -> World:
    world = open_strand(sqlite_engine)
    agree(sqlite_engine)
    return world


@pytest.mark.parametrize("stored", DAMAGES)
def test_nobody_is_asked_and_help_and_leaving_stay(world: World, tmp_path: Path, stored: str) -> None:
    damage(world.engine, stored)
    with read(world.engine) as db, pytest.raises(PolicyDamaged):
        in_force(db)
    walk = Walk(build_site(world.engine, tmp_path, Clock()))
    for answer in (walk.post("/", {"code": CODE}), walk.get(f"/k/{CODE}")):
        assert answer.status_code == 503
        assert "It is not your fault" in answer.text
        assert "policy" not in answer.text
        helps_and_lets_leave(answer.text)
        assert walk.cookies == {}
    for page in ("/help", "/", "/privacy", "/back", "/complaint", "/accessibility"):
        answer = walk.get(page)
        assert answer.status_code == 200, page
        helps_and_lets_leave(answer.text)
    assert 'href="tel:116"' in walk.get("/help").text, "a service that was signed and reached goes on being shown"
    assert walk.client.post("/leave").status_code == 303


def test_whoever_is_inside_when_it_happens_goes_no_further_and_has_help(world: World, tmp_path: Path) -> None:
    """In another worker, which has not read the policy yet."""
    walk = Walk(build_site(world.engine, tmp_path, Clock()))
    walk.begin()
    damage(world.engine, "7")
    other = build_site(world.engine, tmp_path, Clock())
    inside = Walk(other)
    inside.use_cookies(walk.cookies)
    answer = inside.get("/c/q/1")
    assert answer.status_code == 503
    helps_and_lets_leave(answer.text)
    assert inside.get("/help").status_code == 200
    assert inside.client.post("/leave").status_code == 303


def test_staff_read_what_is_wrong(sqlite_engine: Engine, tmp_path: Path) -> None:
    office = Office.with_everybody(sqlite_engine)
    agree(office.engine)
    damage(office.engine, '{"P-WD": 7}')
    browser = Desk.over(office, tmp_path).browser("leila")  # a worker that has not read it before
    answer = browser.client.get("/s/")
    assert answer.status_code == 503
    assert "The policy that two people agreed on can not be read." in sentences(answer.text)
    assert "this is an incident" in sentences(answer.text)


def test_the_jobs_and_the_check_say_so_in_a_line(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed_over(monkeypatch, world.engine, ROOT, tmp_path)
    damage(world.engine, '{"P-WD": 7}')
    assert main(["jobs", "run", "lapses", "retention"]) == 1
    assert "retention: The policy that two people agreed on can not be read." in capsys.readouterr().err
    assert main(["check"]) == 1
    assert "policy: The policy that two people agreed on can not be read." in capsys.readouterr().out
