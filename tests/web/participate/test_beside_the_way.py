"""Beside the straight way: closed parts, hard questions, rests, meetings, the wrong part, help by country."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select

from consult.database import write
from consult.models import StrandKey, StrandSalt, StrandService, StrandShare, SupportService
from consult.questionnaire.bank import compose_set
from tests.web.participate.walk import Walk
from tests.web.participate.world import CODE, LANGUAGES, NOW, Clock, World, another_line, build_site, open_strand


@pytest.mark.parametrize("state", ["suspended", "stopped", "closed"])
def test_a_part_that_is_not_open_says_so_in_every_language_with_help(walk: Walk, world: World, state: str) -> None:
    world.change_strand(state=state)
    for page in (walk.post("/", {"code": CODE}), walk.get(f"/k/{CODE}?l=fr"), walk.get(f"/k/{CODE}?l=ar")):
        words = compose_set("children_13_17", LANGUAGES).texts["T-CLOSED"]
        for language in LANGUAGES:
            assert words[language].partition(".")[0].replace("'", "&#39;") in page.text
        assert "116" in page.text
        assert 'href="/back' in page.text
        assert f'href="/news/{CODE}' in page.text
        assert walk.cookies == {}


def test_outside_of_its_hours_a_part_says_in_which_hours_one_can_come_back(engine: Engine, tmp_path: Path) -> None:
    hours = [{"days": ["mon", "tue", "wed"], "open": "09:00", "close": "19:00"}]
    window = {"opens": "2026-06-01T00:00:00Z", "closes": "2026-06-16T20:00:00Z", "timezone": "Africa/Nairobi"}
    world, clock = open_strand(engine, facts={"window": {**window, "hours": hours}}), Clock()
    app = build_site(engine, tmp_path, clock)
    inside = Walk(app)
    inside.begin()
    clock.now = NOW.replace(hour=16, minute=30)
    for page in (Walk(app).post("/", {"code": CODE}), inside.get("/c/q/2")):
        assert "You can come back when it is open: Monday–Wednesday" in page.text
        assert "09:00–19:00" in page.text
        assert "This is the time in <bdi>Nairobi</bdi>." in page.text
    assert "<bdi>نيروبي</bdi>" in Walk(app).post("/", {"code": CODE}).text, "in each language of the part"
    world.pause()
    assert "You can come back" not in Walk(app).post("/", {"code": CODE}).text, "the hour is not what keeps it shut"
    world.change_strand(state="open")
    clock.now = NOW.replace(day=16, hour=17)
    assert "You can come back" not in Walk(app).post("/", {"code": CODE}).text, "no hour is left"


def test_hard_questions_are_announced_and_can_be_gone_round(walk: Walk) -> None:
    walk.begin()
    walk.post("/c/q/2", {"skip": "1"})
    page = walk.post("/c/q/3", {"a": "free_chat"})
    assert page.request.path == "/c/note/4"
    assert "Some questions are about hard things" in page.text
    assert walk.get("/c/note/2").request.path == "/c/q/2"
    assert walk.post("/c/note/4").request.path == "/c/q/4"
    assert walk.post("/c/note/4", {"skip": "1"}).request.path == "/c/q/9"
    assert walk.post("/c/q/4", {"then": "back"}).request.path == "/c/q/3"


def test_a_rest_keeps_what_was_written_and_leads_back(walk: Walk) -> None:
    walk.begin()
    page = walk.post("/c/q/9", {"a": "half a thou", "then": "rest"})
    assert page.request.path == "/c/rest/9"
    assert "Rest as long as you like." in page.text
    assert "Will someone else use this phone or computer? Then press Leave." in page.text
    assert 'href="/c/q/9"' in page.text
    assert "half a thou" in walk.get("/c/q/9").text
    assert 'href="/c/you/2"' in walk.post("/c/you/2", {"then": "rest"}).text
    assert walk.get("/c/rest/99").request.path == "/c/look"


def test_with_people_in_the_room_it_is_said_whom_we_must_tell_and_what_is_checked(
    engine: Engine, tmp_path: Path
) -> None:
    open_strand(engine, mode="PI")
    walk = Walk(build_site(engine, tmp_path, Clock()))
    walk.enter()
    for path, fields in (("place", {}), ("age", {"age": "15"}), ("about", {}), ("choice", {})):
        page = walk.post(f"/c/{path}", fields)
    assert "we must tell <bdi>Lead-1</bdi>" in page.text
    assert "We cannot find you" not in page.text
    walk.post("/c/keep")
    page = walk.post("/c/help")
    assert "Everything I say stays secret." in page.text
    assert "Someone will know my name." not in page.text
    assert walk.post("/c/check", {"C-SKIP": "true", "C-TELL": "false"}).request.path == "/c/agree"


def test_who_came_to_the_wrong_part_is_shown_the_one_for_their_age_if_it_is_open(
    walk: Walk, world: World, engine: Engine
) -> None:
    def asked(age: str) -> str:
        walk.enter()
        walk.post("/c/place")
        return walk.post("/c/age", {"age": age}).text

    assert "people of another age" in asked("19")
    open_strand(engine, code="44445555", facts={"ages": [18, 24]})
    assert "/k/44445555" not in asked("19")
    other = open_strand(
        engine,
        form=compose_set("young_adults", LANGUAGES),
        audience="R",
        representatives="RY",
        respondent_class="young_adult",
        code="55556666",
        beside=world,
        facts={"ages": [18, 24]},
    )
    page = asked("19")
    assert 'href="/k/55556666"' in page
    assert "116" in page
    assert "/k/55556666" not in asked("44")
    other.pause()
    assert "/k/55556666" not in asked("19")


def test_outside_a_consultation_help_stands_by_country(walk: Walk, engine: Engine, world: World) -> None:
    page = walk.get("/help?l=fr").text
    assert "Child Helpline" in page
    assert "<b>Kenya.</b>" not in page
    with write(engine) as db:
        service = another_line(db, "116", ["fr"])
        db.add(StrandService(strand_id=world.strand_id, service_id=service.id))
    page = walk.get("/help?l=fr").text
    assert 0 < page.index("<b>Côte d’Ivoire.</b>") < page.index("<b>Kenya.</b>")


def test_a_call_that_is_not_known_to_stay_off_the_bill_is_said_to_show_there(walk: Walk, world: World) -> None:
    may_show = "The call may show on the phone and on the bill."
    assert may_show in walk.get("/help?l=en").text
    with write(world.engine) as db:
        (service,) = db.scalars(select(SupportService))
        channels = [{**each, "on_bill": False} for each in service.facts["channels"]]
        service.facts = service.signed = {**service.facts, "channels": channels}
    page = walk.get("/help?l=en").text
    assert may_show not in page
    assert "The call may show on the phone." in page


@pytest.mark.parametrize("state", ["closed", "destroyed"])
def test_help_outside_a_consultation_stays_when_the_part_that_was_signed_is_over(
    walk: Walk, world: World, state: str
) -> None:
    world.change_strand(state=state)
    assert 'href="tel:116"' in walk.get("/help").text


def test_before_anything_is_signed_help_is_the_countrys_number_and_somebody_to_trust(walk: Walk, world: World) -> None:
    with write(world.engine) as db:
        for table in (StrandShare, StrandSalt, StrandKey):
            db.execute(delete(table))
    page = walk.get("/help").text
    assert "Call the emergency number of your country." in page
    assert "grown-up you trust" in page
    assert "116" not in page
