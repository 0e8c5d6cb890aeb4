"""What the desk takes for the words of a page is what the page shows, so that what is recorded there is heard here."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, update

from consult.database import read, write
from consult.models import Strand, StrandService
from consult.questionnaire.bank import compose_set
from consult.questionnaire.easier import Recording, in_one_line
from consult.questionnaire.form import Form
from consult.services.participation.strandface import unsigned_door
from consult.web.spoken import Shown, is_read_out, shown
from consult.web.words import page_title
from safeguards.policyfile import default
from tests.web.participate.walk import CHECKS, READ, Walk
from tests.web.participate.world import CODE, LANGUAGES, NOW, World, another_line, open_strand

PAGES = Path("consult/web/participate")
FACTS = {
    "jurisdictions": ["KE", "CI"],
    "emergency": [
        {
            "jurisdiction": "KE",
            "number": "112",
            "round_the_clock": True,
            "authority": {"ar": "هيئة", "en": "the Board"},
        },
        {
            "jurisdiction": "CI",
            "number": "110",
            "round_the_clock": True,
            "authority": {"ar": "لجنة", "en": "the Court"},
        },
    ],
}


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """SQLite: what is looked at here knows no database."""
    return sqlite_engine


@pytest.fixture
def world(engine: Engine) -> World:
    """A part in two countries, each with a service and a law of its own."""
    world = open_strand(engine, form=compose_set("children_13_17", LANGUAGES), facts=FACTS)
    with write(engine) as db:
        service = another_line(db, "1308", ["ar", "en"])
        db.add(StrandService(strand_id=world.strand_id, service_id=service.id))
    return world


def desk_says(app: Flask, world: World, language: str, where: str) -> tuple[Shown, ...]:
    with app.test_request_context(), read(world.engine) as db:
        door = unsigned_door(db, world.strand_id, NOW, default())
        return shown(Form.from_json(db.get_one(Strand, world.strand_id).form), door, language, where)


def digest(where: str) -> str:
    return hashlib.sha256(where.encode()).hexdigest()


def record_all(app: Flask, world: World, language: str) -> dict[str, str]:
    """Recordings of all that a page reads out, with the words that the desk has for each; place → those words."""
    with read(world.engine) as db:
        form = Form.from_json(db.get_one(Strand, world.strand_id).form)
    places = [where for where, _ in form.places() if is_read_out(where)]
    found = {
        each.where: each.words for where in places for each in desk_says(app, world, language, where) if each.words
    }
    said = {where: {language: Recording(digest(where), 9, words, ("a", "b"))} for where, words in found.items()}
    with write(world.engine) as db:
        db.execute(update(Strand).values(form=replace(form, recordings=said).to_json()))
    return found


def heard_on(pages: list[str], recorded: dict[str, str]) -> set[str]:
    """Places of the recordings that these pages offer."""
    by_digest = {digest(where): where for where in recorded}
    inside = {by_digest[found] for page in pages for found in re.findall(r'src="/c/sound/(\w+)"', page)}
    return inside | {found for page in pages for found in re.findall(r'src="/sound/\d+/\w+/([^"]+)"', page)}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_the_desk_has_is_what_the_pages_show(walk: Walk, world: World, language: str) -> None:
    recorded = record_all(walk.client.application, world, language)
    assert {"texts.T-HELP-service", "texts.T-HELP-service@KE", "texts.T-HELP-service@CI"} <= recorded.keys()
    pages = [
        walk.enter(language).text,
        walk.post("/c/place").text,
        walk.post("/c/age", {"age": "15", "place": "CI"}).text,
    ]
    pages += [walk.post(f"/c/{step}").text for step in READ]
    pages += [walk.post("/c/check", {**CHECKS, "C-NAME": "true"}).text, walk.post("/c/check", CHECKS).text]
    pages += [walk.post("/c/agree", {"answer": "yes"}).text, walk.get("/c/rest/1").text]
    form = Form.from_json(form_in(world))
    for n in range(1, len(form.for_person("15")) + 1):
        pages += [walk.get(f"/c/q/{n}").text, walk.get(f"/c/note/{n}").text]
    about = [each for each in form.profile if each.asked_of("15")]
    pages += [walk.get(f"/c/you/{n}").text for n in range(1, len(about) + 1)]
    pages += [walk.get("/c/look").text, walk.post("/c/send").text]
    pages += ends(walk, world, language)
    elsewhere = {f"texts.{key}@KE" for key in ("T-HELP-service", "T-HELP-danger", "T-SECRET-law")}
    others = {"texts.T-GUARDIAN", "texts.C-TELL", "texts.C-TELL-why"} | {
        f"questions.{each.id}.text" for each in form.questions if not each.asked_of("15")
    }
    assert recorded.keys() - heard_on(pages, recorded) == (elsewhere | others) & recorded.keys()


def ends(walk: Walk, world: World, language: str) -> list[str]:
    """The pages with which a way ends before anything was sent: another age, twice wrong, no, a lapse, closed."""

    def at_agree() -> None:
        walk.enter(language)
        walk.post("/c/place")
        walk.post("/c/age", {"age": "15", "place": "CI"})
        for step in READ:
            walk.post(f"/c/{step}")

    walk.enter(language)
    walk.post("/c/place")
    pages = [walk.post("/c/age", {"age": "40", "place": "CI"}).text]
    at_agree()
    walk.post("/c/check", {**CHECKS, "C-NAME": "true"})
    pages.append(walk.post("/c/check", {**CHECKS, "C-NAME": "true"}).text)
    at_agree()
    walk.post("/c/check", CHECKS)
    pages.append(walk.post("/c/agree", {"answer": "no"}).text)
    at_agree()
    world.pause()
    return [*pages, walk.get("/c/check").text, walk.get(f"/k/{CODE}?l={language}").text]


def test_each_place_hears_its_own_list_of_help_and_no_other(walk: Walk, world: World) -> None:
    recorded = record_all(walk.client.application, world, "en")
    outside = walk.get(f"/k/{CODE}?l=en").text + walk.enter("en").text
    assert {each for each in heard_on([outside], recorded) if "T-HELP-service" in each} == {"texts.T-HELP-service"}
    walk.post("/c/place")
    page = walk.post("/c/age", {"age": "15", "place": "CI"}).text
    assert {each for each in heard_on([page], recorded) if "T-HELP-service" in each} == {"texts.T-HELP-service@CI"}
    assert "1308" in recorded["texts.T-HELP-service@CI"]
    assert "116" not in recorded["texts.T-HELP-service@CI"]


def test_a_question_is_read_out_with_its_answers_and_only_while_they_are_shown(walk: Walk, world: World) -> None:
    recorded = record_all(walk.client.application, world, "en")
    walk.enter("en")
    walk.post("/c/place")
    walk.post("/c/age", {"age": "15", "place": "KE"})
    for step in READ:
        walk.post(f"/c/{step}")
    walk.post("/c/check", CHECKS)
    page = walk.post("/c/agree", {"answer": "yes"}).text
    where = "questions.Q14.text"
    form = Form.from_json(form_in(world))
    question = form.question("Q14")
    assert question is not None
    for option in question.options:
        assert in_one_line(option.text["en"]) in recorded[where]
    assert digest(where) in page
    old = {**form.recordings, where: {"en": Recording(digest(where), 9, "", ("a", "b"))}}
    with write(world.engine) as db:
        db.execute(update(Strand).values(form=replace(form, recordings=old).to_json()))
    assert digest(where) not in walk.get("/c/q/1").text, "it says the question alone"


def test_what_is_asked_about_a_person_is_read_out_as_each_age_sees_it(walk: Walk, world: World) -> None:
    with read(world.engine) as db:
        facts = db.get_one(Strand, world.strand_id).facts
    world.change_strand(facts={**facts, "ages": [10, 17]})
    found = desk_says(walk.client.application, world, "en", "profile.gender.text")
    assert [(each.where, each.whose) for each in found] == [
        ("profile.gender.text@10_12", ("10_12",)),
        ("profile.gender.text@13_14", ("13_14", "15", "16_17")),
    ]
    assert "I am not sure" not in found[0].words
    assert set(found[0].lines) < set(found[1].lines)


def test_a_yes_and_a_no_are_read_out_with_what_they_answer(walk: Walk, world: World) -> None:
    recorded = record_all(walk.client.application, world, "en")
    texts = Form.from_json(form_in(world)).texts
    for asks, answers in (("T-ASSENT", ("T-YES", "T-NO")), ("T-CHECK", ("T-CHECK-true", "T-CHECK-false"))):
        said = in_one_line(" ".join(texts[each]["en"] for each in (asks, *answers)))
        assert recorded[f"texts.{asks}"] == said


def form_in(world: World) -> dict[str, object]:
    with read(world.engine) as db:
        return db.get_one(Strand, world.strand_id).form


def test_the_desk_offers_a_recording_of_what_some_page_reads_out_and_of_nothing_else() -> None:
    named = re.compile(r'"(?:texts\.)?((?:T|C)-[A-Za-z-]+)"')
    read_by_pages = {
        key
        for path in PAGES.glob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "heard" in line
        for key in named.findall(line)
    }
    assert read_by_pages >= {"T-PLACE", "T-LEAVE", "T-ABOUT", "T-SECRET-law", "T-REST"}
    assert {key for key in read_by_pages if not is_read_out(f"texts.{key}")} == set()
    for where in (
        "texts.T-TITLE",
        "texts.T-CONTACT-name",
        "questions.Q14.options.safe",
        "profile.gender.categories.girl",
        "texts.T-YES",
    ):
        assert not is_read_out(where)


def test_staff_know_a_text_by_the_title_of_its_page(walk: Walk, world: World) -> None:
    with walk.client.application.test_request_context():
        titles = {
            key: page_title(key) for key in ("T-PLACE", "T-NOTE", "T-NO", "T-ABOUT-YOU", "T-CHECK-stop", "T-TITLE")
        }
    assert titles == {
        "T-PLACE": "A good place?",
        "T-NOTE": "Before you go on",
        "T-NO": "Do you want to take part?",
        "T-ABOUT-YOU": "About you",
        "T-CHECK-stop": "Thank you for coming",
        "T-TITLE": "",
    }
    assert f"<title>{titles['T-PLACE']}" in walk.enter("en").text
