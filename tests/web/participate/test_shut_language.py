"""A language that is shut: its readers are stopped kindly at the next page, nobody is led to another, others go on."""

from __future__ import annotations

from html import unescape

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from consult.database import read, write
from consult.models import Response, Signature, Strand
from consult.questionnaire.content import Reader, content
from consult.services.gate.planning import form_of
from consult.services.texts.wording import text_digest
from tests.web.participate.walk import Walk
from tests.web.participate.world import CODE, World

STOPPED = str(content("fr").text("T-STOP-erase", Reader.CHILD))


@pytest.fixture
def signed_by_language(engine: Engine, world: World) -> None:
    """The part's signature names each language with the words it has."""
    with write(engine) as db:
        strand = db.get_one(Strand, world.strand_id)
        form = form_of(strand)
        old = db.scalars(select(Signature).where(Signature.strand_id == strand.id)).one()
        kept = {c.key: getattr(old, c.key) for c in Signature.__table__.columns if c.key not in ("id", "texts")}
        later = old.signed_at.replace(microsecond=1)
        texts = {each: text_digest(form, each) for each in form.languages}
        db.add(Signature(**{**kept, "signed_at": later, "texts": texts}))


def shut(world: World, *languages: str) -> None:
    world.change_strand(languages_shut=dict.fromkeys(languages, "A reason for staff."))


def reword(engine: Engine, world: World, language: str, *texts: str) -> None:
    """Other words, put there behind everybody's back."""
    other = dict.fromkeys((f"texts.{each}" for each in texts or ("T-STOP-erase",)), "MOTS NOUVEAUX.")
    with read(engine) as db:
        form = form_of(db.get_one(Strand, world.strand_id)).with_words(language, other)
    world.change_strand(form=form.to_json())


@pytest.mark.parametrize("how", ["lapse", "words"])
def test_readers_of_the_language_are_stopped_and_others_go_on(
    app: Flask, engine: Engine, world: World, signed_by_language: None, how: str
) -> None:
    french, english = Walk(app), Walk(app)
    french.begin("fr")
    english.begin("en")
    if how == "lapse":
        shut(world, "fr")
    else:
        reword(engine, world, "fr")
    page = french.get("/c/q/1")
    assert STOPPED.split(".")[0] in unescape(page.text)
    assert "MOTS NOUVEAUX" not in page.text
    assert ('lang="fr"' in page.text, 'id="help"' in page.text, french.cookies) == (True, True, {})
    page = english.get("/c/q/2")
    assert "/c/q/2" in page.request.path
    assert "Français" not in page.text
    english.post("/c/send")
    with read(engine) as db:
        assert len(db.scalars(select(Response.id)).all()) == 1


def test_whoever_changes_its_words_alone_puts_no_number_and_no_topic_before_anybody(
    app: Flask, engine: Engine, world: World, signed_by_language: None
) -> None:
    """Beside help, at the top of the page, and where a part is closed."""
    french, english = Walk(app), Walk(app)
    french.begin("fr")
    english.begin("en")
    reword(engine, world, "fr", "T-HELP-now", "T-HELP-trust", "T-HELP-worry", "T-HELP-fault", "T-TITLE", "T-CLOSED")
    shown = [french.get("/c/q/1"), english.get("/help?l=fr"), english.get("/privacy?l=fr")]
    world.pause()
    shown += [Walk(app).get(f"/k/{CODE}?l={each}") for each in ("fr", "en")]
    for page in shown:
        assert 'id="help"' in page.text
        assert "MOTS NOUVEAUX" not in page.text, page.request.path


def test_what_is_sent_in_it_is_not_taken(app: Flask, engine: Engine, world: World, signed_by_language: None) -> None:
    french = Walk(app)
    french.finish("fr")
    shut(world, "fr")
    page = french.post("/c/send")
    assert STOPPED.split(".")[0] in unescape(page.text)
    with read(engine) as db:
        assert db.scalars(select(Response.id)).all() == []


def test_it_is_not_offered_and_a_receipt_that_was_earned_is_still_shown(
    app: Flask, world: World, signed_by_language: None
) -> None:
    sent = Walk(app)
    sent.finish("fr")
    sent.client.post("/c/send")
    shut(world, "fr")
    assert sent.get("/c/receipt").status_code == 200
    page = Walk(app).get(f"/k/{CODE}")
    assert ("English" in page.text, "Français" in page.text) == (True, False)


def test_once_it_is_signed_again_somebody_from_before_still_has_to_begin_anew(
    app: Flask, engine: Engine, world: World, signed_by_language: None
) -> None:
    """They said yes to other words."""
    french = Walk(app)
    french.prepare("fr")
    reword(engine, world, "fr")
    with write(engine) as db:
        form = form_of(db.get_one(Strand, world.strand_id))
        newest = db.scalars(select(Signature).order_by(Signature.signed_at.desc())).first()
        assert newest is not None
        kept = {c.key: getattr(newest, c.key) for c in Signature.__table__.columns if c.key not in ("id", "texts")}
        texts = {each: text_digest(form, each) for each in form.languages}
        db.add(Signature(**{**kept, "signed_at": newest.signed_at.replace(microsecond=2), "texts": texts}))
    french.get("/c/agree")
    assert french.cookies == {}
    assert "/c/place" in Walk(app).enter("fr").request.path
