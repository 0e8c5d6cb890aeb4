"""Easy words and recordings as a participant meets them: chosen once, in one language, heard without a trace."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy import Engine, update

from consult.database import write
from consult.models import Consultation, Recording, Strand
from consult.questionnaire import easier
from consult.questionnaire.bank import bank_texts, compose_set
from consult.questionnaire.content import Reader
from consult.questionnaire.form import Form
from consult.services.texts.linting import lint_errors
from safeguards.policyfile import default
from safeguards.terms import Audience
from tests.toolbox.sound import silence
from tests.web.participate.walk import Walk
from tests.web.participate.world import CODE, LANGUAGES, NOW, World, open_strand

SOUND, FRENCH, EASY, UNHEARD = (silence(frames) for frames in (60, 61, 62, 63))
DIGEST = hashlib.sha256(SOUND).hexdigest()
ELSEWHERE = hashlib.sha256(FRENCH).hexdigest()
EASY_DIGEST = hashlib.sha256(EASY).hexdigest()
NOT_CONFIRMED = hashlib.sha256(UNHEARD).hexdigest()
ABOUT = bank_texts(Reader.CHILD)["T-ABOUT"]["en"].format(who="Ministry of Youth", minutes="15")


def recorded(form: Form) -> Form:
    """Both recordings; no easy words for two of the texts in French."""
    easy = {where: {"en": words["en"]} for where, words in form.easy.items() if where != "texts.T-CHOICE"}
    spoken = {
        "texts.T-CHOICE": {"en": signed(SOUND), "fr": signed(FRENCH)},
        "texts.T-ABOUT": {"en": signed(SOUND, reads=ABOUT)},
        "easy.texts.T-ABOUT": {"en": signed(EASY, reads="They will read it in 9 minutes.")},
        "easy.texts.T-PLACE": {"en": signed(EASY)},
        "texts.T-CHECK": {"en": signed(UNHEARD, by=1)},
        "texts.T-HELP-worry": {"en": signed(SOUND)},
        "texts.T-HELP-service": {"en": signed(EASY, reads="Another service: 1. They speak English.")},
        "texts.T-HELP-danger": {"en": signed(EASY, reads="In danger right now? Call 112.")},
        "texts.T-HELP-trust": {"en": signed(UNHEARD, by=1)},
        "texts.T-THANKS": {"en": signed(SOUND)},
        "texts.T-CODE": {"en": signed(EASY, reads="This is your code: Keep it until the day before.")},
    }
    return replace(form, easy=easy, recordings=spoken)


def signed(content: bytes, reads: str = "", by: int = 2) -> easier.Recording:
    """A recording that so many people have confirmed."""
    return easier.Recording(hashlib.sha256(content).hexdigest(), len(content), reads, ("lina", "sami")[:by])


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """SQLite: what is looked at here knows no database."""
    return sqlite_engine


@pytest.fixture
def world(engine: Engine) -> World:
    world = open_strand(engine, form=recorded(compose_set("children_13_17", LANGUAGES)))
    with write(engine) as db:
        for content in (SOUND, FRENCH, EASY, UNHEARD):
            digest = hashlib.sha256(content).hexdigest()
            row = Recording(strand_id=world.strand_id, digest=digest, content=content, added_by="author", added_at=NOW)
            db.add(row)
    return world


def said(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition("</main>")[0])).split())


def to_about(walk: Walk, language: str = "en") -> str:
    walk.enter(language)
    walk.post("/c/place")
    return walk.post("/c/age", {"age": "15"}).text


def test_easy_words_stay_chosen_and_a_text_without_them_is_read_in_its_own_language(walk: Walk, world: World) -> None:
    assert "We want to know what you think about being safe online." in said(to_about(walk))
    page = walk.post("/c/about", {"then": "easy"})
    assert page.request.path == "/c/about"
    assert "It is about being safe online." in said(page.text)
    assert "You choose. You can say yes or no." in said(walk.post("/c/about").text), "no easy words: the usual ones"
    for step in ("choice", "keep", "help"):
        walk.post(f"/c/{step}")
    walk.post("/c/check", {"C-SKIP": "true", "C-NAME": "false", "C-HELP": "false"})
    assert "feel in their apps?" in said(walk.post("/c/agree", {"answer": "yes"}).text)
    again = walk.post("/c/q/1", {"a": "safe", "then": "usual"})
    assert "on the apps they use most?" in said(again.text)
    assert re.search(r'value="safe" checked', again.text), "what was chosen stays"


def test_another_language_has_no_easy_words_of_this_one(walk: Walk, world: World) -> None:
    to_about(walk)
    walk.post("/c/about", {"then": "easy"})
    french = walk.post("/c/about", {"then": "lang-fr"}).text
    assert "Nous voulons savoir ce que tu penses de la sécurité en ligne." in said(french)
    assert 'value="easy"' not in french
    assert 'value="usual"' not in french


def test_a_recording_is_offered_where_it_reads_what_is_shown(walk: Walk, world: World) -> None:
    walk.enter()
    easy_place = walk.post("/c/place", {"then": "easy"}).text
    assert f'src="/c/sound/{EASY_DIGEST}"' in easy_place, "of the easy words"
    assert "/c/sound/" not in walk.post("/c/place", {"then": "usual"}).text, "the usual words have none"
    assert f'src="/c/sound/{DIGEST}"' in to_about(walk)
    easy = walk.post("/c/about", {"then": "easy"}).text
    assert "/c/sound/" not in easy, "it says who reads the answers and how long it takes, and both are others now"
    assert f'preload="none" src="/c/sound/{DIGEST}"' in walk.post("/c/about").text


def test_what_fills_a_blank_changed_and_the_recording_is_not_offered(walk: Walk, world: World) -> None:
    with write(world.engine) as db:
        db.execute(update(Consultation).values(decision_maker="Somebody else"))
    assert "/c/sound/" not in to_about(walk)


def test_nobody_hears_what_too_few_have_confirmed(walk: Walk, world: World) -> None:
    to_about(walk)
    for step in ("about", "choice", "keep"):
        walk.post(f"/c/{step}")
    assert "/c/sound/" not in walk.post("/c/help").text, "one person confirmed it, and safety hangs on it"
    assert walk.get(f"/c/sound/{NOT_CONFIRMED}").status_code == 404


def listened(page: str) -> list[str]:
    """The recordings behind "Listen", of help or of the receipt."""
    return re.findall(r'<audio[^>]*preload="none" src="(/sound/[^"]+)"', page)


def test_help_is_heard_as_it_is_shown_on_every_page_and_with_nothing_carried(walk: Walk, world: World) -> None:
    expected = [f"/sound/{CODE}/en/texts.T-HELP-worry", f"/sound/{CODE}/en/texts.T-HELP-danger"]
    assert listened(to_about(walk)) == expected, "no service that is another one now, nothing that nobody confirmed"
    assert listened(walk.get("/help").text) == expected
    stranger = walk.client.application.test_client()
    sound = stranger.get(expected[0])
    assert (sound.data, sound.mimetype, sound.headers["Cache-Control"]) == (SOUND, "audio/mpeg", "no-store")
    assert "Set-Cookie" not in sound.headers
    world.change_strand(state="stopped")
    assert stranger.get(expected[0]).data == SOUND, "help is heard whatever is shut"
    for where in ("texts.T-CHOICE", "texts.T-HELP-trust", "easy.texts.T-PLACE", "texts.T-NONE"):
        assert stranger.get(f"/sound/{CODE}/en/{where}").status_code == 404
    assert stranger.get("/sound/11111111/en/texts.T-HELP-worry").status_code == 404
    assert stranger.get(f"/sound/{CODE}/fr/texts.T-HELP-worry").status_code == 404


def test_words_that_were_not_signed_are_not_heard(walk: Walk, world: World) -> None:
    with write(world.engine) as db:
        strand = db.get_one(Strand, world.strand_id)
        form = Form.from_json(strand.form)
        worried = {"fr": signed(FRENCH), **form.recordings["texts.T-HELP-worry"]}
        strand.form = replace(form, recordings={**form.recordings, "texts.T-HELP-worry": worried}).to_json()
        strand.languages_shut = {"fr": "Its words are not those that were signed."}
    assert walk.get(f"/sound/{CODE}/fr/texts.T-HELP-worry").status_code == 404
    assert listened(walk.get("/help?l=fr").text) == []


def test_the_receipt_is_heard_after_the_cookies_have_gone(walk: Walk, world: World) -> None:
    walk.finish()
    page = walk.post("/c/send").text
    receipt = page.partition("<main")[2].partition("</main>")[0]
    assert listened(receipt) == [f"/sound/{CODE}/en/texts.T-THANKS"], "the day until which it counts is another"
    assert not walk.cookies
    assert walk.get(listened(receipt)[0]).data == SOUND


def test_it_is_heard_inside_only_whole_or_in_pieces_and_leaves_nothing(walk: Walk, world: World) -> None:
    assert walk.client.get(f"/c/sound/{DIGEST}").status_code == 410
    to_about(walk)
    whole = walk.get(f"/c/sound/{DIGEST}")
    assert (whole.data, whole.mimetype, whole.headers["Cache-Control"]) == (SOUND, "audio/mpeg", "no-store")
    piece = walk.get(f"/c/sound/{DIGEST}", Range="bytes=0-99")
    assert (piece.status_code, piece.data) == (206, SOUND[:100])
    assert walk.get(f"/c/sound/{ELSEWHERE}").status_code == 404, "of another language"
    assert walk.get(f"/c/sound/{'0' * 64}").status_code == 404
    world.change_strand(state="stopped")
    assert "We need to stop now" in walk.get(f"/c/sound/{DIGEST}").text


def test_the_linter_reads_easy_words_too() -> None:
    form = compose_set("children_13_17", ["en"])
    assert lint_errors(form, Audience.CHILDREN, (13, 17), default(), ["en"]) == ()
    where = "questions.Q14.text"
    bad = replace(form, easy={**form.easy, where: {"en": "What happened to you on the apps?"}})
    assert any("Q14" in each for each in lint_errors(bad, Audience.CHILDREN, (13, 17), default(), ["en"]))
