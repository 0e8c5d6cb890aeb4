"""By age: everything that is shown for more than one age group."""

from __future__ import annotations

from consult.services.releasetables import Cross
from consult.services.reportviews import ReportView
from consult.web.languages import gettext
from consult.web.review import phrases
from consult.web.review.blocks import Grid, GridRow, Section

__all__ = ["section"]


def section(report: ReportView) -> Section | None:
    """One table a question or dimension."""
    if not report.crossed:
        return None
    return Section("age", gettext("By age"), [_by_age(cross, report.card.k) for cross in report.crossed])


def _by_age(cross: Cross, k: int) -> Grid:
    return Grid(
        title=phrases.table_title(cross.key, cross.title),
        head=gettext("Answer"),
        columns=phrases.columns(cross),
        rows=tuple(GridRow(phrases.label(cross.key, row), counts, light=row.beside) for row, counts in cross.rows),
        k=k,
        folded=True,
    )
