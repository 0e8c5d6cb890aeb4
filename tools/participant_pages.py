"""What participants' pages weigh, and the way through them in pictures: python -m tools.participant_pages.

Writes docs/reference/page-weights.md, and the journey in Arabic on a small phone without scripts, from the code on the
card to taking the answers back, into docs/screenshots. The strand is invented and open for as long as this runs.
"""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import monotonic
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from consult.database import connect, upgrade
from consult.questionnaire.bank import compose_set
from consult.web.languages import LANGUAGES
from tests.browser.walking import every_page, every_page_inside, go_on, page_in, press, site
from tests.toolbox.machine import find_chromium
from tests.web.participate.world import CODE

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "docs" / "reference" / "page-weights.md"
PICTURES = ROOT / "docs" / "screenshots"
MOST_BYTES = 8 * 1024
HEAD = """# What participants' pages weigh

Kilobytes over the network for a first view of each page: HTML and style sheet, compressed (gzip), with the script that
stands in the page. The bar is 8.0 KB, in two requests. Later pages need no style sheet: subtract {sheet} KB.
This page is written by `python -m tools.participant_pages`; figures are of the set for 13 to 17.

On slow 3G (400 kbit/s, 0.4 s there and back) with a processor four times slower, not compressed, a first question is
readable after {readable} s; the bar is 1.5 s. On 2G (50 kbit/s, 0.5 s there and back), not compressed, the whole way
of {pages} pages comes through: {median} s from one page to the next in the middle, {longest} s at most. A front server
that compresses, as the [installation](../how-to/install.md) has it, sends about a third of that.

"""
#: The pages of the journey that are kept as pictures, by the beginning of their address.
SHOWN = {
    "/": "01-code",
    "/c/language": "02-language",
    "/c/place": "03-place",
    "/c/age": "04-age",
    "/c/about": "05-about",
    "/c/choice": "06-choice",
    "/c/keep": "07-keep",
    "/c/help": "08-help",
    "/c/check": "09-check",
    "/c/agree": "10-agree",
    "/c/q/1": "11-question",
    "/c/note/4": "12-note",
    "/c/q/9": "13-own-words",
    "/c/you/1": "14-about-you",
    "/c/look": "15-look",
    "/c/receipt": "16-receipt",
}


def main() -> None:
    """Write both."""
    with _browser() as browser, tempfile.TemporaryDirectory(prefix="pages-") as name:
        url = f"sqlite:///{Path(name) / 'pages.sqlite'}"
        engine = connect(url)
        upgrade(engine)
        engine.dispose()
        with site(url, Path(name), compose_set("children_13_17", LANGUAGES), facts={"languages": list(LANGUAGES)}) as (
            address,
            _,
        ):
            sheet, weights = _weights(browser, address)
            readable, steps = _readable_after(browser, address), _on_2g(browser, address)
            TABLE.write_text(_table(sheet, weights, readable, steps), encoding="utf-8")
            _journey(browser, address)


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(find_chromium()), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


def _weights(browser: Browser, address: str) -> tuple[int, dict[str, dict[str, int]]]:
    """Bytes of the style sheet, and of each page: path → language → bytes of a first view."""
    found: dict[str, dict[str, int]] = {}
    sheet = len(gzip.compress((ROOT / "consult" / "web" / "static" / "p.css").read_bytes(), 9))
    for language in LANGUAGES:
        page = page_in(browser, language)
        for path in every_page(page, address, language):
            found.setdefault(path, {})[language] = len(gzip.compress(page.content().encode(), 9))
        page.context.close()
    return sheet, found


def _readable_after(browser: Browser, address: str) -> float:
    """Seconds until the first question is painted on a poor network and processor: the best of five."""
    page = page_in(browser, "en", scripts=True)
    page.goto(f"{address}/k/{CODE}")
    press(page, "button[name=language][value=en]")
    while not page.url.endswith("/c/q/1"):
        go_on(page, "16")
    tools = page.context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    slow = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    tools.send("Network.emulateNetworkConditions", slow)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    painted = []
    for _ in range(5):
        page.reload()
        page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
        painted.append(
            float(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")) / 1000
        )
    page.context.close()
    return min(painted)


def _on_2g(browser: Browser, address: str) -> list[float]:
    """Seconds from one page to the next, the way from the link to the receipt on a very poor network."""
    page = page_in(browser, "en", scripts=True)
    page.set_default_timeout(120_000)
    tools = page.context.new_cdp_session(page)
    tools.send("Network.enable")
    slow = {"offline": False, "latency": 500, "downloadThroughput": 6_250, "uploadThroughput": 6_250}
    tools.send("Network.emulateNetworkConditions", slow)
    steps, last = [], monotonic()
    for _ in every_page_inside(page, address, "en", "16"):
        steps.append(monotonic() - last)
        last = monotonic()
    page.context.close()
    return steps


def _table(sheet: int, weights: dict[str, dict[str, int]], readable: float, steps: list[float]) -> str:
    lines = [f"| page | {' | '.join(LANGUAGES)} |", f"|---|{'---|' * len(LANGUAGES)}"]
    for path, sizes in weights.items():
        cells = [f"{(sheet + sizes[language]) / 1024:.1f}" for language in LANGUAGES]
        lines.append(f"| `{path}` | {' | '.join(cells)} |")
    most = max(sheet + size for sizes in weights.values() for size in sizes.values())
    if most > MOST_BYTES:
        raise SystemExit(f"a page weighs {most} bytes, more than {MOST_BYTES}")
    head = HEAD.format(
        sheet=f"{sheet / 1024:.1f}",
        readable=f"{readable:.1f}",
        pages=len(steps),
        median=f"{median(steps):.1f}",
        longest=f"{max(steps):.1f}",
    )
    return head + "\n".join(lines) + "\n"


def _journey(browser: Browser, address: str) -> None:
    """In Arabic at 360 pixels without scripts."""
    page = page_in(browser, "ar", device_scale_factor=1)
    page.goto(f"{address}/?l=ar")
    _shot(page, "/")
    page.fill("#code", CODE)
    press(page, "main .go")
    _shot(page, "/c/language")
    press(page, "button[name=language][value=ar]")
    digits = ""
    while not digits:
        path = urlsplit(page.url).path
        _shot(page, path)
        if path == "/c/receipt":
            digits = "".join(page.locator(".num").inner_text().split())
            break
        go_on(page, "16")
    page.goto(f"{address}/back?l=ar")
    page.fill("#number", digits)
    _shot(page, "", "17-take-back")
    press(page, "main .go")
    _shot(page, "", "18-taken-back")
    page.context.close()


def _shot(page: Page, path: str, name: str = "") -> None:
    name = name or SHOWN.get(path, "")
    if name:
        page.screenshot(path=PICTURES / f"journey-ar-360-{name}.png")


if __name__ == "__main__":
    main()
