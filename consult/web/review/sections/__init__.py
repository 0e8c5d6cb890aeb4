"""The sections of a report, in the order in which they are read. A new one is a module here and a line below.

A builder takes what is known of one frozen release (`ReportView`) and gives a section, or None where it has nothing to
say. It asks no database.
"""

from __future__ import annotations

from collections.abc import Callable

from consult.services.report.reportviews import ReportView
from consult.web.languages import current_language
from consult.web.review import phrases
from consult.web.review.blocks import Document, Section
from consult.web.review.sections import (
    adjustments,
    ages,
    answers,
    assessment,
    coverage,
    findings,
    groups,
    method,
    partners,
    people,
    safeguards,
)
from consult.web.words import day

__all__ = ["SECTIONS", "document"]

SECTIONS: tuple[Callable[[ReportView], Section | None], ...] = (
    coverage.section,
    people.section,
    answers.section,
    findings.section,
    ages.section,
    groups.section,
    adjustments.section,
    partners.section,
    safeguards.section,
    assessment.section,
    method.section,
)


def document(report: ReportView) -> Document:
    """The report in the language of the request."""
    language = current_language()
    built = (section(report) for section in SECTIONS)
    return Document(
        title=phrases.heading(report.card),
        about=_about(report),
        opening=tuple(phrases.opening(report)),
        sections=tuple(section for section in built if section is not None),
        made_on=report.card.made_at.date(),
        language=language.code,
        direction=language.direction,
        k=report.card.k,
    )


def _about(report: ReportView) -> tuple[str, ...]:
    """Which part of which consultation, when; only words that may stand beside the title (R-L5)."""
    card = report.card
    names = [name for name in (card.strand, card.consultation) if phrases.may_name(card, name)]
    if report.opened is None:
        return tuple(names)
    closed = f" – {day(report.closed)}" if report.closed and report.closed != report.opened else ""
    return (*names, f"{day(report.opened)}{closed}")
