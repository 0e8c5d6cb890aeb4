"""The self-assessment of the consultation: nine requirements, the team beside the children's advisers."""

from __future__ import annotations

from consult.services.evidence.assessing import AssessmentView
from consult.services.report.reportviews import ReportView
from consult.web.assessmentwords import REQUIREMENTS, SCORERS
from consult.web.languages import gettext
from consult.web.review.blocks import Grid, GridRow, Section, Words
from safeguards.assessment import MOST, Requirement, Scorer

__all__ = ["section"]


def section(report: ReportView) -> Section | None:
    """One grid; nothing before anything is scored."""
    scored = report.assessment
    if scored is None or not scored.begun:
        return None
    heads = tuple(gettext(SCORERS[who]) for who in Scorer)
    rows = tuple(
        GridRow(f"{row.value}. {gettext(REQUIREMENTS[row])}", tuple(_mean(scored, who, row) for who in Scorer))
        for row in Requirement
    )
    title = gettext("Mean of each requirement, from 0 (no) to %(most)s (fully)", most=MOST)
    grid = Grid(title, gettext("Requirement"), heads, rows, report.card.k)
    return Section("assessment", gettext("How well was it done?"), [Words(_verdict(scored), strong=True), grid])


def _mean(scored: AssessmentView, who: Scorer, row: Requirement) -> str:
    mean = scored.results[who].means.get(row)
    return gettext("Not finished") if mean is None else f"{mean:.1f}"


def _verdict(scored: AssessmentView) -> str:
    if scored.acceptable is False:
        return gettext("Not acceptable: something in Voluntary or in Safe has a 0. No other score makes up for that.")
    if scored.acceptable:
        return gettext("No score of 0 where none may be: everything in Voluntary and in Safe is scored by both.")
    return gettext("Not finished: whether it is acceptable is said when Voluntary and Safe are scored by both.")
