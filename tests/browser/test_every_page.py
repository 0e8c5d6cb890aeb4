"""Every participants' page, in every language, light and dark, held to all the checks of one list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from consult.database import write
from consult.questionnaire.bank import compose, compose_set
from consult.questionnaire.content import Reader
from consult.questionnaire.easier import Recording, in_one_line, read_out
from consult.web.languages import LANGUAGES
from tests.browser.checks import faults
from tests.browser.test_listening import page_words
from tests.browser.walking import every_page, every_page_inside, page_in, press, site
from tests.web.participate.world import CODE, World

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CODES = tuple(LANGUAGES)
#: The pages that younger children see in another size, with pictures.
DIFFERENT = ("/c/keep", "/c/check", "/c/q", "/c/look")


def found_faults(pages: Iterator[str], page: Page, axe_source: str) -> dict[str, list[str]]:
    """Path → faults, of those pages that have any."""
    seen = {path: list(faults(page, axe_source)) for path in pages}
    assert len(seen) > 4
    return {path: wrong for path, wrong in seen.items() if wrong}


def spoken(words: str) -> Recording:
    return Recording("0" * 64, 80_000, in_one_line(words), ("lina", "sami"))


@pytest.mark.parametrize("language", CODES)
def test_every_page_of_young_people(
    chromium: Browser, migrated_sqlite_url: str, tmp_path: Path, axe_source: str, language: str
) -> None:
    form = compose_set("children_13_17", CODES)
    heard = ("texts.T-CHOICE", "texts.C-SKIP", "questions.Q14.text", "texts.T-HELP-worry", "texts.T-THANKS")
    said = read_out(form.said_by_place())
    form = replace(form, recordings={where: {each: spoken(said[where][each]) for each in CODES} for where in heard})
    with site(migrated_sqlite_url, tmp_path, form, facts={"languages": list(CODES)}) as (address, world):
        with write(world.engine) as db:
            db.add_all(list(page_words(world, [language])))
        page = page_in(chromium, language, scripts=True, bypass_csp=True)
        assert found_faults(every_page(page, address, language), page, axe_source) == {}
        page.context.close()


@pytest.mark.parametrize("language", CODES)
@pytest.mark.parametrize(("name", "age"), [("children_6_9", "8"), ("children_10_12", "11")])
def test_every_page_of_younger_children(
    chromium: Browser, migrated_sqlite_url: str, tmp_path: Path, axe_source: str, language: str, name: str, age: str
) -> None:
    facts = {"ages": [int(age), int(age)], "languages": [language]}
    with site(migrated_sqlite_url, tmp_path, compose_set(name, (language,)), mode="PI", facts=facts) as (address, _):
        page = page_in(chromium, language, scripts=True, bypass_csp=True)
        own = (path for path in every_page_inside(page, address, language, age) if path.startswith(DIFFERENT))
        assert found_faults(own, page, axe_source) == {}
        page.context.close()


@pytest.mark.parametrize(
    ("language", "name", "audience", "kind"),
    [("ar", "adult_survivors", "A", "adult_survivor"), ("fr", "caregivers", "R", "caregiver")],
)
def test_every_page_of_adults(
    chromium: Browser,
    migrated_sqlite_url: str,
    tmp_path: Path,
    axe_source: str,
    language: str,
    name: str,
    audience: str,
    kind: str,
) -> None:
    facts = {"ages": [18, 99], "languages": [language]}
    representatives = "RC" if audience == "R" else None
    with site(
        migrated_sqlite_url,
        tmp_path,
        compose_set(name, (language,)),
        audience=audience,
        respondent_class=kind,
        representatives=representatives,
        facts=facts,
    ) as (address, _):
        page = page_in(chromium, language, scripts=True, bypass_csp=True)
        assert found_faults(every_page_inside(page, address, language, "40"), page, axe_source) == {}
        page.context.close()


def ends(page: Page, address: str, language: str, world: World) -> Iterator[str]:
    """Pages that end a way, refuse something, or say what went wrong."""

    def start() -> None:
        page.goto(f"{address}/k/{CODE}")
        press(page, f"button[name=language][value={language}]")
        press(page, "main .go")

    start()
    page.fill("#age", "eleven")
    press(page, "main .go")
    yield "a wrong age"
    page.fill("#age", "44")
    press(page, "main .go")
    yield "another age"
    page.goto(f"{address}/?l={language}")
    page.fill("#code", "99999999")
    press(page, "main .go")
    yield "an unknown code"
    page.goto(f"{address}/back?l={language}")
    page.fill("#number", "12345")
    press(page, "main .go")
    yield "digits that are no receipt"
    page.goto(f"{address}/back?l={language}&done=1")
    yield "taken back"
    page.goto(f"{address}/complaint?l={language}")
    if page.locator("#words").count():
        press(page, "#f .go")
        yield "an empty complaint"
        page.fill("#words", "words")
        press(page, "#f .go")
        yield "a complaint that was taken"
    start()
    for _ in range(2):
        page.fill("#age", "16") if page.locator("#age").count() else None
        press(page, "main .go")
    page.goto(f"{address}/c/place")
    world.pause()
    press(page, "main .go")
    yield "the page that stops"
    page.goto(f"{address}/k/{CODE}?l={language}")
    yield "a closed part"
    page.goto(f"{address}/c/look?l={language}")
    yield "away too long"


@pytest.mark.parametrize("language", CODES)
def test_every_page_that_ends_or_refuses(
    chromium: Browser, migrated_sqlite_url: str, tmp_path: Path, axe_source: str, language: str
) -> None:
    form = compose(["Q06"], CODES, reader=Reader.CHILD)
    with site(migrated_sqlite_url, tmp_path, form, facts={"ages": [13, 17], "languages": list(CODES)}) as (
        address,
        world,
    ):
        page = page_in(chromium, language, scripts=True, bypass_csp=True)
        assert found_faults(ends(page, address, language, world), page, axe_source) == {}
        page.context.close()
