"""A button pressed twice: a staff form that makes something makes it once, and no link that was shown once is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import func, select

from consult.database import connect, read
from consult.models import Consultation, Partner, Person, Strand, SupportService
from consult.models.base import Base
from tests.office import Office
from tests.web.staff.desk import Browser, Desk, sentences
from tests.web.staff.test_services import SERVICE
from tests.web.staff.test_setting_up import GROUP, PURPOSE

PERSON = {"name": "Eve Able", "email": "eve@example.org", "roles": ["ANA"]}
PARTNER = {"organisation": "Young voices", "kind": "child_led", "name": "Kim Able", "email": "kim@example.org"}
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


#: What is made, by whom, on which page, from what.
MAKING: Mapping[str, tuple[type[Base], str, Page, Mapping[str, object]]] = {
    "consultation": (Consultation, "nadia", lambda _: "/s/c/new", PURPOSE),
    "group": (Strand, "nadia", lambda office: f"/s/c/{office.consultation()}/add", GROUP),
    "person": (Person, "admin", lambda _: "/s/people/add", PERSON),
    "partner": (Partner, "nadia", lambda office: f"/s/c/{office.consultation()}/partners", PARTNER),
    "service": (SupportService, "nadia", lambda _: "/s/services/new", SERVICE),
}


@pytest.mark.parametrize("what", MAKING)
def test_pressed_twice_it_is_made_once(desk: Desk, office: Office, what: str) -> None:
    kind, who, where, fields = MAKING[what]
    browser, page = desk.browser(who), where(office)
    filled = {**fields, "once": page_bits(browser.get(page))}
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
    filled = {**fields, "once": page_bits(first.get(page))}
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
    browser, page = desk.browser(who), where(office)
    before, once = how_many(office, kind), page_bits(browser.get(page))
    others = next(each for each in ("title", "email", "name") if each in fields)
    browser.post(page, {**fields, "once": once})
    browser.post(page, {**fields, others: f"other{fields[others]}", "once": once})
    other_page = page_bits(browser.get(page))
    assert other_page != once
    browser.post(page, {**fields, others: f"third{fields[others]}", "once": other_page})
    assert how_many(office, kind) == before + 3


@pytest.mark.parametrize("what", ["person", "partner"])
def test_the_link_that_the_second_press_shows_is_the_one_that_works(desk: Desk, office: Office, what: str) -> None:
    _, who, where, fields = MAKING[what]
    browser, page = desk.browser(who), where(office)
    filled = {**fields, "once": page_bits(browser.get(page))}
    links = [re.findall(r"/s/join/[\w-]+", browser.post(page, filled).text)[0] for _ in range(2)]
    somebody = desk.browser(None)
    somebody.get(links[1])
    somebody.get(links[0], 404)


def test_the_bits_of_one_page_are_worth_nothing_to_somebody_else(desk: Desk, office: Office) -> None:
    nadia, omar = desk.browser("nadia"), desk.browser("omar")
    filled = {**PURPOSE, "once": page_bits(nadia.get("/s/c/new"))}
    assert nadia.post("/s/c/new", filled).location != omar.post("/s/c/new", filled).location
    assert how_many(office, Consultation) == 2
