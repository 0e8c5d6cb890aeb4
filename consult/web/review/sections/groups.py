"""Closed answers by groups besides age, and by two at once, where the release shows any."""

from __future__ import annotations

from consult.services.releasetables import Cross
from consult.services.reportviews import ReportView
from consult.web.languages import gettext
from consult.web.review import phrases
from consult.web.review.blocks import Grid, GridRow, Section

__all__ = ["section"]


def section(report: ReportView) -> Section | None:
    """One folded grid a question and group."""
    if not report.grouped:
        return None
    return Section("groups", gettext("By other groups"), [_grid(cross, report.card.k) for cross in report.grouped])


def _grid(cross: Cross, k: int) -> Grid:
    rows = tuple(GridRow(phrases.label(cross.key, row), counts, light=row.beside) for row, counts in cross.rows)
    title = f"{cross.title} ({phrases.groups(cross)})"
    return Grid(title, gettext("Answer"), phrases.columns(cross), rows, k, folded=True)
