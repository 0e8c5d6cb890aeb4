"""Who is kept out of a consultation, let in again or appointed to it: each takes the passphrase, typed again."""

from __future__ import annotations

import re

from tests.office import Office
from tests.web.staff.desk import Desk, sentences


def test_both_take_the_passphrase_and_without_it_the_page_says_so(desk: Desk, office: Office) -> None:
    where, leila = f"/s/c/{office.consultation()}/apart", desk.browser("leila")
    omar, typed = office.people["omar"].id, {"passphrase": office.passphrases["leila"]}
    out = {"person": omar, "reason": "Works for the company"}
    assert leila.post(where, out).status_code == 403
    assert leila.post(where, {**out, **typed}).status_code == 303
    (again,) = re.findall(rf'action="({where}/[^"]+/lift)"', leila.get(where))
    refused = leila.post(again)
    assert (refused.status_code, "Works for the company" in refused.text) == (403, True)
    assert "not your passphrase" in sentences(refused.text)
    assert leila.post(again, typed).status_code == 303
    assert "Works for the company" not in leila.get(where)


def test_nobody_and_no_role_is_chosen_before_somebody_chooses(desk: Desk, office: Office) -> None:
    where, otto, omar = f"/s/c/{office.consultation()}/people", desk.browser("otto"), office.people["omar"].id
    page = otto.get(where)
    assert page.count('<option value="">–</option>') == 2
    assert "<option selected" not in page
    given = {"person": omar, "role": "safeguarding_lead", "passphrase": office.passphrases["otto"]}
    for missing in ("person", "role"):
        refused = otto.post(where, {**given, missing: ""})
        assert (refused.status_code, "Choose one of the answers." in refused.text) == (422, True)
    assert "Omar" not in sentences(otto.get(where)).partition("Appoint somebody")[0]
