"""A person in a real browser on the participants' pages: one open strand, its site, and the whole way through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from consult.database import connect
from consult.questionnaire.form import Form
from tests.web.participate.serving import served
from tests.web.participate.world import CODE, Clock, World, build_site, open_strand

__all__ = [
    "NEUTRAL",
    "OUTSIDE",
    "PHONE",
    "REFERRERS",
    "every_page",
    "every_page_inside",
    "go_on",
    "page_in",
    "press",
    "site",
    "to_own_words",
]

PHONE = {"width": 360, "height": 740}
CHECKS = {"C-SKIP": "true", "C-NAME": "false", "C-HELP": "false", "C-TELL": "false"}
OUTSIDE = (
    "/",
    "/help",
    "/back",
    "/news",
    "/privacy",
    "/promises",
    "/accessibility",
    "/complaint",
    "/nowhere",
    "/c/look",
)
NEUTRAL = "Nothing to see"
#: What the outside page was told about where people came from.
REFERRERS: list[object] = []


def neutral(environ: dict[str, object], start: Callable[[str, list[tuple[str, str]]], object]) -> list[bytes]:
    """Stands in for the outside page that Leave leads to: tests do not leave the machine."""
    REFERRERS.append(environ.get("HTTP_REFERER"))
    start("200 OK", [("Content-Type", "text/html")])
    return [f"<h1>{NEUTRAL}</h1>".encode()]


@contextmanager
def site(
    url: str, folder: Path, form: Form | None = None, clock: Clock | None = None, **strand: Any
) -> Iterator[tuple[str, World]]:
    """The pages of one open strand on a real port."""
    engine = connect(url)
    world = open_strand(engine, form=form, **strand)
    app = build_site  # the real site
    with (
        served(neutral) as away,
        served(app(engine, folder, clock or Clock(), exit_address=f"{away}/")) as address,
    ):
        yield address, world
    engine.dispose()


def page_in(browser: Browser, language: str = "en", *, scripts: bool = False, **context: Any) -> Page:
    """A page of a phone of its own."""
    return browser.new_context(
        **{"viewport": PHONE, "locale": language, "java_script_enabled": scripts, **context}
    ).new_page()


def every_page(page: Page, address: str, language: str, age: str = "16", code: str = CODE) -> Iterator[str]:
    """Walk the whole way as a person would, giving the address of each page once it is shown."""
    for path in OUTSIDE:
        page.goto(f"{address}{path}?l={language}")
        yield path
    yield from every_page_inside(page, address, language, age, code)


def every_page_inside(page: Page, address: str, language: str, age: str, code: str = CODE) -> Iterator[str]:
    """From the link to the receipt."""
    page.goto(f"{address}/k/{code}")
    if page.url.endswith("/c/language"):
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


def to_own_words(page: Page, address: str, words: str = "canary words") -> None:
    """From the link to the ninth question, with own words typed and not sent."""
    page.goto(f"{address}/k/{CODE}")
    press(page, "button[name=language][value=en]")
    while not page.url.endswith("/c/q/9"):
        go_on(page, "15")
    page.fill("textarea", words)
