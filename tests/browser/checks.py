"""What every participants' page is held to, in a real browser; the checks themselves are in checks.js."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from consult.services.texts.cover import telling_word

__all__ = ["faults"]

_CHECKS = Path(__file__).with_name("checks.js").read_text(encoding="utf-8")
NARROW = {"width": 320, "height": 640}
#: 1280 by 800 at 400 %: what a person sees who makes everything four times as large.
ZOOMED = {"width": 320, "height": 200}
WIDE = {"width": 1280, "height": 800}
LEAST_TARGET = 48
#: WCAG 2.2 A and AA and good practice, and contrast as for AAA on every pair of colours.
EVERYTHING = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast", "color-contrast-enhanced"]}}
MOST_STOPS = 80


def faults(page: Page, axe_source: str) -> Iterator[str]:
    """Everything that is wrong with the page in the browser, which is of no further use for looking at afterwards."""
    page.set_viewport_size(NARROW)
    page.evaluate(axe_source + _CHECKS)
    yield from page.evaluate("checks.languageAndNames()")
    told = telling_word(page.title()) or telling_word(page.url.partition("//")[2].partition("/")[2])
    if told:
        yield f"the title or the address tells the topic: {told}"
    yield from page.evaluate("options => checks.axe(options)", EVERYTHING)
    yield from _colours(page)
    yield from _sizes(page)
    yield from page.evaluate("least => checks.smallTargets(least)", LEAST_TARGET)
    yield from _keyboard(page)
    yield from _longer(page)


def _colours(page: Page) -> Iterator[str]:
    page.emulate_media(color_scheme="dark")
    yield from page.evaluate("options => checks.axe(options)", CONTRAST)
    page.emulate_media(color_scheme="light", reduced_motion="reduce", forced_colors="active")
    yield from page.evaluate("checks.moving()")
    yield from page.evaluate("checks.chosenIsSeen()")
    page.emulate_media(reduced_motion="no-preference", forced_colors="none")


def _sizes(page: Page) -> Iterator[str]:
    for size in (WIDE, ZOOMED, NARROW):
        page.set_viewport_size(size)
        yield from page.evaluate("checks.sideways()")
        if size is not ZOOMED:
            yield from page.evaluate("checks.leaveInView()")


def _keyboard(page: Page) -> Iterator[str]:
    """Tab from the start of the page to its end: Leave comes second, each stop has a ring and is not covered."""
    page.evaluate("checks.toTheStart()")
    for stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        found = page.evaluate("checks.atTheStop()")
        if found is None:
            return
        yield from found
        if stop == 1 and page.evaluate("document.activeElement.getAttribute('form')") != "x":
            yield "the second stop is not Leave"


def _longer(page: Page) -> Iterator[str]:
    """The words spaced out, then grown as in a language that needs more room."""
    page.evaluate("checks.space(true)")
    yield from page.evaluate("checks.sideways()")
    page.evaluate("checks.space(false)")
    yield from page.evaluate("checks.cut()")
    page.evaluate("checks.grow()")
    yield from page.evaluate("checks.sideways()")
    yield from page.evaluate("checks.cut()")
    yield from page.evaluate("checks.overlaps()")
