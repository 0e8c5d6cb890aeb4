"""The report as a spreadsheet (XLSX): a sheet a section, the codebook behind them, no formula anywhere."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from consult.services.cells import plain
from consult.services.reportviews import ReleaseWords
from consult.web.languages import gettext
from consult.web.review.blocks import Block, Cell, Document, Facts, Figure, Grid, Percent, Points, Quoted, Words
from consult.web.review.formats import codebook
from consult.web.wording import percent_pattern

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

__all__ = ["written"]

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_NAME = 31
_LINE = 15.75
_WIDTHS = (44, 16, 16, 16, 16, 28)


class _Sheet:
    """A worksheet that is written from top to bottom."""

    def __init__(self, book: Workbook, name: str, styles: dict[str, Format], *, right_to_left: bool) -> None:
        self._sheet: Worksheet = book.add_worksheet(name)
        self._styles = styles
        self._row = 0
        if right_to_left:
            self._sheet.right_to_left()
        for column, width in enumerate(_WIDTHS):
            self._sheet.set_column(column, column, width)

    def line(self, cells: tuple[Cell, ...], style: str = "") -> None:
        """One row of cells, as high as the text in it: not every program works that out when it opens a file."""
        for column, cell in enumerate(cells):
            self._cell(column, cell, style)
        needed = [-(-len(str(cell)) // width) for cell, width in zip(cells, _WIDTHS, strict=False) if style]
        if max(needed, default=1) > 1:
            self._sheet.set_row(self._row, _LINE * max(needed))
        self._row += 1

    def gap(self) -> None:
        """An empty row."""
        self._row += 1

    def _cell(self, column: int, cell: Cell, style: str) -> None:
        if cell is None:
            self._sheet.write_string(self._row, column, gettext("Withheld"), self._styles["withheld"])
        elif isinstance(cell, Percent):
            self._sheet.write_number(self._row, column, cell.value / 100, self._styles["percent"])
        elif isinstance(cell, int):
            self._sheet.write_number(self._row, column, cell)
        else:
            self._sheet.write_string(self._row, column, plain(str(cell)), self._styles.get(style))


def written(document: Document, words: ReleaseWords) -> bytes:
    """The bytes of the file. Arabic and other right-to-left reports have right-to-left sheets."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - only whoever takes this file needs it

    held = io.BytesIO()
    book = Workbook(held, _OPTIONS)
    book.set_properties({"title": document.title, "comments": document.opening[0]})
    styles = {
        "strong": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        "words": book.add_format({"text_wrap": True, "valign": "top"}),
        "withheld": book.add_format({"italic": True, "align": "right", "bg_color": "#EFE3F0"}),
        "percent": book.add_format({"num_format": percent_pattern()}),
    }
    rtl, names = document.direction == "rtl", _names(document)
    for section, name in zip(document.sections, names, strict=False):
        page = _Sheet(book, name, styles, right_to_left=rtl)
        for sentence in (document.title, *document.about, *document.opening):
            page.line((sentence,), "strong")
        page.gap()
        page.line((section.heading,), "strong")
        for block in section.blocks:
            _block(page, block)
    _codebook(_Sheet(book, names[-1], styles, right_to_left=rtl), words)
    book.close()
    return held.getvalue()


def _names(document: Document) -> list[str]:
    """Names of sheets: headings, as far as the format allows, each once."""
    found: list[str] = []
    for heading in (*(section.heading for section in document.sections), gettext("Codebook")):
        name = heading.translate(_FORBIDDEN).strip()[:_NAME].strip()
        while name.casefold() in {each.casefold() for each in found}:
            name = f"{name[: _NAME - 3]} {len(found)}"
        found.append(name)
    return found


def _block(page: _Sheet, block: Block) -> None:
    if isinstance(block, Figure | Grid):
        _table(page, block.grid() if isinstance(block, Figure) else block)
    elif isinstance(block, Facts):
        page.gap()
        for pair in block.pairs:
            page.line(pair, "words")
    elif isinstance(block, Points):
        for item in block.items:
            page.line((item,), "words")
    elif isinstance(block, Quoted):
        page.line((block.text, block.whose), "words")
    elif isinstance(block, Words):
        page.line((block.text,), "strong" if block.strong else "words")


def _table(page: _Sheet, grid: Grid) -> None:
    page.gap()
    page.line((grid.title,), "strong")
    if grid.rows:
        page.line((grid.head, *grid.columns), "strong")
    for row in grid.rows:
        page.line((row.label, *row.cells), "words")
    if grid.note:
        page.line((grid.note,), "words")
    if grid.withheld:
        page.line((gettext("Withheld: fewer than %(k)s, or needed to protect a smaller group.", k=grid.k),), "words")


def _codebook(page: _Sheet, words: ReleaseWords) -> None:
    languages = words.languages
    page.line(("variable", "code", "part of", "sensitive", *languages), "strong")
    for line in _entries(words):
        page.line(line, "words")


def _entries(words: ReleaseWords) -> Iterator[tuple[str, ...]]:
    for variable in codebook.variables(words):
        sensitive = "yes" if variable["sensitive"] else "no"
        said = variable["words"]
        yield variable["name"], "", "", sensitive, *(said.get(language, "") for language in words.languages)
        for category in variable["categories"]:
            text = (category["words"].get(language, "") for language in words.languages)
            yield variable["name"], category["code"], category["group"], "", *text
