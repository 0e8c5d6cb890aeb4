"""Who took part: age, what was asked about the person, the language."""

from __future__ import annotations

from consult.services.report.reportviews import ReportView
from consult.web.languages import gettext
from consult.web.review import phrases
from consult.web.review.blocks import Figure, Section

__all__ = ["section"]


def section(report: ReportView) -> Section | None:
    """One figure a dimension."""
    if not report.about:
        return None
    figures = [
        Figure(
            phrases.table_title(table.key, table.title),
            gettext("Group"),
            table,
            phrases.labels(table),
            report.card.k,
        )
        for table in report.about
    ]
    return Section("who", gettext("Who took part"), figures)
