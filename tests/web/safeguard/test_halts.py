"""What staff do to an open part reaches whoever is inside with the very next page, and nobody's answers are stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import Evidence, Response
from consult.services.people import accounts
from consult.services.signed import running
from tests.scenario import NOW, open_part
from tests.web.answers import helps_and_lets_leave, is_hardened
from tests.web.participate.walk import READ, Walk
from tests.web.staff.desk import Desk

OWN_WORDS = "words of a child that are not sent"


def address(stage: Stage, rest: str) -> str:
    return f"/s/c/{stage.consultation_id}/{stage.strands['children']}/{rest}"


def take_evidence_back(desk: Desk, stage: Stage) -> int:
    with read(stage.engine) as db:
        proof = db.scalars(select(Evidence.id).where(Evidence.requirement == "DAT-03")).first()
    values = {"evidence_id": proof, "reason": "The service ended."}
    return desk.browser("lead1").post(address(stage, "safeguards/DAT-03/revoke"), values).status_code


def press(name: str, who: str, **values: str) -> Callable[[Desk, Stage], int]:
    def act(desk: Desk, stage: Stage) -> int:
        return desk.browser(who).post(address(stage, f"run/{name}"), values).status_code

    return act


def nobody_answers_at_the_service(desk: Desk, stage: Stage) -> int:
    facilitator, service = desk.browser("facilitator"), stage.services[0]
    for channel in ("harbour-phone", "harbour-chat"):
        call = {"channel": channel, "language": "en", "jurisdiction": "XA", "minutes": "0"}
        status = facilitator.post(f"/s/services/{service}/tests", call).status_code
    return status


def the_lead_on_duty_leaves(_desk: Desk, stage: Stage) -> int:
    with write(stage.engine) as db:
        accounts.disable(db, stage.keys, "lead1@demo.example", NOW)
        running.sweep(db, stage.keys, stage.policy, NOW)
    return 303


HAPPENINGS: Mapping[str, Callable[[Desk, Stage], int]] = {
    "evidence taken back": take_evidence_back,
    "a failed call": nobody_answers_at_the_service,
    "a pause": press("pause", "facilitator", reason="The lights went out."),
    "an emergency stop": press("stop", "operator"),
    "the end": press("close", "lead2"),
    "somebody gone": the_lead_on_duty_leaves,
}


def with_answers(desk: Desk, code: str) -> Walk:
    """Somebody on the page to look again, with own words."""
    walk = Walk(desk.app)
    walk.begin(code=code)
    walk.post("/c/q/9", {"a": OWN_WORDS})
    assert OWN_WORDS in walk.get("/c/look").text
    return walk


def responses(stage: Stage) -> int:
    with read(stage.engine) as db:
        return len(db.scalars(select(Response.id)).all())


@pytest.mark.parametrize("happening", HAPPENINGS)
def test_the_next_page_is_the_kind_end(desk: Desk, stage_on_sqlite: Stage, happening: str) -> None:
    stage = stage_on_sqlite
    code = open_part(stage, "children")
    inside, sending, reading = (with_answers(desk, code) for _ in range(3))
    assert sending.post("/c/send").request.path == "/c/receipt", "so that this worker holds a key"
    assert HAPPENINGS[happening](desk, stage) == 303
    for walk, page in (
        (inside, inside.client.post("/c/send")),
        (reading, reading.client.get("/c/q/1")),
    ):
        assert page.status_code == 200
        assert "We have deleted what you wrote" in page.text
        assert OWN_WORDS not in page.text
        helps_and_lets_leave(page.text)
        is_hardened(page)
        assert walk.cookies == {}
    assert responses(stage) == 1
    assert "This is closed right now." in Walk(desk.app).post("/", {"code": code}).text


def test_the_signed_pages_before_assent_are_no_way_round(desk: Desk, stage_on_sqlite: Stage) -> None:
    """Somebody still reading when it is paused is stopped at every page, and can not say yes any more."""
    code = open_part(stage_on_sqlite, "children")
    readers = []
    for steps in range(len(READ) + 1):
        walk = Walk(desk.app)
        walk.enter(code=code)
        walk.post("/c/place")
        walk.post("/c/age", {"age": "15"})
        for step in READ[:steps]:
            walk.post(f"/c/{step}")
        readers.append(walk)
    HAPPENINGS["a pause"](desk, stage_on_sqlite)
    for walk in readers:
        page = walk.post("/c/agree", {"answer": "yes"})
        assert "We have deleted what you wrote" in page.text
        assert walk.cookies == {}
    assert responses(stage_on_sqlite) == 0
