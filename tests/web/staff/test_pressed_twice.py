"""A button pressed twice: a staff form that makes something makes it once, and no link that was shown once is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import func, select

from consult.database import connect, read, write
from consult.models import (
    Consultation,
    EquivalentControl,
    GuardianWaiver,
    MainIdea,
    Partner,
    Person,
    Proposal,
    Strand,
    SupportService,
)
from consult.models.base import Base
from tests import partners
from tests.office import Office
from tests.web.staff.desk import Browser, Desk, sentences
from tests.web.staff.test_services import SERVICE
from tests.web.staff.test_setting_up import GROUP, PURPOSE
from tests.web.staff.test_waivers_page import WANTED

PERSON = {"name": "Eve Able", "email": "eve@example.org", "roles": ["ANA"]}
PARTNER = {"organisation": "Young voices", "kind": "child_led", "name": "Kim Able", "email": "kim@example.org"}
IDEA = {
    "source": "adults",
    "words_en": "A button to tell.",
    "words_fr": "Un bouton pour dire.",
    "words_ar": "زر للتبليغ.",
}
SUBSTITUTE = {"requirement": "INC-01", "what": "Two schools invite by hand.", "expires": "2030-05-01"}
PROPOSAL = {"kind": "change", "words": "Whom could you ask?", "why": ""}
Page = Callable[[Office], str]


@pytest.fixture
def office(migrated_database_url: str) -> Iterator[Office]:
    engine = connect(migrated_database_url)
    yield Office.with_everybody(engine)
    engine.dispose()


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> Desk:
    return Desk.over(office, tmp_path)


def page_bits(page: str) -> str:
    """What the form of a page carries of its own."""
    return re.findall(r'name="once" value="(\w+)"', page.partition("<main")[2])[0]


def how_many(office: Office, kind: type[Base]) -> int:
    with read(office.engine) as db:
        return db.scalar(select(func.count()).select_from(kind)) or 0


def of_part(page: str, **facts: object) -> Page:
    """That page of a new part, which has these facts."""

    def where(office: Office) -> str:
        consultation = office.consultation()
        strand_id = office.strand(consultation)
        with write(office.engine) as db:
            row = db.get_one(Strand, strand_id)
            row.facts = {**row.facts, **facts}
        return f"/s/c/{consultation}/{strand_id}/{page}"

    return where


def of_partner(office: Office) -> str:
    """Where somebody who joined as a partner proposes something about the first question."""
    consultation = office.consultation()
    strand_id = office.strand(consultation)
    partners.partner(office, consultation)
    return f"/s/partner/{consultation}/{strand_id}/en/{partners.PLACE}"


#: What is made, by whom, on which page, from what.
MAKING: Mapping[str, tuple[type[Base], str, Page, Mapping[str, object]]] = {
    "consultation": (Consultation, "nadia", lambda _: "/s/c/new", PURPOSE),
    "group": (Strand, "nadia", lambda office: f"/s/c/{office.consultation()}/add", GROUP),
    "person": (Person, "admin", lambda _: "/s/people/add", PERSON),
    "partner": (Partner, "nadia", lambda office: f"/s/c/{office.consultation()}/partners", PARTNER),
    "service": (SupportService, "nadia", lambda _: "/s/services/new", SERVICE),
    "idea": (MainIdea, "nadia", lambda office: of_part("")(office).rsplit("/", 2)[0] + "/feedback/idea", IDEA),
    "proposal": (Proposal, "petra", of_partner, PROPOSAL),
    "waiver": (GuardianWaiver, "nadia", of_part("waivers", ages=[13, 17], guardian_age=18), WANTED),
    "substitute": (EquivalentControl, "nadia", of_part("substitutes"), SUBSTITUTE),
}


#: The field in which two of a kind differ.
OTHERS = ("title", "email", "name", "words_en", "words", "grounds", "what")


def written(page: str, fields: Mapping[str, object]) -> dict[str, object]:
    """The form of a page filled in; whom its list proposes stays chosen."""
    chosen = re.findall(r'<select[^>]*name="owner".*?<option[^>]* value="(\w+)"[^>]* selected', page, re.DOTALL)
    return {**fields, **dict(zip(("owner",), chosen, strict=False)), "once": page_bits(page)}


@pytest.mark.parametrize("what", MAKING)
def test_pressed_twice_it_is_made_once(desk: Desk, office: Office, what: str) -> None:
    kind, who, where, fields = MAKING[what]
    page = where(office)
    browser = desk.browser(who)
    filled = written(browser.get(page), fields)
    before = how_many(office, kind)
    first, second = browser.post(page, filled), browser.post(page, filled)
    assert first.status_code in {200, 303}, sentences(first.text)
    assert (second.status_code, second.location) == (first.status_code, first.location)
    assert how_many(office, kind) == before + 1


@pytest.mark.parametrize("what", MAKING)
def test_in_the_same_moment_too(desk: Desk, office: Office, what: str) -> None:
    kind, who, where, fields = MAKING[what]
    page, together = where(office), Barrier(3)
    first = desk.browser(who)
    filled = written(first.get(page), fields)
    before = how_many(office, kind)

    def press(client: Browser) -> int:
        together.wait()
        return client.post(page, filled).status_code

    with ThreadPoolExecutor(3) as pool:
        statuses = set(pool.map(press, [first, desk.browser(who), desk.browser(who)]))
    assert statuses in ({200}, {303})
    assert how_many(office, kind) == before + 1


@pytest.mark.parametrize("what", MAKING)
def test_with_other_words_or_from_another_page_it_is_another_one(desk: Desk, office: Office, what: str) -> None:
    kind, who, where, fields = MAKING[what]
    page = where(office)
    browser = desk.browser(who)
    before, filled = how_many(office, kind), written(browser.get(page), fields)
    others = next(each for each in OTHERS if each in fields)
    browser.post(page, filled)
    browser.post(page, {**filled, others: f"other{fields[others]}"})
    anew = written(browser.get(page), fields)
    assert anew["once"] != filled["once"]
    browser.post(page, {**anew, others: f"third{fields[others]}"})
    assert how_many(office, kind) == before + 3


@pytest.mark.parametrize("what", ["person", "partner"])
def test_the_link_that_the_second_press_shows_is_the_one_that_works(desk: Desk, office: Office, what: str) -> None:
    _, who, where, fields = MAKING[what]
    page = where(office)
    browser = desk.browser(who)
    filled = written(browser.get(page), fields)
    links = [re.findall(r"/s/join/[\w-]+", browser.post(page, filled).text)[0] for _ in range(2)]
    somebody = desk.browser(None)
    somebody.get(links[1])
    somebody.get(links[0], 404)


def test_the_bits_of_one_page_are_worth_nothing_to_somebody_else(desk: Desk, office: Office) -> None:
    nadia, omar = desk.browser("nadia"), desk.browser("omar")
    filled = {**PURPOSE, "once": page_bits(nadia.get("/s/c/new"))}
    assert nadia.post("/s/c/new", filled).location != omar.post("/s/c/new", filled).location
    assert how_many(office, Consultation) == 2
