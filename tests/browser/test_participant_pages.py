"""Participants' pages in a real browser: without scripts, both directions, small, accessible, left without a trace."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request

from consult.database import connect
from consult.questionnaire.bank import compose
from consult.questionnaire.content import Reader
from consult.questionnaire.form import Form
from tests.web.participate.serving import served
from tests.web.participate.world import CODE, LANGUAGES, Clock, World, build_site, open_strand

pytestmark = pytest.mark.browser

NARROW = {"width": 320, "height": 640}
PHONE = {"width": 360, "height": 740}
CHECKS = {"C-SKIP": "true", "C-NAME": "false", "C-HELP": "false"}
OUTSIDE = ("/", "/help", "/back", "/news", "/privacy", "/accessibility", "/complaint", "/nowhere", "/c/look")
FIRST_VIEW_BYTES = 8 * 1024
NEUTRAL = "Nothing to see"
AXE = """async () => {
  const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const found = await axe.run(document, {runOnly: rules});
  return found.violations.map(each => each.id + ': ' + each.nodes.map(node => node.target).join(' | '));
}"""
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input, select, textarea, label.opt')]
  .filter(each => each.tabIndex >= 0 && !each.closest('label.opt input') && each.type !== 'hidden')
  .filter(each => !(each.tagName === 'INPUT' && each.closest('label')))
  .filter(each => !each.classList.contains('jump'))
  .map(each => [each, each.getBoundingClientRect()])
  .filter(([each, box]) => box.width > 0 && (box.height < 47.5 || box.width < 47.5))
  .map(([each, box]) => each.tagName + ' ' + each.textContent.trim() + ' ' + box.width + 'x' + box.height)"""


def neutral(environ: object, start: Callable[[str, list[tuple[str, str]]], object]) -> list[bytes]:
    """Stands in for the outside page that Leave leads to: tests do not leave the machine."""
    start("200 OK", [("Content-Type", "text/html")])
    return [f"<h1>{NEUTRAL}</h1>".encode()]


@contextmanager
def site(url: str, folder: Path, form: Form | None = None, **strand: Any) -> Iterator[tuple[str, World]]:
    """The pages of one open strand on a real port."""
    engine = connect(url)
    world = open_strand(engine, form=form, **strand)
    with served(neutral) as away, served(build_site(engine, folder, Clock(), exit_address=f"{away}/")) as address:
        yield address, world
    engine.dispose()


@pytest.fixture
def address(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[str]:
    with site(migrated_sqlite_url, tmp_path) as (where, _):
        yield where


def page_in(browser: Browser, language: str = "en", *, scripts: bool = False, **context: Any) -> Page:
    """A page of a phone of its own."""
    return browser.new_context(
        **{"viewport": PHONE, "locale": language, "java_script_enabled": scripts, **context}
    ).new_page()


def every_page(page: Page, address: str, language: str, age: str = "16") -> Iterator[str]:
    """Walk the whole way as a person would, giving the address of each page once it is shown."""
    for path in OUTSIDE:
        page.goto(f"{address}{path}?l={language}")
        yield path
    page.goto(f"{address}/k/{CODE}")
    yield "/c/language"
    press(page, f"button[name=language][value={language}]")
    while not page.url.endswith("/c/receipt"):
        yield urlsplit(page.url).path
        go_on(page, age)
    yield "/c/receipt"


def go_on(page: Page, age: str) -> None:
    """Fill in what the page asks for, and press its main button."""
    if page.locator("#age").count():
        page.fill("#age", age)
    for key, right in CHECKS.items():
        if page.locator(f"input[name={key}]").count():
            page.check(f"input[name={key}][value={right}]")
    if page.locator("textarea").count():
        page.fill("textarea", "كلمات words mots")
    elif page.locator("main input[name=a]").count():
        page.locator("main input[name=a]").first.check()
    choice = page.locator("button[name=answer][value=yes]")
    with page.expect_navigation():
        (choice if choice.count() else page.locator("main .go")).first.click()


def press(page: Page, selector: str) -> None:
    """Press a button that leads to another page."""
    with page.expect_navigation():
        page.click(selector)


def test_the_whole_way_without_scripts_in_arabic_on_a_narrow_phone(chromium: Browser, address: str) -> None:
    page = page_in(chromium, "ar")
    for _ in every_page(page, address, "ar"):
        assert page.get_attribute("html", "dir") == "rtl"
        assert page.get_attribute("html", "lang") == "ar"
    digits = "".join(page.locator(".num").inner_text().split())
    assert len(digits) == 20
    assert page.context.cookies() == []
    page.context.close()


def assert_good(page: Page, axe_source: str, path: str) -> None:
    """Nothing for axe to find, no sideways scrolling, every target large enough."""
    page.evaluate(axe_source)
    assert page.evaluate(AXE) == [], path
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert page.evaluate(SMALL_TARGETS) == [], path


@pytest.mark.parametrize(
    ("language", "scheme"), [("en", "light"), ("en", "dark"), ("ar", "light"), ("ar", "dark"), ("fr", "light")]
)
def test_every_page_is_accessible_and_fits_320_pixels(
    chromium: Browser, address: str, axe_source: str, language: str, scheme: str
) -> None:
    page = page_in(chromium, language, scripts=True, bypass_csp=True, color_scheme=scheme, viewport=NARROW)
    for path in every_page(page, address, language):
        assert_good(page, axe_source, path)
    page.context.close()


@pytest.mark.parametrize(("language", "scheme"), [("en", "dark"), ("ar", "light")])
def test_the_youngest_version_and_the_pages_of_errors_and_ends_are_too(
    chromium: Browser, migrated_sqlite_url: str, tmp_path: Path, axe_source: str, language: str, scheme: str
) -> None:
    with site(migrated_sqlite_url, tmp_path, young_form(), facts={"ages": [10, 12]}) as (address, world):
        page = page_in(chromium, language, scripts=True, bypass_csp=True, color_scheme=scheme, viewport=NARROW)
        for path in every_page(page, address, language, "11"):
            assert_good(page, axe_source, path)
        page.goto(f"{address}/k/{CODE}")
        press(page, f"button[name=language][value={language}]")
        press(page, "main .go")
        page.fill("#age", "eleven")
        press(page, "main .go")
        assert page.locator(".wrong").count() == 1
        assert_good(page, axe_source, "a wrong age")
        world.pause()
        page.fill("#age", "11")
        press(page, "main .go")
        assert page.context.cookies() == []
        assert_good(page, axe_source, "the page that stops")
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


def _to_own_words(page: Page, address: str) -> None:
    page.goto(f"{address}/k/{CODE}")
    press(page, "button[name=language][value=en]")
    while not page.url.endswith("/c/q/9"):
        go_on(page, "15")
    page.fill("textarea", "canary words")


@pytest.mark.parametrize("scripts", [True, False])
def test_after_leaving_back_shows_nothing_of_it(chromium: Browser, address: str, scripts: bool) -> None:
    page = page_in(chromium, scripts=scripts)
    _to_own_words(page, address)
    page.click(".leave")
    page.get_by_text(NEUTRAL).wait_for()
    assert page.context.cookies() == []
    for _ in range(5):
        page.go_back()
        assert "canary" not in page.content()
        assert "Which words should adults avoid" not in page.content()
    page.context.close()


def test_three_presses_of_shift_leave(chromium: Browser, address: str) -> None:
    page = page_in(chromium, scripts=True)
    _to_own_words(page, address)
    for _ in range(3):
        page.keyboard.press("Shift")
    page.get_by_text(NEUTRAL).wait_for()
    assert page.context.cookies() == []
    page.context.close()


def test_capital_letters_do_not_leave(chromium: Browser, address: str) -> None:
    page = page_in(chromium, scripts=True)
    _to_own_words(page, address)
    for letter in "ABCD":
        page.keyboard.press(f"Shift+{letter}")
    assert page.url.endswith("/c/q/9")
    assert page.input_value("textarea").endswith("ABCD")
    page.context.close()


def test_help_opens_in_the_page_and_what_was_typed_stays(chromium: Browser, address: str) -> None:
    page = page_in(chromium)
    _to_own_words(page, address)
    page.click(".top a[href='#help']")
    assert page.is_visible("#hh")
    assert not page.is_visible("textarea")
    page.click(".close")
    assert page.input_value("textarea") == "canary words"
    page.context.close()


def test_with_the_keyboard_alone_leave_is_second_and_enter_goes_on(chromium: Browser, address: str) -> None:
    page = page_in(chromium)
    page.goto(f"{address}/k/{CODE}")
    press(page, "button[name=language][value=en]")
    press(page, "main .go")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Go to the page"
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Leave now"
    page.fill("#age", "15")
    page.keyboard.press("Enter")
    page.wait_for_url("**/c/about")
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


def young_form() -> Form:
    """Three kinds of questions for 10 to 12, the hill scale among them."""
    dimensions = ("gender", "location", "help_to_take_part")
    return compose(["Q06", "Q07", "Q09"], LANGUAGES, reader=Reader.CHILD, dimensions=dimensions)
