"""Recordings of what pages say themselves: brought by one, confirmed by two others, told of at home, taken away."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from playwright.sync_api import Browser as Chromium
from sqlalchemy import Engine, select

from consult.database import read, write
from consult.models import AuditEvent, PageRecording
from tests.office import Office
from tests.toolbox.sound import silence
from tests.web.staff.desk import Browser, Desk, sentences
from tests.web.staff.test_browser import faults, signed_in


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """SQLite: what is looked at here knows no database."""
    return sqlite_engine


def pages_of(browser: Browser, language: str = "fr") -> list[str]:
    """The addresses of everything that pages say in a language, in their order."""
    return re.findall(rf'href="(/s/pages/aloud/{language}/\w+)"', browser.get(f"/s/pages/aloud/{language}"))


def seen(page: str) -> str:
    return re.findall(r'name="seen" value="(\w*)"', page)[0]


def bring(browser: Browser, page: str, content: bytes) -> int:
    file = (BytesIO(content), "voice.mp3")
    return browser.post(page, {"seen": seen(browser.get(page)), "recording": file}).status_code


def confirm(browser: Browser, page: str, **sure: str) -> int:
    return browser.post(page, {"deed": "confirm", "seen": seen(browser.get(page)), **sure}).status_code


def heard(desk: Desk) -> list[str]:
    return re.findall(r'src="/sound/(\w+)"', desk.app.test_client().get("/?l=fr").text)


@pytest.mark.usefixtures("part")
def test_brought_by_one_confirmed_by_two_others_and_heard_from_then_on(desk: Desk, office: Office) -> None:
    nadia, leila, ines = (desk.browser(name) for name in ("nadia", "leila", "ines"))
    page = pages_of(nadia)[0]
    assert "Enter your code" in nadia.get(page)
    assert (bring(nadia, page, b"not a sound"), bring(nadia, page, b""), bring(nadia, page, silence())) == (
        422,
        422,
        303,
    )
    assert "You brought this recording" in sentences(nadia.get(page))
    assert 'href="/s/pages/aloud/fr"' in leila.get("/s/")
    assert "Listen to recordings" not in nadia.get("/s/")
    assert confirm(leila, page) == 422, "nobody confirms who does not understand it"
    assert confirm(leila, page, native="1") == 303
    assert heard(desk) == [], "two others listen"
    assert leila.post(page, {"deed": "confirm", "seen": seen(leila.get(page)), "native": "1"}).status_code == 403
    assert confirm(ines, page, native="1") == 303
    assert len(heard(desk)) == 1
    assert leila.client.get(f"/s/pages/sound/{heard(desk)[0]}").data == silence()
    with read(office.engine) as db:
        verbs = db.scalars(
            select(AuditEvent.verb).where(AuditEvent.verb.startswith("page.")).order_by(AuditEvent.number)
        ).all()
    assert verbs == ["page.recorded", "page.heard", "page.heard"]


@pytest.mark.usefixtures("part")
def test_whoever_finds_one_wrong_silences_it_at_once_and_another_one_begins_anew(desk: Desk, office: Office) -> None:
    nadia, leila, ines = (desk.browser(name) for name in ("nadia", "leila", "ines"))
    page = pages_of(nadia)[0]
    assert bring(nadia, page, silence()) == 303
    for other in (leila, ines):
        assert confirm(other, page, native="1") == 303
    assert len(heard(desk)) == 1
    assert bring(nadia, page, silence(60)) == 303
    assert heard(desk) == [], "others listen to this one first"
    assert leila.post(page, {"deed": "take_away", "seen": "0" * 64}).status_code == 409
    assert leila.post(page, {"deed": "take_away", "seen": seen(leila.get(page))}).status_code == 303
    with read(office.engine) as db:
        assert db.scalars(select(PageRecording.says)).all() == []


@pytest.mark.usefixtures("part")
def test_home_tells_who_can_record_when_a_page_says_other_words(desk: Desk, office: Office) -> None:
    nadia = desk.browser("nadia")
    page = pages_of(nadia)[0]
    assert bring(nadia, page, silence()) == 303
    assert "not heard any more" not in nadia.get("/s/")
    with write(office.engine) as db:
        row = db.scalars(select(PageRecording)).one()
        old = {"language": "fr", "page": "entry", "words": "Anciens mots", "digest": row.digest, "content": silence()}
        db.add(PageRecording(says="0" * 64, added_by=row.added_by, added_at=row.added_at, heard_by=[], **old))
    assert "not heard any more" in nadia.get("/s/")
    assert "not heard any more" not in desk.browser("leila").get("/s/"), "a lead records nothing"
    assert "No page says this any more" in sentences(nadia.get("/s/pages/aloud/fr"))
    gone = f"/s/pages/aloud/fr/{'0' * 64}"
    assert nadia.post(gone, {"deed": "take_away", "seen": seen(nadia.get(gone))}).status_code == 303
    assert "not heard any more" not in nadia.get("/s/")


@pytest.mark.usefixtures("part")
def test_who_listens_brings_nothing_and_there_is_nothing_beside_what_pages_say(desk: Desk) -> None:
    leila = desk.browser("leila")
    page = pages_of(leila)[0]
    assert 'name="recording"' not in leila.get(page)
    file = (BytesIO(silence()), "voice.mp3")
    assert leila.post(page, {"seen": "", "recording": file}).status_code == 403
    for where in ("/s/pages/aloud/xx", "/s/pages/aloud/fr/1234", f"/s/pages/sound/{'0' * 64}"):
        assert leila.client.get(where).status_code == 404


@pytest.mark.browser
@pytest.mark.usefixtures("part")
@pytest.mark.parametrize("width", [320, 1280])
def test_the_pages_of_recordings_have_no_fault(
    chromium: Chromium, desk: Desk, address: str, axe_source: str, width: int
) -> None:
    nadia = desk.browser("nadia")
    first = pages_of(nadia)[0]
    assert bring(nadia, first, silence()) == 303
    page = signed_in(chromium, desk, address, "leila", width, "dark").new_page()
    for where in ("/s/", "/s/pages/aloud/fr", first):
        page.goto(address + where)
        assert faults(page, axe_source) == [], where
    page.context.close()
