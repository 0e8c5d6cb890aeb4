"""The page of waivers: proposed by one, refused without the board's name, agreed by two others, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from consult.database import read, write
from consult.models import GuardianWaiver, Strand
from tests.office import PLACE, Office
from tests.web.staff.desk import Desk, sentences

WANTED: Mapping[str, str] = {
    "jurisdiction": PLACE,
    "code": "W3",
    "reach": "everyone",
    "grounds": "They live in a centre.",
    "law_allows": "y",
    "independent_adult": "y",
}


@pytest.fixture
def desk(sqlite_engine: Engine, tmp_path: Path) -> Desk:
    return Desk.over(Office.with_everybody(sqlite_engine), tmp_path)


@pytest.fixture
def page(desk: Desk) -> str:
    consultation = desk.office.consultation()
    strand = desk.office.strand(consultation)
    with write(desk.office.engine) as db:
        row = db.get_one(Strand, strand)
        row.facts = {**row.facts, "ages": [13, 17], "guardian_age": 18}
    return f"/s/c/{consultation}/{strand}/waivers"


def test_from_the_proposal_to_the_last_yes_and_back(desk: Desk, page: str) -> None:
    nadia, leila, ines = (desk.browser(name) for name in ("nadia", "leila", "ines"))
    refused = nadia.post(page, {**WANTED, "independent_adult": ""})
    assert refused.status_code == 422
    assert "This still needs: an independent adult." in sentences(refused.text)
    assert "They live in a centre." in refused.text, "what was typed stays"
    assert nadia.post(page, WANTED).status_code == 303
    with read(desk.office.engine) as db:
        waiver = db.scalars(select(GuardianWaiver.id)).one()
    assert "Waits for a yes" in sentences(nadia.get(page))
    without = leila.post(f"{page}/{waiver}/agree", {"board": ""})
    assert without.status_code == 422
    assert "Name the ethics board that agreed" in sentences(without.text)
    assert leila.post(f"{page}/{waiver}/agree", {"board": "Board, letter 7"}).status_code == 303
    assert nadia.post(f"{page}/{waiver}/agree", {"board": "Board"}).status_code == 403
    assert ines.post(f"{page}/{waiver}/agree").status_code == 303
    assert "In place" in sentences(leila.get(page))
    assert leila.post(f"{page}/{waiver}/revoke", {"reason": ""}).status_code == 422
    assert leila.post(f"{page}/{waiver}/revoke", {"reason": "The law changed."}).status_code == 303
    assert "Leila Able: The law changed." in sentences(nadia.get(page))
    assert nadia.post(f"{page}/{waiver}/burn").status_code == 404


def test_it_stands_in_the_queue_of_whoever_says_yes_next_and_of_nobody_else(desk: Desk, page: str) -> None:
    title = "Waivers of guardians' consent"
    assert title not in sentences(desk.browser("leila").get("/s/approvals"))
    desk.browser("nadia").post(page, WANTED)
    with read(desk.office.engine) as db:
        waiver = db.scalars(select(GuardianWaiver.id)).one()
    for first, then in (("leila", "ines"), ("ines", "leila")):
        for name, stands in ((first, True), (then, False)):
            assert (title in sentences(desk.browser(name).get("/s/approvals"))) is stands, (first, name)
            assert ("A waiver of guardian consent: decide" in desk.browser(name).get("/s/")) is stands
        assert desk.browser(first).post(f"{page}/{waiver}/agree", {"board": "Board, letter 7"}).status_code == 303
    assert title not in sentences(desk.browser("ines").get("/s/approvals"))
