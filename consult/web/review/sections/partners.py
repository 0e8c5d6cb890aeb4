"""What partners changed: which organisations helped with the words, and how questions and texts read since."""

from __future__ import annotations

from consult.services.partners.codesign import Answered, Helper
from consult.services.report.reportviews import ReportView
from consult.web.languages import gettext
from consult.web.review.blocks import Block, Facts, Points, Section, Words
from consult.web.words import PARTNER_KINDS

__all__ = ["section"]


def section(report: ReportView) -> Section | None:
    """Nothing where no partner had an answer or hosts the part. No person is named; organisations as they wish."""
    found = report.codesign
    blocks: list[Block] = []
    if found.answered:
        counts = {"taken": found.taken, "in_part": found.in_part, "not_taken": found.not_taken}
        proposed = gettext("What they proposed:")
        helped = gettext("Before anybody was asked, these organisations read the questions and texts.")
        said = gettext("%(taken)s taken, %(in_part)s in part, %(not_taken)s not taken.", **counts)
        blocks += [Words(helped), Points(tuple(_name(each) for each in found.helpers))]
        blocks.append(Words(f"{proposed} {said}"))
    changes = [_change(each) for each in found.changes if each.strand_id == report.card.strand_id]
    if changes:
        blocks += [Words(gettext("What changed in this part"), strong=True), *changes]
    hosted, sees_none = gettext("Hosted by"), gettext("A host sees no answer.")
    hosts = [_name(host) for part, host in found.hosts if part == report.card.strand]
    blocks += [Words(f"{hosted}: {host}. {sees_none}") for host in hosts]
    return Section("partners", gettext("What partners changed"), blocks) if blocks else None


def _name(helper: Helper) -> str:
    kind = gettext(PARTNER_KINDS[helper.kind])
    return f"{helper.name} ({kind})" if helper.name else kind


def _change(each: Answered) -> Facts:
    """The text as it was and as it reads since, in the language of the source, and the reason that was given."""
    now = ((gettext("It reads now"), each.now_reads),) if each.now_reads else ()
    return Facts(((gettext("The text"), each.before), *now, (gettext("Why"), each.reason)))
