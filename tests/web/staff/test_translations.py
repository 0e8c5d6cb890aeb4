"""The translation desk in the browser's view: writing, a second reader, a file for outside, the way from the gate."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO

from tests.office import Office
from tests.web.staff.desk import Desk, form_of, sentences


def test_an_edited_source_keeps_its_translations_and_says_that_they_are_of_another(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    strand_id, base = part
    french, nadia = form_of(office, strand_id).texts["T-THANKS"]["fr"], desk.browser("nadia")
    page = f"{base}/texts/T-THANKS"
    sent = {"text-en": "Thank you! What you think matters a lot.", "version": nadia.version(page)}
    assert nadia.post(page, sent).status_code == 303
    assert form_of(office, strand_id).texts["T-THANKS"]["fr"] == french
    changed = nadia.get(f"{base}/languages/fr/texts.T-THANKS")
    assert re.search(r"<ins>[^<]*lot\.</ins>", changed)
    assert french in unescape(changed)


def test_the_desk_from_writing_to_a_second_reader(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    base = part[1]
    lina, sami = desk.browser("lina"), desk.browser("sami")
    page = f"{base}/languages/fr/questions.Q14.text"
    words = "Te sens-tu en sécurité en ligne ?"
    sent = {"words": words, "seen": seen(lina.get(page)), "deed": "ready"}
    assert lina.post(page, sent).status_code == 303
    assert "You wrote this yourself" in sentences(lina.get(page))
    clash = lina.post(page, {**sent, "words": "Autre version, gardée"})
    assert (clash.status_code, "Autre version, gardée" in unescape(clash.text)) == (409, True)
    listed = sami.get(f"{base}/languages/fr?show=mine")
    ticked = re.findall(r'name="yes" value="(questions\.Q14\.text \w+)"', listed)
    assert sami.post(f"{base}/languages/fr", {"yes": ticked}).status_code == 422
    assert sami.post(f"{base}/languages/fr", {"yes": ticked, "native": "1"}).status_code == 303
    assert "Confirmed" in sentences(sami.get(page))
    safety = f"{base}/languages/fr/texts.T-PLACE"
    sure = {"seen": seen(sami.get(safety)), "deed": "confirm", "native": "1"}
    refused = sami.post(safety, sure)
    assert (refused.status_code, "safety hangs on this text" in sentences(refused.text)) == (422, True)
    assert sami.post(safety, {**sure, "back": "Is this a good place?"}).status_code == 303
    assert "Is this a good place?" in lina.get(safety)


def seen(page: str) -> str:
    return re.findall(r'name="seen" value="(\w*)"', page)[0]


def test_a_file_comes_back_whole_or_not_at_all(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    lina = desk.browser("lina")
    out = lina.client.get(f"{base}/languages/ar/file").data
    before = form_of(office, strand_id)
    none = lina.post(f"{base}/languages/ar/file", {})
    assert (none.status_code, "Choose the file first." in sentences(none.text)) == (422, True)
    bad = out + b"texts.NONE,a,b,ready,\r\n"
    for content, status in ((bad, 422), (out.replace("شكر".encode(), "ألف شكر".encode(), 1), 303)):
        answer = lina.post(f"{base}/languages/ar/file", {"file": (BytesIO(content), "texts-ar.csv")})
        assert answer.status_code == status
        assert (form_of(office, strand_id) == before) is (status == 422)


def test_the_gate_page_names_the_language_and_leads_to_its_desk(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    _, base = part
    page = desk.browser("lina").get(f"{base}/safeguards")
    assert f'href="{base}/languages/fr"' in page
    assert "texts are not confirmed" in sentences(page)
