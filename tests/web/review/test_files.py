"""The files of a report: every format holds the same numbers, in each language, and none of them runs anything."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html import unescape

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select

from consult.database import read
from consult.models import AuditEvent, Release
from consult.services.auditing import Verb
from consult.services.cells import plain
from consult.web.review.blocks import Document, Facts, Grid, GridRow, Percent, Points, Quoted, Section, Words
from consult.web.review.formats import flat, pdf, sheet
from tests.toolbox.pdf import opened, structure
from tests.web.review.conftest import ANSWERED
from tests.web.staff.desk import Desk

LANGUAGES = ("en", "fr", "ar")
CHOSE = "These children chose to take part. They do not stand for all children."
Cells = list[list[str]]


def of(desk: Desk, key: str) -> str:
    with read(desk.office.engine) as db:
        return str(db.query(Release.id).filter_by(strand_id=desk.office.strands[key]).scalar())


def fetched(desk: Desk, key: str, language: str, kind: str) -> bytes:
    where, passphrase = f"/s/reports/{of(desk, key)}/{language}.{kind}", desk.office.passphrases["reviewer1"]
    response = desk.browser("reviewer1").take(where, passphrase)
    assert response.status_code == 200
    assert "attachment" in response.headers["Content-Disposition"]
    return response.data


def page(desk: Desk, key: str, language: str) -> str:
    stage = desk.office
    return desk.browser("reviewer1").get(f"/s/c/{stage.consultation_id}/{stage.strands[key]}/report/{language}")


def squeezed(text: str) -> str:
    """Without spaces and marks of direction, which each format sets in its own way."""
    return re.sub(r"[\s\u00a0\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", text)


def numbers_of_page(html: str) -> list[Cells]:
    tables = re.findall(r"<table\b.*?</table>", html, re.S)
    return [
        [
            [squeezed(unescape(re.sub(r"<[^>]+>", "", cell))) for cell in re.findall(r"<t[hd]\b.*?</t[hd]>", row, re.S)]
            for row in re.findall(r"<tr\b.*?</tr>", table, re.S)
        ]
        for table in tables
    ]


def numbers_of_pdf(content: bytes) -> list[Cells]:
    return [
        [[squeezed(cell.words) for cell in row.children if cell.kind in ("TH", "TD")] for row in table.every("TR")]
        for table in structure(content).every("Table")
    ]


def only_numbers(tables: list[Cells]) -> list[list[list[str]]]:
    """The cells that hold a number, row by row: shaping changes how letters of Arabic come out of a PDF."""
    return [[[cell for cell in row[1:] if re.fullmatch(r"-?\d+%?", cell)] for row in table[1:]] for table in tables]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ANSWERED)
def test_page_and_pdf_hold_the_same_tables(reports: Desk, key: str, language: str) -> None:
    html, content = page(reports, key, language), fetched(reports, key, language, "pdf")
    shown, set_in_pdf = numbers_of_page(html), numbers_of_pdf(content)
    assert sum(len(row) for table in only_numbers(shown) for row in table) > 50
    assert only_numbers(set_in_pdf) == only_numbers(shown)
    if language == "en":
        assert set_in_pdf == shown


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ANSWERED)
def test_page_csv_and_spreadsheet_hold_the_same_numbers(reports: Desk, key: str, language: str) -> None:
    shown = [
        cell for table in only_numbers(numbers_of_page(page(reports, key, language))) for row in table for cell in row
    ]
    text = fetched(reports, key, language, "csv").decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [
        line["value"] + ("%" if line["kind"] == "percent" else "")
        for line in lines
        if line["kind"] in ("number", "percent")
    ] == shown
    book = openpyxl.load_workbook(io.BytesIO(fetched(reports, key, language, "xlsx")))
    cells = [cell for one in book.worksheets[:-1] for row in one.iter_rows() for cell in row if cell.data_type == "n"]
    found = [
        f"{round(cell.value * 100)}%" if "%" in cell.number_format else str(cell.value)
        for cell in cells
        if cell.value is not None
    ]
    assert found == shown


def frozen_numbers(desk: Desk, key: str, language: str) -> dict[tuple[str, str], str]:
    """(question, answer) in words to the count that is frozen, read with the codebook alone."""
    reader, where, passphrase = desk.browser("reviewer1"), of(desk, key), desk.office.passphrases["reviewer1"]
    release = json.loads(reader.take(f"/s/reports/{where}.json", passphrase).text)
    book = json.loads(reader.take(f"/s/reports/{where}/codebook.json", passphrase).text)
    counts = {
        (*table["dimensions"], *cell["at"]): "withheld" if cell["count"] is None else str(cell["count"])
        for table in release["tables"]
        for cell in table["cells"]
        if len(table["dimensions"]) == 1
    }
    found = {}
    for variable in book["variables"]:
        for code in variable["categories"]:
            answer = variable["option"] if variable["option"] and code["code"] == "yes" else code["words"]
            if variable["words"] and (variable["name"], code["code"]) in counts and language in answer:
                found[variable["words"][language], answer[language]] = counts[variable["name"], code["code"]]
    return found


def charts(html: str) -> Iterator[tuple[str, list[str], str, list[list[str]]]]:
    """Of each chart with a table beside it: its title, what its bars say, its words, and the rows of the table."""
    found = re.findall(
        r'<h3>([^<]*)</h3><div class="pair"><div>.*?<desc[^>]*>(.*?)</desc>(.*?)</svg></div><div>(<table.*?</table>)',
        html,
        re.S,
    )
    for title, described, chart, table in found:
        said = re.findall(r'<text class="v"[^>]*>(.*?)</text>', chart, re.S)
        bars = [squeezed(re.sub(r"<[^>]+>", "", each)) for each in said]
        yield squeezed(unescape(title)), bars, squeezed(unescape(described)), numbers_of_page(table)[0]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_charts_tables_and_files_say_the_numbers_that_are_frozen(reports: Desk, language: str) -> None:
    frozen = {
        (squeezed(question), squeezed(answer)): count
        for (question, answer), count in frozen_numbers(reports, "children", language).items()
    }
    lines = csv.DictReader(io.StringIO(fetched(reports, "children", language, "csv").decode("utf-8-sig")))
    flat = {tuple(squeezed(line[name]) for name in ("table", "row", "column")): line for line in lines}
    figures = structure(fetched(reports, "children", language, "pdf")).every("Figure")
    checked = []
    for (title, bars, described, (head, *rows)), figure in zip(
        charts(page(reports, "children", language)), figures, strict=True
    ):
        assert bars == ["·".join(cell for cell in row[1:] if cell) for row in rows]
        numbers = [row[1] for row in rows]
        assert [squeezed(each.words) for each in figure.every("Strong")] == [n for n in numbers if n.isdecimal()]
        for label, number, *_ in rows:
            line = flat[title, label, head[1]]
            assert (line["value"], line["kind"]) == ((number, "number") if number.isdecimal() else ("", "withheld"))
            told = number if number.isdecimal() else "withheld"
            assert language != "en" or f"{label}:{told}" in described
            if (title, label) in frozen:
                assert frozen[title, label] == told
                checked.append(told)
    assert len(checked) > 60
    assert 5 < checked.count("withheld") < len(checked) - 40


@pytest.mark.parametrize("key", ANSWERED)
def test_what_is_withheld_on_the_page_is_withheld_in_every_file(reports: Desk, key: str) -> None:
    marks = page(reports, key, "en").count('<td class="num prot"')
    assert marks
    lines = list(csv.DictReader(io.StringIO(fetched(reports, key, "en", "csv").decode("utf-8-sig"))))
    assert [line["value"] for line in lines if line["kind"] == "withheld"] == [""] * marks
    book = openpyxl.load_workbook(io.BytesIO(fetched(reports, key, "en", "xlsx")))
    assert sum(cell.value == "Withheld" for one in book for row in one.iter_rows() for cell in row) == marks
    cells = [cell for table in numbers_of_pdf(fetched(reports, key, "en", "pdf")) for row in table for cell in row]
    assert cells.count("Withheld") == marks


def test_the_pdf_is_tagged_for_screen_readers(reports: Desk) -> None:
    content = fetched(reports, "children", "en", "pdf")
    file, tree = opened(content), structure(content)
    root = file.Root
    assert bool(root.MarkInfo.Marked)
    assert str(root.Lang) == "en"
    assert bool(root.ViewerPreferences.DisplayDocTitle)
    assert "pdfuaid:part" in root.Metadata.read_bytes().decode()
    figures = list(tree.every("Figure"))
    assert figures
    assert all(figure.alt for figure in figures)
    headings = [element.kind for kind in ("H1", "H2", "H3") for element in tree.every(kind)]
    assert {"H1", "H2"} <= set(headings)
    for table in tree.every("Table"):
        first = next(iter(table.every("TR")))
        assert {cell.kind for cell in first.children} == {"TH"}


def test_the_words_for_a_chart_are_those_of_the_page(reports: Desk) -> None:
    seen, read_out = page(reports, "children", "en"), structure(fetched(reports, "children", "en", "pdf"))
    described = re.findall(r"<desc[^>]*>(.*?)</desc>", seen, re.S)
    alternatives = [figure.alt for figure in read_out.every("Figure")]
    assert len(alternatives) == len(described)
    for alt, desc in zip(alternatives, described, strict=True):
        assert alt.endswith(unescape(desc))
    assert ("Heard, below the plan" in seen) == ("Heard, below the plan" in read_out.words)


def test_every_page_of_the_pdf_and_every_sheet_says_whom_the_numbers_do_not_stand_for(reports: Desk) -> None:
    book = openpyxl.load_workbook(io.BytesIO(fetched(reports, "children", "en", "xlsx")))
    for one in book.worksheets[:-1]:
        assert any(row[0] == CHOSE for row in one.iter_rows(values_only=True)), one.title
    for one in book.worksheets:
        assert (one.oddHeader.center.text, one.sheet_properties.pageSetUpPr.fitToPage) == (CHOSE, True)
        assert (one.freeze_panes, one.print_title_rows) == ("B2", "$1:$1")
    assert CHOSE in fetched(reports, "children", "en", "csv").decode("utf-8-sig")
    assert CHOSE in structure(fetched(reports, "children", "en", "pdf")).words
    where = f"/s/reports/{of(reports, 'children')}/codebook.json"
    book = json.loads(reports.browser("lead1").take(where, reports.office.passphrases["lead1"]).text)
    assert book["read_with"] == CHOSE


def test_right_to_left_goes_through_to_pdf_and_sheets(reports: Desk) -> None:
    html = page(reports, "children", "ar")
    assert '<html lang="ar" dir="rtl">' in html
    book = openpyxl.load_workbook(io.BytesIO(fetched(reports, "children", "ar", "xlsx")))
    assert {(one.sheet_view.rightToLeft, one["A1"].alignment.readingOrder) for one in book.worksheets} == {(True, 2)}
    english = openpyxl.load_workbook(io.BytesIO(fetched(reports, "children", "en", "xlsx")))
    assert not any(one.sheet_view.rightToLeft for one in english.worksheets)
    file = opened(fetched(reports, "children", "ar", "pdf"))
    assert str(file.Root.Lang) == "ar"
    ranges = replace(typed("47–65%"), direction="rtl")
    book = openpyxl.load_workbook(io.BytesIO(sheet.written(ranges, Nothing())))  # type: ignore[arg-type]
    assert [row[1].alignment.readingOrder for row in book.worksheets[0].iter_rows() if row[2].value == 12] == [1]


def test_an_emergency_stop_turns_every_file_off(reports: Desk) -> None:
    release, stage = of(reports, "children"), reports.office
    stop = f"/s/c/{stage.consultation_id}/{stage.strands['adult_survivors']}/run/stop"
    assert reports.browser("lead1").post(stop).status_code == 303
    for path in (f"{release}/en.pdf", f"{release}/fr.xlsx", f"{release}/ar.csv", f"{release}/codebook.json"):
        reports.browser("reviewer1").get(f"/s/reports/{path}", status=409)


@pytest.mark.parametrize("path", ["xx.pdf", "en.exe", "en.json", "../en.pdf"])
def test_there_are_no_other_languages_and_formats(reports: Desk, path: str) -> None:
    reports.browser("reviewer1").get(f"/s/reports/{of(reports, 'children')}/{path}", status=404)


def test_without_the_passphrase_typed_again_there_is_no_file_and_with_it_that_is_on_record(reports: Desk) -> None:
    reader, where = reports.browser("reviewer1"), f"/s/reports/{of(reports, 'children')}/en.csv"
    assert "attachment" not in reader.client.get(where).headers.get("Content-Disposition", "")
    for passphrase, status in (("", 403), ("wrong words", 403)):
        refused = reader.take(where, passphrase)
        assert (refused.status_code, refused.mimetype) == (status, "text/html")
    handed = select(AuditEvent).where(AuditEvent.verb == Verb.REPORT_HANDED_OUT)
    with read(reports.office.engine) as db:
        before = len(db.scalars(handed).all())
    assert reader.take(where, reports.office.passphrases["reviewer1"]).status_code == 200
    with read(reports.office.engine) as db:
        told = [(each.actor, each.facts) for each in db.scalars(handed.order_by(AuditEvent.number))]
    assert len(told) == before + 1
    assert told[-1] == (reports.office.people["reviewer1"].id, {"kind": "csv"})


def test_outside_ones_scope_there_is_no_file(reports: Desk) -> None:
    reports.browser("admin").get(f"/s/reports/{of(reports, 'children')}/en.pdf", status=404)
    assert reports.browser(None).client.get(f"/s/reports/{of(reports, 'children')}/en.pdf").status_code == 303


def test_the_codebook_explains_every_code_in_every_language(reports: Desk) -> None:
    reader, release = reports.browser("reviewer1"), of(reports, "children")
    passphrase = reports.office.passphrases["reviewer1"]
    book = json.loads(reader.take(f"/s/reports/{release}/codebook.json", passphrase).text)
    frozen = json.loads(reader.take(f"/s/reports/{release}.json", passphrase).text)
    assert [each["name"] for each in book["variables"]] == [each["name"] for each in frozen["dimensions"]]
    for explained, dimension in zip(book["variables"], frozen["dimensions"], strict=True):
        assert [each["code"] for each in explained["categories"]] == dimension["categories"]
        assert all(each["words"] for each in explained["categories"])
    ages = next(each for each in book["variables"] if each["name"] == "age")["categories"]
    assert {each["code"]: each["views"]["A"] for each in ages} == {"13_15": "13_15", "16_17": "16_17"}


# ---- what people typed


def typed(*texts: str) -> Document:
    rows = tuple(GridRow(text, (text, 12, Percent(40), None)) for text in texts)
    blocks = [Grid("=1+1", "@head", ("+a", "-b", "c", "d"), rows, 10), Words(texts[0]), Quoted(texts[0], "=who", "en")]
    return Document(texts[0], texts, texts, (Section("s", "[a]/*?: 'x'", blocks),), date(2030, 1, 7), "en", "ltr", 10)


HOSTILE = (
    '=HYPERLINK("http://example.org","x")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "http://example.org",
)


LATIN = "Listen, then act."
ARABIC = "نسمع ثم نقرر."


class Nothing:
    """A release without words."""

    languages: tuple[str, ...] = ()
    form: dict[str, object] = {"dimensions": {}, "questions": {}}  # noqa: RUF012 - a stand-in
    release: dict[str, object] = {"dimensions": []}  # noqa: RUF012 - a stand-in


def test_no_cell_is_a_formula_or_a_link_and_no_file_tells_when_it_was_taken() -> None:
    book = openpyxl.load_workbook(io.BytesIO(sheet.written(typed(*HOSTILE), Nothing())))  # type: ignore[arg-type]
    assert {one.isoformat() for one in (book.properties.created, book.properties.modified)} == {"2030-01-07T00:00:00"}
    for one in book.worksheets:
        assert isinstance(one, Worksheet)
        for row in one.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert cell.hyperlink is None
                assert not str(cell.value or "").startswith(("=", "+", "-", "@", "\t", "\r"))


def test_no_field_of_the_csv_begins_a_formula() -> None:
    text = flat.written(typed(*HOSTILE), Nothing()).decode("utf-8-sig")  # type: ignore[arg-type]
    for line in csv.reader(io.StringIO(text, newline="")):
        assert not [field for field in line if field.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_plain_words_stay_as_they_are() -> None:
    assert [plain(text) for text in ("Safe", "بنت", "13 to 15", "")] == ["Safe", "بنت", "13 to 15", ""]


def test_typst_sets_what_people_typed_and_runs_none_of_it() -> None:
    words = '#read("/etc/passwd") $x$ *bold* \\ @ref <label> // comment'
    assert squeezed(words) in squeezed(structure(pdf.written(typed(words))).words)


def test_a_letter_that_no_font_has_is_an_error_and_no_empty_box() -> None:
    with pytest.raises(pdf.UnfitFontError, match="Take the page, the spreadsheet or the data instead"):
        pdf.written(typed("ආයුබෝවන්"))


@pytest.mark.parametrize(
    ("typed_in", "set_as"),
    [
        ("Safe 😀", "Safe [grinning face]"),
        ("👍🏽", "[thumbs up sign]"),
        ("☂️ → 🏠", "[umbrella] [rightwards arrow] [house"),
    ],
)
def test_a_picture_that_somebody_typed_is_called_by_its_name(typed_in: str, set_as: str) -> None:
    assert squeezed(set_as) in squeezed(structure(pdf.written(typed(typed_in))).words)


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl")])
def test_words_in_another_script_keep_their_own_direction(language: str, direction: str) -> None:
    """A full stop stands at the end of its own sentence: at the right of a Latin one, at the left of an Arabic one."""
    own, foreign = (LATIN, ARABIC) if direction == "ltr" else (ARABIC, LATIN)
    blocks = [Facts((("7", foreign),)), Points((foreign,)), Quoted(foreign, own, language), Words(foreign)]
    document = Document("7", (), (own,), (Section("s", "7", blocks),), date(2030, 1, 7), language, direction, 10)
    words = structure(pdf.written(document)).words
    assert words.count(LATIN if direction == "rtl" else ARABIC[::-1]) == 4


def test_an_unknown_font_is_an_error() -> None:
    with pytest.raises(pdf.UnfitFontError, match="unknown font"):
        pdf.written(typed("Safe"), families=("Comic Nothing", "Noto Sans"))


def test_the_fonts_are_small_and_their_licence_lies_beside_them() -> None:
    fonts = list(pdf.FONTS.glob("*.ttf"))
    assert len(fonts) == 4
    assert sum(each.stat().st_size for each in fonts) < 1_500_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in (pdf.FONTS / "OFL.txt").read_text(encoding="utf-8")


def test_a_pdf_made_twice_is_the_same_and_tells_no_time() -> None:
    assert pdf.written(typed("Safe")) == pdf.written(typed("Safe"))


def test_percent_signs_stand_where_a_language_has_them(reports: Desk) -> None:
    """As CLDR has it: the Arabic sign stays right of the digits, the French one has a space."""
    key = next(iter(ANSWERED))
    found = {
        language: set(re.findall(r"\d+([^\d<;]?%[^<;&]?)<", page(reports, key, language))) for language in LANGUAGES
    }
    assert found["en"] == {"%"}
    assert found["ar"] == {"\u200e%\u200e"}
    assert found["fr"] <= {"\u00a0%", "\u202f%"}
