"""XLSForm: what fits comes in as it is meant, the rest is named with its row and the mend; what goes out comes back."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.questionnaire.bands import AGE_BANDS
from consult.questionnaire.bank import bank_questions
from consult.questionnaire.errors import FormError
from consult.questionnaire.form import Form
from consult.questionnaire.ownquestion import LIMITS, OWN, whole
from consult.questionnaire.question import Kind, OnlyIf, Question, Topic
from consult.questionnaire.xlsform import Line, Row, Taken, read_xlsform
from consult.questionnaire.xlsformwriting import write_xlsform
from tests.questionnaire.forms import LANGUAGES, questions

LIST = (
    {"list_name": "places", "name": "home", "label": "At home"},
    {"list_name": "places", "name": "school", "label": "At school"},
)
ASKED = {"type": "select_one places", "name": "where", "label": "Where do you feel safe?", "consult_topic": "T1"}


def lines(*rows: Mapping[str, str]) -> list[Line]:
    return [Line(number, row) for number, row in enumerate(rows, start=2)]


def taken(*survey: Mapping[str, str], languages: tuple[str, ...] = ("en",), topic: Topic | None = None) -> Taken:
    return read_xlsform({"survey": lines(*survey), "choices": lines(*LIST)}, languages, topic)


def only(**cells: str) -> Row:
    return taken({**ASKED, **cells}).rows[0]


def as_lines(sheet: list[list[str]]) -> list[Line]:
    return lines(*({name: cell for name, cell in zip(sheet[0], row, strict=True) if cell} for row in sheet[1:]))


@st.composite
def own_questions(draw: st.DrawFn) -> Question:
    """Any question that a consultation can have of its own, words trimmed as a person would type them."""
    made = draw(questions())
    plain = replace(
        made,
        id=OWN + made.id,
        required=False,
        bands=tuple(each for each in AGE_BANDS if each in made.bands),
        limit={Kind.MULTI: draw(st.sampled_from((*LIMITS, len(made.options)))), Kind.TEXT: made.limit}.get(made.kind),
        text=trimmed(made.text),
        hint=trimmed(made.hint),
        options=tuple(replace(each, text=trimmed(each.text)) for each in made.options),
    )
    return whole(plain, LANGUAGES)


def trimmed(words: Mapping[str, str]) -> dict[str, str]:
    return {language: each.strip().replace("<", "") or "x" for language, each in words.items()}


@given(st.lists(own_questions(), max_size=4, unique_by=lambda each: each.id))
@settings(max_examples=40)
def test_what_is_given_out_comes_back_the_same(asked: list[Question]) -> None:
    ours = [bank_questions()["Q14"], *asked]
    known = {language: words for language, words in ours[0].text.items() if language in LANGUAGES}
    form = Form("1", LANGUAGES, tuple(whole(each, LANGUAGES) for each in ours))
    assert known == form.questions[0].text
    sheets = {name: as_lines(rows) for name, rows in write_xlsform(form, "Our questions").items()}
    back = read_xlsform(sheets)
    assert (back.questions, back.languages) == (form.questions, LANGUAGES)
    assert not any(row.why for row in back.rows)


def test_a_question_of_ones_own_says_what_every_such_question_says() -> None:
    asked = only(type="text", hint="One idea is enough.").question
    assert asked is not None
    assert asked.id == "own_where"
    assert asked.hint["en"].startswith("One idea is enough. Please leave out names.")
    assert asked.limit == 300


def test_half_a_hint_is_none() -> None:
    row = {**ASKED, "type": "text", "hint::English (en)": "One idea is enough.", "label::fr": "Où ?"}
    asked = taken(row, languages=LANGUAGES).questions[0]
    assert asked.text.keys() == {"en", "fr"}
    assert asked.hint.keys() == {"en"}, "in French it would say to leave out names, and not that one idea is enough"


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"type": "geopoint"}, "no time, place, device"),
        ({"type": "deviceid"}, "no time, place, device"),
        ({"type": "image"}, "can show who somebody is"),
        ({"type": "note"}, "Nothing is asked"),
        ({"type": "decimal"}, "Answers of this kind"),
        ({"type": "something new"}, "Answers of this kind"),
        ({"relevant": "${age} > 12"}, "condition is not read"),
        ({"relevant": "${gone} = 'no'"}, "has to stand before it"),
        ({"choice_filter": "x = ${y}"}, "depend on another answer"),
        ({"type": "select_one elsewhere"}, "no list elsewhere"),
        ({"label": "Do you agree with ${where}?"}, "repeat an answer"),
        ({"label": "<b>Where</b> do you feel safe?"}, "markup"),
        ({"label": "What would {who} do?"}, "Braces"),
        ({"label": "x" * 501}, "longer than 500"),
        ({"label": ""}, "are missing"),
        ({"name": ""}, "name is missing"),
        ({"name": "Q14"}, "other choices"),
        ({"consult_topic": "T9"}, "T0, T1, T2 and T3"),
        ({"consult_topic": ""}, "T0, T1, T2 or T3"),
        ({"consult_ages": "13-15"}, "no age group"),
        ({"type": "integer"}, "lowest and the highest"),
        ({"type": "integer", "constraint": ". >= 9 and . <= 3"}, "minimum"),
    ],
)
def test_what_would_be_another_question_is_left_out_and_says_why(cells: dict[str, str], why: str) -> None:
    row = only(**cells)
    assert row.question is None
    assert [each for each in row.why if why in each], row.why


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"required": "yes"}, "can be skipped"),
        ({"default": "home"}, "chosen beforehand"),
        ({"type": "select_one places or_other"}, "write something else"),
        ({"image::English (en)": "home.png"}, "pictures"),
        ({"constraint": "selected(., 'home')"}, "condition on its answers"),
        ({"type": "select_multiple places", "constraint": "count-selected(.) <= 7"}, "As many as fit"),
        ({"type": "text", "constraint": "regex(., 'a')"}, "300 characters"),
    ],
)
def test_what_is_left_out_of_a_question_is_said(cells: dict[str, str], why: str) -> None:
    row = only(**cells)
    assert row.question is not None
    assert not row.question.required
    assert [each for each in row.why if why in each], row.why


@pytest.mark.parametrize("opened", [{"type": "begin group", "relevant": "${a} = 1"}, {"type": "begin_repeat"}])
def test_nothing_is_asked_out_of_a_group_with_a_condition(opened: dict[str, str]) -> None:
    inner = ({"type": "begin_group", "name": "in"}, {**ASKED, "name": "a"}, {"type": "end_group"})
    found = taken({"name": "g", **opened}, *inner, {**opened, "type": opened["type"].replace("begin", "end")}, ASKED)
    assert [each.id for each in found.questions] == ["own_where"]
    assert [row.number for row in found.rows if row.question is None] == [2, 3, 4]


def test_a_group_asks_its_questions_after_the_answer_that_it_names() -> None:
    group = {"type": "begin_group", "name": "g", "relevant": "selected(${where}, 'home')"}
    inner = ({**ASKED, "name": "a"}, {**ASKED, "name": "b", "relevant": "${a} = 'school'"})
    found = taken(ASKED, group, *inner, {"type": "end_group"}, {**ASKED, "name": "c", "relevant": "${where} = 'home'"})
    assert [(each.id, each.only_if) for each in found.questions] == [
        ("own_where", None),
        ("own_a", OnlyIf("own_where", ("home",))),
        ("own_c", OnlyIf("own_where", ("home",))),
    ], "two conditions at once are not read"
    sheets = {name: as_lines(rows) for name, rows in write_xlsform(found.form, "Ours").items()}
    assert read_xlsform(sheets).questions == found.questions


def test_questions_of_a_plain_group_are_taken_one_by_one() -> None:
    found = taken({"type": "begin_group", "name": "g"}, ASKED, {"type": "end_group"}, {**ASKED, "name": "again"})
    assert [each.id for each in found.questions] == ["own_where", "own_again"]


def test_a_name_that_stands_twice_is_taken_once() -> None:
    found = taken(ASKED, {**ASKED, "label": "And where not?"})
    assert [row.question is not None for row in found.rows] == [True, False]


def test_the_topic_of_the_whole_file_is_for_rows_that_name_none() -> None:
    found = taken(ASKED, {**ASKED, "name": "b", "consult_topic": ""}, topic=Topic.LIFE_ONLINE)
    assert [each.topic for each in found.questions] == [Topic.SAFETY, Topic.LIFE_ONLINE]


def test_a_question_of_the_bank_keeps_its_topic_whatever_the_file_says() -> None:
    bank = bank_questions()["Q25"]
    form = Form("1", ("en",), (whole(bank, ("en",)),))
    sheets = {name: as_lines(rows) for name, rows in write_xlsform(form, "Ours").items()}
    milder = [Line(each.number, {**each.cells, "consult_topic": "T0"}) for each in sheets["survey"]]
    found = read_xlsform({**sheets, "survey": milder})
    (asked,), (row,) = found.questions, found.rows
    assert asked.topic is bank.topic is not Topic.LIFE_ONLINE, "the gate decides on it"
    assert "It keeps the topic that it has in the question bank" in str(row.why[0])
    with pytest.raises(FormError, match="a question of this name, about: safety"):
        whole(replace(bank, topic=Topic.LIFE_ONLINE), ("en",))


def test_languages_are_known_by_their_tags_and_names() -> None:
    row = {
        **{name: cell for name, cell in ASKED.items() if name != "label"},
        "label::English (en)": "Where?",
        "label::Português (pt)": "Onde?",
        "label:Kiswahili": "Wapi?",
        "label::Klingon (tlh)": "nuqDaq?",
    }
    found = read_xlsform(
        {"survey": lines({**row, "type": "text"}), "settings": lines({"default_language": "Kiswahili"})}
    )
    assert found.languages == ("sw", "en", "pt")
    assert found.left_out == ("Klingon (tlh)",)
    assert found.questions[0].text == {"sw": "Wapi?", "en": "Where?", "pt": "Onde?"}


@pytest.mark.parametrize("sheets", [{}, {"survey": []}, {"survey": lines({"type": "text", "label::tlh": "nuqDaq?"})}])
def test_a_file_that_is_no_form_says_what_it_needs(sheets: dict[str, list[Line]]) -> None:
    with pytest.raises(FormError, match=r"XLSForm|languages"):
        read_xlsform(sheets)
