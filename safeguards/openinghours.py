"""Weekly hours in local time as spans of real time, through every change of the clock, and the gaps between spans.

A moment is within the hours when the clock on the wall there says so. So on the night when clocks go back an hour that
the wall shows twice counts twice, and one that it never shows does not count.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .plan import Hours, Weekday

__all__ = ["Span", "gaps", "merged", "open_spans"]

Span = tuple[datetime, datetime]
"""From (included) to (not included), both UTC-aware."""

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_DAYS = tuple(Weekday)
_FULL_DAY = 24 * 60


def open_spans(hours: Iterable[Hours], timezone: str, start: datetime, end: datetime) -> list[Span]:
    """When the hours are open between two moments, in order, without overlaps."""
    weekly = tuple(hours)
    zone = ZoneInfo(timezone)
    found = []
    for since, until, offset in _steady(zone, start, end):
        first, last = (since + offset).date() - _DAY, (until + offset).date()
        for days in range((last - first).days + 1):
            for opens, closes in _on(weekly, first + timedelta(days=days)):
                span = (max(since, opens - offset), min(until, closes - offset))
                if span[0] < span[1]:
                    found.append(span)
    return merged(found)


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time in order, touching spans joined."""
    joined: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def gaps(wanted: Iterable[Span], covered: Iterable[Span]) -> list[Span]:
    """What of the wanted time is not covered."""
    cover = merged(covered)
    stops = [stop for _, stop in cover]
    return [gap for span in merged(wanted) for gap in _gaps_of(span, cover, bisect_right(stops, span[0]))]


def _gaps_of(span: Span, cover: list[Span], first: int) -> Iterator[Span]:
    """``first``: the number of the first covering span that ends after the wanted one begins."""
    reached, end = span
    for number in range(first, len(cover)):
        start, stop = cover[number]
        if start >= end:
            break
        if start > reached:
            yield reached, start
        reached = stop
    if reached < end:
        yield reached, end


def _on(weekly: tuple[Hours, ...], day: date) -> Iterator[Span]:
    """Spans of wall time, written as if they were UTC, that begin on this day."""
    midnight = datetime.combine(day, time(), UTC)
    for hours in weekly:
        if _DAYS[day.weekday()] in hours.days:
            length = (hours.close - hours.open - 1) % _FULL_DAY + 1
            opens = midnight + timedelta(minutes=hours.open)
            yield opens, opens + timedelta(minutes=length)


def _steady(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Spans in which the zone keeps one offset from UTC."""
    since = start = start.astimezone(UTC)
    end = end.astimezone(UTC)
    while start < end:
        following = min(start + _DAY, end)
        if _offset(zone, following) != _offset(zone, since):
            change = _change(zone, start, following)
            yield since, change, _offset(zone, since)
            since = change
        start = following
    if since < end:
        yield since, end, _offset(zone, since)


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The minute at which the offset changes between two moments at most a day apart."""
    old = _offset(zone, before)
    while after - before > _MINUTE:
        middle = before + (after - before) / 2
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after.replace(second=0, microsecond=0)  # clocks change on whole minutes, and `after` is less than one later


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
