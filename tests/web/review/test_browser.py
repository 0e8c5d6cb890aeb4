"""Leads', reviewers' and readers' pages in a real browser: accessible, no wider than the screen, in both directions."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import Browser

from consult.database import read, write
from consult.models import Person, Release
from tests.web.participate.serving import served
from tests.web.review.conftest import ANSWERED
from tests.web.staff.desk import Desk
from tests.web.staff.test_browser import faults

pytestmark = pytest.mark.browser

OPEN_ALL = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
LOOKS = [(360, "light", "en"), (1280, "dark", "en"), (360, "dark", "ar")]
CLIPPED = """() => [...document.querySelectorAll('svg.chart text')].filter((text) => {
    const [inner, outer] = [text.getBoundingClientRect(), text.closest('svg.chart').getBoundingClientRect()];
    return inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.bottom > outer.bottom + 1;
}).map((text) => text.textContent)"""


def addresses(desk: Desk) -> dict[str, list[str]]:
    stage = desk.office
    part = {key: f"/s/c/{stage.consultation_id}/{strand}" for key, strand in stage.strands.items()}
    return {
        "lead1": [
            "/s/approvals",
            "/s/running",
            f"{part['child_survivors']}/review?decide=now",
            f"{part['child_survivors']}/run",
            f"{part['child_survivors']}/run/stop",
            "/s/openings",
        ],
        "reviewer1": ["/s/reports", *(f"{part[key]}/report" for key in ANSWERED), f"{part['children']}/report/ar"],
        "facilitator": [
            f"{part['children']}/coverage",
            f"{part['child_survivors']}/coverage",
            f"{part['children']}/needs",
        ],
        "lead2": [f"/s/reports/{release(desk)}/tell"],
    }


def release(desk: Desk) -> str:
    with read(desk.office.engine) as db:
        return str(db.query(Release.id).filter_by(strand_id=desk.office.strands["children"]).scalar())


@pytest.mark.parametrize(("width", "scheme", "language"), LOOKS)
def test_no_page_has_a_fault(
    chromium: Browser, axe_source: str, reports: Desk, width: int, scheme: str, language: str
) -> None:
    with write(reports.office.engine) as db:
        for name in addresses(reports):
            db.get_one(Person, reports.office.people[name].id).language = language
    found: dict[str, list[str]] = {}
    with served(reports.app) as address:
        for name, pages in addresses(reports).items():
            context = chromium.new_context(
                viewport={"width": width, "height": 800},
                color_scheme=scheme,  # type: ignore[arg-type]
                bypass_csp=True,  # axe comes as a script of ours; the pages have none
            )
            secret = base64.urlsafe_b64encode(reports.secret(name)).decode("ascii")
            context.add_cookies([{"name": "desk", "value": secret, "url": address}])
            page = context.new_page()
            for path in pages:
                response = page.goto(f"{address}{path}")
                assert response is not None
                assert response.status == 200, path
                page.evaluate(OPEN_ALL)
                problems = faults(page, axe_source) + page.evaluate(CLIPPED)
                if problems:
                    found[path] = problems
            context.close()
    assert found == {}
