"""Questions of one's own: written on a page or brought as an XLSForm, with the same care as those of the bank."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from html import unescape

import openpyxl
import pytest

from consult.questionnaire.bank import compose_set
from consult.questionnaire.question import Kind, OnlyIf, Option, Question, Topic
from consult.services.texts.wording import with_own
from consult.services.texts.xlsformfile import read_file
from tests.office import Office
from tests.web.staff.desk import Browser, Desk, form_of, sentences

TYPED = {
    "text": "What makes a chat feel safe?",
    "topic": "T1",
    "kind": "multi",
    "options": "I know everybody\nI can leave\n\nI can leave",
    "not_sure": "y",
    "limit": "2",
    "longest": "300",
    "bands": ["15", "16_17"],
}
ROWS = (
    ("type", "name", "label::English (en)", "label::Français (fr)", "required"),
    ("select_one yn", "quiet", "Can you have a quiet place?", "As-tu un endroit calme ?", "yes"),
    ("geopoint", "where", "Where are you?", "Où es-tu ?", ""),
    ("text", "idea", "What would help?", "", ""),
)


def write(nadia: Browser, base: str, of: str = "", **changes: object) -> tuple[int, str]:
    page = f"{base}/questions/write{f'?of={of}' if of else ''}"
    answer = nadia.post(page, {**TYPED, **changes, "version": nadia.version(page)})
    return answer.status_code, answer.text


def own(office: Office, strand_id: str, key: str = "own_1") -> Question:
    found = form_of(office, strand_id).question(key)
    assert found is not None
    return found


def test_a_question_is_written_and_asked_like_any_other(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    nadia = desk.browser("nadia")
    assert write(nadia, base)[0] == 303
    asked = own(office, strand_id)
    assert [each.text["en"] for each in asked.options] == ["I know everybody", "I can leave", "Not sure"]
    assert asked.options[-1].text.keys() == set(form_of(office, strand_id).languages), (
        "the bank says it in every language"
    )
    assert (asked.kind, asked.limit, asked.bands) == (Kind.MULTI, 2, ("15", "16_17"))
    assert asked.hint["en"] == "Choose up to two."
    assert "What makes a chat feel safe?" in sentences(nadia.get(f"{base}/questions"))
    assert 'id="q-own_1"' in nadia.get(f"{base}/questions/choose"), "its place is chosen beside the bank's"


def test_an_answer_that_stays_keeps_its_id_and_translations(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    nadia = desk.browser("nadia")
    write(nadia, base)
    page = f"{base}/questions/write?of=own_1"
    assert "I know everybody\nI can leave</textarea>" in nadia.get(page)
    assert "Choose up to two.</textarea>" not in nadia.get(page), "the program says it, with the number of now"
    changed = write(nadia, base, "own_1", options="I can block people\nI can leave\nNot sure", kind="one", bands=[])
    assert changed[0] == 303
    asked = own(office, strand_id)
    assert [each.id for each in asked.options] == ["a3", "a2", "not_sure"]
    assert (asked.kind, asked.limit, asked.bands) == (Kind.ONE, None, ())
    assert nadia.client.get(f"{base}/questions/write?of=Q14").status_code == 404, "the bank's are not rebuilt"


def test_what_the_program_says_below_a_question_is_said_once_and_as_it_is_now() -> None:
    form = compose_set("children_13_17", ["en", "fr"])
    words = {"en": "Be brief.", "fr": "Sois bref."}
    options = tuple(Option(f"a{n}", {"en": f"Answer {n}"}) for n in range(5))
    two = Question("own_1", Kind.MULTI, Topic.SAFETY, {"en": "Which?"}, options=options, limit=2, hint=words)
    written = with_own(form, [two])
    changed = with_own(written, [replace(two, limit=3, hint={"en": "Be brief."})]).question("own_1")
    assert changed is not None
    assert changed.hint == {"en": "Be brief. Choose up to three.", "fr": "Sois bref. Trois choix au maximum."}


def test_a_question_is_asked_only_after_the_answers_that_are_ticked(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    strand_id, base = part
    nadia, first = desk.browser("nadia"), form_of(office, part[0]).questions[0]
    low = [f"{first.id} {each}" for each in first.option_ids[:2]]
    assert write(nadia, base, bands=[], only_if=low)[0] == 303
    assert own(office, strand_id).only_if == OnlyIf(first.id, first.option_ids[:2])
    assert f"to: {first.text['en']}" in sentences(nadia.get(f"{base}/questions")), "whoever signs sees whom it is asked"
    boxes = re.findall(r"<input[^>]*only_if[^>]*>", nadia.get(f"{base}/questions/write?of=own_1"))
    assert [each for each in low if f'value="{each}"' in "".join(box for box in boxes if " checked" in box)] == low
    status, page = write(nadia, base, "own_1", bands=[], only_if=low, kind="text")
    assert (status, "Own words are asked of everybody" in sentences(page)) == (422, True)
    status, page = write(nadia, base, "own_1", only_if=low)
    assert (status, "Leave the ages empty" in sentences(page)) == (422, True)
    assert write(nadia, base, "own_1", bands=[])[0] == 303
    assert own(office, strand_id).only_if is None


def test_own_words_tell_to_leave_out_names(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    assert write(desk.browser("nadia"), base, kind="text", options="", hint="One idea.")[0] == 303
    assert own(office, strand_id).hint["en"].startswith("One idea. Please leave out names.")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"text": ""}, "Write the question."),
        ({"options": "Only one"}, "two answers or more"),
        ({"kind": "scale"}, "five answers"),
        ({"kind": "number", "minimum": "9", "maximum": "3"}, "above it, the highest"),
        ({"kind": "text", "longest": "9000"}, "2000"),
        ({"text": "What would {who} do?"}, "Braces stand for"),
        ({"topic": ""}, "Choose one of the answers."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    desk: Desk, office: Office, part: tuple[str, str], changes: dict[str, str], why: str
) -> None:
    strand_id, base = part
    before = form_of(office, strand_id)
    status, page = write(desk.browser("nadia"), base, **{"hint": "Kept as typed", **changes})
    assert (status, why in sentences(page)) == (422, True), sentences(page)
    assert "Kept as typed" in page
    assert form_of(office, strand_id) == before


def test_nobody_asks_about_own_abuse_in_a_question_of_their_own(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    nadia, base = desk.browser("nadia"), part[1]
    assert write(nadia, base, text="Has anyone ever touched you?")[0] == 303
    assert "forbidden for everybody" in sentences(nadia.get(f"{base}/questions"))
    assert "Refuse" in sentences(nadia.get(f"{base}/safeguards"))


def brought() -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "survey"
    choices = book.create_sheet("choices")
    for row in ROWS:
        book.active.append(row)
    for row in (("list_name", "name", "label::English (en)"), ("yn", "yes", "Yes"), ("yn", "no", "No")):
        choices.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def look(nadia: Browser, base: str, content: bytes, topic: str = "T1") -> tuple[int, str]:
    answer = nadia.post(f"{base}/questions/file", {"file": (io.BytesIO(content), "ours.xlsx"), "topic": topic})
    return answer.status_code, answer.text


def test_a_file_is_looked_at_first_and_then_taken(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    nadia, before = desk.browser("nadia"), form_of(office, strand_id)
    status, page = look(nadia, base, brought())
    seen = sentences(page)
    assert status == 200
    assert "2 of 3 rows can be asked" in seen
    assert "It can be skipped, as every question." in seen
    assert "This program stores no time, place, device or name with an answer." in seen
    assert form_of(office, strand_id) == before, "nothing is saved before somebody says so"
    shown = unescape(re.findall(r'name="questions" value="([^"]*)"', page)[0])
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    taken = {"deed": "take", "questions": shown, "version": version}
    assert nadia.post(f"{base}/questions/file", taken).status_code == 303
    quiet = own(office, strand_id, "own_quiet")
    assert quiet.text["fr"] == "As-tu un endroit calme ?"
    assert not quiet.required
    assert own(office, strand_id, "own_idea").text.keys() == {"en"}, "French is missing, and says so"
    assert nadia.post(f"{base}/questions/file", taken).status_code == 409, "sent twice"


MILDER = compose_set("children_13_17", ["en"]).to_json()["questions"]
MILDER = [{**each, "topic": "T0"} for each in MILDER if each["topic"] == "T2"]


@pytest.mark.parametrize("sent", ["", "[]", "{", "[1]", json.dumps([{"id": "Q14"}]), json.dumps(MILDER)], ids=range(6))
def test_what_was_not_shown_is_not_taken(desk: Desk, office: Office, part: tuple[str, str], sent: str) -> None:
    strand_id, base = part
    nadia, before = desk.browser("nadia"), form_of(office, strand_id)
    answer = nadia.post(f"{base}/questions/file", {"deed": "take", "questions": sent, "version": "1"})
    assert answer.status_code == 422
    assert form_of(office, strand_id) == before


def test_no_file_and_no_spreadsheet_say_so(desk: Desk, part: tuple[str, str]) -> None:
    nadia, base = desk.browser("nadia"), part[1]
    status, page = look(nadia, base, b"no spreadsheet")
    assert (status, "This is no spreadsheet (XLSX) that can be read." in sentences(page)) == (422, True)
    status, page = look(nadia, base, b"")
    assert (status, "Choose the file first." in sentences(page)) == (422, True)
    status, page = look(nadia, base, brought(), topic="")
    assert (status, "Say in the column consult_topic" in sentences(page)) == (200, True)


def test_the_questions_of_a_part_are_given_out(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    nadia, form = desk.browser("nadia"), form_of(office, strand_id)
    given = nadia.client.get(f"{base}/questions/xlsform")
    assert "questions.xlsx" in given.headers["Content-Disposition"]
    assert read_file(given.data, form.languages).questions == form.questions


def test_what_is_wrong_with_a_text_around_the_questions_stands_beside_it(desk: Desk, part: tuple[str, str]) -> None:
    _, base = part
    nadia = desk.browser("nadia")
    assert "has to be mended" not in sentences(nadia.get(f"{base}/questions"))
    page = f"{base}/texts/T-THANKS"
    words = {"text-en": "Thank you. Tell us what happened to you.", "version": nadia.version(page)}
    assert nadia.post(page, words).status_code == 303
    shown = nadia.get(f"{base}/questions")
    assert "1 thing in the questions has to be mended" in sentences(shown)
    beside = shown.partition('/texts/T-THANKS"')[2].partition("</li>")[0]
    assert "forbidden for everybody" in beside
