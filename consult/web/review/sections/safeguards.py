"""The safeguards record: under which decision people answered, what was in place, what stood in, what lapsed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consult.errors import sentence
from consult.services.report.reportviews import Halt, ReportView, SafeguardsRecord
from consult.web.languages import gettext
from consult.web.review.blocks import Block, Facts, Grid, GridRow, Points, Section, Words
from consult.web.words import day, told, words

__all__ = ["section"]

_CAUSES: Mapping[str, str] = {
    "C1": sentence("A protection was missing: everybody stopped at once"),
    "C2": sentence("A paper ran out: nobody new began, whoever was inside could finish"),
    "stop": sentence("Emergency stop"),
}


def section(report: ReportView) -> Section | None:
    """The decision, then the requirements; nothing where a release is too old to know them."""
    blocks: list[Block] = []
    if report.decided is not None:
        blocks.append(Facts(tuple(_decision(report))))
    if report.safeguards is not None:
        blocks += _record(report.safeguards, report.card.k)
    return Section("safeguards", gettext("Safety while people took part"), blocks) if blocks else None


def _decision(report: ReportView) -> Iterator[tuple[str, str]]:
    signed = report.decided
    if signed is None:
        return
    said = [words(signed.decision, "decision"), day(signed.signed_on)]
    if signed.two_signatures:
        said.append(gettext("by two people"))
    yield gettext("Signed to open"), gettext(", ").join(said)
    if signed.conditions:
        yield gettext("Conditions"), " ".join(signed.conditions)


def _record(record: SafeguardsRecord, k: int) -> Iterator[Block]:
    yield Words(gettext("What lapsed while it was open"), strong=True)
    if record.halts:
        yield Points(tuple(_halt(each) for each in record.halts))
    else:
        yield Words(gettext("Nothing lapsed: it never stood still."))
    if record.substitutes:
        yield Words(gettext("What stood in for a requirement"), strong=True)
        yield Points(tuple(f"{told(each.title)} ({each.id}): {each.what}" for each in record.substitutes))
    if record.missing:
        yield Words(gettext("What was advised and not there"), strong=True)
        yield Points(tuple(f"{told(title)} ({code})" for code, title in record.missing))
    yield Grid(
        title=gettext("What was in place when it was signed"),
        head=gettext("Requirement"),
        columns=(gettext("Number in the policy"),),
        rows=tuple(GridRow(told(title), (code,)) for code, title in record.in_place),
        k=k,
        folded=True,
    )


def _halt(halt: Halt) -> str:
    cause = gettext(_CAUSES.get(halt.cause, _CAUSES["C1"]))
    if halt.until is None:
        since = gettext("from %(day)s", day=day(halt.begun))
        return f"{cause}: {since}"
    if halt.until == halt.begun:
        return f"{cause}: {day(halt.begun)}"
    return f"{cause}: {day(halt.begun)} – {day(halt.until)}"
