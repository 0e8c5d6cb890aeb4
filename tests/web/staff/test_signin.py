"""Signing in and out, the home page, and adding people."""

from __future__ import annotations

import re
from datetime import timedelta

from consult.database import write
from tests.office import Office
from tests.web.staff.desk import Browser, Desk, sentences


def test_the_way_in_and_out(desk: Desk, office: Office) -> None:
    browser = Browser(desk.app.test_client())
    typed = {"email": "nadia@example.org", "passphrase": office.passphrases["nadia"]}
    answer = browser.client.post("/s/in", data=typed)
    assert (answer.status_code, answer.location) == (303, "/s/")
    page = browser.get("/s/")
    assert "Good day, Nadia" in sentences(page)
    token = re.findall(r'name="token" value="(\w+)"', page)[0]
    assert browser.client.post("/s/out", data={"token": token}).location == "/s/in"
    assert browser.client.get("/s/").location == "/s/in"


def test_a_wrong_passphrase_keeps_the_address_and_says_one_sentence(desk: Desk) -> None:
    answer = desk.app.test_client().post("/s/in", data={"email": "nadia@example.org", "passphrase": "wrong"})
    assert answer.status_code == 403
    assert 'value="nadia@example.org"' in answer.text
    assert "do not belong together" in sentences(answer.text)
    assert "wrong" not in re.findall(r'value="([^"]*)"', answer.text)


def test_left_alone_the_page_asks_again(desk: Desk) -> None:
    nadia = desk.browser("nadia")
    nadia.get("/s/")
    desk.now[0] += timedelta(minutes=16)
    assert nadia.client.get("/s/").location == "/s/in"


def test_an_empty_home_says_what_to_do_first(desk: Desk) -> None:
    assert "Start your first consultation" in sentences(desk.browser("nadia").get("/s/"))
    assert "Add the people who will work here" in sentences(desk.browser("admin").get("/s/"))
    assert "Nothing needs you now" in sentences(desk.browser("leila").get("/s/"))


def test_home_shows_what_waits_for_whom(desk: Desk, office: Office) -> None:
    strand_id = office.strand(office.consultation())
    office.attested(strand_id, "SAF-01", "otto")
    assert "Go on setting up" in sentences(desk.browser("nadia").get("/s/"))
    assert "Check evidence" in sentences(desk.browser("ines").get("/s/"))
    assert "Check evidence" not in sentences(desk.browser("otto").get("/s/"))


def test_an_administrator_adds_somebody_and_sees_the_passphrase_once(desk: Desk) -> None:
    admin = desk.browser("admin")
    answer = admin.post("/s/people/add", {"name": "Eve Able", "email": "eve@example.org", "roles": ["ANA"]})
    passphrase = re.findall(r'class="secret">([^<]+)<', answer.text)[0]
    assert passphrase not in admin.get("/s/people")
    assert "Eve Able" in sentences(admin.get("/s/people"))
    signed_in = desk.app.test_client().post("/s/in", data={"email": "eve@example.org", "passphrase": passphrase})
    assert signed_in.location == "/s/"


def test_roles_that_must_not_meet_are_refused_and_the_name_stays(desk: Desk) -> None:
    answer = desk.browser("admin").post(
        "/s/people/add", {"name": "Eve Able", "email": "eve@example.org", "roles": ["SL", "ANA"]}
    )
    assert answer.status_code == 422
    assert 'value="Eve Able"' in answer.text
    assert 'href="#roles"' in answer.text
    assert "two people open answers, not one" in sentences(answer.text)


def test_whoever_tries_passphrases_keeps_nobody_from_writing(desk: Desk, office: Office) -> None:
    """On SQLite there is one writer at a time: looking a passphrase up is none of them."""
    with write(office.engine) as db:
        db.connection().exec_driver_sql("PRAGMA user_version")
        answer = desk.app.test_client().post("/s/in", data={"email": "nadia@example.org", "passphrase": "wrong"})
    assert answer.status_code == 403
