"""Totals that a service supplied, as a report: the same document for the page and for every file."""

from __future__ import annotations

from collections.abc import Iterator

from consult.services.report.suppliedreports import SuppliedReport
from consult.services.tables.releasetables import Row, Table
from consult.web.languages import current_language, gettext
from consult.web.review.blocks import Block, Code, Document, Facts, Figure, Grid, Points, Section
from consult.web.review.phrases import in_language
from consult.web.words import day

__all__ = ["document"]


def document(report: SuppliedReport) -> Document:
    """The report in the language of the request."""
    language = current_language()
    sections = [
        Section("how", gettext("How these numbers were made"), [Points(tuple(_points(report))), _facts(report)])
    ]
    if report.shown.tables:
        said = [_question(report, key) for key in report.asked]
        sections.insert(0, Section("said", gettext("What they said"), said))
    return Document(
        title=gettext("Totals from the service"),
        about=(report.strand, report.consultation, day(report.made_on)),
        opening=tuple(_opening(report)),
        sections=tuple(sections),
        made_on=report.made_on,
        language=language.code,
        direction=language.direction,
        k=report.k,
    )


def _opening(report: SuppliedReport) -> Iterator[str]:
    yield gettext("These children chose to take part. They do not stand for all children.")
    if report.shown.people is None:
        yield gettext(
            "A few children were asked. With so few, nothing else can be said without the risk that somebody is known."
        )
        return
    yield gettext("Children whom the service asked: %(n)s", n=report.shown.people)
    if not report.shown.tables:
        yield gettext("That is too few to show groups or answers without giving somebody away.")


def _question(report: SuppliedReport, key: str) -> Block:
    asked = report.form["questions"][key]
    title = in_language(asked["text"])
    counts, people = report.shown.tables.get(key), report.shown.people
    if counts is None or not people:
        nothing = gettext("Nothing can be shown for this question without giving somebody away.")
        return Grid(title, gettext("Answer"), (), (), report.k, nothing)
    labels = {code: in_language(words) for code, words in asked["labels"].items()}
    shown = [(code, counts[code]) for code in labels if code in counts]  # in the form's order
    rows = tuple(Row(code, labels[code], n, round(100 * n / people)) for code, n in shown)
    table = Table(key=key, title=title, rows=rows, base=people, several=asked["kind"] == "multi")
    return Figure(title, gettext("Answer"), table, tuple(row.words for row in rows), report.k)


def _points(report: SuppliedReport) -> Iterator[str]:
    yield gettext(
        "These children are asked by their own service, in person. There is no page on which they could answer, and no "
        "answer of one child is kept here: only how many gave each answer. The service signs its totals, and a "
        "safeguarding lead signs beside it. They are counted apart from everybody else."
    )
    yield gettext(
        "A question is shown only where of every answer at least %(k)s children gave it and at least %(k)s did not.",
        k=report.k,
    )


def _facts(report: SuppliedReport) -> Facts:
    return Facts(((gettext("Fingerprint of the release"), Code(report.digest)),))
