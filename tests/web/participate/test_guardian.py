"""Where a guardian has to agree: no question and no answer without a code, spent once, tied to nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select

from consult.database import read, write
from consult.models import Invitation, Purpose
from consult.sealing.invitation import code_digest, new_code
from consult.sealing.root import RootKeys
from tests.web.participate.walk import CHECKS, READ, Walk, receipt_on
from tests.web.participate.world import ROOT, Clock, World, build_site, open_strand, opened

KEYS = RootKeys.from_root(ROOT)


@pytest.fixture
def world(engine: Engine) -> World:
    return open_strand(engine, facts={"guardian_age": 16})


def made(world: World, purpose: Purpose = Purpose.GUARDIAN) -> str:
    code = new_code()
    digest = code_digest(KEYS.invitation, code)
    with write(world.engine) as db:
        db.execute(insert(Invitation).values(digest=digest, strand_id=world.strand_id, purpose=purpose))
    return code


def test_a_code_leads_to_the_childs_own_yes_and_is_spent_once(walk: Walk, world: World) -> None:
    code = made(world)
    assert walk.prepare(age="15").request.path == "/c/grown-up"
    assert walk.post("/c/grown-up", {"code": f" {code.upper()} "}).request.path == "/c/agree"
    assert walk.post("/c/agree", {"answer": "yes"}).request.path == "/c/q/1"
    walk.post("/c/q/1", {"a": "safe"})
    assert len(receipt_on(walk.post("/c/send"))) == 20
    (payload,) = opened(world)
    assert payload.answers == {"Q14": "safe"}
    walk.prepare(age="15")
    page = walk.post("/c/grown-up", {"code": code})
    assert page.status_code == 422
    assert "We do not know that code." in page.text
    assert code in page.text


@pytest.mark.parametrize("path", ["agree", "q/1", "note/4", "rest/1", "you/1", "look", "send"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_it_no_later_page_is_reached(walk: Walk, engine: Engine, path: str, method: str) -> None:
    walk.prepare(age="15")
    answer = walk.client.open(f"/c/{path}", method=method, data={"answer": "yes", "a": "safe"})
    if answer.status_code != 405:
        assert answer.headers["Location"] in {"/c/grown-up", "/c/agree"}
        assert walk.get(f"/c/{path}" if path != "send" else "/c/look").request.path == "/c/grown-up"


def test_who_is_old_enough_is_not_asked_and_who_goes_back_to_be_younger_is(walk: Walk) -> None:
    assert walk.prepare(age="16").request.path == "/c/agree"
    assert walk.post("/c/agree", {"answer": "yes"}).request.path == "/c/q/1"
    walk.post("/c/age", {"age": "14"})
    assert walk.get("/c/q/1").request.path == "/c/grown-up"
    assert walk.get("/c/look").request.path == "/c/grown-up"


@pytest.mark.parametrize("which", ["an entry code", "a code of another part", "nothing"])
def test_other_codes_do_not_count(walk: Walk, engine: Engine, world: World, which: str) -> None:
    other = open_strand(engine, code="11112222")
    codes = {"an entry code": made(world, Purpose.ENTRY), "a code of another part": made(other), "nothing": ""}
    walk.prepare(age="13")
    assert walk.post("/c/grown-up", {"code": codes[which]}).status_code == 422
    with read(engine) as db:
        assert not any(db.scalars(select(Invitation.spent)))


def test_with_no_age_set_nobody_is_asked(engine: Engine, tmp_path: Path) -> None:
    open_strand(engine)
    walk = Walk(build_site(engine, tmp_path, Clock()))
    assert walk.prepare(age="13").request.path == "/c/agree"
    assert walk.get("/c/grown-up").request.path == "/c/agree"


def page_of(text: str) -> str:
    return re.findall(r'name="page" value="(\w+)"', text)[0]


def test_a_second_tap_of_the_page_loses_nothing_and_spends_nothing_twice(walk: Walk, world: World) -> None:
    """Both taps carry the same cookies and the same form; the answer to the first may never arrive."""
    code, other = made(world), made(world)
    sent = {"code": code, "page": page_of(walk.prepare(age="15").text)}
    before = walk.cookies
    for _ in range(3):
        walk.use_cookies(before)
        assert walk.post("/c/grown-up", sent).request.path == "/c/agree"
    with read(world.engine) as db:
        assert sorted(db.scalars(select(Invitation.spent))) == [False, True]
    assert walk.post("/c/agree", {"answer": "yes"}).request.path == "/c/q/1"
    assert other != code


def test_a_copied_page_lets_nobody_else_in(walk: Walk, engine: Engine, tmp_path: Path, world: World) -> None:
    sent = {"code": made(world), "page": page_of(walk.prepare(age="15").text)}
    assert walk.post("/c/grown-up", sent).request.path == "/c/agree"
    somebody_else = Walk(build_site(engine, tmp_path / "other", Clock()))
    somebody_else.prepare(age="15")
    assert somebody_else.post("/c/grown-up", sent).status_code == 422


def test_a_card_tapped_twice_begins_one_way(engine: Engine, tmp_path: Path, world: World) -> None:
    code = made(world, Purpose.ENTRY)
    app = build_site(engine, tmp_path / "cards", Clock())
    first, receipts = Walk(app), set()
    sent = {"code": code, "page": page_of(first.get("/").text)}
    for tap in (first, Walk(app)):
        assert tap.post("/", sent).request.path == "/c/language"
        tap.post("/c/language", {"language": "en"})
        tap.post("/c/place")
        tap.post("/c/age", {"age": "16"})
        for step in READ:
            tap.post(f"/c/{step}")
        tap.post("/c/check", CHECKS)
        tap.post("/c/agree", {"answer": "yes"})
        receipts.add(receipt_on(tap.post("/c/send")))
    assert len(receipts) == 1, "two taps can send one answer"
    stranger = Walk(app)
    again = {"code": code, "page": page_of(stranger.get("/").text)}
    assert "We do not know that code" in stranger.post("/", again).text
