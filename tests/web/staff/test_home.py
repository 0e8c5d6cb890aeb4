"""Home and notices: each part at a glance, whom it waits for and where it is done; what is put away stays away."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.jobs.notices import reminders
from consult.models import Clock, Notice, Strand
from consult.services.evidence import adjustments
from tests.office import NOW, Office
from tests.web.staff.desk import Desk, sentences


@pytest.fixture
def part(office: Office) -> tuple[str, str]:
    consultation_id = office.consultation()
    strand_id = office.strand(consultation_id)
    office.staffed(strand_id, [office.service()])
    return strand_id, f"/s/c/{consultation_id}/{strand_id}"


def test_home_says_what_stops_a_part_whom_it_waits_for_and_leads_there(desk: Desk, part: tuple[str, str]) -> None:
    page = desk.browser("nadia").get("/s/")
    said = sentences(page)
    assert "What stops it" in said
    links = re.findall(rf'href="({part[1]}/safeguards/[A-Z]+-\d+)"', page)
    assert links
    manager = sentences(desk.browser("tara").get("/s/"))
    assert "What stops it" not in manager  # no duty of hers in the part: she has her own list of tasks


def test_home_shows_needs_with_their_day_and_a_reminder_until_it_is_put_away(desk: Desk, part: tuple[str, str]) -> None:
    office = desk.office
    with write(office.engine) as db:
        strand = db.get_one(Strand, part[0])
        day = (NOW + timedelta(days=3)).date()
        adjustments.note(db, office.keys.audit, office.people["nadia"], strand, "hearing", "captions", day, NOW)
    reminders(office.engine, office.keys, office.policy, NOW)
    nadia = desk.browser("nadia")
    page = nadia.get("/s/")
    assert "Captions" in sentences(page)
    assert "What somebody needs to take part is not there yet" in sentences(page)
    with read(office.engine) as db:
        mine = select(Notice.id).where(Notice.person_id == office.people["nadia"].id, Notice.matter == "need")
        notice_id = db.scalars(mine).one()
    assert desk.browser("omar").post("/s/notices", {"id": notice_id}).status_code == 404
    assert nadia.post("/s/notices", {"id": notice_id, "back": "home"}).location == "/s/"
    assert "What somebody needs to take part" not in sentences(nadia.get("/s/notices"))
    assert reminders(office.engine, office.keys, office.policy, NOW) == "0 put down"


def test_everybody_reads_that_nothing_is_destroyed_while_nobody_believes_the_clock(desk: Desk) -> None:
    words = "what runs by itself was silent for 3 days"
    assert words not in sentences(desk.browser("tara").get("/s/"))
    with write(desk.office.engine) as db:
        db.get_one(Clock, 1).seen_at = NOW - timedelta(days=3, hours=1)
    for name in ("tara", "leila", "admin"):
        assert words in sentences(desk.browser(name).get("/s/"))


def test_a_notice_is_for_its_person_alone(desk: Desk, part: tuple[str, str]) -> None:
    nadia = desk.browser("nadia")
    nadia.post(f"{part[1]}/send")
    assert "A part waits for a signature" in sentences(desk.browser("leila").get("/s/notices"))
    assert "A part waits for a signature" not in sentences(nadia.get("/s/notices"))


def test_a_few_links_stay_in_sight_and_the_page_in_use_is_one_of_them(desk: Desk, part: tuple[str, str]) -> None:
    leila = desk.browser("leila")
    for address in ("/s/", "/s/policy"):
        in_sight, _, rest = leila.get(address).partition("<nav")[2].partition("</nav>")[0].partition("<details>")
        assert f'href="{address}" aria-current="page"' in in_sight
        assert in_sight.count("<a ") <= 6
        assert 'href="/s/complaints"' in in_sight
        assert 'href="/s/evidence"' in rest
