"""The staff pages in a real browser: no accessibility fault, nothing wider than the screen, no script needed."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from consult.database import write
from consult.models import Evidence, Person
from consult.sealing.totp import code_at
from tests.office import NOW, SEED, Office
from tests.web.staff.desk import Desk

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FAULTS = """async (rules) => (await axe.run(document, {runOnly: rules})).violations
    .map((fault) => fault.id + " " + fault.nodes.map((node) => node.target.join(" ")).join(", "))"""
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def part(office: Office) -> str:
    """A part with most safeguards proven, one taken back, one that waits."""
    consultation_id = office.consultation()
    strand_id = office.strand(consultation_id)
    office.staffed(strand_id, [office.service()])
    office.proven(strand_id)
    with write(office.engine) as db:
        for row in db.scalars(select(Evidence).where(Evidence.requirement.in_(["SAF-03", "SAF-18", "TRN-05"]))):
            row.revoked_by, row.revoked_at = office.people["leila"].id, NOW + timedelta(minutes=1)
            row.revoked_reason = "It was out of date"
    office.attested(strand_id, "SAF-18", "tara")
    return f"/s/c/{consultation_id}/{strand_id}"


def signed_in(chromium: Browser, desk: Desk, address: str, name: str, width: int, scheme: str) -> BrowserContext:
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        bypass_csp=True,  # axe comes as a script of ours; the pages have none
    )
    secret = base64.urlsafe_b64encode(desk.secret(name)).decode("ascii")
    context.add_cookies([{"name": "desk", "value": secret, "url": address}])
    return context


def faults(page: Page, axe_source: str) -> list[str]:
    page.evaluate(axe_source)
    found: list[str] = page.evaluate(FAULTS, RULES)
    return found + (["wider than the screen"] if page.evaluate(WIDER) else [])


def pages(part: str) -> dict[str, list[str]]:
    consultation = part.rpartition("/")[0]
    return {
        "nadia": [
            "/s/",
            "/s/c",
            "/s/c/new",
            consultation,
            f"{consultation}/add",
            *(f"{part}/{name}" for name in ("plan", "questions", "questions/choose", "questions/Q14", "team", "help")),
            *(f"{part}/questions/{name}" for name in ("write", "file")),
            *(f"{part}/{name}" for name in ("safeguards", "safeguards/TRN-05", "together/all", "share")),
            *(f"{part}/languages{name}" for name in ("", "/fr?show=all", "/ar", "/ar/texts.T-PLACE")),
            "/s/services",
            "/s/services/new",
            "/s/nothing-here",
        ],
        "leila": [
            *("/s/", "/s/policy", "/s/policy/P-RATIO", "/s/evidence", "/s/evidence/program", f"{part}/substitutes"),
            *(f"{part}/safeguards/{each}" for each in ("SAF-18", "SAF-12", "SAF-01")),
        ],
        "admin": ["/s/", "/s/people", "/s/people/add", "/s/me", "/s/me/sign-in"],
    }


@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1280), ("ar", "dark", 320)])
def test_no_page_has_a_fault(
    chromium: Browser, axe_source: str, desk: Desk, part: str, address: str, language: str, scheme: str, width: int
) -> None:
    with write(desk.office.engine) as db:
        for person in db.scalars(select(Person)):
            person.language = language
    found = {}
    for name, wanted in pages(part).items():
        context = signed_in(chromium, desk, address, name, width, scheme)
        page = context.new_page()
        for each in wanted:
            page.goto(address + each)
            assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
            wrong = faults(page, axe_source)
            if wrong:
                found[each] = wrong
        context.close()
    assert found == {}


def test_a_refused_form_is_said_and_leads_to_its_field(
    chromium: Browser, axe_source: str, desk: Desk, part: str, address: str
) -> None:
    context = signed_in(chromium, desk, address, "nadia", 360, "light")
    page = context.new_page()
    page.goto(f"{address}/s/c/new")
    page.get_by_label("Title").fill("Safer messages")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page).to_have_title(re.compile("^Error"))
    assert faults(page, axe_source) == []
    page.get_by_role("link", name="Say what it is for").click()
    expect(page.locator("#purpose")).to_be_focused()
    expect(page.get_by_label("Title")).to_have_value("Safer messages")
    context.close()


def test_the_checker_sees_a_planted_fault(
    chromium: Browser, axe_source: str, desk: Desk, part: str, address: str
) -> None:
    context = signed_in(chromium, desk, address, "nadia", 360, "light")
    page = context.new_page()
    page.goto(f"{address}{part}/plan")
    page.evaluate("document.querySelector('label[for=name]').remove(); document.body.style.minWidth = '60rem'")
    wrong = faults(page, axe_source)
    assert any(fault.startswith("label ") for fault in wrong)
    assert "wider than the screen" in wrong
    context.close()


def test_signing_in_and_setting_up_need_no_script(chromium: Browser, desk: Desk, office: Office, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/s/")
    page.get_by_label("E-mail address").fill("nadia@example.org")
    page.get_by_label("Passphrase").fill(office.passphrases["nadia"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code from your app").fill(code_at(SEED, desk.now[0]))
    page.get_by_role("button", name="Sign in").first.click()
    page.get_by_role("link", name="New consultation").click()
    page.get_by_label("Title").fill("Safer messages")
    page.get_by_label("Name that participants see").fill("Our ideas")
    page.get_by_label("What is it for?").fill("A decision")
    page.get_by_label("Who will answer?").fill("The regulator")
    page.get_by_label("By which day do participants hear back?").fill("2030-09-01")
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("radio", name="Children in general").check()
    page.get_by_label("What the team calls this group").fill("Children")
    page.get_by_label("Youngest age").fill("13")
    page.get_by_label("Oldest age").fill("17")
    page.get_by_label("English").check()
    page.get_by_label("Children 13 to 17: life online, safety and help").check()
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("heading", name="People and key holders")).to_be_visible()
    page.get_by_role("link", name="Safeguards").first.click()
    expect(page.get_by_role("heading", name="things stop this from opening")).to_be_visible()
    context.close()
