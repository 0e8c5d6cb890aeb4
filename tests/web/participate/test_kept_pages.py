"""Pages that are kept: byte for byte what they would be anew, for everybody; and nothing of anybody is in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from consult.web.pages import KeptPages
from tests.web.participate.walk import CHECKS, READ, Walk
from tests.web.participate.world import LANGUAGES, Clock, World, build_site

CANARY = "kanarienvogel"


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """Pages are the same whatever the database."""
    return sqlite_engine


def kept_in(app: Flask) -> KeptPages:
    found: KeptPages = app.extensions["consult"].pages
    return found


def journey(app: Flask, language: str, age: str) -> dict[str, bytes]:
    """Every page inside as somebody sees it who goes forward and back and answers nothing."""
    walk, seen = Walk(app), {}
    walk.enter(language)
    for address in ("place", "age", *READ, "check", "agree"):
        seen[address] = walk.client.get(f"/c/{address}").data
        walk.post(f"/c/{address}", {"age": age} if address == "age" else _right(address))
    for n in range(1, 12):
        for kind in ("q", "you", "note", "rest"):
            for look in ("", "?look=1"):
                seen[f"{kind}/{n}{look}"] = walk.client.get(f"/c/{kind}/{n}{look}").data
    return seen


def _right(address: str) -> Mapping[str, str]:
    if address == "agree":
        return {"answer": "yes"}
    return CHECKS if address == "check" else {}


def somebody(app: Flask) -> None:
    """Somebody who writes, chooses, changes the language and gets things wrong."""
    walk = Walk(app)
    walk.prepare("en", "15")
    walk.post("/c/agree", {"answer": "maybe"})
    walk.post("/c/agree", {"answer": "yes"})
    for n in range(1, 11):
        page = walk.client.get(f"/c/q/{n}").text
        value = page.partition('name="a" value="')[2].partition('"')[0] or CANARY
        walk.post(f"/c/q/{n}", {"a": value})
        walk.client.get(f"/c/q/{n}")
        walk.post(f"/c/q/{n}", {"a": CANARY * 500})
    walk.post("/c/q/1", {"then": "lang-fr"})
    for n in (1, 2, 3):
        walk.client.get(f"/c/you/{n}")
        walk.post(f"/c/you/{n}", {"gender": "girl"})
    walk.client.get("/c/look")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_the_same_whoever_was_there_before(
    engine: Engine, app: Flask, world: World, clock: Clock, tmp_path: Path, language: str
) -> None:
    somebody(app)
    for age in ("15", "17"):
        new = build_site(engine, tmp_path, clock)
        anew = journey(new, language, age)
        assert len(set(anew.values())) > 40
        assert journey(app, language, age) == anew
        assert journey(app, language, age) == anew  # all of them are kept by now
    assert not any(CANARY.encode() in page for page in kept_in(app)._pages.values())
    assert not any(b" checked" in page for page in kept_in(app)._pages.values())


def test_the_pages_used_last_are_kept_and_no_more_than_so_many() -> None:
    pages, made = KeptPages(most=2), []

    def page(name: str) -> bytes:
        def make() -> bytes:
            made.append(name)
            return name.encode()

        return pages.page(name, make)

    assert [page(name) for name in "abacab"] == [name.encode() for name in "abacab"]
    assert made == ["a", "b", "c", "b"]
