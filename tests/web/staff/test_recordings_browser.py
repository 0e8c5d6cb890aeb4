"""Recordings and easy words at the translation desk in a real browser: brought by one, confirmed by another."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from consult.database import read, write
from consult.models import Person, Strand
from consult.questionnaire.form import Form
from tests.browser.walking import press
from tests.office import Office
from tests.toolbox.sound import silence
from tests.web.staff.desk import Desk
from tests.web.staff.test_browser import faults, signed_in

pytestmark = pytest.mark.browser

PLACE, EASY = "questions.Q14.text", "easy.questions.Q14.text"
VOICE: FilePayload = {"name": "voice.mp3", "mimeType": "audio/mpeg", "buffer": silence()}
WORDS = {"ar": "هل تشعر بالأمان؟", "fr": "Tu te sens bien ?"}


@pytest.mark.parametrize(("target", "interface", "width"), [("ar", "en", 1280), ("fr", "ar", 360)])
def test_easy_words_are_written_and_their_recording_brought_heard_and_confirmed(
    chromium: Browser,
    desk: Desk,
    office: Office,
    address: str,
    axe_source: str,
    target: str,
    interface: str,
    width: int,
) -> None:
    consultation = office.consultation()
    strand_id = office.strand(consultation)
    with write(office.engine) as db:
        for name in ("lina", "sami"):
            db.get_one(Person, office.people[name].id).language = interface
    part = f"{address}/s/c/{consultation}/{strand_id}"
    lina, sami = (signed_in(chromium, desk, address, name, width, "light").new_page() for name in ("lina", "sami"))

    lina.goto(f"{part}/languages/{target}/{PLACE}")
    assert faults(lina, axe_source) == []
    press(lina, f"a[href$='/{EASY}']")
    assert faults(lina, axe_source) == []
    expect(lina.locator("textarea[name=words]")).to_have_attribute("dir", "rtl" if target == "ar" else "ltr")
    lina.fill("textarea[name=words]", WORDS[target])
    press(lina, "button[value=ready]")
    lina.goto(f"{part}/languages/{target}/{EASY}")
    press(lina, f"a[href*='/aloud/{target}/{EASY}']")
    assert faults(lina, axe_source) == []
    lina.set_input_files("[name=recording]", VOICE)
    press(lina, "form:has([name=recording]) .go")
    assert lina.locator("input[value=confirm]").count() == 0, "nobody confirms what they brought"

    sami.goto(f"{part}/languages/{target}?show=all")
    assert faults(sami, axe_source) == []
    press(sami, f"a[href*='/aloud/{target}/{EASY}']")
    expect(sami.locator("audio")).to_have_attribute("preload", "none")
    with sami.expect_response("**/recording/*") as heard:
        sami.locator("audio").evaluate("player => { player.play().catch(() => 0) }")
    assert heard.value.ok
    sami.check("[name=native]")
    assert faults(sami, axe_source) == []
    press(sami, "form:has(input[value=confirm]) button")
    assert sami.locator("input[value=confirm]").count() == 0
    with read(office.engine) as db:
        form = Form.from_json(db.get_one(Strand, strand_id).form)
    assert form.easy[PLACE][target] == WORDS[target]
    assert form.recordings[EASY][target].is_confirmed(EASY)
    for page in (lina, sami):
        page.context.close()
