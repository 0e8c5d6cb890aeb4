"""The page on which a service enters totals and a lead signs beside it."""

from __future__ import annotations

import csv
import io
import json
import re

import openpyxl
import pytest

from consult.database import write
from consult.models import StrandStaff
from safeguards.terms import Audience, Role
from tests import factories
from tests.toolbox.pdf import structure
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
    (looked_at,) = re.findall(r'name="seen" value="(\w+)"', leila.get(page))
    signed = {"deed": "confirm", "seen": looked_at, "passphrase": office.passphrases["leila"]}
    assert nadia.post(page, {**signed, "passphrase": office.passphrases["nadia"]}).status_code == 403
    assert leila.post(page, signed).status_code == 303
    seen = sentences(nadia.get(page))
    assert "Signed by two" in seen
    assert "whom the service asked: 60" in seen
    _takes_away(desk, page.removesuffix("totals"))


def _takes_away(desk: Desk, part: str) -> None:
    """The same numbers as a report and in each of its files, and no file without the passphrase."""
    omar = desk.browser("omar")
    assert f"{part}report" in omar.get("/s/reports")
    report = sentences(omar.get(f"{part}report/en"))
    assert "They do not stand for all children." in report
    assert "whom the service asked: 60" in report
    passphrase = desk.office.passphrases["omar"]
    files = {kind: omar.take(f"{part}supplied/en.{kind}", passphrase).data for kind in ("pdf", "xlsx", "csv", "json")}
    frozen = json.loads(files["json"])
    assert (frozen["k"], frozen["population"]) == (10, {"respondent_class": "child", "people": 60})
    assert set(frozen["tables"]["Q14"].values()) == {10}
    lines = list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    assert [line[5] for line in lines if line[4] == "number"] == ["10"] * 6
    sheet = openpyxl.load_workbook(io.BytesIO(files["xlsx"])).worksheets[0]
    cells = [cell.value for row in sheet.iter_rows() for cell in row]
    assert cells.count(10) == 6
    (table,) = structure(files["pdf"]).every("Table")
    shown = [[cell.words for cell in row.children if cell.kind == "TD"] for row in table.every("TR")]
    assert [row[1] for row in shown if row] == ["10"] * 6
    assert [line[2] for line in lines if line[4] == "number"] == [row[0] for row in shown if row]
    assert [row[0] for row in shown if row][:2] == ["Very unsafe", "Unsafe"]
    assert omar.take(f"{part}supplied/en.pdf", "not it").status_code == 403
    assert omar.take(f"{part}supplied/en.exe", passphrase).status_code == 404
