"""Help over the time in which people can answer, and its tail, drawn in local days: who answers when, and where nobody.

The same computation as SUP-02, kept as spans instead of a verdict, so that a picture and a table can show it. Local
time is the wall clock's: on the days when clocks change a span is cut where the wall says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .measure import Cell, cells_of
from .measuredservices import answering, serving, spans_of
from .openinghours import Span, gaps, merged
from .plan import Strand
from .policy import Policy

__all__ = ["Cover", "Day", "covers"]

_DAY_MINUTES = 24 * 60
Minutes = tuple[int, int]
"""From and to, minutes after local midnight."""


@dataclass(frozen=True, slots=True)
class Day:
    """One local day, or several that look the same: when people can answer, when help does, where nobody does.

    `tail`: after the close, when nobody is asked any more and help keeps its hours.
    """

    first: date
    last: date
    asked: tuple[Minutes, ...]
    helped: tuple[Minutes, ...]
    missing: tuple[Minutes, ...]
    tail: bool


@dataclass(frozen=True, slots=True)
class Cover:
    """Some of the people who are asked (language, place, band), the services that serve them, and their days."""

    cells: tuple[Cell, ...]
    services: tuple[str, ...]
    timezone: str
    days: tuple[Day, ...]

    @property
    def whole(self) -> bool:
        """Whether help answers in every minute in which people can answer."""
        return not any(day.missing for day in self.days)


def covers(strand: Strand, policy: Policy) -> tuple[Cover, ...]:
    """The cover of a strand (one mode), those who share one together; nothing while no time is planned."""
    asked = merged(answering(strand))
    if not asked:
        return ()
    close, zone = asked[-1][1], _zone(strand)
    tail = (close, close + timedelta(hours=policy.p("P-TAIL")))
    found: dict[tuple[tuple[Span, ...], tuple[str, ...]], list[Cell]] = {}
    for cell in cells_of(strand):
        services = serving(strand, cell)
        helped = merged(span for service in services for span in spans_of(service, [*asked, tail]))
        found.setdefault((tuple(helped), tuple(each.id for each in services)), []).append(cell)
    return tuple(
        Cover(tuple(cells), services, zone.key, tuple(_alike(_days(asked, helped, tail, zone))))
        for (helped, services), cells in found.items()
    )


def _zone(strand: Strand) -> ZoneInfo:
    if strand.live:
        return ZoneInfo(strand.sessions[0].timezone)
    return ZoneInfo(strand.window.timezone if strand.window else "UTC")


def _days(asked: list[Span], helped: tuple[Span, ...], tail: Span, zone: ZoneInfo) -> Iterator[Day]:
    missing = gaps(asked, helped)
    day, last = asked[0][0].astimezone(zone).date(), tail[1].astimezone(zone).date()
    while day <= last:
        wall = [tuple(_on(day, spans, zone)) for spans in (asked, helped, missing)]
        if wall[0] or any(_on(day, [tail], zone)):
            yield Day(day, day, wall[0], wall[1], wall[2], tail=not wall[0])
        day += timedelta(days=1)


def _on(day: date, spans: Iterable[Span], zone: ZoneInfo) -> Iterator[Minutes]:
    """The parts of spans that lie on a local day, as its clock shows them."""
    starts = datetime.combine(day, time(), zone)
    ends = datetime.combine(day + timedelta(days=1), time(), zone)
    for start, end in spans:
        since, until = max(start, starts), min(end, ends)
        if since < until:
            yield _minute(since, zone), _DAY_MINUTES if until >= ends else _minute(until, zone)


def _minute(moment: datetime, zone: ZoneInfo) -> int:
    local = moment.astimezone(zone)
    return local.hour * 60 + local.minute


def _alike(days: Iterable[Day]) -> Iterator[Day]:
    """Neighbours that look the same become one row."""
    row: Day | None = None
    for day in days:
        if row and _looks(row) == _looks(day) and day.first == row.last + timedelta(days=1):
            row = Day(row.first, day.last, row.asked, row.helped, row.missing, row.tail)
        else:
            if row:
                yield row
            row = day
    if row:
        yield row


def _looks(day: Day) -> tuple[object, ...]:
    return day.asked, day.helped, day.missing, day.tail
