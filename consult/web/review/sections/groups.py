"""Closed answers by groups besides age, and by two at once, where the release shows any."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from consult.inclusion.gathered import OTHERS
from consult.services.report.reportviews import ReportView
from consult.services.tables.releasetables import Cross, Row
from consult.web.languages import gettext
from consult.web.review import phrases
from consult.web.review.blocks import Grid, GridRow, Section, Words

__all__ = ["everybody_else", "section", "side_by_side"]


def section(report: ReportView) -> Section | None:
    """One folded grid a question and group."""
    if not report.grouped:
        return None
    grids = [_grid(cross, report.card.k) for cross in report.grouped]
    return Section("groups", gettext("By other groups"), [*everybody_else(report.grouped), *grids])


def everybody_else(crossed: Iterable[Cross]) -> Iterator[Words]:
    """Who they are, where a table has them: nobody should take who gave no answer for somebody of another mind."""
    told = (row.code for cross in crossed for row in (*chain(*cross.columns), *(row for row, _ in cross.rows)))
    if OTHERS in told:
        yield Words(
            gettext("“Everybody else” stands for all other groups or answers together, and for whoever gave none."),
            quiet=True,
        )


def _grid(cross: Cross, k: int) -> Grid:
    return side_by_side(cross, f"{cross.title} ({phrases.groups(cross)})", k)


def side_by_side(cross: Cross, title: str, k: int) -> Grid:
    """Groups beside each other: first how many each has, then one row an answer; who was not asked has no nought."""
    everybody = (GridRow(gettext("Everybody"), cross.bases, light=True),) if cross.bases else ()
    return Grid(
        title=title,
        head=gettext("Answer"),
        columns=phrases.columns(cross),
        rows=(*everybody, *(_row(cross, row, counts) for row, counts in cross.rows)),
        k=k,
        folded=True,
    )


def _row(cross: Cross, row: Row, counts: tuple[int | None, ...]) -> GridRow:
    unasked = frozenset[int]() if row.beside else cross.unasked
    cells = tuple(gettext("Not asked") if at in unasked else count for at, count in enumerate(counts))
    return GridRow(phrases.label(cross.key, row), cells, light=row.beside)
