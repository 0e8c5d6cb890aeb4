"""What people wrote: themes with their protected counts, and texts that two people let through."""

from __future__ import annotations

from consult.services.report.findings import Findings, QuestionFindings
from consult.services.report.reportviews import ReportView
from consult.services.tables.quoting import Quote
from consult.web.languages import gettext
from consult.web.review.blocks import Block, Grid, GridRow, Quoted, Section, Words
from consult.web.review.phrases import attribute_words, class_and_basis

__all__ = ["section"]


def section(report: ReportView) -> Section | None:
    """One grid of themes a question, then the quotes; nothing where nothing was counted or let through."""
    found = report.findings
    if found is None:
        return None
    blocks: list[Block] = []
    for question in found.questions:
        blocks += _question(question, found, report.card.k)
    how = gettext(
        "People read these texts and chose the themes by hand. Most quotes are paraphrases; none holds what may show "
        "who wrote it, as far as two people could tell."
    )
    rare = gettext("A theme that few people have is not named: its name would be what one of them wrote.")
    return Section("words", gettext("In their own words"), [*blocks, Words(f"{how} {rare}", quiet=True)])


def _question(question: QuestionFindings, found: Findings, k: int) -> list[Block]:
    rows = tuple(GridRow(theme.name, (theme.count, theme.memo)) for theme in question.themes)
    columns = (gettext("People"), gettext("When a text has it"))
    themes: list[Block] = [Grid(question.title, gettext("Theme"), columns, rows, k)] if rows else []
    title: list[Block] = [] if rows else [Words(question.title, strong=True)]
    return [*themes, *title, *(Quoted(each.text, _whose(each, found), each.language) for each in question.quotes)]


def _whose(quote: Quote, found: Findings) -> str:
    said = [class_and_basis(quote.respondent_class)]
    if quote.attribute:
        said.append(attribute_words(found.published, quote.attribute))
    said.append(gettext("in the person's own words") if quote.own_words else gettext("paraphrased"))
    return gettext(", ").join(said)
