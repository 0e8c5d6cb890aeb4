"""Every page of the staff face, found from the access table, held to axe and the screen, light and dark, both ways."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import Browser, BrowserContext, Error
from sqlalchemy import select

from consult.database import write
from consult.models import Person
from safeguards.terms import Role
from tests.web.participate.serving import served
from tests.web.place import Place, address, place
from tests.web.staff.test_browser import faults
from tests.web.test_permissions import FOR_HOLDERS, WHO

__all__ = ["place"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Files and sounds, which are no pages.
NO_PAGES = {"review.release_file", "review.report_file", "review.codebook_file", "review.words", "signin.known"}


def visited(place: Place, *, last: bool) -> dict[str, Role]:
    """Address → a role that comes in: the first that may, or the last, so that more roles are seen."""
    found = {}
    for rule in place.rules("GET"):
        if rule.endpoint not in FOR_HOLDERS | NO_PAGES and WHO.get(rule.endpoint):
            found[address(rule, place.mine)] = sorted(WHO[rule.endpoint])[-1 if last else 0]
    return found


def context_of(chromium: Browser, place: Place, where: str, role: Role, width: int, scheme: str) -> BrowserContext:
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        bypass_csp=True,  # axe comes as a script of ours; the pages have none
    )
    secret = base64.urlsafe_b64encode(place.browsers[role].secret or b"").decode("ascii")
    context.add_cookies([{"name": "desk", "value": secret, "url": where}])
    return context


@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1280), ("ar", "dark", 320)])
def test_every_page_of_every_role(
    chromium: Browser, axe_source: str, place: Place, language: str, scheme: str, width: int
) -> None:
    with write(place.engine) as db:
        for person in db.scalars(select(Person)):
            person.language = language
    found: dict[str, list[str]] = {}
    pages = visited(place, last=language == "ar")
    assert len(pages) > 40
    with served(place.desk.app) as where:
        contexts: dict[Role, BrowserContext] = {}
        for path, role in pages.items():
            if role not in contexts:
                contexts[role] = context_of(chromium, place, where, role, width, scheme)
            page = contexts[role].new_page()
            try:
                answer = page.goto(where + path)
            except Error as error:
                if "Download is starting" in error.message:  # a file, which is no page
                    continue
                raise
            assert answer is not None
            assert answer.status == 200, (path, role)
            direction = page.locator("html").get_attribute("dir")
            spoken = "en" if path.endswith("/report/en") else language  # a report says in its address what it speaks
            assert (path, direction) == (path, "rtl" if spoken == "ar" else "ltr")
            wrong = faults(page, axe_source)
            if wrong:
                found[f"{path} as {role}"] = wrong
            page.close()
        for context in contexts.values():
            context.close()
    assert found == {}
