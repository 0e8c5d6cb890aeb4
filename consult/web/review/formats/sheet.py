"""The report as a spreadsheet (XLSX): a sheet a section, the codebook behind them, no formula anywhere."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime, time
from typing import TYPE_CHECKING

from consult.services.cells import WORKBOOK, plain
from consult.services.report.reportviews import ReleaseWords
from consult.web.languages import gettext
from consult.web.review.blocks import Block, Cell, Document, Facts, Figure, Grid, Percent, Points, Quoted, Words
from consult.web.review.formats import codebook
from consult.web.wording import percent_pattern

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

__all__ = ["written"]

_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_NAME = 31
_LINE = 15.75
_A4 = 9
_HEADER, _LAST_COLUMN = 255, 255
#: Of the first columns; every further one is as wide as the last.
_NUMBERS, _CODES = (44, 16), (26, 20, 12, 10, 34)
_SENTENCE = 6


class _Sheet:
    """A worksheet that is written from top to bottom, and printed as wide as a page is."""

    def __init__(
        self, book: Workbook, name: str, styles: dict[str, Format], document: Document, widths: tuple[int, ...]
    ) -> None:
        self._sheet: Worksheet = book.add_worksheet(name)
        self._styles, self._widths, self._row = styles, widths, 0
        if document.direction == "rtl":
            self._sheet.right_to_left()
        for column, width in enumerate(widths):
            self._sheet.set_column(column, column, width)
        self._sheet.set_column(len(widths), _LAST_COLUMN, widths[-1])
        self._sheet.freeze_panes(1, 1)
        self._sheet.set_paper(_A4)
        self._sheet.set_landscape()
        self._sheet.fit_to_pages(1, 0)
        self._sheet.repeat_rows(0)
        side = "\u200f" if document.direction == "rtl" else ""
        self._sheet.set_header(f"&C{side}{document.opening[0].replace('&', '&&')}"[: _HEADER - 1] + side)
        self._sheet.set_footer("&C&P / &N")

    def sentence(self, text: str, style: str = "words") -> None:
        """One row of words across several columns."""
        self._high(self._across(0, text, style))

    def fact(self, term: str, value: str) -> None:
        """What something is called, and what it is across the columns beside it."""
        self._cell(0, term, "words")
        self._high(max(-(-len(term) // self._width(0)), self._across(1, value, "words")))

    def line(self, cells: tuple[Cell, ...], style: str = "words", further: tuple[str, ...] = ()) -> None:
        """One row of cells, as high as the text in it: not every program works that out when it opens a file.

        `further` are the styles of words in the cells after the first, where these have others.
        """
        for column, cell in enumerate(cells):
            self._cell(column, cell, further[column - 1] if column and further else style)
        self._high(max(-(-len(str(cell)) // self._width(column)) for column, cell in enumerate(cells)))

    def _across(self, first: int, text: str, style: str) -> int:
        """Write words over the columns of a sentence from one on; the lines that they take."""
        self._sheet.merge_range(self._row, first, self._row, _SENTENCE - 1, plain(text), self._styles[style])
        return -(-len(text) // sum(self._width(column) for column in range(first, _SENTENCE)))

    def _width(self, column: int) -> int:
        return self._widths[min(column, len(self._widths) - 1)]

    def _high(self, lines: int) -> None:
        if lines > 1:
            self._sheet.set_row(self._row, _LINE * lines)
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
            self._sheet.write_number(self._row, column, cell, self._styles["number"])
        else:
            self._sheet.write_string(self._row, column, plain(str(cell)), self._styles[style])


def written(document: Document, words: ReleaseWords) -> bytes:
    """The bytes of the file. Arabic and other right-to-left reports have right-to-left sheets.

    Its date is the day of the release, never the moment of a download.
    """
    from xlsxwriter import Workbook  # noqa: PLC0415 - only whoever takes this file needs it

    held = io.BytesIO()
    book = Workbook(held, WORKBOOK)
    made = datetime.combine(document.made_on, time())
    book.set_properties({"title": document.title, "comments": document.opening[0], "created": made})
    # Else the full stop of an Arabic sentence stands on its wrong side, and what is "13 to 15" is read as 15 to 13.
    words_in = {"text_wrap": True, "valign": "top", "reading_order": 2 if document.direction == "rtl" else 1}
    apart = {"align": "right" if document.direction == "rtl" else "left", "indent": 1}
    styles = {
        "strong": book.add_format({**words_in, "bold": True}),
        "words": book.add_format(words_in),
        "as it is": book.add_format({**words_in, "reading_order": 0}),
        "head": book.add_format({**words_in, "bold": True, "bottom": 1}),
        "number": book.add_format({"valign": "top", "reading_order": 1}),
        "beside": book.add_format({**words_in, **apart}),
        "range": book.add_format({**words_in, "align": "right", "reading_order": 1}),
        "beside head": book.add_format({**words_in, **apart, "bold": True, "bottom": 1}),
        "range head": book.add_format({**words_in, "bold": True, "bottom": 1, "align": "right"}),
        "withheld": book.add_format({"italic": True, "align": "right", "valign": "top", "bg_color": "#EFE3F0"}),
        "percent": book.add_format({"num_format": percent_pattern(), "valign": "top"}),
    }
    names = _names(document)
    for section, name in zip(document.sections, names, strict=False):
        page = _Sheet(book, name, styles, document, _NUMBERS)
        for sentence in (document.title, *document.about, *document.opening):
            page.sentence(sentence, "strong")
        page.gap()
        page.sentence(section.heading, "strong")
        for block in section.blocks:
            _block(page, block)
    _codebook(_Sheet(book, names[-1], styles, document, _CODES), words)
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
            page.fact(*pair)
    elif isinstance(block, Points):
        for item in block.items:
            page.sentence(item)
    elif isinstance(block, Quoted):
        page.sentence(block.text, "as it is")
        page.sentence(block.whose)
    elif isinstance(block, Words):
        page.sentence(block.text, "strong" if block.strong else "words")


def _table(page: _Sheet, grid: Grid) -> None:
    page.gap()
    page.sentence(grid.title, "strong")
    styles = tuple("beside" if wordy else "range" for wordy in grid.wordy)
    if grid.rows:
        page.line((grid.head, *grid.columns), "head", tuple(f"{style} head" for style in styles))
    for row in grid.rows:
        page.line((row.label, *row.cells), "words", styles)
    if grid.note:
        page.sentence(grid.note)
    if grid.withheld:
        page.sentence(gettext("Withheld: fewer than %(k)s, or needed to protect a smaller group.", k=grid.k))


def _codebook(page: _Sheet, words: ReleaseWords) -> None:
    languages = words.languages
    page.line(("variable", "code", "part of", "sensitive", *languages), "head")
    for line in _entries(words):
        page.line(line, "as it is")


def _entries(words: ReleaseWords) -> Iterator[tuple[str, ...]]:
    for variable in codebook.variables(words):
        sensitive = "yes" if variable["sensitive"] else "no"
        said = variable["words"]
        yield variable["name"], "", "", sensitive, *(said.get(language, "") for language in words.languages)
        for category in variable["categories"]:
            text = (category["words"].get(language, "") for language in words.languages)
            yield variable["name"], category["code"], category["group"], "", *text
