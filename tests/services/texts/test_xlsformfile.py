"""A spreadsheet that somebody brings: within limits, or refused in one sentence; and one that is given out."""

import io
import zipfile

import openpyxl
import pytest

from consult.errors import Invalid
from consult.questionnaire.bank import compose_set, default_sets
from consult.services.texts.broughtfile import MOST_BYTES
from consult.services.texts.xlsformfile import read_file, write_file

SURVEY = (("type", "name", "label", "consult_topic"), ("text", "idea", "What would help?", "T1"))
LANGUAGES = ("en", "ar", "sw")
BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">
<c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>"""


def book(*rows: tuple[object, ...], name: str = "survey") -> bytes:
    made = openpyxl.Workbook()
    made.active.title = name
    for row in rows:
        made.active.append(row)
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def with_member(content: bytes, member: str, other: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            new.writestr(each, other if each == member else old.read(each))
    return held.getvalue()


@pytest.mark.parametrize("name", default_sets())
def test_every_ready_set_comes_back_as_it_was_given_out(name: str) -> None:
    form = compose_set(name, LANGUAGES)
    back = read_file(write_file(form, "Questions"), LANGUAGES)
    assert back.questions == form.questions
    assert not any(row.why for row in back.rows)


def test_rows_are_numbered_as_a_spreadsheet_program_shows_them() -> None:
    found = read_file(book(SURVEY[0], (None, None, None, None), SURVEY[1], ("integer", 5.0, "How many?", "T1")))
    assert [(row.number, row.name) for row in found.rows] == [(3, "idea"), (4, "5")]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "Choose the file first"),
        (b"type,name,label\n", "no spreadsheet"),
        (b"PK\x05\x06" + bytes(18), "no spreadsheet"),
        (book(*SURVEY)[:-200], "no spreadsheet"),
        (with_member(book(*SURVEY), "xl/worksheets/sheet1.xml", b"<worksheet"), "no spreadsheet"),
        (with_member(book(*SURVEY), "xl/worksheets/sheet1.xml", BOMB), "no spreadsheet"),
        (with_member(book(*SURVEY), "xl/styles.xml", bytes(4_100_000)), "more than 4 MB"),
        (bytes(MOST_BYTES + 1), "larger than 1 MB"),
        (book(*SURVEY, name="questions"), "no sheet survey"),
        (book(SURVEY[0], *[SURVEY[1]] * 1000), "1000 rows"),
        (book(tuple(range(101))), "100 columns"),
    ],
    ids=range(11),
)
def test_a_file_that_can_not_be_read_is_refused_in_a_sentence(content: bytes, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_file(content)
    assert why in refused.value.problems["file"][0]


def test_no_cell_is_a_formula() -> None:
    words = '=HYPERLINK("http://invented.example","Win")'
    given = read_file(book(SURVEY[0], ("text", "idea", f"'{words}", "T1")))
    form = compose_set("children_13_17", ["en"])
    hostile = type(form)(form.version, ("en",), given.questions)
    cells = [
        cell
        for row in openpyxl.load_workbook(io.BytesIO(write_file(hostile, "=1+1"))).worksheets[0].iter_rows()
        for cell in row
    ]
    assert given.questions[0].text["en"] == words
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert f"'{words}" in [cell.value for cell in cells]
