"""A facilitator from an empty instance to a part that waits for its signature, in a real browser without scripts.

Every page that the facilitator reads is counted, from the sign-in to the one that says it was sent: at most twelve.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response
from sqlalchemy import select

from consult.database import read
from consult.models import Evidence, Strand, StrandState, SupportService
from consult.sealing.totp import code_at
from consult.services.evidence.attesting import attesting_right
from tests.office import SEED, Office
from tests.web.staff.desk import Desk

pytestmark = pytest.mark.browser
MOST_PAGES = 12
SHOWN = 200


def press(page: Page, name: str, role: str = "button") -> None:
    """Press what leads to another page."""
    with page.expect_navigation():
        page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type] - a role as the browser names it


def signs_in(page: Page, desk: Desk, address: str) -> None:
    page.goto(f"{address}/s/")
    page.get_by_label("E-mail address").fill("nadia@example.org")
    page.get_by_label("Passphrase").fill(desk.office.passphrases["nadia"])
    press(page, "Sign in")
    page.get_by_label("Code from your app").fill(code_at(SEED, desk.now[0]))
    press(page, "Sign in")


def says_what_for_and_whom(page: Page) -> None:
    press(page, "New consultation", "link")
    page.get_by_label("Title").fill("What keeps young people safe online")
    page.get_by_label("Name that participants see").fill("Our ideas")
    page.get_by_label("What is it for?").fill("To change how reporting works")
    page.get_by_label("Who will answer?").fill("The Ministry of Invented Affairs")
    page.get_by_label("By which day do participants hear back?").fill("2030-05-20")
    press(page, "Save and continue")
    page.get_by_role("radio", name="Children in general").check()
    page.get_by_label("What the team calls this group").fill("Young people 13 to 17")
    page.get_by_label("Youngest age").fill("13")
    page.get_by_label("Oldest age").fill("17")
    for code in ("en", "fr", "ar"):
        page.check(f"[name=languages][value={code}]")
    page.get_by_label("Children 13 to 17: life online, safety and help").check()
    page.fill("[name=timezone]", "Africa/Nairobi")
    page.fill("[name=opens]", "2030-03-11T09:00")
    page.fill("[name=closes]", "2030-03-25T18:00")
    page.fill("[name=minutes]", "12")
    page.fill("[name=places-0-code]", "KE")
    page.fill("[name=places-0-number]", "112")
    page.check("[name=places-0-all_day]")
    press(page, "Save and continue")


def names_people(page: Page, office: Office) -> None:
    for row, (name, role) in enumerate((("leila", "SL"), ("rosa", "RED")), start=1):
        page.select_option(f"[name=duties-{row}-person]", office.people[name].id)
        page.select_option(f"[name=duties-{row}-role]", role)
        for code in ("en", "fr", "ar"):
            page.check(f"[name=duties-{row}-languages][value={code}]")
    page.select_option("[name=duty_lead]", office.people["leila"].id)
    page.fill("[name=answers_within]", "60")
    page.fill("[name=reachable_after]", "24")
    page.select_option("[name=approver]", office.people["ines"].id)
    page.fill("[name=approver_organisation]", "Elsewhere")
    for field, names in (("leads", ("leila", "sami")), ("reviewers", ("rosa", "ali"))):
        for name in names:
            page.check(f"[name={field}][value='{office.people[name].id}']")
    press(page, "Save")


def adds_help_and_calls_it(page: Page) -> None:
    page.get_by_label("Name of the service").fill("Safe Harbour Line (invented)")
    page.get_by_label("It signed an agreement for these dates").check()
    for n, number in enumerate(("000 1000", "000 1001")):
        page.fill(f"[name=channels-{n}-address]", number)
        page.check(f"[name=channels-{n}-free]")
    page.check("[name=channels-1-backup]")
    page.get_by_label("Answers at every hour of every day").check()
    press(page, "Save")
    for box in page.locator("[name=channel], [name=language]").all():
        box.check()
    page.get_by_label("A person answered").check()
    page.get_by_label("Minutes until somebody answered").fill("2")
    page.get_by_label("It was free of charge").check()
    press(page, "Save the call")


def attests_what_was_seen(page: Page) -> None:
    for box in page.locator("[name=requirement]").all():
        box.check()
    for signer in page.locator("[name^=outside-]").all():
        signer.fill("Somebody outside (invented)")
    page.get_by_role("radio", name="Asking children is necessary").check()
    page.fill("[name=finding_statement]", "Searched three libraries (invented)")
    page.fill("[name=statement]", "Seen on paper (invented)")
    press(page, "I attest what is ticked")


def test_from_an_empty_instance_to_sent_for_approval(
    chromium: Browser, desk: Desk, office: Office, address: str
) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 800})
    page, pages = context.new_page(), list[str]()

    def count(answer: Response) -> None:
        if answer.request.is_navigation_request() and answer.status == SHOWN:
            pages.append(urlsplit(answer.url).path)

    page.on("response", count)
    signs_in(page, desk, address)
    says_what_for_and_whom(page)
    names_people(page, office)
    adds_help_and_calls_it(page)
    attests_what_was_seen(page)
    nadia = office.people["nadia"].id
    with read(office.engine) as db:
        strand, service_id = db.scalars(select(Strand)).one(), db.scalars(select(SupportService.id)).one()
        strand_id = strand.id
        mine = {row.requirement for row in db.scalars(select(Evidence).where(Evidence.attested_by == nadia))}
        wanted = [each for each, _ in office.policy.applying(office.evaluate(strand_id).plan.strand)]
        assert mine >= {each.id for each in wanted if attesting_right(db, office.people["nadia"], strand, each).ok}
    office.stand_behind(service_id)
    office.proven(strand_id)  # everybody else attests and checks
    press(page, "Safeguards", "link")
    press(page, "Ask for a decision")
    page.get_by_text("A safeguarding lead decides now.").wait_for()
    context.close()
    with read(office.engine) as db:
        assert db.get_one(Strand, strand_id).state == StrandState.GATE_PENDING
    assert len(pages) <= MOST_PAGES, pages
