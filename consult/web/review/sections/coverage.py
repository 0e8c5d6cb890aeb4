"""Who has not been heard yet: the grid of targets, the reference populations, and how many came, answered and left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consult.errors import sentence
from consult.inclusion.coverage import ASIDE, PREFER_NOT, Reach, Similarity, Standing
from consult.inclusion.lots import lots
from consult.services.report.reportviews import CoverageRow, CoverageView, Dimension, ReportView, Size
from consult.services.tables.releasetables import Row, Table
from consult.web.languages import gettext
from consult.web.review import phrases
from consult.web.review.blocks import Block, Cell, Facts, Figure, Grid, GridRow, Percent, Section, Tag, Words
from consult.web.wording import percent
from consult.web.words import day

__all__ = ["heard", "in_lots", "section"]

_REACHES: Mapping[Reach, tuple[str, str, str]] = {
    Reach.REACHED: (sentence("Reached"), "ok", "ok"),
    Reach.BELOW: (sentence("Below the plan by %(n)s"), "do", "flag"),
    Reach.OPEN: (sentence("May be reached"), "wait", "clock"),
    Reach.WITHHELD: (sentence("Can not be told: withheld"), "pro", "lock"),
}
_BELOW_IN_LOTS = sentence("Below the plan by at least %(n)s")
_STANDINGS: Mapping[Standing, tuple[str, str, str]] = {
    Standing.UNDER_HEARD: (sentence("Under-heard"), "do", "flag"),
    Standing.HEARD_MORE: (sentence("Heard more than its share"), "", ""),
    Standing.IN_LINE: (sentence("In line"), "ok", "ok"),
    Standing.TOO_FEW: (sentence("Too few to tell"), "wait", "clock"),
    Standing.WITHHELD: (sentence("Can not be told: withheld"), "pro", "lock"),
}
_WAYS = {
    PREFER_NOT: sentence("Prefer not to say"),
    ASIDE[0]: sentence("Skipped"),
    ASIDE[1]: sentence("Not asked"),
}
_ARRIVALS = {
    "came": sentence("Came to the first page"),
    "assented": sentence("Said yes to taking part"),
    "stopped": sentence("Left on the way"),
}
#: What whoever sent answers has passed.
_PASSED = ("came", "assented")


def section(report: ReportView) -> Section | None:
    """The grid; where nothing was planned, that nobody can say who is missing. Nothing under the threshold."""
    if report.card.size is Size.FEW:
        return None
    blocks: list[Block] = [*heard(report.coverage, report.card.k)]
    arrived = _arrivals(report)
    if arrived.pairs:
        blocks.append(arrived)
    if report.coverage.silences:
        blocks.append(_silences(report.coverage, report.card.k))
    return Section("missing", gettext("Who have we not heard from?"), blocks)


def heard(view: CoverageView, k: int) -> Iterator[Block]:
    """What was planned beside what was heard; also what the page of a part that is still collecting shows."""
    planned = [row for row in view.rows if row.heard.target is not None]
    aimed = [row for row in planned if row.heard.reach is not Reach.NOT_SHOWN]
    unseen = [_name(row) for row in planned if row.heard.reach is Reach.NOT_SHOWN]
    if not view.rows:
        yield Words(gettext("No targets were set for this part, so nobody can say who is missing."))
    if aimed:
        yield _targets(aimed, view, k)
    if unseen:
        yield Words(
            gettext(
                "In no table by itself, so nothing can be told of it: %(groups)s.", groups=gettext("; ").join(unseen)
            ),
            quiet=True,
        )
    for dimensions, source in view.sources:
        yield _reference(dimensions, source, view, k)
    if view.sources:
        yield Words(
            gettext(
                "The range behind a share is what chance alone could make of it with so few people. A group is called "
                "under-heard only when the whole range lies under its share of the population. Nobody was drawn by "
                "lot, so the range says how much can be read into a number, and no more."
            ),
            quiet=True,
        )
        yield Words(
            gettext(
                "In line means that the range holds the group's share of the population, and that a group heard at "
                "half of its share would have been seen. It does not mean that the two are the same."
            ),
            quiet=True,
        )


def _targets(rows: list[CoverageRow], view: CoverageView, k: int) -> Figure:
    title = gettext("Planned and heard, by group")
    counts = tuple(Row(_name(row), "", row.heard.count, None) for row in rows)
    planned = gettext("planned on %(day)s", day=day(view.saved_on)) if view.saved_on else ""
    return Figure(
        title=f"{title} ({planned})" if planned else title,
        head=gettext("Group"),
        table=Table(key="plan", title=title, rows=counts),
        labels=tuple(_name(row) for row in rows),
        k=k,
        plans=tuple(row.heard.target or 0 for row in rows),
        verdicts=tuple(_reach(row) for row in rows),
    )


def _name(row: CoverageRow) -> str:
    """What a group is called; of two dimensions both are said."""
    said = [
        f"{phrases.dimension(dimension.key, dimension.title)}: {phrases.label(dimension.key, part)}"
        for dimension, part in row.parts
    ]
    return " · ".join(said)


def _reach(row: CoverageRow) -> Tag:
    found = row.heard
    text, kind, sign = _REACHES[found.reach or Reach.WITHHELD]
    if found.reach is Reach.BELOW and found.slack:
        text = _BELOW_IN_LOTS
    return Tag(gettext(text, n=found.missing), kind, sign)


def _reference(dimensions: tuple[Dimension, ...], source: str, view: CoverageView, k: int) -> Grid:
    keys = tuple(each.key for each in dimensions)
    name = " · ".join(phrases.dimension(each.key, each.title) for each in dimensions)
    beside = (row for row in view.rows if row.heard.standing is not None)
    rows = [row for row in beside if tuple(key for key, _ in row.heard.group) == keys]
    found = next((each for each in view.similarities if each.dimensions == keys), None)
    return Grid(
        title=gettext("%(what)s: beside the population", what=name),
        head=gettext("Group"),
        columns=(
            gettext("Heard"),
            gettext("Share of those heard"),
            gettext("Its range"),
            gettext("Share of the population"),
            gettext("Difference in points"),
            gettext("What it means"),
        ),
        rows=tuple(GridRow(_labels(row), _cells(row)) for row in rows),
        k=k,
        note=" ".join(
            [gettext("Population: %(source)s.", source=source.rstrip(". ")), *_base(rows), _similarity(found)]
        ),
    )


def _base(rows: list[CoverageRow]) -> Iterator[str]:
    """Whom the shares are of: tables further down have shares of everybody."""
    base = next((row.heard.share.base for row in rows if row.heard.share is not None), None)
    if base is not None:
        yield gettext("Shares are of the %(n)s who are in one of these groups.", n=base)


def _labels(row: CoverageRow) -> str:
    return " · ".join(phrases.label(dimension.key, part) for dimension, part in row.parts)


def _cells(row: CoverageRow) -> tuple[Cell, ...]:
    found = row.heard
    share, gap, expected = found.share, found.gap, found.expected or 0.0
    text, kind, sign = _STANDINGS[found.standing or Standing.WITHHELD]
    return (
        found.count,
        "" if share is None else Percent(_whole(share.point)),
        "" if share is None else f"{_whole(share.low)}–{percent(_whole(share.high))}",
        Percent(_whole(expected)),
        "" if gap is None else _whole(gap),
        Tag(gettext(text), kind, sign),
    )


def _whole(share: float) -> int:
    return round(100 * share)


def _similarity(found: Similarity | None) -> str:
    if found is None:
        return gettext("How alike the two are can not be said: a number is withheld.")
    return gettext(
        "Alike by %(value)s. So many people drawn by lot would be alike by %(expected)s on average.",
        value=percent(_whole(found.value)),
        expected=percent(_whole(found.expected)),
    )


def _arrivals(report: ReportView) -> Facts:
    """How many came and how far.

    These counts wait in memory and may be lost with it: so none is told as the most that it can have been, and whoever
    sent answers came and said yes.
    """
    view, k, pairs = report.coverage, report.card.k, []
    if view.invited is not None:
        pairs.append((gettext("Invited"), str(view.invited)))
    for what, n in view.arrivals.items():
        if what in _ARRIVALS:
            least = max(n, lots(report.card.total or 0, k)) if what in _PASSED else n
            told = gettext("at least %(n)s", n=least) if least else gettext("Too few to tell")
            pairs.append((gettext(_ARRIVALS[what]), told))
    if pairs and report.card.total is not None:
        pairs.append((gettext("Sent their answers, and left them"), str(report.card.total)))
    if view.withdrew is not None:
        pairs.append((gettext("Took their answers back"), in_lots(view.withdrew, k)))
    return Facts(tuple(pairs))


def in_lots(n: int, k: int) -> str:
    """A count that only moves in whole lots of `k`."""
    return gettext("at least %(n)s", n=n) if n else gettext("fewer than %(k)s", k=k)


def _silences(view: CoverageView, k: int) -> Grid:
    ways = [way for way in _WAYS if any(way in silence.counts for _, silence in view.silences)]
    return Grid(
        title=gettext("Who did not say"),
        head=gettext("About"),
        columns=tuple(gettext(_WAYS[way]) for way in ways),
        rows=tuple(
            GridRow(
                phrases.dimension(dimension.key, dimension.title),
                tuple(silence.counts.get(way, "") for way in ways),
            )
            for dimension, silence in view.silences
        ),
        k=k,
        folded=True,
    )
