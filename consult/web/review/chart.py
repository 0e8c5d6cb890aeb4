"""A bar chart as lengths and lines of text, so that a template can draw it with presentation attributes alone."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from consult.web.review.blocks import Figure, Percent

__all__ = ["Bar", "Chart", "bars"]

#: All lengths are in rem, so that a chart grows with the reader's text; widths are in percent of the chart.
_LINE = 1.25
_THICK = 1.0
_GAP = 0.75
_LETTERS = 34
_LONGEST = 74.0
_WITHHELD = 12.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: label lines with their baselines, the bar's top, middle and width, and what is written after it.

    `plan`: how many were planned, and `mark` where on the track that is; `below`: fewer were heard than planned.
    """

    lines: tuple[tuple[float, str], ...]
    top: float
    middle: float
    width: float
    count: int | None
    percent: Percent | None
    plan: int | None = None
    mark: float = 0.0
    below: bool = False

    @property
    def outside(self) -> bool:
        """Whether these people are not among those the chart is of."""
        return bool(self.count) and not self.width


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars and the chart's height in rem."""

    rows: tuple[Bar, ...]
    height: float
    longest: float = _LONGEST
    thick: float = _THICK


def bars(figure: Figure) -> Chart:
    """One bar a row of the figure's table; all withheld ones look the same, whatever they stand for.

    A full track stands for everybody the shares are of, or for the largest number there is, planned ones among them, so
    that no bar looks longer than it is. Who is not among those the shares are of ("not asked") has a number and no bar.
    """
    table, plans = figure.table, figure.plans or (None,) * len(figure.table.rows)
    drawn = [0 if table.base and row.percent is None else row.count or 0 for row in table.rows]
    top, rows, whole = 0.0, [], max(table.base or 0, *drawn, *(plan or 0 for plan in plans), 1)
    short = [each.sign == "flag" for each in figure.verdicts] or [False] * len(table.rows)
    for row, label, plan, length, below in zip(table.rows, figure.labels, plans, drawn, short, strict=True):
        lines = textwrap.wrap(label, _LETTERS) or [label]
        baselines = tuple((round(top + _LINE * (n + 0.8), 3), line) for n, line in enumerate(lines))
        bar_top = round(top + _LINE * len(lines) + 0.25, 3)
        width = _WITHHELD if row.count is None else _LONGEST * length / whole
        mark = round(_LONGEST * (plan or 0) / whole, 2)
        share = None if row.percent is None else Percent(row.percent)
        middle = round(bar_top + 0.82, 3)
        rows.append(Bar(baselines, bar_top, middle, round(width, 2), row.count, share, plan, mark, below))
        top = bar_top + _THICK + _GAP
    return Chart(tuple(rows), round(max(top - _GAP, 0) + 0.25, 3))
