"""Answers set apart, in the browsers of the two who decide."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import Person, Quarantine, Response
from tests.scenario import closed_with
from tests.web.safeguard.test_pages import part
from tests.web.staff.desk import Browser, Desk, sentences

KEY = "children"


@pytest.fixture
def closed(stage_on_sqlite: Stage) -> Stage:
    closed_with(stage_on_sqlite, KEY, 3)
    return stage_on_sqlite


def set_apart(stage: Stage, browser: Browser, **changes: str) -> int:
    given = {"cause": "SAF-17", "why": "The link was posted.", "passphrase": stage.passphrases["lead1"], **changes}
    return browser.post(part(stage, KEY, "apart/new"), given).status_code


def test_a_lead_sets_apart_and_two_people_end_it(closed: Stage, desk: Desk) -> None:
    lead, approver = desk.browser("lead1"), desk.browser("approver")
    assert "Set answers apart" in sentences(lead.get(part(closed, KEY, "apart/new")))
    assert set_apart(closed, lead) == 303
    assert "Answers are set apart: decide" in sentences(approver.get("/s/"))
    assert "Some of them wait for two people." in sentences(lead.get(part(closed, KEY, "run")))
    with write(closed.engine) as db:
        found = db.scalars(select(Quarantine.id)).one()
        db.get_one(Person, closed.people["approver"].id).language = "ar"
    assert "دخول مضبوط" in approver.get(part(closed, KEY, f"apart/{found}")), (
        "the cause too is in the reader's language"
    )
    assert "ادعاء أو حادث" in approver.get(part(closed, KEY, "apart/new"))
    with write(closed.engine) as db:
        db.get_one(Person, closed.people["approver"].id).language = "en"
    for browser, name in ((approver, "approver"), (lead, "lead1")):
        page = sentences(browser.get(part(closed, KEY, f"apart/{found}")))
        assert "The link was posted." in page
        said = {"verdict": "destroy", "passphrase": closed.passphrases[name]}
        assert browser.post(part(closed, KEY, f"apart/{found}"), said).status_code == 303
    assert "Destroyed." in sentences(lead.get(part(closed, KEY, "apart")))
    with read(closed.engine) as db:
        assert db.scalar(select(func.count()).select_from(Response)) == 0


def test_a_wrong_passphrase_sets_nothing_apart_and_keeps_what_was_typed(closed: Stage, desk: Desk) -> None:
    lead = desk.browser("lead1")
    response = lead.post(
        part(closed, KEY, "apart/new"), {"cause": "SAF-17", "why": "The link was posted.", "passphrase": "wrong"}
    )
    assert response.status_code == 403
    assert "The link was posted." in response.text
    with read(closed.engine) as db:
        assert db.scalars(select(Quarantine)).all() == []


def test_without_a_choice_or_a_known_cause_the_page_says_what_is_missing(closed: Stage, desk: Desk) -> None:
    lead = desk.browser("lead1")
    assert set_apart(closed, lead, cause="SAF-18") == 422
    assert set_apart(closed, lead) == 303
    with read(closed.engine) as db:
        found = db.scalars(select(Quarantine.id)).one()
    assert (
        lead.post(part(closed, KEY, f"apart/{found}"), {"passphrase": closed.passphrases["lead1"]}).status_code == 422
    )
    lead.get(part(closed, KEY, "apart/none"), status=404)


@pytest.mark.parametrize("name", ["facilitator", "reviewer1", "admin"])
def test_it_is_for_the_two_who_decide(closed: Stage, desk: Desk, name: str) -> None:
    desk.browser(name).get(part(closed, KEY, "apart"), status=404)
