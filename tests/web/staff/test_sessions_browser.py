"""The desk of a live session in a real browser, from the pre-check to the end, with the clock's script and without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import AddedMeeting, Person, Signature, Strand
from consult.services.live.livesessions import SessionDesk
from safeguards.precheck import CLOSING_POINTS, STARTING_POINTS
from tests.meetings import act, at, closed, prepared, started
from tests.web.participate.serving import served
from tests.web.staff.desk import Desk
from tests.web.staff.test_browser import faults, signed_in

pytestmark = pytest.mark.browser


@pytest.fixture
def address(meeting: Desk) -> Iterator[str]:
    with served(meeting.app) as found:
        yield found


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_a_session_from_its_pre_check_to_its_end(
    chromium: Browser, meeting: Desk, on_sqlite: Stage, address: str, axe_source: str, width: int, scheme: str
) -> None:
    part = f"{address}/s/c/{on_sqlite.consultation_id}/{on_sqlite.strands['meeting']}"
    page = signed_in(chromium, meeting, address, "facilitator", width, scheme).new_page()
    page.goto(f"{part}/sessions")
    press(page, "Begin the pre-check")
    page.get_by_role("heading", name="Missing before it can start").wait_for()
    assert page.get_by_role("button", name="Start the session").count() == 0
    assert faults(page, axe_source) == []

    press(page, "I am here")
    page.get_by_text("Another adult checks in on this device").click()
    page.get_by_label("E-mail address").fill("lead2@demo.example")
    page.get_by_label("Passphrase").fill(on_sqlite.passphrases["lead2"])
    press(page, "Check in")
    press(page, "They answered")
    count(page, 8, 13, 15, "Save the count")
    tick(page, "start", STARTING_POINTS)
    assert page.get_by_role("button", name="Start the session").count() == 0, "help is planned from the start on"
    later(page, meeting, 25)
    press(page, "Start the session")
    page.get_by_role("heading", name="Running").wait_for()
    assert page.locator(".code").inner_text().replace(" ", "").isdecimal()
    assert faults(page, axe_source) == []

    later(page, meeting, 30)
    page.get_by_text("A break is due now.").wait_for()
    press(page, "Begin a break")
    press(page, "Go on")
    press(page, "Leaves Luis Lead")
    page.get_by_text("Too few adults for the children.").wait_for()
    assert page.get_by_role("button", name="Go on").count() == 0
    assert faults(page, axe_source) == []
    press(page, "Is back Luis Lead")
    press(page, "Go on")
    press(page, "Something is wrong")
    page.get_by_text("The lead on duty has to answer now.").wait_for()
    lead = signed_in(chromium, meeting, address, "lead1", width, scheme).new_page()
    lead.goto(f"{address}/s/running")
    lead.get_by_role("heading", name="Sessions now").wait_for()
    assert faults(lead, axe_source) == []
    press(page, "They answered")
    press(page, "Go on")

    press(page, "Begin the closing")
    assert page.get_by_role("button", name="End the session").count() == 0
    assert faults(page, axe_source) == []
    tick(page, "end", CLOSING_POINTS)
    count(page, 8, 13, 15, "Count who leaves")
    press(page, "End the session")
    page.get_by_role("heading", name="Ended").wait_for()
    assert faults(page, axe_source) == []
    for language in ("en", "ar"):
        page.goto(f"{part}/sessions/meeting-1/pack?language={language}")
        assert faults(page, axe_source) == []
        assert page.evaluate("document.dir") == {"en": "ltr", "ar": "rtl"}[language]
        said = page.locator("section:has(#p4), section:has(#p7)").all_inner_texts()
        assert "………" not in " ".join(said), "nobody fills in what the program knows, nor reads out a rule there is not"


def later(page: Page, meeting: Desk, minutes: int) -> None:
    """Time goes by, and somebody looks again every five minutes: so nobody is signed out."""
    for _ in range(minutes // 5):
        meeting.now[0] += timedelta(minutes=5)
        with page.expect_navigation():
            page.get_by_role("link", name="Look again").click()


def press(page: Page, name: str) -> None:
    """Press it, wherever it comes first on the page, and wait for the page it leads to."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).first.click()


def count(page: Page, children: int, youngest: int, oldest: int, button: str) -> None:
    for label, value in (
        ("How many take part?", children),
        ("Age of the youngest", youngest),
        ("Age of the oldest", oldest),
    ):
        page.get_by_label(label).fill(str(value))
    press(page, button)


def tick(page: Page, kind: str, points: tuple[str, ...]) -> None:
    for point in points:
        page.locator(f"input[value='{kind}-{point}']").check()
    press(page, "Confirm")


def test_home_gives_no_link_that_lets_nobody_in_and_leads_to_the_sessions(meeting: Desk, on_sqlite: Stage) -> None:
    with read(on_sqlite.engine) as db:
        code = db.get_one(Strand, on_sqlite.strands["meeting"]).entry_code
    said = meeting.browser("facilitator").get("/s/")
    assert code
    assert f"/k/{code}" not in said, "of a part that meets the code of its session lets in, and no other"
    assert f'href="/s/c/{on_sqlite.consultation_id}/{on_sqlite.strands["meeting"]}/sessions"' in said


def test_home_says_first_of_all_that_something_is_wrong_in_a_session(meeting: Desk, on_sqlite: Stage) -> None:
    session_id, _ = started(on_sqlite)
    meeting.now[0] = at(2)
    assert "wrong in a session" not in meeting.browser("lead1").get("/s/")
    act(on_sqlite, session_id, 2, SessionDesk.something_is_wrong)
    said = meeting.browser("lead1").get("/s/")
    assert 0 < said.index(f"/sessions/{session_id}") < said.index("What needs you")


def test_after_the_end_nobody_is_there_any_more(meeting: Desk, on_sqlite: Stage) -> None:
    session_id, _ = started(on_sqlite)
    part = f"/s/c/{on_sqlite.consultation_id}/{on_sqlite.strands['meeting']}/sessions"
    tags = re.compile(r'<span class="tag[^"]*">(?:<svg.*?</svg>)?\s*(There|Not there|Was there)\s*</span>', re.DOTALL)
    meeting.now[0] = at(10)
    assert "There" in tags.findall(meeting.browser("facilitator").get(f"{part}/{session_id}"))
    closed(on_sqlite, session_id, 40)
    meeting.now[0] = at(60)
    said = tags.findall(meeting.browser("facilitator").get(f"{part}/{session_id}"))
    assert "Was there" in said
    assert "There" not in said


def test_a_mistake_is_said_beside_its_field_and_nothing_is_lost(meeting: Desk, on_sqlite: Stage) -> None:
    part = f"/s/c/{on_sqlite.consultation_id}/{on_sqlite.strands['meeting']}/sessions"
    fatou = meeting.browser("facilitator")
    session = fatou.post(f"{part}/meeting-1/begin").location
    wrong = fatou.post(f"{session}/count", {"children": "8", "youngest": "15", "oldest": "13"})
    assert wrong.status_code == 422
    assert 'value="15"' in wrong.text
    assert fatou.post(f"{session}/start").status_code == 409
    assert fatou.post(f"{session}/dance").status_code == 404


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ar", 360)])
def test_the_meetings_say_what_is_not_proven_yet_and_another_date_stays_within_what_was_signed(
    chromium: Browser, meeting: Desk, on_sqlite: Stage, address: str, axe_source: str, language: str, width: int
) -> None:
    with write(on_sqlite.engine) as db:
        for person in db.scalars(select(Person)):
            person.language = language
    part = f"{address}/s/c/{on_sqlite.consultation_id}/{on_sqlite.strands['meeting']}"
    page = signed_in(chromium, meeting, address, "facilitator", width, "light").new_page()
    page.goto(f"{part}/sessions")
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert faults(page, axe_source) == []
    page.fill("[name=starts]", "2030-02-01T10:00")
    with page.expect_navigation():
        page.locator("form[action$='/sessions/add'] button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("[name=starts]")).to_have_value("2030-02-01T10:00")
    assert faults(page, axe_source) == []
    with write(on_sqlite.engine) as db:
        strand = db.get_one(Strand, on_sqlite.strands["meeting"])
        signed, who = strand.facts["sessions"][0], on_sqlite.people["facilitator"].id
        digest = db.scalars(select(Signature.plan_digest).where(Signature.strand_id == strand.id)).one()
        later = {
            end: (datetime.fromisoformat(signed[end]) + timedelta(days=1)).isoformat() for end in ("starts", "ends")
        }
        facts = {**signed, **later, "id": "added"}
        db.add(
            AddedMeeting(
                strand_id=strand.id, plan_digest=digest, meeting="added", facts=facts, added_by=who, added_at=at(-60)
            )
        )
    page.goto(f"{part}/sessions")
    assert faults(page, axe_source) == []
    with page.expect_navigation():
        page.locator("form[action$='/off'] button").click()
    expect(page.locator("form[action$='/off']")).to_have_count(0)
    session = page.locator("form[action$='/begin'] button").first
    with page.expect_navigation():
        session.click()
    assert faults(page, axe_source) == [], "the desk of the session"
    page.goto(f"{part}/safeguards/SAF-04")
    assert faults(page, axe_source) == []
    for where in ("meetings", "plan", "team", "help"):
        page.goto(f"{part}/{where}")
        assert faults(page, axe_source) == []
        assert page.locator("main form :is(input:not([type=hidden]), select, textarea):enabled").count() == 0, where
    page.goto(f"{part}/meetings")
    assert page.locator("main input").count() == 0, "what is signed is written, not typed"
    expect(page.locator("main a[href$='/sessions']").last).to_be_visible()
    page.context.close()


def test_every_state_of_a_session_in_arabic_on_a_narrow_phone(
    chromium: Browser, meeting: Desk, on_sqlite: Stage, address: str, axe_source: str
) -> None:
    with write(on_sqlite.engine) as db:
        for person in db.scalars(select(Person)):
            person.language = "ar"
    session_id = prepared(on_sqlite)
    steps = (
        (0.0, SessionDesk.start),
        (2.0, SessionDesk.something_is_wrong),
        (3.0, lambda desk: desk.call(on_sqlite.people["lead1"].id, answered=True)),
        (4.0, SessionDesk.go_on),
        (5.0, SessionDesk.close),
    )
    found, seen = {}, set[str]()
    meeting.now[0] = at(0)
    page = signed_in(chromium, meeting, address, "facilitator", 360, "light").new_page()
    where = f"{address}/s/c/{on_sqlite.consultation_id}/{on_sqlite.strands['meeting']}/sessions/{session_id}"
    for minutes, work in steps:
        act(on_sqlite, session_id, minutes, work)
        meeting.now[0] = at(minutes)
        page.goto(where)
        assert page.locator("html").get_attribute("dir") == "rtl"
        seen.add(page.locator("#state").inner_text())
        wrong = faults(page, axe_source)
        if wrong:
            found[minutes] = wrong
    page.context.close()
    assert found == {}
    assert len(seen) == 3, "running, paused and closing were looked at"
