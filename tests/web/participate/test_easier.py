"""Easy words and recordings as a participant meets them: chosen once, in one language, heard without a trace."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy import Engine

from consult.database import write
from consult.models import Recording
from consult.questionnaire import easier
from consult.questionnaire.bank import compose_set
from consult.questionnaire.form import Form
from consult.services.linting import lint_errors
from safeguards.policyfile import default
from safeguards.terms import Audience
from tests.toolbox.sound import silence
from tests.web.participate.walk import Walk
from tests.web.participate.world import LANGUAGES, NOW, World, open_strand

SOUND, FRENCH = silence(60), silence(61)
DIGEST = hashlib.sha256(SOUND).hexdigest()
ELSEWHERE = hashlib.sha256(FRENCH).hexdigest()


def recorded(form: Form) -> Form:
    """Both recordings; no easy words for two of the texts in French."""
    signed, french = easier.Recording(DIGEST, len(SOUND)), easier.Recording(ELSEWHERE, len(FRENCH))
    easy = {where: {"en": words["en"]} for where, words in form.easy.items() if where != "texts.T-CHOICE"}
    heard = {"texts.T-CHOICE": {"en": signed, "fr": french}, "texts.T-ABOUT": {"en": signed}}
    return replace(form, easy=easy, recordings=heard)


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """SQLite: what is looked at here knows no database."""
    return sqlite_engine


@pytest.fixture
def world(engine: Engine) -> World:
    world = open_strand(engine, form=recorded(compose_set("children_13_17", LANGUAGES)))
    with write(engine) as db:
        for content in (SOUND, FRENCH):
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
    assert f'src="/c/sound/{DIGEST}"' in to_about(walk)
    easy = walk.post("/c/about", {"then": "easy"}).text
    assert "<audio" not in easy, "it reads the usual words"
    assert f'preload="none" src="/c/sound/{DIGEST}"' in walk.post("/c/about").text


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
