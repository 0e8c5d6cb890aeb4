"""The pictures of the README, taken from a run of the demonstration: python -m tools.take_screenshots."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from consult.demo.server import free_port, serving
from consult.demo.story import Outcome, environment_for, tell
from consult.sealing.totp import code_at
from tests.toolbox.machine import find_chromium

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"
RESPONSES = 240
#: A picture of a section ends there: the rest is read on the page.
_TALL = 1500


def main() -> None:
    """Tell the story once, then look at its pages."""
    with tempfile.TemporaryDirectory(prefix="screenshots-") as name:
        folder = Path(name)
        outcome = tell(folder, RESPONSES, 1, print)
        port = free_port()
        with serving(environment_for(folder, port), port), sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=str(find_chromium()), args=["--no-sandbox", "--disable-gpu"]
            )
            base = f"http://localhost:{port}"
            _gate(_staff(browser, base, outcome, "facilitator"), base, outcome)
            _report(_staff(browser, base, outcome, "reviewer1"), base, outcome)
            _question(browser, base, outcome)
            browser.close()


def _staff(browser: Browser, base: str, outcome: Outcome, who: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{base}/s/in")
    passphrase = next(word for name, word in outcome.sign_ins.items() if f"<{who}@" in name)
    page.fill("[name=email]", f"{who}@demo.example")
    page.fill("[name=passphrase]", passphrase)
    page.click("main form button")
    page.fill("#code", code_at(outcome.app_seed, datetime.now(UTC)))
    page.click("main form:has(#code) button")
    page.get_by_role("heading", name="Good day").wait_for()
    return page


def _gate(page: Page, base: str, outcome: Outcome) -> None:
    strand = next(each for each in outcome.strands if each["audience"] == "S")
    page.goto(f"{base}/s/c/{outcome.consultation}/{strand['id']}/safeguards")
    page.screenshot(path=FOLDER / "demo-gate-1280.png")


def _report(page: Page, base: str, outcome: Outcome) -> None:
    strand = next(each for each in outcome.strands if each["audience"] == "G")
    for width, height in ((1280, 1150), (360, 1150)):
        page.set_viewport_size({"width": width, "height": height})
        for language in ("en", "ar"):
            page.goto(f"{base}/s/c/{outcome.consultation}/{strand['id']}/report/{language}")
            page.screenshot(path=FOLDER / f"demo-report-{language}-{width}.png")
            heard = page.locator("section[aria-labelledby=missing]").bounding_box()
            clip = {**heard, "height": min(heard["height"], _TALL)}
            page.screenshot(path=FOLDER / f"demo-coverage-{language}-{width}.png", clip=clip, full_page=True)


def _question(browser: Browser, base: str, outcome: Outcome) -> None:
    page = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False).new_page()
    page.goto(f"{base}/k/{outcome.code_to_try}")
    page.click("button[value=ar]")
    page.click("main button.go")
    page.fill("[name=age]", "15")
    for _ in range(5):
        page.click("main button.go")
    for name, right in (("C-SKIP", "true"), ("C-NAME", "false"), ("C-HELP", "false")):
        page.check(f"[name='{name}'][value={right}]")
    page.click("main button.go")
    page.click("[name=answer][value=yes]")
    page.screenshot(path=FOLDER / "demo-question-ar-360.png")


if __name__ == "__main__":
    main()
