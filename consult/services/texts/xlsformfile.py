"""An XLSForm as a file: what a spreadsheet program wrote, read within limits, and one that it can open."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Sequence
from zipfile import BadZipFile, ZipFile

from consult.errors import Invalid, sentence
from consult.questionnaire.errors import FormError
from consult.questionnaire.form import Form
from consult.questionnaire.question import Topic
from consult.questionnaire.xlsform import Line, Sheets, Taken, read_xlsform
from consult.questionnaire.xlsformwriting import write_xlsform
from consult.services.cells import WORKBOOK, plain, typed
from consult.services.texts.broughtfile import must_be_brought

__all__ = ["read_file", "write_file"]

_MOST_UNPACKED = 4_000_000  # seconds of work, whatever is in it
_MOST_ROWS, _MOST_COLUMNS = 1_000, 100
_SHEETS = ("survey", "choices", "settings")
_NO_FILE = sentence("This is no spreadsheet (XLSX) that can be read.")


def read_file(content: bytes, languages: Sequence[str] = (), topic: Topic | None = None) -> Taken:
    """What a file gives, row by row (`read_xlsform`). Raises `Invalid` for one that is no XLSForm, or too large."""
    try:
        return read_xlsform(_sheets(content), languages, topic)
    except FormError as error:
        raise Invalid({"file": [error.sentence]}) from error


def _sheets(content: bytes) -> Sheets:
    must_be_brought(content)
    try:
        with ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(each.file_size for each in packed.infolist())
    except BadZipFile as error:
        raise Invalid({"file": [_NO_FILE]}) from error
    if unpacked > _MOST_UNPACKED:
        raise Invalid({"file": [sentence("The file unpacks to more than 4 MB.")]})
    return _cells(content)


def _cells(content: bytes) -> Sheets:
    from openpyxl import load_workbook  # noqa: PLC0415 - only whoever brings a file needs it

    try:
        with warnings.catch_warnings(action="ignore"):  # about styles, which nobody looks at
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            found = {name: book[name].iter_rows(values_only=True) for name in _SHEETS if name in book.sheetnames}
            return {name: _lines(rows) for name, rows in found.items()}
    except Invalid:
        raise
    except Exception as error:  # whatever breaks the library in somebody's file, it is no spreadsheet
        raise Invalid({"file": [_NO_FILE]}) from error


def _lines(rows: Iterable[Sequence[object]]) -> list[Line]:
    """The rows below the headings that have something in them."""
    lines: list[Line] = []
    headings: list[str] = []
    for number, row in enumerate(rows, start=1):
        if number > _MOST_ROWS or len(row) > _MOST_COLUMNS:
            raise Invalid({"file": [sentence("A sheet has more than 1000 rows or 100 columns.")]})
        cells = [_text(each) for each in row]
        if not headings:
            headings = [each if "::" in each else each.lower() for each in cells]
        elif any(cells):
            lines.append(
                Line(number, {name: cell for name, cell in zip(headings, cells, strict=False) if name and cell})
            )
    return lines


def _text(cell: object) -> str:
    """A cell as it is read: a whole number without its point, yes and no as words."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return typed(str(cell).strip()) if cell is not None else ""


def write_file(form: Form, title: str) -> bytes:
    """The questions of a form as an XLSForm that this program reads back. No cell is a formula."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - only whoever takes this file needs it

    held = io.BytesIO()
    book = Workbook(held, WORKBOOK)
    for name, rows in write_xlsform(form, title).items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, plain(cell))
    book.close()
    return held.getvalue()
