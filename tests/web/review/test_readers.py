"""Whoever reads a report reads the same numbers: no role sees more, no address filters, no page adds them up."""

from __future__ import annotations

import json
import re

import pytest

from consult.database import read
from consult.demo.cast import CAST
from consult.models import Release
from safeguards.terms import Role
from tests.web.review.conftest import ANSWERED
from tests.web.staff.desk import Desk, sentences

READERS = [part.key for part in CAST if Role.ADMINISTRATOR not in part.roles]
QUESTIONS = ("?age=13_15", "?gender=girl&location=village", "?k=1", "?raw=1&format=csv", "?l=fr&page=2")


def main_of(page: str) -> str:
    """The part of a page that is about its subject, without the form tokens of the person who looks."""
    return re.sub(r'name="token" value="\w+"', "", page.partition("<main")[2].partition("</main>")[0])


def address(desk: Desk, key: str) -> str:
    return f"/s/c/{desk.office.consultation_id}/{desk.office.strands[key]}/report"


@pytest.mark.parametrize("key", ANSWERED)
def test_every_reader_sees_the_same_page_and_the_same_file(reports: Desk, key: str) -> None:
    with read(reports.office.engine) as db:
        row = db.query(Release).filter_by(strand_id=reports.office.strands[key]).one()
        release_id, frozen = row.id, row.content
    pages, files = set(), set()
    for name in READERS:
        browser = reports.browser(name)
        pages.add(main_of(browser.get(address(reports, key))))
        files.add(browser.take(f"/s/reports/{release_id}.json", reports.office.passphrases[name]).text)
    assert len(pages) == 1
    assert files == {frozen}


def test_an_emergency_stop_turns_files_off(reports: Desk) -> None:
    with read(reports.office.engine) as db:
        release_id = db.query(Release.id).filter_by(strand_id=reports.office.strands["children"]).scalar()
    act = address(reports, "adult_survivors").replace("/report", "/run/stop")
    assert reports.browser("lead1").post(act).status_code == 303
    refused = reports.browser("reviewer1").get(f"/s/reports/{release_id}.json", status=409)
    assert "No file is handed out until two people lift it." in sentences(refused)


def test_an_administrator_reads_no_report(reports: Desk) -> None:
    for key in ANSWERED:
        reports.browser("admin").get(address(reports, key), status=404)
    reports.browser("admin").get("/s/reports", status=404)


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_address_filters_nothing(reports: Desk, question: str) -> None:
    reader = reports.browser("dpl")
    whole = main_of(reader.get(address(reports, "children")))
    assert main_of(reader.get(address(reports, "children") + question)) == whole


def test_no_page_for_readers_adds_populations_up(reports: Desk) -> None:
    """Every sum of two or three of the populations, wherever a reader looks."""
    people = list(ANSWERED.values())
    sums = {sum(people), *(a + b for a in people for b in people if a is not b)}
    with read(reports.office.engine) as db:
        tables = [table for row in db.query(Release) for table in json.loads(row.content)["tables"]]
    totals = {cell["count"] for table in tables for cell in table["cells"] if set(cell["at"]) <= {"*"}}
    assert totals & set(people), "the control: the numbers that could be added are there"
    reader = reports.browser("manager")
    for page in ("/s/", "/s/c", "/s/reports", f"/s/c/{reports.office.consultation_id}"):
        shown = {int(number) for number in re.findall(r"\b\d+\b", sentences(reader.get(page)))}
        assert not shown & (sums - {2030})
