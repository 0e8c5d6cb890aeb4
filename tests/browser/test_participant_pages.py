"""Participants' pages in a real browser: without scripts, both directions, small, accessible, left without a trace."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request, Route, expect

from consult.questionnaire.bank import compose_set
from tests.browser.walking import NEUTRAL, every_page, go_on, page_in, press, site, to_own_words
from tests.web.participate.world import CODE

pytestmark = pytest.mark.browser

FIRST_VIEW_BYTES = 8 * 1024

SIX = ("en", "ar", "es", "fr", "pt", "sw")
#: On how many lines the pieces of the bar stand, and whether Help and Leave are in view wherever one has scrolled to.
ROWS = """() => {
    const pieces = [...document.querySelectorAll(".bar > *")].filter((each) => each.offsetHeight)
    return new Set(pieces.map((each) => Math.round(each.getBoundingClientRect().top))).size
}"""
IN_VIEW = """() => {
    window.scrollTo(0, document.body.scrollHeight)
    return [...document.querySelectorAll(".top a[href='#help'], .top .leave")].map((each) => {
        const {top, bottom, left, right} = each.getBoundingClientRect()
        return top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth
    })
}"""


@pytest.fixture
def address(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[str]:
    with site(migrated_sqlite_url, tmp_path) as (where, _):
        yield where


def test_the_whole_way_without_scripts_in_arabic_on_a_narrow_phone(chromium: Browser, address: str) -> None:
    page = page_in(chromium, "ar")
    for _ in every_page(page, address, "ar"):
        assert page.get_attribute("html", "dir") == "rtl"
        assert page.get_attribute("html", "lang") == "ar"
    digits = "".join(page.locator(".num").inner_text().split())
    assert len(digits) == 20
    assert page.context.cookies() == []
    page.context.close()


def test_a_first_view_is_two_requests_and_at_most_8_kilobytes(chromium: Browser, address: str) -> None:
    page = page_in(chromium, "ar", scripts=True)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    page.goto(f"{address}/k/{CODE}")
    page.wait_for_load_state("networkidle")
    shown = [request.resource_type for request in asked if request.redirected_to is None]
    assert shown == ["document", "stylesheet"]
    style = next(request for request in asked if request.resource_type == "stylesheet").response()
    assert style is not None
    sheet = len(gzip.compress(style.body(), 9))
    page.context.close()
    quiet = page_in(chromium, "ar")
    for path in every_page(quiet, address, "ar"):
        weight = sheet + len(gzip.compress(quiet.content().encode(), 9))
        assert weight <= FIRST_VIEW_BYTES, f"{path}: {weight}"
    quiet.context.close()


def test_help_opens_in_the_page_and_what_was_typed_stays(chromium: Browser, address: str) -> None:
    page = page_in(chromium)
    to_own_words(page, address)
    page.click(".top a[href='#help']")
    assert page.is_visible("#hh")
    assert not page.is_visible("textarea")
    page.click(".close")
    assert page.input_value("textarea") == "canary words"
    page.context.close()


def test_a_browser_that_does_not_know_has_shows_help_below_and_keeps_what_was_typed(
    chromium: Browser, address: str
) -> None:
    page = page_in(chromium)

    def older(route: Route) -> None:
        sheet = route.fetch().text()
        assert ":has(" in sheet
        route.fulfill(body=re.sub(r"[^{}]*:has\([^{}]*\{[^{}]*\}", "", sheet), content_type="text/css")

    page.route("**/*.css*", older)
    to_own_words(page, address)
    page.click(".top a[href='#help']")
    expect(page.locator("#hh")).to_be_in_viewport()
    expect(page.locator(".top .leave")).to_be_in_viewport()
    expect(page.locator("textarea")).to_have_value("canary words")
    page.locator(".top .leave").click()
    expect(page.locator("h1")).to_have_text(NEUTRAL)
    page.context.close()


def test_with_the_keyboard_alone_leave_is_second_and_enter_goes_on(chromium: Browser, address: str) -> None:
    page = page_in(chromium)
    page.goto(f"{address}/?l=en")
    for typed, there in (("00000000", "**/?wrong=1*"), (CODE, "**/c/language")):
        page.fill("#code", typed)
        page.keyboard.press("Enter")
        page.wait_for_url(there)
    page.go_back()
    expect(page.locator("#code")).to_have_value("")  # a page, not a question whether to send it again
    page.go_forward()
    press(page, "button[name=language][value=en]")
    press(page, "main .go")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Go to the page"
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Leave now"
    page.fill("#age", "fifteen")
    page.keyboard.press("Enter")
    expect(page.locator("#wrong")).to_be_visible()
    expect(page.locator("#age")).to_have_value("fifteen")
    page.fill("#age", "15")
    page.keyboard.press("Enter")
    page.wait_for_url("**/c/about")
    page.go_back()
    expect(page.locator("#age")).to_have_value("")
    page.context.close()


def test_what_a_dark_screen_prints_is_dark_on_white(chromium: Browser, address: str) -> None:
    page = page_in(chromium, color_scheme="light")
    page.goto(f"{address}/help?l=en")
    ink = page.evaluate("getComputedStyle(document.body).color")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).color") == ink
    page.context.close()


@pytest.mark.parametrize(("language", "width"), [("en", 360), ("ar", 320)])
def test_with_six_languages_the_bar_keeps_to_two_rows_and_help_and_leave_stay_in_view(
    chromium: Browser, migrated_sqlite_url: str, tmp_path: Path, language: str, width: int
) -> None:
    form = compose_set("children_13_17", SIX)
    with site(migrated_sqlite_url, tmp_path, form, facts={"languages": list(SIX)}) as (address, _):
        page = page_in(chromium, language, viewport={"width": width, "height": 640})
        page.goto(f"{address}/?l={language}")
        assert page.evaluate(ROWS) <= 2
        page.goto(f"{address}/k/{CODE}")
        press(page, f"button[name=language][value={language}]")
        while not page.url.endswith("/c/q/9"):
            assert page.evaluate(ROWS) <= 2, page.url
            assert page.evaluate(IN_VIEW) == [True, True], page.url
            go_on(page, "15")
        page.fill("textarea", "canary words")
        page.click(".langs summary")
        press(page, ".langs [value=lang-sw]")
        assert page.get_attribute("html", "lang") == "sw"
        assert page.input_value("textarea") == "canary words", "another language keeps what was typed"
        page.context.close()
