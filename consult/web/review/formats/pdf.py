"""The report as a tagged PDF (PDF/UA-1): typst sets it, with the document as data and with the fonts that we carry.

Typst refuses a figure without words for it and a document without a title; a font that it does not know, or a letter
that none of ours has, is an error here and never an empty box in a report. A picture or an arrow that somebody typed is
called by its Unicode name, so that one smiling face does not cost everybody the file.
"""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from consult.errors import Conflict, sentence
from consult.services.report.reportviews import ReleaseWords
from consult.web.languages import gettext
from consult.web.review.blocks import Block, Cell, Document, Facts, Figure, Grid, Percent, Points, Quoted
from consult.web.review.chart import bars

__all__ = ["FONTS", "UnfitFontError", "written"]

_HERE = Path(__file__).parent
FONTS = _HERE / "fonts"
_TEMPLATE = _HERE / "report.typ"
_FAMILIES = ("Noto Sans", "Noto Sans Arabic")
_NOT_SET = sentence(
    "This report has a letter that the fonts of the PDF do not know. "
    "Take the page, the spreadsheet or the data instead."
)
#: Arrows, and all from the first signs and pictures on; what they change of the one before says nothing in words.
_PICTURES = re.compile("[\u2190-\u21ff\u2300-\u2bff\U0001f000-\U0001faff]")
_CHANGES_A_PICTURE = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")


class UnfitFontError(Conflict):
    """A font is missing, or has not every letter of the report."""


def written(document: Document, words: ReleaseWords | None = None, families: tuple[str, ...] = _FAMILIES) -> bytes:
    """The bytes of the file. Its date is the day of the release, never the moment of a download."""
    del words  # the codebook is a file of its own
    import typst  # noqa: PLC0415 - only who wants a report as PDF waits for it

    data = _legible(json.dumps(_data(document, families), ensure_ascii=False))

    made = datetime.combine(document.made_on, time(), UTC)
    compiler = typst.Compiler(
        input=str(_TEMPLATE),
        root=str(_HERE),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"report": data},
    )
    try:
        content, warnings = compiler.compile_with_warnings(format="pdf", pdf_standards="ua-1", timestamp=made)
    except typst.TypstError as error:
        if "could not be displayed with font" in str(error):
            raise UnfitFontError(_NOT_SET) from error
        raise
    if warnings:
        raise UnfitFontError("; ".join(warning.message for warning in warnings))
    if not isinstance(content, bytes):
        raise UnfitFontError("nothing was set")
    return content


def _legible(text: str) -> str:
    """Pictures by their Unicode names, such as "[grinning face]"."""
    words = _CHANGES_A_PICTURE.sub("", text)
    return _PICTURES.sub(lambda found: f"[{unicodedata.name(found[0], 'picture').lower()}]", words)


def _reads(text: str) -> str:
    """The direction of the first letter that has one: "ltr", "rtl", or "" (figures and signs)."""
    found = (unicodedata.bidirectional(each) for each in text)
    return next(("ltr" if each == "L" else "rtl" for each in found if each in {"L", "R", "AL"}), "")


def _own(text: str, around: str) -> str:
    """Words in another script than those around them, kept apart so that their full stop stays at their end.

    FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE, as <bdi> does on a page (UAX 9).
    """
    return f"\u2068{text}\u2069" if _reads(text) not in {"", around} else text


def _data(document: Document, families: tuple[str, ...]) -> dict[str, Any]:
    return {
        "title": document.title,
        "about": [_own(each, document.direction) for each in document.about],
        "opening": [_own(each, document.direction) for each in document.opening],
        "language": document.language,
        "rtl": document.direction == "rtl",
        "fonts": list(families),
        "withheld": gettext("Withheld"),
        "mark": gettext("Withheld: fewer than %(k)s, or needed to protect a smaller group.", k=document.k),
        "page": gettext("Page"),
        "sections": [
            {
                "heading": section.heading,
                "hides": section.withheld,
                "blocks": [_block(block, document.direction) for block in section.blocks],
            }
            for section in document.sections
        ],
    }


def _block(block: Block, around: str) -> dict[str, Any]:
    if isinstance(block, Figure):
        return {
            **_grid(block.grid(), around),
            "kind": "figure",
            "description": block.description,
            "bars": _bars(block, around),
            "judges": bool(block.plans),
            "key": [
                _own(each, around) for each in (gettext("Heard"), gettext("Heard, below the plan"), gettext("Planned"))
            ],
        }
    if isinstance(block, Grid):
        return {**_grid(block, around), "kind": "grid"}
    if isinstance(block, Quoted):
        reads = _reads(block.text) or around
        return {
            "kind": block.kind,
            "text": _own(block.text, reads),
            "whose": _own(block.whose, reads),
            "language": block.language,
            "rtl": reads == "rtl",
        }
    if isinstance(block, Facts):
        return {"kind": block.kind, "pairs": [[_own(term, around), _own(told, around)] for term, told in block.pairs]}
    if isinstance(block, Points):
        return {"kind": block.kind, "items": [_own(each, around) for each in block.items]}
    return {
        "kind": block.kind,
        "text": _own(block.text, around),
        "strong": block.strong,
        "quiet": block.quiet,
    }


def _grid(grid: Grid, around: str) -> dict[str, Any]:
    return {
        "title": _own(grid.title, around),
        "head": grid.head,
        "columns": list(grid.columns),
        "rows": [
            {
                "label": _own(row.label, around),
                "cells": [_cell(cell, around, wordy=wordy) for cell, wordy in zip(row.cells, grid.wordy, strict=True)],
            }
            for row in grid.rows
        ],
        "wordy": list(grid.wordy),
        "note": grid.note,
    }


def _cell(cell: Cell, around: str, *, wordy: bool) -> dict[str, Any]:
    if cell is None:
        return {"kind": "withheld", "text": ""}
    kind = "number" if isinstance(cell, int | Percent) else "words" if wordy else "text"
    return {"kind": kind, "text": _own(str(cell), around)}


def _bars(figure: Figure, around: str) -> list[dict[str, Any]]:
    """Lengths in percent of the width of the page's text."""
    chart = bars(figure)
    return [
        {
            "label": _own(label, around),
            "width": bar.width,
            "track": chart.longest,
            "hidden": bar.count is None,
            "below": bar.below,
            "outside": bar.outside,
            "mark": bar.mark if bar.plan else None,
            "said": "" if bar.count is None else str(bar.count),
        }
        for label, bar in zip(figure.labels, chart.rows, strict=True)
    ]
