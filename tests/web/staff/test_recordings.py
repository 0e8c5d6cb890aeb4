"""Recordings and easy words at the translation desk, in the browser's view: brought, heard, confirmed, taken away."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO

import pytest
from sqlalchemy import Engine

from tests.office import Office
from tests.toolbox.sound import silence
from tests.web.staff.desk import Browser, Desk, form_of, sentences

PLACE, EASY = "texts.T-PLACE", "easy.texts.T-PLACE"


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """SQLite: what is looked at here knows no database."""
    return sqlite_engine


def seen(page: str) -> str:
    return re.findall(r'name="seen" value="(\w*)"', page)[0]


def bring(browser: Browser, page: str, content: bytes, **more: str) -> tuple[int, str]:
    file = (BytesIO(content), "voice.mp3")
    answer = browser.post(page, {"seen": seen(browser.get(page)), "recording": file, **more})
    return answer.status_code, sentences(answer.text)


def test_brought_by_one_heard_and_confirmed_by_two_others(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    lina, sami, leila = (desk.browser(name) for name in ("lina", "sami", "leila"))
    page = f"{base}/aloud/fr/{EASY}"
    assert bring(lina, page, b"not a sound")[0] == 422
    assert bring(lina, page, b"")[0] == 422
    assert bring(lina, page, silence())[0] == 303
    assert "You brought this recording" in sentences(lina.get(page))
    assert "Waits for a second listener" in sentences(lina.get(f"{base}/languages/fr?show=all"))
    heard = re.findall(r'<audio[^>]* src="([^"]+)"', sami.get(page))[0]
    assert sami.client.get(unescape(heard)).data == silence()
    for reader in (sami, leila):
        sure = {"deed": "confirm", "seen": seen(reader.get(page))}
        assert reader.post(page, sure).status_code == 422, "nobody confirms who does not understand it"
        assert reader.post(page, {**sure, "native": "1"}).status_code == 303
    assert form_of(office, strand_id).recordings[EASY]["fr"].is_confirmed(EASY)
    assert "Waits for a second listener" not in sentences(lina.get(f"{base}/languages/fr?show=all"))
    late = {"deed": "take_away", "seen": "0" * 64}
    assert lina.post(page, late).status_code == 409
    assert lina.post(page, {**late, "seen": seen(lina.get(page))}).status_code == 303
    assert EASY not in form_of(office, strand_id).recordings


def test_a_text_with_blanks_asks_for_the_words_as_they_are_spoken(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    lina, page = desk.browser("lina"), f"{part[1]}/aloud/ar/texts.T-ABOUT"
    begun = re.findall(r'<textarea[^>]*name="reads"[^>]*>([^<]*)', lina.get(page))[0]
    assert "{who}" not in begun, "what the plan knows is filled in"
    assert bring(lina, page, silence(), reads="{who}")[0] == 422
    assert bring(lina, page, silence(), reads=unescape(begun).replace("{minutes}", "١٠"))[0] == 303
    code = re.findall(r'<textarea[^>]*name="reads"[^>]*>([^<]*)', lina.get(f"{part[1]}/aloud/ar/texts.T-CODE"))[0]
    assert "{code}" not in code, "nobody reads the digits out"


def test_words_that_are_not_shown_are_said_with_the_difference_and_mended(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    strand_id, base = part
    lina, leila = desk.browser("lina"), desk.browser("leila")
    page = f"{base}/aloud/fr/texts.T-ABOUT"
    begun = unescape(re.findall(r'<textarea[^>]*name="reads"[^>]*>([^<]*)', lina.get(page))[0]).strip()
    assert "The regulator" in begun, "the words as the page shows them stand there already"
    assert bring(lina, page, silence(), reads=begun.replace("regulator", "regolator"))[0] == 303
    shown = leila.get(page)
    assert "Not heard: the page shows other words" in sentences(shown)
    assert re.findall(r"<del>([^<]*)</del><ins>([^<]*)</ins>", shown) == [("regolator.", "regulator.")]
    assert 'name="native"' not in shown, "nobody confirms what is not played"
    assert "Listen to recordings" not in leila.get("/s/")
    assert "Says other words: 1" in sentences(lina.get(f"{base}/languages"))
    assert "Says other words" in sentences(lina.get(f"{base}/languages/fr/texts.T-ABOUT"))
    assert "Says other words" in sentences(lina.get(f"{base}/recordings"))
    mended = unescape(re.findall(r'name="reads" value="([^"]*)"', lina.get(page))[0])
    assert lina.post(page, {"seen": seen(lina.get(page)), "reads": mended}).status_code == 303
    assert form_of(office, strand_id).recordings["texts.T-ABOUT"]["fr"].reads == begun
    assert "Says other words" not in sentences(lina.get(f"{base}/recordings"))
    assert 'name="native"' in leila.get(page)
    assert "Listen to recordings" in leila.get("/s/")


def test_home_has_a_line_for_who_can_listen_and_leads_to_the_list(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    base, lina, leila = part[1], desk.browser("lina"), desk.browser("leila")
    assert "Listen to recordings" not in leila.get("/s/")
    assert bring(lina, f"{base}/aloud/fr/{PLACE}", silence())[0] == 303
    assert "Listen to recordings" not in lina.get("/s/")
    assert f'href="{base}/recordings"' in leila.get("/s/")
    assert f'href="{base}/aloud/fr/{PLACE}"' in leila.get(f"{base}/recordings")


def test_a_question_is_recorded_whole_wherever_one_comes_from(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    base, lina = part[1], desk.browser("lina")
    form = form_of(office, part[0])
    question = form.question("Q14")
    assert question is not None
    option = question.options[0]
    where = "questions.Q14.text"
    assert f'href="{base}/aloud/fr/{where}"' in lina.get(f"{base}/languages/fr/questions.Q14.options.{option.id}")
    page = f"{base}/aloud/fr/{where}"
    assert option.text["fr"] in unescape(lina.get(page))
    assert bring(lina, page, silence())[0] == 303
    other = f"{base}/languages/fr/questions.Q14.options.{option.id}"
    assert "Other words take the easy words of this text away" in sentences(lina.get(other))
    assert lina.post(other, {"words": "Autre", "seen": seen(lina.get(other)), "deed": "ready"}).status_code == 303
    assert option.text["fr"] in form_of(office, part[0]).recordings[where]["fr"].reads
    assert re.findall(r"<del>([^<]*)</del><ins>([^<]*)</ins>", lina.get(page)), "it says the old words"


def test_home_tells_who_can_record_again_of_what_is_not_heard_any_more(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    base, lina, leila = part[1], desk.browser("lina"), desk.browser("leila")
    page = f"{base}/languages/fr/{PLACE}"
    assert bring(lina, f"{base}/aloud/fr/{PLACE}", silence())[0] == 303
    assert "not heard any more" not in lina.get("/s/")
    assert lina.post(page, {"words": "Ici ?", "seen": seen(lina.get(page)), "deed": "ready"}).status_code == 303
    said = lina.get("/s/")
    assert 'Recordings that are not heard any more</b> <span class="cnt">1<' in said
    assert f'href="{base}/recordings"' in said
    assert "not heard any more" not in leila.get("/s/"), "a lead records nothing"
    assert bring(lina, f"{base}/aloud/fr/{PLACE}", silence(60))[0] == 303
    assert "not heard any more" not in lina.get("/s/")


def test_what_is_asked_about_a_person_is_recorded_as_the_page_shows_it(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    base, nadia, where = part[1], desk.browser("nadia"), "profile.gender.text"
    assert f'href="{base}/easier/{where}"' in nadia.get(f"{base}/easier")
    page = nadia.get(f"{base}/easier/{where}")
    assert f'href="{base}/aloud/en/{where}"' in page
    assert 'name="easy"' not in page
    assert bring(nadia, f"{base}/aloud/en/{where}", silence(), reads="Something else")[0] == 303
    asked = next(each for each in form_of(office, part[0]).profile if each.key == "gender")
    read = form_of(office, part[0]).recordings[where]["en"].reads
    assert read == " ".join(asked.read_out("13_14", "en"))
    assert "Says other words" not in sentences(nadia.get(f"{base}/recordings"))


def test_who_listens_may_not_bring_and_a_place_without_words_has_no_page(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    leila, page = desk.browser("leila"), f"{part[1]}/aloud/fr/{PLACE}"
    assert 'name="recording"' not in leila.get(page)
    file = (BytesIO(silence()), "voice.mp3")
    assert leila.post(page, {"seen": "", "recording": file}).status_code == 403
    for where in ("texts.T-NONE", "questions.Q14.options.safe", "easy.texts.NONE", "texts.T-TITLE", f"{PLACE}@KE"):
        assert leila.client.get(f"{part[1]}/aloud/fr/{where}").status_code == 404
    assert leila.client.get(f"{part[1]}/aloud/sw/{PLACE}").status_code == 404


def test_easy_words_stand_beside_their_text_and_other_words_of_it_take_them_away(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    strand_id, base = part
    lina, form = desk.browser("lina"), form_of(office, part[0])
    page = f"{base}/languages/fr/{PLACE}"
    shown = unescape(lina.get(page))
    for words in (form.texts["T-PLACE"], form.easy[PLACE]):
        assert words["en"] in shown
        assert words["fr"] in shown
    assert "Other words take the easy words of this text away" in sentences(shown)
    easy = f"{base}/languages/fr/{EASY}"
    sent = {"words": "C'est bien ici ?", "seen": seen(lina.get(easy)), "deed": "ready"}
    assert lina.post(easy, sent).status_code == 303
    assert form_of(office, strand_id).easy[PLACE]["fr"] == "C'est bien ici ?"
    assert lina.post(page, {"words": "Ici ?", "seen": seen(lina.get(page)), "deed": "ready"}).status_code == 303
    assert "fr" not in form_of(office, strand_id).easy[PLACE]
    assert "Read in its usual words" in sentences(lina.get(easy))


def test_the_source_has_its_easy_words_and_recordings_on_a_page_of_their_own(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    strand_id, base = part
    nadia = desk.browser("nadia")
    assert f'href="{base}/easier/{PLACE}"' in nadia.get(f"{base}/easier")
    page = f"{base}/easier/{PLACE}"
    assert f'href="{base}/aloud/en/{PLACE}"' in nadia.get(page)
    sent = {"easy": "Is it good here?", "version": nadia.version(page)}
    assert nadia.post(page, sent).status_code == 303
    assert nadia.post(page, {**sent, "easy": "Late"}).status_code == 409
    assert form_of(office, strand_id).easy[PLACE]["en"] == "Is it good here?"
    blanks = f"{base}/easier/texts.T-ABOUT"
    assert nadia.post(blanks, {"easy": "We ask.", "version": nadia.version(blanks)}).status_code == 422
    assert bring(nadia, f"{base}/aloud/en/{EASY}", silence())[0] == 303
    assert "Waits for a second listener" in sentences(nadia.get(page))
