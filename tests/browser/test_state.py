"""State without traces: two tabs, back, reload, double taps, a dropped connection, another person, time running out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from consult.database import read
from consult.models import Response
from tests.browser.walking import go_on, page_in, press, site, to_own_words
from tests.web.participate.world import CODE, NOW, Clock, World

pytestmark = pytest.mark.browser


@dataclass
class Place:
    """The site's address, what is behind it, and its clock."""

    address: str
    world: World
    clock: Clock

    def stored(self) -> int:
        with read(self.world.engine) as db:
            return db.scalar(select(func.count()).select_from(Response)) or 0


@pytest.fixture
def place(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[Place]:
    clock = Clock()
    with site(migrated_sqlite_url, tmp_path, clock=clock) as (address, world):
        yield Place(address, world, clock)


def to_first_question(page: Page, address: str) -> None:
    page.goto(f"{address}/k/{CODE}")
    press(page, "button[name=language][value=en]")
    while not page.url.endswith("/c/q/1"):
        go_on(page, "15")


def to_the_end(page: Page) -> None:
    while not page.url.endswith("/c/look"):
        go_on(page, "15")


@pytest.mark.parametrize("scripts", [True, False])
def test_back_forward_and_reload_keep_what_was_answered(chromium: Browser, place: Place, scripts: bool) -> None:
    page = page_in(chromium, scripts=scripts)
    to_first_question(page, place.address)
    page.check("input[value=safe]")
    press(page, "main .go")
    page.go_back()
    assert page.url.endswith("/c/q/1")
    assert page.is_checked("input[value=safe]")
    page.reload()
    assert page.is_checked("input[value=safe]")
    page.go_forward()
    assert page.url.endswith("/c/q/2")
    page.context.close()


def test_two_tabs_of_one_person_add_up(chromium: Browser, place: Place) -> None:
    one = page_in(chromium)
    to_first_question(one, place.address)
    two = one.context.new_page()
    two.goto(f"{place.address}/c/q/2")
    one.check("input[value=safe]")
    press(one, "main .go")
    two.check("input[name=a] >> nth=0")
    press(two, "main .go")
    two.goto(f"{place.address}/c/look")
    assert two.locator(".none").count() == len(two.locator("dd").all()) - 2
    one.context.close()


def test_two_tabs_send_once_and_the_other_one_says_nothing_false(chromium: Browser, place: Place) -> None:
    one = page_in(chromium)
    to_first_question(one, place.address)
    to_the_end(one)
    two = one.context.new_page()
    two.goto(f"{place.address}/c/look")
    press(one, "main .go")
    assert one.url.endswith("/c/receipt")
    press(two, "main .go")
    assert place.stored() == 1
    assert "Nothing was sent." not in two.locator("main").inner_text()
    assert "we have your answers" in two.locator("main").inner_text()
    one.go_back()
    assert "Nothing was sent." not in one.locator("main").inner_text()
    one.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_double_tap_goes_one_page_on_and_sends_once(chromium: Browser, place: Place, scripts: bool) -> None:
    page = page_in(chromium, scripts=scripts)
    to_first_question(page, place.address)
    page.check("input[value=safe]")
    page.dblclick("main .go")
    expect(page).to_have_url(re.compile("/c/q/2$"))  # by two ways, of which one may be broken off
    page.wait_for_load_state("networkidle")
    to_the_end(page)
    page.dblclick("main .go")
    expect(page).to_have_url(re.compile("/c/receipt$"))
    page.wait_for_load_state("networkidle")
    assert place.stored() == 1
    page.go_back()
    assert page.get_by_role("button", name="Send").count() == 0
    assert "Nothing was sent." not in page.locator("main").inner_text()
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_dropped_connection_loses_nothing(chromium: Browser, place: Place, scripts: bool) -> None:
    page = page_in(chromium, scripts=scripts)
    to_own_words(page, place.address, "words that must not be lost")
    page.context.set_offline(True)
    with nullcontext() if scripts else page.expect_event("requestfailed"):
        page.click("main .go", no_wait_after=True)
    if scripts:
        page.get_by_role("alert").filter(has_text="could not").wait_for()
        assert page.input_value("textarea") == "words that must not be lost"
    page.context.set_offline(False)
    if scripts:
        press(page, "main .go")
    else:
        page.reload()  # the browser sends the same form again
    page.wait_for_url("**/c/q/10")
    page.goto(f"{place.address}/c/look")
    assert "words that must not be lost" in page.content()
    page.context.close()


def test_another_person_on_the_same_phone_starts_clean_and_back_shows_nothing(chromium: Browser, place: Place) -> None:
    page = page_in(chromium)
    to_own_words(page, place.address, "words of the first one")
    press(page, "main .go")
    page.goto(f"{place.address}/")
    page.fill("#code", CODE)
    press(page, "main .go")
    for _ in range(4):
        page.go_back()
        assert "words of the first one" not in page.content()
    page.goto(f"{place.address}/c/look")
    assert page.url.endswith("/c/language")
    page.context.close()


def test_when_the_time_is_over_it_is_said_and_nothing_is_sent(chromium: Browser, place: Place) -> None:
    page = page_in(chromium)
    to_own_words(page, place.address)
    place.clock.now = NOW + timedelta(hours=3)
    press(page, "main .go")
    assert "You were away for a while" in page.locator("main").inner_text()
    assert page.context.cookies() == []
    assert place.stored() == 0
    page.context.close()


def test_closing_the_browser_forgets(chromium: Browser, place: Place) -> None:
    page = page_in(chromium)
    to_own_words(page, place.address)
    assert {cookie["expires"] for cookie in page.context.cookies()} == {-1}, "they end with the browser's session"
    page.context.close()


def test_a_stop_reaches_somebody_who_writes_at_the_next_page_kindly(chromium: Browser, place: Place) -> None:
    page = page_in(chromium)
    to_own_words(page, place.address)
    place.world.change_strand(state="stopped")
    press(page, "main .go")
    assert "You did nothing wrong. We have deleted what you wrote" in " ".join(page.locator("main p").all_inner_texts())
    assert page.locator("#help a[href^='tel:116']").count() == 1
    page.go_back()
    assert "canary" not in page.content()
    assert place.stored() == 0
    page.context.close()
