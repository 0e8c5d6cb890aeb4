"""In every state of a part, and in every language, help, leaving and complaining stay up, and the ways in stay shut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from consult.database import read
from consult.models import Response
from consult.questionnaire.bank import compose_set
from consult.web.languages import LANGUAGES
from safeguards.lifecycle import StrandState
from tests.web.participate.walk import Walk
from tests.web.participate.world import CODE, Clock, World, build_site, open_strand

CODES = tuple(LANGUAGES)
FORM = compose_set("children_13_17", CODES)
BESIDE = ("/help", "/complaint", "/privacy", "/accessibility", "/back", "/news")


@pytest.fixture
def world(sqlite_engine: Engine) -> World:
    return open_strand(sqlite_engine, form=FORM, facts={"languages": list(CODES)})


@pytest.fixture
def app(world: World, tmp_path: Path) -> Flask:
    return build_site(world.engine, tmp_path, Clock())


def stays_up(page: str, language: str) -> None:
    """Help that answers, what to do in danger, leaving and complaining, in this language."""
    shown = unescape(page)
    assert f'<html lang="{language}"' in shown
    assert re.search(r'<form [^>]*method="post" action="/leave"><button', shown)
    assert shown.count('form="x"') >= 2
    assert 'href="tel:116"' in shown
    assert FORM.texts["T-HELP-trust"][language] in shown
    assert f"/complaint?l={language}" in shown


def inside(app: Flask, languages: tuple[str, ...]) -> Iterator[tuple[str, Walk]]:
    """Somebody in each language who has said yes."""
    for language in languages:
        walk = Walk(app)
        assert walk.begin(language).request.path == "/c/q/1"
        yield language, walk


STATES = (StrandState.STOPPED, StrandState.SUSPENDED, StrandState.CLOSED, StrandState.DESTROYED)


@pytest.mark.parametrize("state", STATES)
def test_whatever_state_it_is_in_nobody_gets_on_and_nobody_is_left_alone(
    app: Flask, world: World, state: StrandState
) -> None:
    languages = CODES if state is StrandState.STOPPED else ("ar",)
    people = dict(inside(app, languages))
    world.change_strand(state=state)
    for language, walk in people.items():
        page = walk.post("/c/q/1", {"a": "safe"})
        for sentence in FORM.texts["T-STOP-erase"][language].split(". ")[:1]:
            assert f"<h1>{sentence}" in unescape(page.text), (
                language,
                "the end is told in the language of who was inside",
            )
        stays_up(page.text, language)
        assert walk.cookies == {}
    newcomer = Walk(app)
    closed = newcomer.get(f"/k/{CODE}")
    for language in CODES:
        assert FORM.texts["T-CLOSED"][language].split(". ")[0] in unescape(closed.text)
    for language in languages:
        stays_up(newcomer.get(f"/k/{CODE}?l={language}").text, language)
        for path in BESIDE:
            page = newcomer.get(f"{path}?l={language}")
            assert page.status_code == 200
            assert re.search(r'<form [^>]*method="post" action="/leave"><button', page.text)
            assert 'id="help"' in page.text
    for method in ("GET", "POST"):
        assert newcomer.client.open("/leave", method=method).status_code == 303
    with read(world.engine) as db:
        assert db.scalar(select(func.count()).select_from(Response)) == 0
