"""Leaving, with and without scripts: one action, blank at once, and nothing is left to be found on the device."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.walking import NEUTRAL, PHONE, REFERRERS, page_in, site, to_own_words

pytestmark = pytest.mark.browser

SECRETS = ("canary", "Which words should adults avoid")
STORED = """async () => [localStorage.length, sessionStorage.length, (await caches.keys()).length,
  (await indexedDB.databases()).length, (await navigator.serviceWorker.getRegistrations()).length]"""


@pytest.fixture
def address(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[str]:
    with site(migrated_sqlite_url, tmp_path) as (where, _):
        yield where


def gives_nothing_away(page: Page) -> None:
    for secret in SECRETS:
        assert secret not in page.content()


@pytest.mark.parametrize("scripts", [True, False])
def test_after_leaving_nothing_is_found(chromium: Browser, address: str, scripts: bool) -> None:
    page = page_in(chromium, scripts=scripts)
    to_own_words(page, address)
    REFERRERS.clear()
    page.click(".leave")
    page.get_by_text(NEUTRAL).wait_for()
    assert REFERRERS
    assert not [each for each in REFERRERS if address in str(each)]
    assert page.context.cookies() == []
    for _ in range(10):
        page.go_back()
        gives_nothing_away(page)
    for _ in range(10):
        page.go_forward()
        gives_nothing_away(page)
    again = page.context.new_page()
    again.goto(f"{address}/c/q/9")
    gives_nothing_away(again)
    again.goto(f"{address}/privacy")
    if scripts:
        assert again.evaluate(STORED) == [0, 0, 0, 0, 0]
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_page_is_blank_while_leave_is_pressed(chromium: Browser, address: str, scripts: bool) -> None:
    """So it is before the network answers, with scripts or without."""
    page = page_in(chromium, scripts=scripts)
    page.goto(f"{address}/help")
    box = page.locator(".leave").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    assert page.evaluate("getComputedStyle(document.body).opacity") == "1"
    page.mouse.down()
    assert page.evaluate("getComputedStyle(document.body).opacity") == "0"
    page.context.close()


def test_a_page_out_of_the_browsers_memory_is_loaded_anew(chromium: Browser, address: str) -> None:
    """What a browser may keep in memory for Back is not shown as it was: the answer forbids it, and the script asks."""
    page = page_in(chromium, scripts=True)
    to_own_words(page, address)
    shown = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    with page.expect_navigation():
        page.evaluate(f"setTimeout(() => {shown})")
    assert page.input_value("textarea") == ""
    page.context.close()


def test_three_presses_of_shift_leave(chromium: Browser, address: str) -> None:
    page = page_in(chromium, scripts=True)
    to_own_words(page, address)
    for _ in range(3):
        page.keyboard.press("Shift")
    page.get_by_text(NEUTRAL).wait_for()
    assert page.context.cookies() == []
    page.context.close()


def test_capital_letters_do_not_leave(chromium: Browser, address: str) -> None:
    page = page_in(chromium, scripts=True)
    to_own_words(page, address)
    for letter in "ABCD":
        page.keyboard.press(f"Shift+{letter}")
    assert page.url.endswith("/c/q/9")
    assert page.input_value("textarea").endswith("ABCD")
    page.context.close()


def test_leave_stays_in_view_while_scrolling_in_the_same_corner_of_both_directions(
    chromium: Browser, address: str
) -> None:
    corners = []
    for language in ("en", "ar"):
        page = page_in(chromium, language, scripts=True)
        page.goto(f"{address}/help?l={language}")
        page.evaluate("scrollTo(0, 400)")
        box = page.locator(".leave").bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 40
        corners.append(box["x"] if language == "ar" else PHONE["width"] - box["x"] - box["width"])
        page.context.close()
    assert corners[0] == pytest.approx(corners[1], abs=2)
