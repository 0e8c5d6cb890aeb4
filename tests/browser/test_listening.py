"""Easy words and recordings in a real browser without scripts: small until pressed, leave stays one tap."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Request, expect

from consult.database import read, write
from consult.models import PageRecording, Recording
from consult.questionnaire.bank import compose_set
from consult.questionnaire.easier import Recording as Signed
from consult.questionnaire.easier import in_one_line, read_out
from consult.questionnaire.form import Form
from consult.services.translation.pagerecordings import places_asked
from consult.web.pagewords import of_language
from tests.browser.test_participant_pages import FIRST_VIEW_BYTES
from tests.browser.walking import NEUTRAL, every_page_inside, page_in, press, site
from tests.toolbox.sound import silence
from tests.web.participate.world import CODE, LANGUAGES, NOW, World

pytestmark = pytest.mark.browser

#: Everything that can be heard outside, and what is heard on the way.
SPOKEN = (
    *(f"texts.T-HELP-{part}" for part in ("worry", "now", "danger", "trust", "fault")),
    *(
        "texts.T-THANKS",
        "texts.T-CHOICE",
        "easy.texts.T-CHOICE",
        "texts.T-PLACE",
        "texts.T-LEAVE",
        "texts.T-ASSENT",
        *(f"texts.{each}" for each in ("T-CHECK", "C-SKIP", "C-NAME", "C-HELP")),
        "questions.Q14.text",
    ),
)
SOUNDS = {where: silence(40 + n) for n, where in enumerate(SPOKEN)}

#: A voice on the device that notes what it is given to say.
_A_VOICE = """
window.spoken = [];
window.SpeechSynthesisUtterance = function (text) { this.text = text; };
Object.defineProperty(window, "speechSynthesis", {value: {
  getVoices: function () { return [{localService: true, lang: "en-GB"}]; },
  speak: function (words) { window.spoken.push(words.text); },
  cancel: function () {},
}});
"""


def spoken(form: Form) -> Form:
    """Recordings of all of it in every language, each confirmed by two."""
    said, whole = form.said_by_place(), read_out(form.said_by_place())
    return replace(
        form,
        recordings={
            where: {
                language: Signed(
                    hashlib.sha256(SOUNDS[where]).hexdigest(),
                    len(SOUNDS[where]),
                    in_one_line(whole[where][language].format(emergency="112"))
                    if whole[where] != said[where] or "{" in said[where][language]
                    else "",
                    ("lina", "sami"),
                )
                for language in LANGUAGES
            }
            for where in SPOKEN
        },
    )


@pytest.fixture
def address(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[str]:
    with site(migrated_sqlite_url, tmp_path, spoken(compose_set("children_13_17", LANGUAGES))) as (where, world):
        with write(world.engine) as db:
            for content in SOUNDS.values():
                digest = hashlib.sha256(content).hexdigest()
                db.add(
                    Recording(
                        strand_id=world.strand_id, digest=digest, content=content, added_by="author", added_at=NOW
                    )
                )
            db.add_all(list(page_words(world)))
        yield where


def page_words(world: World, languages: Iterable[str] = LANGUAGES) -> Iterator[PageRecording]:
    """A recording of everything that pages say themselves in these languages, confirmed by two."""
    with Flask(__name__).test_request_context(), read(world.engine) as db:
        lists = places_asked(db)
        for language in languages:
            for says, each in of_language(language, lists).items():
                content = silence(20 + len(each.words))
                yield PageRecording(
                    language=language,
                    says=says,
                    words=each.words,
                    page=each.page,
                    content=content,
                    digest=hashlib.sha256(f"{language}{says}".encode()).hexdigest(),
                    added_by="author",
                    added_at=NOW,
                    heard_by=["lina", "sami"],
                )


@pytest.mark.parametrize("language", ["en", "ar"])
def test_listening_and_easy_words_need_no_script_and_leave_is_one_tap(
    chromium: Browser, address: str, language: str
) -> None:
    page = page_in(chromium, language)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    page.goto(f"{address}/k/{CODE}")
    press(page, f"button[name=language][value={language}]")
    press(page, "main .go")
    page.fill("#age", "15")
    press(page, "main .go")
    press(page, "main .go")
    usual = page.locator("main .lines").text_content()
    assert page.locator("main .hear audio").count() == 1
    press(page, "nav button[value=easy]")
    easy = page.locator("main .lines").text_content()
    assert easy != usual
    assert page.locator("main .hear audio").count() == 1, "the easy words have a recording of their own"
    assert {each.resource_type for each in asked} == {"document", "stylesheet"}, "nothing is heard before it is pressed"

    page.click(".top a[href='#help']")
    listen = page.locator("#help .hears")
    expect(listen.locator("audio").first).to_be_hidden()
    listen.locator("summary").click()
    expect(listen.locator("audio")).to_have_count(6)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    with page.expect_request(f"**/sound/{CODE}/{language}/texts.T-HELP-worry") as heard:
        listen.locator("audio").first.evaluate("player => { player.play().catch(() => 0) }")
    sound = heard.value.response()
    assert sound is not None
    assert (sound.status, sound.header_value("content-type")) == (206, "audio/mpeg")
    assert page.locator("main .lines").text_content() == easy
    with page.expect_navigation():
        page.locator(".top .leave").click()
    expect(page.locator("h1")).to_have_text(NEUTRAL)
    assert page.context.cookies() == []
    page.context.close()


def test_a_first_view_with_all_recordings_stays_within_8_kilobytes(chromium: Browser, address: str) -> None:
    page = page_in(chromium, "ar")
    with page.expect_response("**/*.css*") as sheet:
        page.goto(f"{address}/")
    style = len(gzip.compress(sheet.value.body(), 9))
    for path in every_page_inside(page, address, "ar", "16"):
        weight = style + len(gzip.compress(page.content().encode(), 9))
        assert weight <= FIRST_VIEW_BYTES, f"{path}: {weight}"
    page.context.close()


def test_a_voice_of_the_device_reads_the_receipt_and_the_code_only_where_that_is_pressed(
    chromium: Browser, address: str
) -> None:
    page = page_in(chromium, "en", scripts=True)
    page.add_init_script(_A_VOICE)
    for _path in every_page_inside(page, address, "en", "16"):
        pass
    digits = re.findall(r"\d", page.inner_text("#own"))
    page.click("#say")
    page.click("#digits")
    whole, code = page.evaluate("window.spoken")
    assert "Your answers are sent" in whole
    assert not set(page.locator("#own span").all_text_contents()) & set(whole.split())
    assert code == ", ".join(digits)
    expect(page.locator("#own")).to_be_visible()
