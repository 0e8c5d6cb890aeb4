"""How the numbers were made, who answers the views, and what the release is called."""

from __future__ import annotations

from collections.abc import Iterator

from consult.services.report.reportviews import ReportView
from consult.web.languages import gettext
from consult.web.review.blocks import Code, Facts, Points, Section
from consult.web.words import day, language_name
from safeguards.terms import RespondentClass

__all__ = ["section"]


def section(report: ReportView) -> Section:
    """The rules of the numbers in plain words."""
    return Section(
        "how", gettext("How these numbers were made"), [Points(tuple(_points(report))), Facts(tuple(_facts(report)))]
    )


def _points(report: ReportView) -> Iterator[str]:
    k = report.card.k
    if report.card.respondent_class is RespondentClass.CHILD:
        yield gettext(
            "Only children's answers are in this report. Adults have reports of their own, and the two are never "
            "added up or drawn together."
        )
    else:
        yield gettext(
            "Only adults' answers are in this report. Children have reports of their own, and the two are never "
            "added up or drawn together."
        )
    zeros = gettext("On sensitive questions a zero is withheld as well.") if report.zeros_hidden else ""
    yield " ".join(
        part
        for part in (
            gettext(
                "Every number under %(k)s but zero is withheld, and so are as many others as it takes so that none of "
                "them can be worked out.",
                k=k,
            ),
            zeros,
            gettext("A withheld number has one mark, whatever the reason."),
        )
        if part
    )
    yield gettext("Shares are made of published numbers only, and their base is shown.")
    yield gettext("Answers that were taken back before the tables were made are not in them.")
    yield gettext(
        "Two people opened the answers together, in one short-lived process that let only these tables out. Nobody "
        "read an answer to make these numbers."
    )
    yield _audit(report)
    if "disability" in {table.key for table in report.about}:
        yield gettext(
            "Disability is asked as six short questions about difficulties. They miss many people with developmental "
            "disabilities."
        )


def _audit(report: ReportView) -> str:
    if not report.withheld:
        return gettext(
            "A program that tries to undo the protection looked at everything that is published here together, and "
            "found nothing to undo."
        )
    tried = gettext(
        "A program that tries to undo the protection looked at everything that is published here together, and could "
        "not."
    )
    if report.narrowest is None:
        return tried
    narrowest = gettext("The narrowest it came to any withheld number was a range of %(n)s.", n=report.narrowest)
    return f"{tried} {narrowest}"


def _facts(report: ReportView) -> Iterator[tuple[str, str]]:
    yield gettext("Who answers these views"), report.decision_maker
    yield gettext("By when"), day(report.feedback_due)
    yield gettext("Languages"), gettext(", ").join(language_name(each) for each in report.languages)
    yield gettext("Fingerprint of the release"), Code(report.digest)
