"""By age: everything that is shown for more than one age group."""

from __future__ import annotations

from consult.services.report.reportviews import ReportView
from consult.web.languages import gettext
from consult.web.review import phrases
from consult.web.review.blocks import Section
from consult.web.review.sections.groups import everybody_else, side_by_side

__all__ = ["section"]


def section(report: ReportView) -> Section | None:
    """One table a question or dimension."""
    if not report.crossed:
        return None
    blocks = [
        side_by_side(cross, phrases.table_title(cross.key, cross.title), report.card.k) for cross in report.crossed
    ]
    return Section("age", gettext("By age"), [*everybody_else(report.crossed), *blocks])
