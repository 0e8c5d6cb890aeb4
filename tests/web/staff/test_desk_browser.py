"""A facilitator from an instance where nothing is set up to a part that waits for its signature, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from consult.database import read
from consult.models import Strand, StrandState
from tests.office import Office
from tests.web.participate.serving import served
from tests.web.staff.desk import Desk
from tests.web.staff.test_browser import signed_in

pytestmark = pytest.mark.browser
MOST_PAGES = 12


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """The site on a real port."""
    with served(desk.app) as found:
        yield found


def test_from_nothing_to_sent_for_approval(chromium: Browser, desk: Desk, office: Office, address: str) -> None:
    office.service()
    context = signed_in(chromium, desk, address, "nadia", 1280, "light")
    page, seen = context.new_page(), list[str]()
    page.on("framenavigated", lambda frame: seen.append(frame.url))
    page.goto(f"{address}/s/")
    page.get_by_role("link", name="New consultation").click()
    page.get_by_label("Title").fill("Safer messages")
    page.get_by_label("Name that participants see").fill("Our ideas")
    page.get_by_label("What is it for?").fill("A decision")
    page.get_by_label("Who will answer?").fill("The regulator")
    page.get_by_label("By which day do participants hear back?").fill("2030-09-01")
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("link", name="Add a group to hear from").click()
    page.get_by_role("radio", name="Children in general").check()
    page.get_by_label("What the team calls this group").fill("Children")
    page.get_by_label("Youngest age").fill("13")
    page.get_by_label("Oldest age").fill("17")
    page.get_by_label("English").check()
    page.get_by_label("Children 13 to 17: life online, safety and help").check()
    page.fill("[name=timezone]", "Africa/Nairobi")
    page.fill("[name=opens]", "2030-03-11T09:00")
    page.fill("[name=closes]", "2030-03-25T18:00")
    page.fill("[name=minutes]", "10")
    page.fill("[name=places-0-code]", "KE")
    page.fill("[name=places-0-number]", "112")
    page.check("[name=places-0-all_day]")
    page.get_by_role("button", name="Save and see what is missing").click()
    page.get_by_role("link", name="People and key holders").first.click()
    for row, (name, role) in enumerate((("leila", "SL"), ("rosa", "RED")), start=1):
        page.select_option(f"[name=duties-{row}-person]", office.people[name].id)
        page.select_option(f"[name=duties-{row}-role]", role)
        page.check(f"[name=duties-{row}-languages][value=en]")
    page.select_option("[name=duty_lead]", office.people["leila"].id)
    page.fill("[name=answers_within]", "60")
    page.fill("[name=reachable_after]", "24")
    page.select_option("[name=approver]", office.people["ines"].id)
    page.fill("[name=approver_organisation]", "Elsewhere")
    for field, names in (("leads", ("leila", "sami")), ("reviewers", ("rosa", "ali"))):
        for name in names:
            page.check(f"[name={field}][value='{office.people[name].id}']")
    page.get_by_role("button", name="Save").first.click()
    page.get_by_role("link", name="Help services").last.click()
    page.get_by_label("Childline").check()
    page.get_by_role("button", name="Save").first.click()
    with read(office.engine) as db:
        strand_id = db.scalars(select(Strand.id)).one()
    office.proven(strand_id)  # everybody else has done their part
    page.get_by_role("link", name="Safeguards").first.click()
    page.get_by_role("button", name="Ask for a decision").click()
    page.get_by_text("A safeguarding lead decides now.").wait_for()
    context.close()
    with read(office.engine) as db:
        assert db.get_one(Strand, strand_id).state == StrandState.GATE_PENDING
    assert len(seen) <= MOST_PAGES + 4, f"a save leads to a page of its own: {seen}"
