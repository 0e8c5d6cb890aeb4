"""A partner from the link to an answer with its reason, and what came of it on the pages of those who sign."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from consult.database import write
from consult.models import Person
from consult.sealing.identity import LIGHT
from consult.services.people import onboarding
from tests.office import NOW, Office
from tests.web.staff.desk import Desk
from tests.web.staff.test_browser import faults, signed_in

pytestmark = pytest.mark.browser


@pytest.fixture
def office(sqlite_engine: object) -> Office:
    """Everybody, on SQLite: what the database decides is held elsewhere."""
    return Office.with_everybody(sqlite_engine)  # type: ignore[arg-type]


def joins(office: Office, link: str) -> None:
    """Petra uses her link; passphrase and second step are held by the tests of the sign-in."""
    with write(office.engine) as db:
        code = link.strip().rpartition("/")[2]
        office.people["petra"], _ = onboarding.accept(db, office.keys, code, NOW, stretching=LIGHT)


def speak(office: Office, language: str) -> None:
    """Everybody reads the pages in this language."""
    with write(office.engine) as db:
        for person in db.scalars(select(Person)):
            person.language = language


@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1280), ("ar", "dark", 360)])
def test_from_the_invitation_to_what_changed(
    chromium: Browser, axe_source: str, desk: Desk, address: str, language: str, scheme: str, width: int
) -> None:
    office = desk.office
    where = office.consultation()
    strand = office.strand(where)
    wrong: dict[str, list[str]] = {}

    def looked_at(page: Page) -> None:
        found = faults(page, axe_source)
        wrong.update({page.url: found} if found else {})

    def opened(name: str, path: str) -> Page:
        speak(office, language)
        page = signed_in(chromium, desk, address, name, width, scheme).new_page()
        page.goto(address + path)
        looked_at(page)
        return page

    def press(page: Page, selector: str) -> None:
        with page.expect_navigation():
            page.locator(selector).first.click()
        looked_at(page)

    nadia = opened("nadia", f"/s/c/{where}/partners")
    nadia.fill("[name=organisation]", "Street Voices")
    nadia.check("[name=kind][value=child_led]")
    nadia.fill("[name=name]", "Petra Able")
    nadia.fill("[name=email]", "petra@example.org")
    press(nadia, "form[action$=partners] button")
    joins(office, nadia.locator(".secret").inner_text())

    petra = opened("petra", "/s/")
    for selector in ("main a[href$='/s/partner']", "main li a", f"main a[href*='{strand}']"):
        press(petra, selector)
    press(petra, "a[href$='questions.Q14.text']")
    petra.check("[name=kind][value=change]")
    petra.fill("[name=words]", "Whom could you ask?")
    petra.fill("[name=why]", "Who it is matters more than where.")
    press(petra, "main form button")

    nadia.goto(f"{address}/s/c/{where}/partners")
    press(nadia, "a[href*='/proposals/']")
    nadia.check("[name=outcome][value=taken]")
    nadia.fill("[name=reason]", "It is clearer so.")
    press(nadia, "main form button.go")
    press(nadia, "form[action$=prove] button")

    petra.goto(f"{address}/s/partner/{where}")
    looked_at(petra)
    expect(petra.locator("main")).to_contain_text("It is clearer so.")
    petra.fill("[name=shown_as]", "Street Voices")
    press(petra, "form[action$=name] button")
    for path in (f"/s/c/{where}/{strand}/safeguards", f"/s/c/{where}/{strand}/safeguards/ACC-04"):
        leila = opened("leila", path)
        expect(leila.locator("main")).to_contain_text("Street Voices")
    assert wrong == {}
