"""The services' desk in a real browser: known helplines, a call, calls that are due, the picture of a part's help."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from consult.database import write
from consult.models import Person
from tests.office import NOW, Office
from tests.web.participate.serving import served
from tests.web.staff.desk import Desk
from tests.web.staff.test_browser import faults, signed_in

pytestmark = pytest.mark.browser


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    with served(desk.app) as found:
        yield found


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_from_a_known_line_to_a_call_and_the_picture(
    chromium: Browser, desk: Desk, office: Office, address: str, axe_source: str, width: int, scheme: str
) -> None:
    consultation = office.consultation()
    strand = office.strand(consultation)
    office.staffed(strand, [office.service()])
    page = signed_in(chromium, desk, address, "nadia", width, scheme).new_page()

    page.goto(f"{address}/s/services")
    page.get_by_label("Place").select_option("KE")
    page.get_by_role("button", name="Put them into the directory").click()
    page.get_by_role("link", name="Childline Kenya").click()
    page.get_by_text("Nobody has called it yet.").wait_for()
    assert "unverified" in page.locator("main").inner_text()
    page.locator("[name=channel]").first.check()
    page.locator("[name=language]").first.check()
    page.get_by_label("A person answered").check()
    page.get_by_label("Minutes until somebody answered").fill("2")
    page.get_by_label("It was free of charge").check()
    page.get_by_role("button", name="Save the call").click()
    page.get_by_text("Saved.").wait_for()
    assert faults(page, axe_source) == []

    page.get_by_role("link", name="Change").click()
    page.get_by_label("Does it show on the phone bill or in the list of calls?").first.select_option("no")
    page.get_by_label("Are its people trained on sexual abuse?").select_option("yes")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("does not show on the phone bill").wait_for()

    desk.now[0] = NOW + timedelta(minutes=5)
    for language in ("en", "ar"):
        with write(office.engine) as db:
            db.get_one(Person, office.people["nadia"].id).language = language
        page.goto(f"{address}/s/c/{consultation}/{strand}/help")
        assert page.locator("svg.cover rect.helped").count() > 0
        assert page.locator("svg.cover rect.lacking").count() == 0
        assert faults(page, axe_source) == []
        page.goto(f"{address}/s/services")
        assert faults(page, axe_source) == []
