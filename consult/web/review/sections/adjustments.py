"""What got in the way, and what was done about it: the register of adjustments, in lots."""

from __future__ import annotations

from collections.abc import Mapping

from consult.errors import sentence
from consult.services.report.reportviews import ReportView, Size
from consult.web.languages import gettext
from consult.web.review.blocks import Block, Facts, Section, Words
from consult.web.review.sections.coverage import in_lots
from consult.web.words import BARRIERS

__all__ = ["OUTCOMES", "section"]

OUTCOMES = {
    "provided": sentence("It was there"),
    "other": sentence("Something else was found"),
    "not_provided": sentence("It could not be given"),
    "open": sentence("Not answered yet"),
}


def section(report: ReportView) -> Section | None:
    """Barriers and outcomes by code; nothing under the threshold, and a sentence where nothing was asked for."""
    if report.card.size is Size.FEW:
        return None
    heading, found, k = gettext("What got in the way"), report.adjustments, report.card.k
    if found is None:
        nothing = gettext("Nobody has asked for anything to be made easier, or it was not written down.")
        return Section("barriers", heading, [Words(nothing)])
    asked = gettext("Requests for something that makes taking part easier: %(n)s.", n=in_lots(found.asked, k))
    blocks: list[Block] = [Words(asked)]
    for title, counts, words in (
        (gettext("What it was about"), found.barriers, BARRIERS),
        (gettext("What came of it"), found.outcomes, OUTCOMES),
    ):
        if counts:
            blocks += [Words(title, strong=True), _facts(counts, words, k)]
    blocks.append(
        Words(gettext("Counted in lots of %(k)s, rounded down; what is rarer is not listed.", k=k), quiet=True)
    )
    return Section("barriers", heading, blocks)


def _facts(counts: Mapping[str, int], words: Mapping[str, str], k: int) -> Facts:
    return Facts(tuple((gettext(words[code]), in_lots(n, k)) for code, n in counts.items() if code in words))
