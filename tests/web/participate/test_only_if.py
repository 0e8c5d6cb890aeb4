"""A question that follows from an answer: its page comes and goes, and so does what was answered on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from consult.questionnaire.bank import compose_set
from consult.questionnaire.question import Kind, OnlyIf, Question
from consult.services.texts.wording import with_own
from tests.web.participate.walk import Walk
from tests.web.participate.world import LANGUAGES, Clock, World, build_site, open_strand, opened


@pytest.fixture
def after() -> Question:
    """Asked of whoever says of the first question that it is not safe at all."""
    first = compose_set("children_13_17", LANGUAGES).questions[0]
    words = dict.fromkeys(LANGUAGES, "What would change that most?")
    return replace(
        first, id="own_1", kind=Kind.ONE, text=words, bands=(), only_if=OnlyIf(first.id, first.option_ids[:1])
    )


@pytest.fixture
def asked_after(engine: Engine, after: Question) -> World:
    form = with_own(compose_set("children_13_17", LANGUAGES), [after])
    first, *others = form.questions
    return open_strand(engine, form=replace(form, questions=(first, others[-1], *others[:-1])))


@pytest.fixture
def on_its_way(engine: Engine, asked_after: World, tmp_path: Path) -> Walk:
    walk = Walk(build_site(engine, tmp_path, Clock()))
    walk.begin()
    return walk


def test_only_whoever_answered_so_is_asked(on_its_way: Walk, after: Question) -> None:
    low, high = after.options[0].id, after.options[4].id
    page = on_its_way.post("/c/q/1", {"a": high})
    assert page.request.path == "/c/q/3", "nobody sees that there was another"
    assert "Question 2 of 10" in page.text
    assert on_its_way.post("/c/q/3", {"then": "back"}).request.path == "/c/q/1"
    assert on_its_way.get("/c/q/2").request.path == "/c/q/3", "nor by its address"
    assert on_its_way.post("/c/q/2", {"a": low}).request.path == "/c/q/3", "and an answer to it is not kept"
    page = on_its_way.post("/c/q/1", {"a": low})
    assert page.request.path == "/c/q/2"
    assert "Question 2 of 11" in page.text
    assert "What would change that most?" in page.text


def test_an_answer_goes_with_its_question_and_what_is_sent_is_what_was_asked(
    on_its_way: Walk, after: Question, asked_after: World
) -> None:
    low, high = after.options[0].id, after.options[4].id
    on_its_way.post("/c/q/1", {"a": low})
    on_its_way.post("/c/q/2", {"a": low})
    assert "What would change that most?" in on_its_way.get("/c/look").text
    page = on_its_way.post("/c/q/1", {"a": high, "look": "1"})
    assert page.request.path == "/c/look"
    assert "What would change that most?" not in page.text
    page = on_its_way.post("/c/q/1", {"a": low, "look": "1"})
    assert (page.request.path, page.request.args["look"]) == ("/c/q/2", "1"), "what was never seen was not skipped"
    assert on_its_way.post("/c/q/1", {"a": low, "look": "1"}).request.path == "/c/look", "it is brought along once"
    assert " checked" not in on_its_way.get("/c/q/2").text, "what was answered before is gone"
    on_its_way.post("/c/q/2", {"a": high, "look": "1"})
    on_its_way.post("/c/look", {"delete": "Q14"})
    assert on_its_way.post("/c/send").request.path == "/c/receipt"
    (sent,) = opened(asked_after)
    assert sent.answers == {}


def test_who_is_asked_can_skip_and_send(on_its_way: Walk, after: Question, asked_after: World) -> None:
    low = after.options[0].id
    on_its_way.post("/c/q/1", {"a": low})
    assert on_its_way.post("/c/q/2", {"skip": "1"}).request.path == "/c/q/3"
    assert on_its_way.post("/c/send").request.path == "/c/receipt"
    (sent,) = opened(asked_after)
    assert sent.answers == {"Q14": low}


def test_an_answer_goes_with_its_question_too_when_the_age_was_mistyped(
    engine: Engine, after: Question, tmp_path: Path
) -> None:
    first, *others = with_own(compose_set("children_13_17", LANGUAGES), [after]).questions
    older = replace(first, bands=("15", "16_17"))
    form = compose_set("children_13_17", LANGUAGES)
    world = open_strand(engine, form=replace(form, questions=(older, others[-1], *others[:-1])))
    walk, low = Walk(build_site(engine, tmp_path, Clock())), after.options[0].id
    walk.begin()
    walk.post("/c/q/1", {"a": low})
    walk.post("/c/q/2", {"a": low})
    walk.post("/c/age", {"age": "13"})
    assert walk.post("/c/send").request.path == "/c/receipt"
    (sent,) = opened(world)
    assert sent.answers == {}
