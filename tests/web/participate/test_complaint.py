"""Something is wrong: from the page that everybody finds to the person outside the team, and the answer back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from consult.database import read
from consult.models import Complaint
from consult.web.pagewords import PAGES
from tests.office import Office
from tests.web.participate.test_page_words import shown
from tests.web.participate.walk import Walk
from tests.web.staff.desk import Desk


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    return Desk.over(Office.with_everybody(engine), tmp_path)


def once(page: str) -> str:
    found = re.search(r'name="once" value="([^"]+)"', page)
    assert found
    return found.group(1)


def shown_code(page: str) -> str:
    (found,) = re.findall(r'translate="no"[^>]*>([^<]+)<', page)
    return found


def count(engine: Engine) -> int:
    with read(engine) as db:
        return db.scalar(select(func.count()).select_from(Complaint)) or 0


def test_a_complaint_goes_to_the_approver_and_the_answer_to_whoever_kept_the_code(desk: Desk, engine: Engine) -> None:
    child, approver = Walk(desk.app), desk.browser("ines")
    fields = {"once": once(child.get("/complaint").text), "words": "The man at the desk shouted. canary"}
    taken = child.post("/complaint", fields)
    code = shown_code(taken.text)
    assert "14 March 2030" in taken.text
    assert shown_code(child.post("/complaint", fields).text) == code, "a double tap"
    assert count(engine) == 1
    waits = child.post("/complaint", {"read": "1", "number": code}).text
    assert [line for line in PAGES["not_answered"][1] if line not in waits] == []

    assert "14 Mar" in approver.get("/s/complaints")
    (where,) = re.findall(r'href="(/s/complaints/[0-9a-f]+)"', approver.get("/s/complaints"))
    assert "canary" not in approver.get(where)
    wrong = approver.post(where, {"passphrase": "not mine"})
    assert wrong.status_code == 403
    assert "canary" in approver.post(where, {"passphrase": desk.office.passphrases["ines"]}).text
    assert approver.post(f"{where}/answer", {"outcome": "upheld", "reply": ""}).status_code == 422
    for outcome in ({}, {"outcome": "no such"}):
        refused = approver.post(f"{where}/answer", {"reply": "We are sorry.", **outcome})
        assert refused.status_code == 422
        assert "Choose one of the answers." in refused.text
    answered = approver.post(f"{where}/answer", {"outcome": "upheld", "reply": "We are sorry. We spoke to him."})
    assert answered.status_code == 303

    assert "We are sorry. We spoke to him." in child.post("/complaint", {"read": "1", "number": code.upper()}).text
    unknown = shown(child.post("/complaint", {"read": "1", "number": "bcdfg-hjkmn"}).text)
    spoken = (*PAGES["unknown_complaint"][1], *PAGES["complaint_form"][1])
    assert [line for line in spoken if line not in unknown] == [], "what a recording says stands there"
    for name in ("leila", "nadia"):
        desk.browser(name).get(where, status=404)


@pytest.mark.parametrize(("words", "said"), [("", "Please write what is wrong."), ("x" * 1501, "a bit too long")])
def test_what_can_not_be_taken_stays_in_the_form(desk: Desk, engine: Engine, words: str, said: str) -> None:
    child = Walk(desk.app)
    page = child.client.post("/complaint", data={"once": "forged", "words": words})
    assert page.status_code == 422
    assert said in page.text
    assert words in page.text
    assert once(page.text) != "forged"
    assert count(engine) == 0


def test_without_a_database_the_page_names_other_ways(desk: Desk, engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE appointments")
        connection.commit()
    page = Walk(desk.app).client.get("/complaint")
    assert page.status_code == 200
    assert "say that it is a complaint" in page.text
    assert "<textarea" not in page.text
    assert 'action="/leave"' in page.text
