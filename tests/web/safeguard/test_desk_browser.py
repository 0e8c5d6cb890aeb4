"""A lead from the queue to a signature in a real browser, with the keyboard alone; and the desks without a fault."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import Person, Signature, Strand, StrandState
from consult.services.signed import stopping
from tests.scenario import NOW, open_part
from tests.web.participate.serving import served
from tests.web.staff.desk import Desk
from tests.web.staff.test_browser import faults

pytestmark = pytest.mark.browser

FOCUSED = """(({textContent: words, name, value}) =>
    [(words || '').replace(/\\s+/g, ' ').trim(), name || '', value || ''].join('|'))(document.activeElement)"""


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """The site on a real port."""
    with served(desk.app) as found:
        yield found


def signed_in(chromium: Browser, desk: Desk, address: str, name: str, width: int = 1280) -> BrowserContext:
    context = chromium.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
    secret = base64.urlsafe_b64encode(desk.secret(name)).decode("ascii")
    context.add_cookies([{"name": "desk", "value": secret, "url": address}])
    return context


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the control with these words, name or value has the focus; a ring shows where one is."""
    for _ in range(400):
        page.keyboard.press("Tab")
        if words in page.evaluate(FOCUSED):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    pytest.fail(f"Tab never comes to {words}")


def test_from_the_queue_to_a_signature_by_keyboard_alone(
    chromium: Browser, desk: Desk, stage_on_sqlite: Stage, address: str
) -> None:
    stage = stage_on_sqlite
    context = signed_in(chromium, desk, address, "lead2")
    page = context.new_page()
    page.goto(f"{address}/s/approvals")
    tab_to(page, "Review Young people 13 to 17")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review")
    tab_to(page, "|decision|GO")
    page.keyboard.press("Space")
    tab_to(page, "|passphrase|")
    page.keyboard.type(stage.passphrases["lead2"])
    tab_to(page, "Sign|")
    page.keyboard.press("Enter")
    page.wait_for_url("**/run?saved=1")
    context.close()
    with read(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        assert strand.state == StrandState.DECIDED
        signature = db.scalars(select(Signature).where(Signature.strand_id == strand.id)).one()
        assert signature.signed_by == stage.people["lead2"].id


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ar", 320)])
def test_the_desks_have_no_fault(
    chromium: Browser,
    axe_source: str,
    desk: Desk,
    stage_on_sqlite: Stage,
    address: str,
    language: str,
    width: int,
) -> None:
    stage = stage_on_sqlite
    open_part(stage, "young_adults")
    with write(stage.engine) as db:
        for person in db.scalars(select(Person)):
            person.language = language
        strand = db.get_one(Strand, stage.strands["young_adults"])
        stop = stopping.press_stop(db, stage.keys, stage.people["facilitator"], strand, "", NOW).id
    base = f"/s/c/{stage.consultation_id}/{stage.strands['children']}"
    person = f"/s/evidence/people/{stage.people['facilitator'].id}"
    context, found = signed_in(chromium, desk, address, "lead1", width), {}
    page = context.new_page()
    for path in (
        *(
            "/s/approvals",
            "/s/running",
            "/s/stops/new",
            "/s/register",
            "/s/evidence",
            "/s/evidence/program",
            f"/s/stops/{stop}",
        ),
        *(person, f"{person}/TRN-01", f"{base}/substitutes", f"{base}/review", f"{base}/safeguards"),
    ):
        page.goto(address + path)
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        wrong = faults(page, axe_source)
        if wrong:
            found[path] = wrong
    context.close()
    assert found == {}
