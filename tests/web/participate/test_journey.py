"""The whole way of a participant, without scripts, in every language: from the link to the receipt and back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from consult.database import read
from consult.models import Response, StrandCount
from consult.questionnaire.bank import compose_set
from consult.services.participation.epochs import Counted
from consult.web.languages import LANGUAGES as INTERFACE
from consult.web.site import Site
from tests.web.participate.walk import CHECKS, READ, Walk, receipt_on, title_of
from tests.web.participate.world import CODE, LANGUAGES, Clock, World, build_site, open_strand


def stored(engine: Engine) -> int:
    with read(engine) as db:
        return len(db.scalars(select(Response.id)).all())


def waiting(walk: Walk, world: World) -> dict[Counted, int]:
    site: Site = walk.client.application.extensions["consult"]
    return dict(site.epochs.settle(world.strand_id))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_way_in_every_language(walk: Walk, engine: Engine, language: str) -> None:
    page = walk.begin(language)
    form = compose_set("children_13_17", LANGUAGES)
    asked = form.for_person("15")
    for n, question in enumerate(asked, 1):
        assert f'lang="{language}" dir="{INTERFACE[language].direction}"' in page.text
        assert question.text[language].replace("'", "&#39;") in page.text
        page = walk.post(f"/c/q/{n}", {"a": ["…", "words"][0] if question.kind == "text" else question.option_ids[0]})
        if page.request.path.startswith("/c/note/"):
            assert form.texts["T-NOTE"][language].partition(".")[0] in page.text.replace("&#39;", "'")
            page = walk.post(page.request.path)
    for n, dimension in enumerate(form.profile, 1):
        assert dimension.text[language] in page.text
        page = walk.post(f"/c/you/{n}", {dimension.fields()[0]: dimension.offered("15")[0].id})
    assert page.request.path == "/c/look"
    assert asked[0].options[0].text[language] in page.text
    assert form.profile[1].categories[0].text[language] in page.text
    page = walk.post("/c/send")
    assert page.request.path == "/c/receipt"
    assert len(receipt_on(page)) == 20
    assert stored(engine) == 1
    assert walk.cookies == {}


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_no_english_word_is_left_on_a_page_in_another_language(walk: Walk, language: str) -> None:
    english = ("Go on", "Skip", "Help", "Leave", "Back", "You ", "your", "Choose")
    pages = [walk.enter(language), walk.post("/c/place"), walk.post("/c/age", {"age": "16"})]
    pages += [walk.post(f"/c/{step}") for step in READ]
    pages += [walk.post("/c/check", CHECKS), walk.post("/c/agree", {"answer": "yes"})]
    pages += [walk.post(f"/c/q/{n}", {"skip": "1"}) for n in range(1, 13)]
    pages += [walk.post(f"/c/you/{n}", {"skip": "1"}) for n in range(1, 4)]
    pages += [walk.get(f"/{name}") for name in ("help", "back", "news", "privacy", "accessibility", "complaint")]
    pages += [walk.post("/c/send")]
    for page in pages:
        words = re.sub(r"<script>.*?</script>|<[^>]*>", " ", page.text, flags=re.DOTALL)
        words = words.replace("Child Helpline", "")
        assert [word for word in english if word in words] == [], page.request.path


def test_from_the_link_to_the_first_question_are_nine_pages(walk: Walk) -> None:
    seen = [walk.get(f"/k/{CODE}"), walk.post("/c/language", {"language": "en"}), walk.post("/c/place")]
    seen += [walk.post("/c/age", {"age": "15"})]
    seen += [walk.post(f"/c/{step}") for step in READ]
    seen += [walk.post("/c/check", CHECKS)]
    assert len(seen) == 9
    assert len({page.request.path for page in seen}) == 9
    assert walk.post("/c/agree", {"answer": "yes"}).request.path == "/c/q/1"


def test_the_code_leaves_the_address_bar(walk: Walk) -> None:
    response = walk.client.get(f"/k/{CODE}")
    assert response.status_code == 303
    assert CODE not in response.headers["Location"]
    assert CODE not in walk.get("/c/language").text


def test_a_code_that_nobody_has_is_asked_for_again(walk: Walk) -> None:
    page = walk.post("/", {"code": "99999999"})
    assert "We do not know that code." in page.text
    assert page.request.path == "/"
    assert walk.cookies == {}


def test_sending_twice_shows_the_same_receipt_and_stores_once(walk: Walk, engine: Engine) -> None:
    walk.finish()
    before = walk.cookies
    first = receipt_on(walk.post("/c/send"))
    walk.use_cookies(before)
    second = receipt_on(walk.post("/c/send"))
    assert first == second != ""
    assert stored(engine) == 1


def test_the_receipt_is_shown_once_and_takes_the_answers_back(walk: Walk, engine: Engine) -> None:
    walk.finish()
    digits = receipt_on(walk.post("/c/send"))
    again = walk.get("/c/receipt")
    assert again.status_code == 410
    assert digits[:5] not in again.text
    page = walk.post("/back", {"number": " ".join(digits[i : i + 5] for i in range(0, 20, 5))})
    assert "they are gone now" in page.text
    assert stored(engine) == 0


def test_taking_back_says_the_same_whether_there_was_something_or_not(walk: Walk) -> None:
    walk.finish()
    digits = receipt_on(walk.post("/c/send"))
    found = walk.post("/back", {"number": digits})
    nothing = walk.post("/back", {"number": digits})
    assert found.text == nothing.text


def test_a_mistyped_receipt_is_told_kindly_and_deletes_nothing(walk: Walk, engine: Engine) -> None:
    walk.finish()
    digits = receipt_on(walk.post("/c/send"))
    typed = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    page = walk.post("/back", {"number": typed})
    assert page.status_code == 422
    assert "One of the digits is not right." in page.text
    assert typed in page.text
    assert stored(engine) == 1


def test_arabic_indic_digits_are_read_like_others(walk: Walk) -> None:
    walk.enter("ar")
    walk.post("/c/place")
    assert walk.post("/c/age", {"age": "١٥"}).request.path == "/c/about"
    page = walk.post("/back", {"number": "١٢٣٤٥"})
    assert "٢٠" in page.text or "20" in page.text


@pytest.mark.parametrize("age", ["12", "19", "40", "5"])
def test_somebody_of_another_age_is_thanked_and_nothing_is_counted(walk: Walk, world: World, age: str) -> None:
    walk.enter()
    waiting(walk, world)
    walk.post("/c/place")
    page = walk.post("/c/age", {"age": age})
    assert "These questions are for people of another age." in page.text
    assert "116" in page.text
    assert walk.cookies == {}
    assert waiting(walk, world) == {}


@pytest.mark.parametrize("typed", ["", "fifteen", "-3", "1000", "15.5"])
def test_what_is_no_age_is_asked_again(walk: Walk, typed: str) -> None:
    walk.enter()
    walk.post("/c/place")
    page = walk.post("/c/age", {"age": typed})
    assert page.status_code == 422
    assert "Write your age in years" in page.text


def test_a_no_is_as_easy_and_leaves_nothing(walk: Walk, world: World, engine: Engine) -> None:
    walk.prepare()
    page = walk.post("/c/agree", {"answer": "no"})
    assert "That is fine." in page.text
    assert walk.cookies == {}
    assert waiting(walk, world) == {Counted.CAME: 1}
    assert stored(engine) == 0


def test_nothing_is_chosen_beforehand_and_yes_and_no_are_the_same_kind_of_button(walk: Walk) -> None:
    page = walk.prepare()
    assert "checked" not in page.text
    buttons = re.findall(r'<button class="([^"]+)" name="answer"', page.text)
    assert buttons == ["btn", "btn"]
    assert walk.post("/c/agree").status_code == 422


def test_wrong_once_we_explain_again_and_wrong_twice_we_stop_kindly(walk: Walk) -> None:
    walk.enter()
    walk.post("/c/place")
    walk.post("/c/age", {"age": "15"})
    for step in READ:
        walk.post(f"/c/{step}")
    page = walk.post("/c/check", {**CHECKS, "C-NAME": "true"})
    assert "We did not explain this well." in page.text
    page = walk.post("/c/check", {**CHECKS, "C-NAME": "true"})
    assert "You did nothing wrong." in page.text
    assert "fail" not in page.text.lower()
    assert walk.cookies == {}


def test_an_open_check_question_is_no_try(walk: Walk) -> None:
    walk.prepare()
    for _ in range(3):
        assert walk.post("/c/check", {"C-SKIP": "true"}).status_code == 422
    assert walk.post("/c/check", CHECKS).request.path == "/c/agree"


def test_going_on_with_nothing_chosen_is_skipping(walk: Walk) -> None:
    walk.begin()
    assert walk.post("/c/q/1").request.path == "/c/q/2"


def test_skip_is_as_big_as_go_on(walk: Walk) -> None:
    page = walk.begin()
    actions = re.search(r'<div class="acts even">(.*?)</div>', page.text, re.DOTALL)
    assert actions is not None
    assert re.findall(r'<button class="([^"]*)"', actions.group(1)) == ["btn go", "btn"]


def test_another_language_keeps_what_was_typed(walk: Walk) -> None:
    walk.begin()
    page = walk.post("/c/q/9", {"a": "mes mots", "then": "lang-fr"})
    assert page.request.path == "/c/q/9"
    assert 'lang="fr"' in page.text
    assert "mes mots</textarea>" in page.text


def test_back_and_help_keep_what_was_typed(walk: Walk) -> None:
    walk.begin()
    assert walk.post("/c/q/9", {"a": "some words", "then": "back"}).request.path == "/c/q/8"
    assert "some words" in walk.get("/c/q/9").text
    assert walk.post("/c/q/9", {"a": "other words", "then": "help"}).request.path == "/help"
    assert "other words" in walk.get("/c/q/9").text


def test_too_many_letters_are_told_and_kept(walk: Walk) -> None:
    walk.begin()
    words = "a" * 601
    page = walk.post("/c/q/9", {"a": words})
    assert page.status_code == 422
    assert "a bit too long" in page.text
    assert words in page.text


def test_too_many_choices_are_told_and_kept(walk: Walk) -> None:
    walk.begin()
    page = walk.post("/c/q/3", {"a": ["free_chat", "phone", "in_person", "doctor"]})
    assert page.status_code == 422
    assert "Choose 3 or fewer." in page.text
    assert page.text.count(" checked") == 4


def test_an_answer_is_changed_and_deleted_on_the_page_to_look_again(walk: Walk) -> None:
    walk.finish()
    page = walk.post("/c/q/9", {"a": "first words", "look": "1"})
    assert page.request.path == "/c/look"
    assert "first words" in page.text
    page = walk.post("/c/look", {"delete": "Q22"})
    assert "first words" not in page.text


def test_a_forged_choice_is_not_taken(walk: Walk) -> None:
    walk.begin()
    assert walk.post("/c/q/1", {"a": "<script>"}).status_code == 422
    assert walk.post("/c/you/1", {"gender": "woman"}).status_code == 422


def test_own_words_are_shown_as_text_and_never_as_markup(walk: Walk) -> None:
    walk.begin()
    walk.post("/c/q/9", {"a": "</textarea><script>alert(1)</script>"})
    assert "<script>alert" not in walk.get("/c/q/9").text
    assert "<script>alert" not in walk.get("/c/look").text


def test_counts_of_people_are_kept_without_their_times(walk: Walk, world: World, engine: Engine) -> None:
    walk.finish()
    walk.post("/c/send")
    with read(engine) as db:
        assert {row.what: row.n for row in db.scalars(select(StrandCount))} == {"came": 1, "assented": 1}


def test_titles_and_addresses_do_not_tell_the_topic(walk: Walk) -> None:
    topic = re.compile(r"sex|abus|harm|violen|surviv|safe", re.IGNORECASE)
    pages = [walk.begin(), walk.get("/c/look"), walk.get("/help"), walk.get("/back"), walk.get("/c/nowhere")]
    for page in pages:
        assert not topic.search(title_of(page) + page.request.path)


def test_what_the_law_makes_us_tell_is_said_before_assent(engine: Engine, tmp_path: Path) -> None:
    law = {"jurisdiction": "KE", "number": "112", "round_the_clock": True, "authority": {"en": "the Children's Office"}}
    open_strand(engine, facts={"emergency": [law]})
    walk = Walk(build_site(engine, tmp_path, Clock()))
    walk.prepare()
    page = walk.get("/c/keep").text.replace("&#39;", "'")
    assert "In Kenya there is a rule" in page.replace("\u2068", "").replace("\u2069", "").replace("<bdi>", "").replace(
        "</bdi>", ""
    )
    assert "the Children's Office" in page
