"""The emergency stop and a certificate that ends, in real browsers: what staff press and what those inside then see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select, text

from consult.database import read, write
from consult.demo.setup import Stage
from consult.jobs import JOBS
from consult.models import Evidence, Response, Strand, StrandState
from tests.browser.walking import go_on, page_in, press
from tests.scenario import NOW, open_part
from tests.web.participate.serving import served
from tests.web.safeguard.test_desk_browser import signed_in
from tests.web.staff.desk import Desk

pytestmark = pytest.mark.browser

STOPPED = "We have deleted what you wrote"
ENDS = NOW + timedelta(days=3)


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """The site on a real port."""
    with served(desk.app) as found:
        yield found


def at_a_question(chromium: Browser, address: str, code: str) -> Page:
    """Somebody inside, without scripts, with an answer chosen and not sent."""
    page = page_in(chromium)
    page.goto(f"{address}/k/{code}")
    press(page, "button[name=language][value=en]")
    while "/c/q/" not in page.url:
        go_on(page, "15")
    page.locator("main input[name=a]").first.check()
    return page


def is_told_to_stop(page: Page) -> bool:
    """The kind page, with help and leave, and nothing left in the browser."""
    words = page.locator("main").inner_text()
    stays = page.locator(".top a[href='#help']").is_visible() and page.locator(".leave").is_visible()
    return STOPPED in words and stays and page.context.cookies() == []


def state(stage: Stage) -> str:
    with read(stage.engine) as db:
        assert db.scalars(select(Response.id)).all() == [], "nothing was stored"
        return db.get_one(Strand, stage.strands["children"]).state


def lift(chromium: Browser, desk: Desk, stage: Stage, address: str, name: str) -> bool:
    """Say yes to lifting; whether the page offered it."""
    context = signed_in(chromium, desk, address, name)
    page = context.new_page()
    page.goto(f"{address}/s/c/{stage.consultation_id}/{stage.strands['children']}/run/lift")
    offered = page.locator("[name=passphrase]").count() == 1
    if offered:
        page.fill("[name=review]", "A drill, and everybody knew it (invented)")
        page.fill("[name=passphrase]", stage.passphrases[name])
        press(page, "main .go, main button.btn")
    context.close()
    return offered


def test_one_press_stops_every_open_page_at_its_next_request_and_two_lift_it(
    chromium: Browser, desk: Desk, stage_on_sqlite: Stage, address: str
) -> None:
    stage = stage_on_sqlite
    code = open_part(stage, "children")
    inside = [at_a_question(chromium, address, code) for _ in range(2)]
    staff = signed_in(chromium, desk, address, "facilitator", 360)
    page = staff.new_page()
    page.goto(f"{address}/s/running")
    with page.expect_navigation():
        page.get_by_role("button", name="Emergency stop").first.click()
    staff.close()
    press(inside[0], "main .go")
    inside[1].reload()
    assert [is_told_to_stop(each) for each in inside] == [True, True]
    newcomer = page_in(chromium)
    newcomer.goto(f"{address}/k/{code}")
    assert "/c/" not in newcomer.url, "nobody begins"
    assert newcomer.locator(".top a[href='#help']").is_visible()
    for each in (*inside, newcomer):
        each.context.close()

    assert not lift(chromium, desk, stage, address, "facilitator")
    assert lift(chromium, desk, stage, address, "lead1")
    assert state(stage) == StrandState.STOPPED, "one yes lifts nothing"
    assert not lift(chromium, desk, stage, address, "lead2"), "the second yes is the approver's"
    assert lift(chromium, desk, stage, address, "approver")
    assert state(stage) == StrandState.SUSPENDED, "a lifted stop opens nothing"


def test_a_certificate_that_ends_in_the_window_closes_the_part_within_one_sweep(
    chromium: Browser, desk: Desk, stage_on_sqlite: Stage, address: str
) -> None:
    stage = stage_on_sqlite
    with stage.engine.begin() as connection:
        # The same certificate with an end of its own: past the guard that what was checked stays as it was checked.
        connection.execute(text("DROP TRIGGER evidence_verification_is_final"))
    with write(stage.engine) as db:
        mine = (Evidence.requirement == "TRN-01", Evidence.subject == stage.people["facilitator"].id)
        db.scalars(select(Evidence).where(*mine)).one().expires = ENDS
    code = open_part(stage, "children")
    desk.now[0] = ENDS - timedelta(minutes=1)
    inside = at_a_question(chromium, address, code)
    desk.now[0] = ENDS + timedelta(minutes=1)
    JOBS["lapses"](stage.engine, stage.keys, stage.policy, desk.now[0])
    assert state(stage) == StrandState.SUSPENDED
    press(inside, "main .go")
    assert "/c/q/2" in inside.url, "a document ran out: who is inside has half an hour to finish"
    newcomer = page_in(chromium)
    newcomer.goto(f"{address}/k/{code}")
    assert "/c/" not in newcomer.url, "and nobody begins"
    desk.now[0] += timedelta(minutes=31)
    press(inside, "main .go")
    assert is_told_to_stop(inside)
    for each in (inside, newcomer):
        each.context.close()
