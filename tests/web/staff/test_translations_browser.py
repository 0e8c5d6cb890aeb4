"""The translation desk in a real browser: writing, a second reader, what changed in the source; from two sources."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from consult.database import read, write
from consult.models import Person, Strand
from consult.questionnaire.bank import compose_set
from consult.questionnaire.form import Form
from tests.browser.walking import press
from tests.office import Office, plan_facts
from tests.web.staff.desk import Desk
from tests.web.staff.test_browser import faults, signed_in

pytestmark = pytest.mark.browser

#: source, target, interface language, width, words that are written, words by which the source changes
WAYS = (
    ("en", "ar", "en", 1280, "هل تشعر بالأمان على الإنترنت؟", "really"),
    ("ar", "en", "ar", 360, "Do you feel safe online?", "حقا"),
)


@pytest.mark.parametrize(
    ("source", "target", "interface", "width", "words", "new"), WAYS, ids=["from English", "from Arabic"]
)
def test_written_by_one_confirmed_by_another_and_a_changed_source_shows_word_by_word(
    chromium: Browser,
    desk: Desk,
    office: Office,
    address: str,
    axe_source: str,
    source: str,
    target: str,
    interface: str,
    width: int,
    words: str,
    new: str,
) -> None:
    consultation = office.consultation()
    languages = (source, target)
    form = compose_set("children_13_17", languages)
    strand_id = office.strand(consultation, form=form, facts=plan_facts(languages=list(languages)))
    with write(office.engine) as db:
        for person in db.scalars(select(Person)):
            person.language = interface
    part = f"{address}/s/c/{consultation}/{strand_id}"
    text = f"{part}/languages/{target}/questions.Q14.text"
    pages = {
        name: signed_in(chromium, desk, address, name, width, "light").new_page() for name in ("lina", "sami", "nadia")
    }

    lina, sami, nadia = pages.values()
    lina.goto(text)
    assert faults(lina, axe_source) == []
    expect(lina.locator(".say").first).to_have_attribute("lang", source)
    expect(lina.locator("textarea[name=words]")).to_have_attribute("dir", "rtl" if target == "ar" else "ltr")
    lina.fill("textarea[name=words]", words)
    press(lina, "button[value=ready]")
    assert lina.locator("button[value=confirm], input[value=confirm]").count() == 0, "nobody confirms their own words"

    sami.goto(f"{part}/languages/{target}?show=mine")
    assert faults(sami, axe_source) == []
    sami.goto(text)
    sami.check("[name=native]")
    assert faults(sami, axe_source) == []
    press(sami, "form:has(input[value=confirm]) button")
    sami.goto(text)
    assert sami.locator("input[value=confirm]").count() == 0, "it is confirmed, and the page has gone on to the next"

    nadia.goto(f"{part}/questions/Q14")
    asked = nadia.locator(f"[name=text-{source}]").input_value()
    nadia.fill(f"[name=text-{source}]", f"{asked[:-1]} {new}{asked[-1]}")
    press(nadia, "main button.go")
    lina.goto(text)
    assert faults(lina, axe_source) == []
    changed = lina.locator("section:has(ins)")
    expect(changed.locator("p")).to_have_attribute("lang", source)
    assert new in "".join(changed.locator("ins").all_inner_texts())
    assert lina.input_value("textarea[name=words]") == words, "the translation stays until somebody looks at it"
    with read(office.engine) as db:
        stored = Form.from_json(db.get_one(Strand, strand_id).form).question("Q14")
    assert stored is not None
    assert stored.text[target] == words
    for page in pages.values():
        page.context.close()
