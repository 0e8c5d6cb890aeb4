"""What they said: every closed question in the form's order, also one of which nothing can be shown."""

from __future__ import annotations

from consult.services.report.reportviews import ReportView
from consult.services.tables.releasetables import Table
from consult.web.groupnames import whoever_answered
from consult.web.languages import gettext
from consult.web.review import phrases
from consult.web.review.blocks import Block, Figure, Grid, Section, Words

__all__ = ["section"]


def section(report: ReportView) -> Section | None:
    """One figure a question, and of whom it was asked where not of everybody."""
    if not report.about:
        return None
    blocks: list[Block] = []
    for table in report.answers:
        blocks.append(_question(table, report.card.k))
        if table.after[0]:
            blocks.append(Words(whoever_answered(*table.after), quiet=True))
    own_words = gettext(
        "Own words are not counted here. What is shown of them was let through by two people, and a person's own "
        "words only with a separate yes."
    )
    return Section("said", gettext("What they said"), [*blocks, Words(own_words, quiet=True)])


def _question(table: Table, k: int) -> Block:
    if table.rows:
        return Figure(table.title, gettext("Answer"), table, phrases.labels(table), k)
    nothing = gettext("Nothing can be shown for this question without giving somebody away.")
    return Grid(table.title, gettext("Answer"), (), (), k, nothing)
