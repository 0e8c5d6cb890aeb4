"""The report as one flat table (CSV): a line every number, withheld ones too, and every sentence."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from consult.services.cells import plain
from consult.services.report.reportviews import ReleaseWords
from consult.web.review.blocks import Block, Cell, Document, Facts, Figure, Grid, Percent, Points, Quoted, Words

__all__ = ["COLUMNS", "written"]

COLUMNS = ("section", "table", "row", "column", "kind", "value")
_NUMBERS = frozenset({"number", "percent"})
_Line = tuple[str, str, str, str, str]


def written(document: Document, words: ReleaseWords) -> bytes:
    """UTF-8 with a byte order mark, without which spreadsheet programs misread Arabic; CRLF as RFC 4180 has it."""
    del words  # the labels are in the table itself
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    for sentence in (document.title, *document.about, *document.opening):
        lines.writerow(["", "", "", "", "words", plain(sentence)])
    for section in document.sections:
        for block in section.blocks:
            for line in _lines(block):
                lines.writerow([plain(section.heading), *_guarded(line)])
    return text.getvalue().encode("utf-8-sig")


def _guarded(line: _Line) -> Iterator[str]:
    """Numbers stay numbers, negative ones too; every other field is made plain."""
    *words, kind, value = line
    yield from (plain(each) for each in words)
    yield from (kind, value if kind in _NUMBERS else plain(value))


def _lines(block: Block) -> Iterator[_Line]:
    if isinstance(block, Figure):
        yield from _numbers(block.grid())
    elif isinstance(block, Grid):
        yield from _numbers(block)
    elif isinstance(block, Facts):
        yield from (("", term, "", "words", value) for term, value in block.pairs)
    elif isinstance(block, Points):
        yield from (("", "", "", "words", item) for item in block.items)
    elif isinstance(block, Quoted):
        yield "", block.whose, "", "quote", block.text
    elif isinstance(block, Words):
        yield "", "", "", "words", block.text


def _numbers(grid: Grid) -> Iterator[_Line]:
    for row in grid.rows:
        for column, cell in zip(grid.columns, row.cells, strict=True):
            kind, value = _cell(cell)
            if value or kind == "withheld":
                yield grid.title, row.label, column, kind, value
    if grid.note:
        yield grid.title, "", "", "words", grid.note


def _cell(cell: Cell) -> tuple[str, str]:
    if cell is None:
        return "withheld", ""
    if isinstance(cell, Percent):
        return "percent", str(cell.value)
    if isinstance(cell, int):
        return "number", str(cell)
    return "words", str(cell)
