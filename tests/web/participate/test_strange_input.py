"""Ages that change on the way, answers nobody offered, pages too large, odd characters, receipts that are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
from sqlalchemy import Engine

from consult.sealing.receipt import new_receipt
from tests.web.answers import helps_and_lets_leave, is_hardened
from tests.web.participate.scene import FORM, OWN_WORDS, Scene
from tests.web.participate.walk import Walk, receipt_on
from tests.web.participate.world import Clock, build_site, open_strand, opened


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Scene:
    clock = Clock()
    return Scene(engine, open_strand(engine), clock, build_site(engine, tmp_path, clock))


@pytest.mark.parametrize(("first", "then", "lost"), [("16", "13", True), ("13", "16", False), ("17", "15", True)])
def test_an_age_changed_on_the_way_lets_go_of_what_that_age_is_not_asked(
    scene: Scene, first: str, then: str, lost: bool
) -> None:
    walk = Walk(scene.app)
    walk.begin(age=first)
    asked = FORM.for_person("16_17" if first > "15" else "13_14")
    for n, question in enumerate(asked, 1):
        walk.post(f"/c/q/{n}", {"a": "words" if question.kind == "text" else question.option_ids[0]})
    assert walk.post("/c/age", {"age": then}).request.path == "/c/about"
    left = [question for question in asked if question not in FORM.for_person("15" if then == "15" else "13_14")]
    page = walk.get("/c/look")
    assert bool(left) is lost
    assert [question for question in left if question.text["en"] in page.text] == []
    assert page.text.count("words</span>") == sum(question.kind == "text" for question in asked if question not in left)
    assert len(receipt_on(walk.post("/c/send"))) == 20
    assert scene.stored() == 1


@pytest.mark.parametrize("age", ["12", "18", "5"])
def test_an_age_changed_to_one_that_is_not_asked_ends_the_way(scene: Scene, age: str) -> None:
    scene.arrive()
    walk = scene.browser()
    page = walk.post("/c/age", {"age": age})
    assert "These questions are for people of another age." in page.text
    helps_and_lets_leave(page.text)
    assert walk.cookies == {}
    assert scene.stored() == 0


def test_a_required_question_is_asked_again_also_by_send(engine: Engine, tmp_path: Path) -> None:
    first, *others = FORM.questions
    form = replace(FORM, questions=(replace(first, required=True), *others))
    scene = Scene(engine, open_strand(engine, form=form), Clock(), build_site(engine, tmp_path, Clock()))
    walk = Walk(scene.app)
    walk.begin()
    for nothing in ({"skip": "1"}, {}, {"a": " "}, {"a": "\u200b"}):
        page = walk.post("/c/q/1", nothing)
        assert page.status_code == 422
        helps_and_lets_leave(page.text)
    assert walk.post("/c/send").request.path == "/c/q/1"
    assert scene.stored() == 0
    walk.post("/c/q/1", {"a": first.option_ids[0]})
    assert len(receipt_on(walk.post("/c/send"))) == 20


STRANGE: Mapping[str, tuple[dict[str, object], int]] = {
    "an option of another question": ({"a": "phone"}, 422),
    "two of one": ({"a": [FORM.questions[0].option_ids[0], FORM.questions[0].option_ids[1]]}, 422),
    "ten thousand fields": ({"a": ["x"] * 10_000}, 413),
    "ten thousand names": ({f"f{n}": "" for n in range(5_000)}, 413),
    "more than a page may send": ({"a": "x" * 65 * 1024}, 413),
    "a file": ({"a": (BytesIO(b"GIF89a"), "me.gif")}, 303),
    "controls alone": ({"a": "\x00\x1b\x7f"}, 303),
    "an unknown language": ({"then": "lang-xx"}, 303),
    "an unknown way": ({"then": "<script>", "look": "https://elsewhere.example"}, 303),
}


@pytest.mark.parametrize("what", STRANGE)
def test_strange_input_gets_a_clear_page_and_what_was_given_before_is_kept(scene: Scene, what: str) -> None:
    fields, status = STRANGE[what]
    scene.arrive()
    walk = scene.browser()
    walk.post("/c/q/1", {"a": FORM.questions[0].option_ids[0]})
    page = walk.client.post("/c/q/1", data=fields)
    assert page.status_code == status
    is_hardened(page)
    if status == 303:
        assert page.headers["Location"].startswith("/c/")
    else:
        helps_and_lets_leave(page.text)
    assert OWN_WORDS in walk.get("/c/look").text
    assert len(receipt_on(walk.post("/c/send"))) == 20
    assert scene.stored() == 1


def test_nine_thousand_letters_are_told_shown_again_and_never_carried(scene: Scene) -> None:
    scene.arrive()
    walk, words = scene.browser(), "long " * 1_843
    before = walk.cookies
    page = walk.client.post("/c/q/9", data={"a": words})
    assert page.status_code == 422
    assert words.strip() in page.text
    assert walk.cookies == before


def test_words_are_sealed_as_they_read_without_controls_or_overrides(scene: Scene) -> None:
    typed = "a\x00b\u202ec\u2066d\r\ne\tf \ud800 e\u0301 \u200f\u0633\u200d"
    walk = Walk(scene.app)
    walk.begin()
    walk.client.post("/c/q/9", data=b"a=" + quote_from_bytes(typed.encode("utf-8", "surrogatepass")).encode(),
                     content_type="application/x-www-form-urlencoded")  # fmt: skip
    page = walk.get("/c/look")
    assert not {"\x00", "\u202e", "\u2066", "\ud800"} & set(page.text)
    walk.post("/c/send")
    (payload,) = opened(scene.world)
    # Half a character is no text: it stays as the address of a byte that it came as.
    assert payload.answers["Q22"] == "abcd\ne f %ED%A0%80 \u00e9 \u200f\u0633\u200d"


def test_a_receipt_with_one_wrong_digit_takes_nothing_back(scene: Scene) -> None:
    scene.arrive()
    walk = scene.browser()
    digits = receipt_on(walk.post("/c/send"))
    for place in range(20):
        wrong = digits[:place] + str((int(digits[place]) + 1) % 10) + digits[place + 1 :]
        page = walk.post("/back", {"number": wrong})
        assert page.status_code == 422
        assert "Nothing was changed." in page.text
        helps_and_lets_leave(page.text)
    assert scene.stored() == 1


def test_every_receipt_that_could_be_one_gets_the_same_words(scene: Scene) -> None:
    """One that was never given, one taken back already, one of another strand: nobody learns which it was."""
    open_strand(scene.engine, code="11112222")
    scene.arrive()
    mine = receipt_on(scene.browser().post("/c/send"))
    other = Walk(scene.app)
    other.begin(code="11112222")
    theirs = receipt_on(other.post("/c/send"))
    assert scene.stored() == 2
    pages = [Walk(scene.app).post("/back", {"number": each}).text for each in (new_receipt(), theirs, theirs)]
    assert scene.stored() == 1
    pages += [Walk(scene.app).post("/back", {"number": each}).text for each in (mine, mine)]
    assert len(set(pages)) == 1
    assert scene.stored() == 0
