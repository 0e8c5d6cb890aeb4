"""A bar chart as lengths and lines of text, so that a template can draw it with presentation attributes alone."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from consult.services.releasetables import Table

__all__ = ["Bar", "Chart", "bars"]

#: All lengths are in rem, so that a chart grows with the reader's text; widths are in percent of the chart.
_LINE = 1.25
_THICK = 1.0
_GAP = 0.75
_LETTERS = 38
_LONGEST = 74.0
_WITHHELD = 12.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: label lines with their baselines, the bar's top, middle and width, and what is written after it."""

    lines: tuple[tuple[float, str], ...]
    top: float
    middle: float
    width: float
    count: int | None
    percent: int | None


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars and the chart's height in rem."""

    rows: tuple[Bar, ...]
    height: float
    longest: float = _LONGEST
    thick: float = _THICK


def bars(table: Table, labels: Sequence[str]) -> Chart:
    """One bar a row of the table; all withheld ones look the same, whatever they stand for.

    A full track stands for everybody the shares are of, so that no bar looks longer than it is. `labels` are the rows'
    words in the language of the page.
    """
    top, rows, whole = 0.0, [], max(table.base or 0, table.largest, 1)
    for row, label in zip(table.rows, labels, strict=True):
        lines = textwrap.wrap(label, _LETTERS) or [label]
        baselines = tuple((round(top + _LINE * (n + 0.8), 3), line) for n, line in enumerate(lines))
        bar_top = round(top + _LINE * len(lines) + 0.25, 3)
        width = _WITHHELD if row.count is None else _LONGEST * row.count / whole
        rows.append(Bar(baselines, bar_top, round(bar_top + 0.82, 3), round(width, 2), row.count, row.percent))
        top = bar_top + _THICK + _GAP
    return Chart(tuple(rows), round(max(top - _GAP, 0) + 0.25, 3))
