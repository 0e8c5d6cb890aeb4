"""No way round: every page inside asks for sealed cookies, a running strand and the step before, Send included."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from consult.database import read, write
from consult.models import Response, Signature, Strand
from consult.questionnaire.bank import compose_set
from tests.web.participate.walk import READ, Walk, receipt_on
from tests.web.participate.world import EXIT, NOW, Clock, World, build_site, open_strand

INSIDE = (
    "language",
    "place",
    "age",
    *READ,
    "check",
    "grown-up",
    "agree",
    "q/1",
    "you/1",
    "note/4",
    "rest/1",
    "look",
    "send",
    "sound/0",
    "receipt",
)
AFTER_ASSENT = ("q/1", "q/10", "you/1", "note/4", "rest/1", "look", "send")
ALWAYS = ("/", "/help", "/back", "/news", "/privacy", "/accessibility", "/complaint")
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


def stored(engine: Engine) -> int:
    with read(engine) as db:
        return len(db.scalars(select(Response.id)).all())


def sign_anew(engine: Engine, world: World, *, without: str = "") -> None:
    """Another plan than the one that those inside have read, which may leave out a language."""
    with write(engine) as db:
        strand = db.get_one(Strand, world.strand_id)
        kept = [each for each in strand.facts["languages"] if each != without]
        strand.form = compose_set("children_13_17", kept).to_json()
        strand.facts = {**strand.facts, "languages": kept}
        old = db.scalars(select(Signature).where(Signature.strand_id == world.strand_id)).one()
        new = {column.key: getattr(old, column.key) for column in Signature.__table__.columns}
        new |= {"id": "anew", "plan_digest": "e" * 64, "signed_at": old.signed_at + timedelta(hours=1)}
        db.add(Signature(**new))


def test_the_list_of_pages_inside_is_complete(app: Flask) -> None:
    rules = {
        rule.rule.replace("<int:n>", "1").replace("<digest>", "0")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/c/")
    }
    assert rules == {f"/c/{name.replace('4', '1')}" for name in INSIDE}


@pytest.mark.parametrize("name", INSIDE)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_cookies_a_page_inside_says_kindly_that_it_is_closed(walk: Walk, name: str, method: str) -> None:
    page = walk.client.open(f"/c/{name}", method=method)
    if page.status_code == 405:
        return
    assert page.status_code == 410
    assert "If you pressed Send and saw the page with thanks, we have your answers." in page.text
    assert "we do not know if we have your answers" in page.text
    assert 'id="help"' in page.text


@pytest.mark.parametrize("name", AFTER_ASSENT)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_assent_no_question_is_shown_and_nothing_is_stored(
    walk: Walk, engine: Engine, name: str, method: str
) -> None:
    walk.prepare()
    response = walk.client.open(f"/c/{name}", method=method, data={"a": "safe"})
    if response.status_code == 405:
        return
    assert response.status_code == 303
    assert response.headers["Location"] == "/c/agree"
    assert stored(engine) == 0


@pytest.mark.parametrize("name", ["about", "check", "agree", *AFTER_ASSENT])
def test_no_step_is_jumped_over(walk: Walk, name: str) -> None:
    walk.enter()
    response = walk.client.post(f"/c/{name}", data={"answer": "yes", "C-SKIP": "true"})
    assert response.status_code == 303
    assert response.headers["Location"] == "/c/place"


@pytest.mark.parametrize("name", [name for name in INSIDE if name != "receipt"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_halt_reaches_everybody_at_the_next_page(
    walk: Walk, world: World, engine: Engine, name: str, method: str
) -> None:
    walk.finish()
    world.pause()
    page = walk.client.open(f"/c/{name}", method=method, data={"a": "safe", "answer": "yes"})
    if page.status_code == 405:
        return
    assert page.status_code == 200
    assert "We have deleted what you wrote" in page.text
    assert "116" in page.text
    assert walk.cookies == {}
    assert stored(engine) == 0


def test_when_the_signature_runs_out_the_pages_stop(walk: Walk, clock: Clock) -> None:
    clock.now = NOW + timedelta(days=20, minutes=-1)
    walk.begin()
    clock.now = NOW + timedelta(days=20)
    assert "We need to stop now" in walk.post("/c/q/1", {"a": "safe"}).text
    assert walk.cookies == {}


def test_under_a_c2_lapse_those_who_said_yes_finish_and_nobody_else_starts(
    walk: Walk, app: Flask, world: World, engine: Engine
) -> None:
    reading, newcomer = Walk(app), Walk(app)
    reading.prepare()
    walk.finish()
    world.pause(finish_by=NOW + timedelta(minutes=30))
    assert "This is closed right now." in newcomer.post("/", {"code": "48213377"}).text
    assert "We need to stop now" in reading.post("/c/agree", {"answer": "yes"}).text
    assert len(receipt_on(walk.post("/c/send"))) == 20
    assert stored(engine) == 1


def test_the_receipt_is_still_shown_when_the_strand_stops_right_after_sending(walk: Walk, world: World) -> None:
    walk.finish()
    walk.client.post("/c/send")
    world.pause()
    assert len(receipt_on(walk.get("/c/receipt"))) == 20


@pytest.mark.parametrize(("method", "path"), [("POST", "/c/send"), ("GET", "/c/look")])
def test_whose_connection_dropped_at_send_gets_the_receipt_although_it_stopped(
    walk: Walk, world: World, engine: Engine, method: str, path: str
) -> None:
    """The answers are there: to say that they were deleted, and keep the receipt back, would be untrue."""
    walk.finish()
    before = walk.cookies
    walk.client.post("/c/send")
    walk.use_cookies(before)
    world.pause()
    receipt = receipt_on(walk.client.open(path, method=method, follow_redirects=True))
    assert "they are gone now" in walk.post("/back", {"number": receipt}).text
    assert stored(engine) == 0


@pytest.mark.parametrize("path", ["/c/look", "/c/receipt"])
def test_whose_connection_dropped_at_send_gets_the_receipt_although_it_was_signed_anew(
    walk: Walk, world: World, engine: Engine, path: str
) -> None:
    walk.finish()
    before = walk.cookies
    walk.client.post("/c/send")
    if path == "/c/look":
        walk.use_cookies(before)
    sign_anew(engine, world, without="en")
    receipt = receipt_on(walk.get(path))
    assert walk.cookies == {}
    assert "they are gone now" in walk.post("/back", {"number": receipt}).text
    assert stored(engine) == 0


def test_whoever_has_not_sent_before_it_was_signed_anew_starts_again(walk: Walk, world: World, engine: Engine) -> None:
    walk.finish()
    sign_anew(engine, world)
    page = walk.post("/c/send")
    assert page.status_code == 410
    assert "If you did not press Send, nothing was sent." in page.text
    assert walk.cookies == {}
    assert stored(engine) == 0


@pytest.mark.parametrize("sent", [False, True])
def test_expired_cookies_are_told_kindly_and_taken_away(walk: Walk, clock: Clock, sent: bool) -> None:
    """Whoever lost the connection at Send is not told that nothing was sent."""
    walk.finish()
    before = walk.cookies
    if sent:
        walk.client.post("/c/send")
        walk.use_cookies(before)
    clock.now = NOW + timedelta(hours=2)
    page = walk.get("/c/q/1")
    assert page.status_code == 410
    assert "You were away for a while." in page.text
    assert "If you pressed Send and did not see that page, we do not know if we have your answers." in page.text
    assert ">Nothing was sent." not in page.text
    assert walk.cookies == {}


def test_going_on_does_not_lengthen_the_time(walk: Walk, clock: Clock) -> None:
    walk.begin()
    for n in range(1, 4):
        clock.now = NOW + timedelta(minutes=39 * n)
        assert walk.post(f"/c/q/{n}", {"skip": "1"}).status_code == 200
    clock.now = NOW + timedelta(hours=2)
    assert walk.get("/c/q/4").status_code == 410


@pytest.mark.parametrize("damage", ["cut", "changed", "nonsense"])
def test_damaged_cookies_are_told_kindly(walk: Walk, damage: str) -> None:
    walk.begin()
    value = walk.cookies["o1"]
    forged = {"cut": value[:-4], "changed": value[:40] + ("A" if value[40] != "A" else "B") + value[41:]}
    walk.use_cookies({"o1": forged.get(damage, "not one of ours")})
    page = walk.get("/c/q/1")
    assert page.status_code == 410
    assert "You can start again." in page.text


def test_cookies_of_another_plan_are_not_taken(walk: Walk, world: World, engine: Engine) -> None:
    walk.begin()
    cookies = walk.cookies
    with write(engine) as db:
        strand = db.get_one(Strand, world.strand_id)
        strand.form = {**strand.form, "version": "another"}
    walk.use_cookies(cookies)
    assert "We need to stop now" in walk.post("/c/send").text
    assert walk.cookies == {}
    assert stored(engine) == 0


@pytest.mark.parametrize("name", ["/c/language", "/c/place", "/c/check", "/c/agree", "/c/q/1", "/c/look", *ALWAYS])
def test_leave_works_from_every_page_and_leaves_nothing(walk: Walk, name: str) -> None:
    walk.finish()
    page = walk.get(name)
    assert 'action="/leave"' in page.text
    assert page.text.count('form="x"') >= 2
    response = walk.client.post("/leave")
    assert response.status_code == 303
    assert response.headers["Location"] == EXIT
    assert walk.cookies == {}
    assert EXIT in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_leave_asks_for_nothing_and_can_be_repeated(walk: Walk, world: World, method: str) -> None:
    world.pause()
    walk.use_cookies({"o1": "broken"})
    for _ in range(2):
        assert walk.client.open("/leave", method=method).headers["Location"] == EXIT


def test_leave_and_help_work_without_a_database(walk: Walk, engine: Engine) -> None:
    walk.begin()
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE contact_tests")
        connection.commit()
    page = walk.client.get("/help")
    assert page.status_code == 200
    assert "grown-up you trust" in page.text
    assert walk.client.post("/leave").headers["Location"] == EXIT


def test_a_fault_of_ours_is_told_with_help_in_view(walk: Walk, app: Flask, engine: Engine) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    walk.begin("fr")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE contact_tests")
        connection.exec_driver_sql("DROP TABLE edition")  # so that the page is not the one that was kept
        connection.commit()
    page = walk.client.get("/c/q/1")
    assert page.status_code == 500
    assert 'id="help"' in page.text
    assert 'lang="fr"' in page.text
    assert 'action="/leave"' in page.text


def test_every_answer_forbids_storing_referring_and_indexing(walk: Walk) -> None:
    pages = [walk.client.get(f"/c/{name}") for name in INSIDE]
    walk.finish()
    pages += [walk.client.get(f"/c/{name}") for name in INSIDE] + [walk.client.get(name) for name in ALWAYS]
    pages += [walk.client.get("/nowhere"), walk.client.post("/leave"), walk.client.post("/c/send")]
    for page in pages:
        assert {name: page.headers[name] for name in HEADERS} == HEADERS
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_cookies_are_for_this_session_and_out_of_reach_of_scripts(engine: Engine, tmp_path: Path) -> None:
    open_strand(engine, code="11112222")
    app = build_site(engine, tmp_path, Clock(), address="https://ideas.example.org")
    response = app.test_client().get("/k/11112222", base_url="https://ideas.example.org")
    (cookie,) = response.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-o1=")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Max-Age" not in cookie
    assert "Expires" not in cookie


def test_another_person_on_the_same_phone_starts_anew(walk: Walk) -> None:
    walk.begin()
    walk.post("/c/q/9", {"a": "private words"})
    walk.begin()
    assert "private words" not in walk.get("/c/q/9").text


def test_nothing_of_a_person_stands_in_the_logs(walk: Walk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    walk.begin()
    walk.post("/c/q/9", {"a": "canary words"})
    walk.finish()
    digits = receipt_on(walk.post("/c/send"))
    walk.post("/back", {"number": digits})
    for secret in ("canary", digits, digits[:5], "127.0.0.1", "48213377"):
        assert secret not in caplog.text
