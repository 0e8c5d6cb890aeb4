"""From "please contact me" on a participant's page to a lead who reads it: without scripts, without a cookie."""

from __future__ import annotations

import pytest

from consult.database import read
from consult.demo.setup import Stage
from consult.models import HelpRequest, Strand
from consult.services.participation.throttle import Tried
from consult.web.site import site
from tests.scenario import open_part
from tests.web.staff.desk import Desk, sentences

WRITTEN = {"name": "Kit", "how": "+000 55 canary", "when": "Mondays", "more": ""}


@pytest.fixture
def code(stage_on_sqlite: Stage) -> str:
    return open_part(stage_on_sqlite, "children")


def test_a_participant_asks_and_a_lead_reads_answers_and_is_done(stage_on_sqlite: Stage, desk: Desk, code: str) -> None:
    someone, lead = desk.app.test_client(), desk.browser("lead1")
    page = someone.get(f"/contact/{code}")
    assert "Only these people can read it: Lena Lead, Luis Lead" in sentences(page.text)
    assert "3 days" in sentences(page.text)
    assert "is deleted 7 days after they have answered you" in sentences(page.text)
    assert "safety copies of it are gone 7 days later" in sentences(page.text)
    sent = someone.post(f"/contact/{code}?l=en", data=WRITTEN)
    assert (sent.status_code, sent.headers.getlist("Set-Cookie")) == (303, [])
    assert "We have it." in sentences(someone.get(sent.location).text)

    assert "Somebody asks to be contacted" in sentences(lead.get("/s/"))
    listed = lead.get("/s/help-requests")
    assert "Somebody asked at" in sentences(listed)
    assert "canary" not in listed
    with read(stage_on_sqlite.engine) as db:
        where = f"/s/help-requests/{db.query(HelpRequest).one().id.hex()}"
    assert "canary" not in lead.get(where)
    shown = lead.post(f"{where}/read", {"passphrase": stage_on_sqlite.passphrases["lead1"]})
    assert "+000 55 canary" in sentences(shown.text)
    assert shown.headers["Cache-Control"] == "no-store"
    assert lead.post(f"{where}/read", {"passphrase": "wrong"}).status_code == 403
    assert lead.post(f"{where}/answered").status_code == 303
    assert "Answered" in sentences(lead.get("/s/help-requests"))


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "Seules ces personnes peuvent le lire"), ("ar", "لا يقرأ ما يكتب هنا إلا هؤلاء")],
)
def test_the_page_speaks_the_participants_language(desk: Desk, code: str, language: str, words: str) -> None:
    assert words in sentences(desk.app.test_client().get(f"/contact/{code}?l={language}").text)


def test_what_is_missing_is_said_beside_it_and_what_was_written_is_kept(desk: Desk, code: str) -> None:
    page = desk.app.test_client().post(f"/contact/{code}", data={**WRITTEN, "how": ""})
    assert page.status_code == 422
    assert "Please write something here." in sentences(page.text)
    assert 'value="Kit"' in page.text


def test_where_an_address_sends_too_often_what_was_written_waits_in_the_form(desk: Desk, code: str) -> None:
    someone = desk.app.test_client()
    with desk.app.app_context():
        throttle, now = site().throttle, site().clock()
    for what in (Tried.CONTACT, Tried.SEND):
        while throttle.count(what, "127.0.0.1", now):
            pass
    asked = someone.post(f"/contact/{code}", data=WRITTEN)
    wrong = someone.post("/complaint", data={"words": "The door was shut."})
    assert [asked.status_code, wrong.status_code] == [429, 429]
    for page, words in ((asked, "+000 55 canary"), (wrong, "The door was shut.")):
        assert words in page.text
        assert "Please wait ten minutes, then try again. You did nothing wrong." in sentences(page.text)
        assert 'id="help"' in page.text
        assert "/leave" in page.text


def test_where_nobody_would_read_it_the_help_page_stands(stage_on_sqlite: Stage, desk: Desk, code: str) -> None:
    with stage_on_sqlite.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE people SET active = false WHERE email LIKE 'lead%'")
    someone = desk.app.test_client()
    for answer in (someone.get(f"/contact/{code}"), someone.post(f"/contact/{code}", data=WRITTEN)):
        assert answer.status_code == 303
        assert answer.location.startswith("/help")
    assert someone.get("/contact/00000000").status_code == 404


def test_it_is_reached_from_help_by_whoever_is_inside_and_by_nobody_else(desk: Desk, code: str) -> None:
    someone = desk.app.test_client()
    assert f"/contact/{code}" not in someone.get("/help").text
    someone.get(f"/k/{code}")
    assert f"/contact/{code}" in someone.get("/help").text


def test_it_touches_nothing_that_somebody_carries(desk: Desk, code: str) -> None:
    someone = desk.app.test_client()
    someone.get(f"/k/{code}")
    carried = someone.get_cookie("o1")
    someone.post(f"/contact/{code}", data=WRITTEN)
    assert someone.get_cookie("o1") == carried is not None


@pytest.mark.parametrize("name", ["approver", "reviewer1", "facilitator", "admin"])
def test_others_find_no_such_page(desk: Desk, stage_on_sqlite: Stage, name: str, code: str) -> None:
    desk.app.test_client().post(f"/contact/{code}", data=WRITTEN)
    with read(stage_on_sqlite.engine) as db:
        request = db.query(HelpRequest).one().id.hex()
        assert db.query(Strand).count()
    for page in ("/s/help-requests", f"/s/help-requests/{request}"):
        desk.browser(name).get(page, 404)
