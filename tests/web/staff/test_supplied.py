"""The page on which a service enters totals and a lead signs beside it."""

from __future__ import annotations

import pytest

from consult.database import write
from consult.models import StrandStaff
from safeguards.terms import Audience, Role
from tests import factories
from tests.web.staff.desk import Desk, sentences
from tests.web.staff.test_cards import open_part


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """With the approver who signs beside the lead."""
    with write(desk.office.engine) as db:
        factories.people(db)
    return desk


def test_totals_from_the_services_numbers_to_what_everybody_may_see(desk: Desk) -> None:
    page = open_part(desk, Audience.CHILD_SURVIVORS).removesuffix("share/card") + "totals"
    office, strand_id = desk.office, page.split("/")[-2]
    with write(office.engine) as db:
        omar = office.people["omar"].id
        db.add(StrandStaff(strand_id=strand_id, person_id=omar, role=Role.SUPPORT_PRACTITIONER, languages=["en"]))
    omar, leila, nadia = (desk.browser(name) for name in ("omar", "leila", "nadia"))
    assert "No totals yet" in sentences(nadia.get(page))
    sent = {"people": "sixty", "Q14.safe": "11", "passphrase": office.passphrases["omar"]}
    refused = omar.post(page, sent)
    assert (refused.status_code, 'value="sixty"' in refused.text) == (422, True)
    assert omar.post(page, {**sent, "people": "60", "passphrase": "not it"}).status_code == 403
    numbers = {f"Q14.{each}": "10" for each in ("very_unsafe", "unsafe", "in_between", "safe", "very_safe", "not_sure")}
    assert omar.post(page, {**sent, **numbers, "people": "60"}).status_code == 303
    assert "60" not in sentences(nadia.get(page))
    assert "whom the service asked: 60" in sentences(leila.get(page))
    signed = {"deed": "confirm", "passphrase": office.passphrases["leila"]}
    assert nadia.post(page, {**signed, "passphrase": office.passphrases["nadia"]}).status_code == 403
    assert leila.post(page, signed).status_code == 303
    seen = sentences(nadia.get(page))
    assert "Signed by two" in seen
    assert "whom the service asked: 60" in seen
