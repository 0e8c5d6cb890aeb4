"""Cards to print: one-time codes in one language, with help and a picture to scan, shown once."""

from __future__ import annotations

import re
from pathlib import Path
from shutil import copy

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from consult.database import connect, read, write
from consult.models import Invitation, Strand, SupportService
from safeguards.lifecycle import StrandState
from safeguards.terms import Audience
from tests import factories
from tests.office import Office
from tests.web.participate.serving import served
from tests.web.staff.desk import Desk, sentences
from tests.web.staff.test_browser import signed_in


@pytest.fixture
def desk(_migrated_sqlite: Path, tmp_path: Path) -> Desk:
    engine = connect(f"sqlite:///{copy(_migrated_sqlite, tmp_path / 'consult.sqlite')}")
    office = Office.with_everybody(engine)
    with write(engine) as db:
        factories.people(db)
    return Desk.over(office, tmp_path)


def open_part(desk: Desk, audience: Audience = Audience.CHILDREN) -> str:
    """An open part with its help service; the address of its cards."""
    office = desk.office
    consultation = office.consultation()
    strand_id = office.strand(consultation, audience=audience)
    service_id = office.service()
    office.staffed(strand_id, [service_id])
    with write(office.engine) as db:
        strand, service = db.get_one(Strand, strand_id), db.get_one(SupportService, service_id)
        service.signed = {**service.facts, "name": service.name}
        signature = factories.signature(db, strand)
        factories.strand_key(db, signature)
        strand.state, strand.entry_code = "open", "48213377"
    return f"/s/c/{consultation}/{strand_id}/share/card"


def codes_on(page: str) -> list[str]:
    return re.findall(r'<p class="code" dir="ltr">([^<]+)</p>', page)


def test_a_batch_of_cards_in_one_language(desk: Desk) -> None:
    address, nadia = open_part(desk), desk.browser("nadia")
    answer = nadia.post(address, {"n": "7", "language": "ar", "purpose": "entry"})
    assert answer.status_code == 200
    codes = codes_on(answer.text)
    assert len(set(codes)) == 7
    assert all(re.fullmatch(r"[2-9b-z]{5}-[2-9b-z]{5}", code) for code in codes)
    assert answer.text.count("<svg") >= 7
    assert 'lang="ar" dir="rtl"' in answer.text
    assert "116" in answer.text
    assert "TFSEA" not in sentences(answer.text)
    assert "sexual" not in sentences(answer.text).lower()
    again = nadia.get(address)
    assert not [code for code in codes if code in again]
    with read(desk.office.engine) as db:
        assert len(db.scalars(select(Invitation)).all()) == 7


def test_what_came_into_wrong_hands_is_made_void_on_share(desk: Desk) -> None:
    address, nadia = open_part(desk), desk.browser("nadia")
    nadia.post(address, {"n": "3", "language": "en", "purpose": "entry"})
    share = address.removesuffix("/card")
    assert "4821 3377" in nadia.get(share)
    assert nadia.post(f"{share}/void", {}).status_code == 303
    assert "4821 3377" not in nadia.get(share)
    with read(desk.office.engine) as db:
        assert not db.scalars(select(Invitation)).all()


def test_cards_for_guardians_have_nothing_to_scan(desk: Desk) -> None:
    answer = desk.browser("nadia").post(open_part(desk), {"n": "2", "language": "en", "purpose": "guardian"})
    assert len(codes_on(answer.text)) == 2
    assert 'class="qr"' not in answer.text
    assert answer.text.count("A code from your grown-up</p>") == 2, "it opens nothing where a code is asked for first"


@pytest.mark.parametrize("n", ["0", "201", "-1", "many", ""])
def test_a_number_that_can_not_be_is_refused_and_nothing_is_made(desk: Desk, n: str) -> None:
    answer = desk.browser("nadia").post(open_part(desk), {"n": n, "language": "en", "purpose": "entry"})
    assert answer.status_code == 422
    assert answer.text.count('id="wrong"') == 1
    assert codes_on(answer.text) == []
    with read(desk.office.engine) as db:
        assert db.scalars(select(Invitation)).all() == []


def test_for_children_whom_their_service_asks_there_is_no_code_and_no_card(desk: Desk) -> None:
    address = open_part(desk, Audience.CHILD_SURVIVORS)
    nadia = desk.browser("nadia")
    for page in (nadia.get(address), nadia.get(address.removesuffix("/card"))):
        assert "4821" not in page
    assert "asked by their own service" in sentences(nadia.get(address.removesuffix("/card")))
    made = nadia.post(address, {"n": "2", "language": "en", "purpose": "entry"})
    assert (made.status_code, codes_on(made.text)) == (409, [])


def test_where_the_parts_own_code_is_enough_there_are_cards_with_it_too(desk: Desk) -> None:
    page, browser = open_part(desk), desk.browser("nadia")
    assert codes_on(browser.get(page)) == ["4821 3377"] * 6
    with write(desk.office.engine) as db:
        db.scalars(select(Strand)).one().state = StrandState.CLOSED
    for each in (page, page.removesuffix("/card")):
        over = browser.get(each)
        assert codes_on(over) == [], "nobody prints cards that lead to a closed door"
        assert "its link, code and cards let nobody in" in sentences(over)


@pytest.mark.browser
def test_the_picture_to_scan_is_as_large_as_a_card_has_room_for(chromium: Browser, desk: Desk) -> None:
    where = open_part(desk)
    with served(desk.app) as address:
        context = signed_in(chromium, desk, address, "nadia", 1280, "light")
        page = context.new_page()
        page.goto(address + where)
        box = page.locator(".print-card .qr svg").first.bounding_box()
        context.close()
    assert box
    assert (box["width"], box["height"]) == (9 * 16, 9 * 16)
