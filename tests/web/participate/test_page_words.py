"""What pages say in the program's own words is what they show, and one recording of it is heard in every part."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import Engine, delete, update
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import BadRequest, TooManyRequests

from consult.database import write
from consult.models import PageRecording
from consult.questionnaire.bank import compose_set
from consult.services.translation.pagerecordings import places_asked
from consult.web.languages import as_in, use_language
from consult.web.pagewords import AGE_LIST, PAGES, Spoken, in_language, of_language
from tests.web.participate.walk import CHECKS, READ, Walk, receipt_on
from tests.web.participate.world import LANGUAGES, NOW, World, open_strand

#: No page of this walk comes to them: what somebody has to type is wrong in another way, or it is another part.
ELSEWHERE = {"guardian", "question_needed", "other_age", "resting", "wait", "next_person", "ask", "complained", "away"}
#: Nor is there anybody here who takes a complaint, nor anything that was promised.
ELSEWHERE |= {"news", "complaint_form", "unknown_complaint", "nothing_written", "too_long", "not_taken", "not_answered"}
#: Pages of faults that no walk comes to, by what brings them up.
FULL = sqlite3.OperationalError()
FULL.sqlite_errorname = "SQLITE_FULL"
FAULTS = {
    "unusable": BadRequest(),
    "broke": RuntimeError(),
    "not_sent": OperationalError("", None, FULL),
    "busy": TooManyRequests(),
}


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """SQLite: what is looked at here knows no database."""
    return sqlite_engine


@pytest.fixture
def world(engine: Engine) -> World:
    """A part in two countries, so that the page of age asks for the place."""
    return open_strand(engine, form=compose_set("children_13_17", LANGUAGES), facts={"jurisdictions": ["KE", "CI"]})


def said(app: Flask, world: World, language: str) -> dict[str, Spoken]:
    with app.test_request_context(), write(world.engine) as db:
        return of_language(language, places_asked(db))


def record(app: Flask, world: World, language: str, heard_by: tuple[str, ...] = ("lead-1", "lead-2")) -> dict[str, str]:
    """A recording of everything; digest → the page that says it."""
    sounds = {}
    with write(world.engine) as db:
        for says, each in said(app, world, language).items():
            content = f"sound of {language} {each.words}".encode()
            digest = hashlib.sha256(content).hexdigest()
            sounds[digest] = each.page
            db.add(
                PageRecording(
                    language=language,
                    says=says,
                    words=each.words,
                    page=each.page,
                    digest=digest,
                    content=content,
                    added_by="reviewer-1",
                    added_at=NOW,
                    heard_by=list(heard_by),
                )
            )
    return sounds


def walked(walk: Walk, language: str) -> Iterator[str]:
    """From the card to the receipt and the withdrawal, with what is typed wrongly on the way; then what ends a way."""
    yield walk.get(f"/?l={language}").text
    yield walk.post(f"/?l={language}", {"code": "nothing"}).text
    yield walk.get(f"/k/48213377?l={language}").text
    yield walk.post("/c/language", {"language": language}).text
    yield walk.post("/c/place").text
    yield walk.post("/c/age", {"age": "15"}).text
    yield walk.post("/c/age", {"age": "young", "place": "KE"}).text
    yield walk.post("/c/age", {"age": "15", "place": "KE"}).text
    for step in READ:
        yield walk.post(f"/c/{step}").text
    yield walk.post("/c/check", {}).text
    yield walk.post("/c/check", CHECKS).text
    yield walk.post("/c/agree", {}).text
    yield walk.post("/c/agree", {"answer": "yes"}).text
    for n in range(1, 11):
        yield walk.get(f"/c/note/{n}").text
        yield walk.post(f"/c/q/{n}", {"skip": "1"}).text
    yield walk.get("/c/rest/1").text
    for n in range(1, 4):
        yield walk.post(f"/c/you/{n}", {"skip": "1"}).text
    yield walk.get("/c/look").text
    yield walk.post("/c/q/1?look=1", {"a": "safe", "look": "1"}).text
    sent = walk.post("/c/send")
    yield sent.text
    for number in ("a", "1", "1" * 20, receipt_on(sent)):
        yield walk.post(f"/back?l={language}", {"number": number}).text
    for page in ("back", "help", "privacy", "accessibility", "complaint", "c/place", "news", "not/here"):
        yield walk.get(f"/{page}?l={language}").text


def heard_on(page: str) -> list[str]:
    return re.findall(r'src="/sound/(\w+)"', page)


def shown(page: str) -> str:
    """The words of a page, in one line."""
    body = re.sub(r"<(head|script|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.parametrize("language", ["en", "ar"])
def test_from_the_card_to_the_withdrawal_each_page_is_heard_and_says_what_it_shows(
    walk: Walk, world: World, language: str
) -> None:
    app = walk.client.application
    sounds, pages, heard = record(app, world, language), said(app, world, language).values(), set[str]()
    lines = {each.page: each.lines for each in pages}
    for page in walked(walk, language):
        here = [sounds[each] for each in heard_on(page) if each in sounds]
        assert here, shown(page)[:400]
        heard |= set(here)
        for name in here:
            missing = [line for line in lines[name] if line not in shown(page)]
            assert not missing, (name, missing, shown(page))
    for name, fault in FAULTS.items():
        with app.test_request_context("/", method="POST"):
            use_language(language)
            page = app.make_response(app.handle_user_exception(fault)).get_data(as_text=True)
        assert [sounds[each] for each in heard_on(page)] == [name, "after_a_fault"]
        assert [line for line in (*lines[name], *lines["after_a_fault"]) if line not in shown(page)] == []
    left = set(PAGES) - heard - ELSEWHERE - set(FAULTS)
    assert left == {"age", "closed"}, "with places, the page of age says its list"
    world.pause()
    closed = walk.get(f"/k/48213377?l={language}").text
    assert "closed" in [sounds[each] for each in heard_on(closed)]


def test_the_sound_needs_nothing_carried_and_waits_for_two_others(walk: Walk, world: World) -> None:
    app = walk.client.application
    sounds = record(app, world, "en", ("lead-1",))
    entry = next(digest for digest, page in sounds.items() if page == "entry")
    assert not heard_on(walk.get("/?l=en").text)
    assert walk.get(f"/sound/{entry}").status_code == 404
    with write(world.engine) as db:
        db.execute(update(PageRecording).values(heard_by=["lead-1", "lead-2"]))
    assert heard_on(walk.get("/?l=en").text) == [entry, *heard_on(walk.get("/?l=en").text)[1:]]
    assert not heard_on(walk.get("/?l=fr").text), "never in another language"
    sound = walk.get(f"/sound/{entry}")
    assert (sound.status_code, sound.mimetype) == (200, "audio/mpeg")
    assert sound.headers["Cache-Control"] == "no-store"
    assert walk.cookies == {}


def test_a_page_that_is_kept_forgets_a_recording_that_was_taken_away(walk: Walk, world: World) -> None:
    record(walk.client.application, world, "en")
    assert heard_on(walk.enter("en").text)
    with write(world.engine) as db:
        db.execute(delete(PageRecording))
    assert not heard_on(walk.get("/c/place").text)


def test_a_recording_of_other_words_is_silent(walk: Walk, world: World) -> None:
    with write(world.engine) as db:
        db.add(
            PageRecording(
                language="en", says="0" * 64, words="Old words", page="entry", digest="1" * 64, content=b"sound",
                added_by="reviewer-1", added_at=NOW, heard_by=["lead-1", "lead-2"],
            )
        )  # fmt: skip
    assert not heard_on(walk.get("/?l=en").text)


def test_each_language_is_named_in_its_own_voice(walk: Walk, world: World) -> None:
    app = walk.client.application
    sounds = {language: record(app, world, language) for language in ("fr", "ar")}
    page = walk.get("/k/48213377").text
    for language in ("fr", "ar"):
        with app.test_request_context(), as_in("en"):
            assert in_language(language).lines[-1] in page
        mine = {digest for digest, of in sounds[language].items() if of == "language"}
        assert mine <= set(heard_on(page))


def test_the_list_of_places_belongs_to_the_page_of_age(walk: Walk, world: World) -> None:
    lists = [each for each in said(walk.client.application, world, "en").values() if each.page == AGE_LIST]
    assert [each.lines[:3] for each in lists] == [("Which country are you in?", "Kenya", "Côte d’Ivoire")]
