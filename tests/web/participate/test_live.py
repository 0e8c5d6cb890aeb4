"""A device in a live session: the session's code lets in while it runs; a pause keeps what was typed; the end ends."""

from __future__ import annotations

from datetime import datetime
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from consult.database import read
from consult.demo.setup import Stage
from consult.models import Response
from consult.services.live.livesessions import SessionDesk
from safeguards.livesession import Phase
from tests.meetings import act, at, closed, live_on_sqlite, now_in, on_sqlite, started
from tests.scenario import sent_on_sqlite
from tests.web.participate.walk import READ, Walk, receipt_on
from tests.web.participate.world import Clock, build_site

__all__ = ["live_on_sqlite", "on_sqlite", "sent_on_sqlite"]

CHECKS = {"C-SKIP": "true", "C-TELL": "false"}


@pytest.fixture
def clock() -> Clock:
    return Clock(at(5))


@pytest.fixture
def app(on_sqlite: Stage, clock: Clock, tmp_path: Path) -> Flask:
    return build_site(on_sqlite.engine, tmp_path, clock)


def entered(app: Flask, code: str) -> Walk:
    """Somebody at the device, with the session's code typed."""
    walk = Walk(app)
    assert walk.post("/", {"code": code}).request.path == "/c/language"
    walk.post("/c/language", {"language": "en"})
    return walk


def answering(app: Flask, code: str) -> Walk:
    walk = entered(app, code)
    walk.post("/c/place")
    walk.post("/c/age", {"age": "14"})
    for step in READ:
        walk.post(f"/c/{step}")
    walk.post("/c/check", CHECKS)
    assert walk.post("/c/agree", {"answer": "yes"}).request.path == "/c/q/1"
    return walk


def stored(stage: Stage) -> int:
    with read(stage.engine) as db:
        return db.scalar(select(func.count()).select_from(Response)) or 0


def moved(clock: Clock, minutes: float) -> datetime:
    clock.now = at(minutes)
    return clock.now


def test_only_the_code_of_a_session_that_runs_lets_in(app: Flask, on_sqlite: Stage, clock: Clock) -> None:
    assert "This is closed right now." in Walk(app).post("/", {"code": on_sqlite.codes["meeting"]}).text
    session_id, code = started(on_sqlite)
    walk = answering(app, code)
    closed(on_sqlite, session_id, 30)
    moved(clock, 31)
    assert "We need to stop now" in walk.post("/c/q/1", {"a": "safe"}).text
    assert Walk(app).post("/", {"code": code}).request.path != "/c/language"
    assert stored(on_sqlite) == 0


def test_one_device_takes_the_answers_of_several_one_after_the_other(app: Flask, on_sqlite: Stage) -> None:
    _, code = started(on_sqlite)
    receipts = set()
    for _ in range(2):
        walk = answering(app, code)
        walk.post("/c/q/1", {"a": "safe"})
        page = walk.post("/c/send")
        assert "Next person" in page.text
        receipts.add(receipt_on(page))
    assert len(receipts) == stored(on_sqlite) == 2


def test_something_is_wrong_pauses_at_once_and_loses_nothing(app: Flask, on_sqlite: Stage, clock: Clock) -> None:
    session_id, code = started(on_sqlite)
    walk, other = answering(app, code), answering(app, code)
    assert 'name="then" value="wrong"' in walk.get("/c/q/1").text
    page = walk.post("/c/q/1", {"a": "unsafe", "then": "wrong"})
    assert "We stop for a moment" in page.text
    assert '<input type="hidden" name="a" value="unsafe">' in page.text
    assert 'value="wrong"' not in page.text
    assert 'id="help"' in page.text
    assert now_in(on_sqlite, session_id, 5).phase is Phase.PAUSED
    assert now_in(on_sqlite, session_id, 5).lead_due is not None, "the adults see whom to call"
    resting = other.post("/c/q/1", {"a": "safe"})
    assert "We stop for a moment" in unescape(resting.text)
    assert other.cookies, "what was answered stays"
    assert "We stop for a moment" in other.post("/c/send").text
    assert stored(on_sqlite) == 0
    act(on_sqlite, session_id, 7, lambda desk: desk.call(on_sqlite.people["lead1"].id, answered=True))
    act(on_sqlite, session_id, 8, SessionDesk.go_on)
    moved(clock, 9)
    assert other.post("/c/q/1", {"a": "safe"}).request.path == "/c/q/2"
    assert len(receipt_on(other.post("/c/send"))) == 20


def test_outside_a_meeting_the_button_is_not_there(app: Flask, on_sqlite: Stage) -> None:
    _, code = started(on_sqlite)
    assert 'value="wrong"' in entered(app, code).get("/c/place").text


def test_whom_we_must_tell_is_the_lead_who_answers_in_this_session(app: Flask, on_sqlite: Stage, clock: Clock) -> None:
    session_id, code = started(on_sqlite)
    walk, told = answering(app, code), "we must tell <bdi>{}</bdi>"
    planned, deputy = (on_sqlite.people[name] for name in ("lead1", "lead2"))
    assert told.format(planned.name) in unescape(walk.get("/c/keep").text)
    act(on_sqlite, session_id, 2, lambda desk: desk.call(planned.id, answered=False))
    act(on_sqlite, session_id, 3, lambda desk: desk.call(deputy.id, answered=True))
    moved(clock, 6)
    assert told.format(deputy.name) in unescape(walk.get("/c/keep").text)
