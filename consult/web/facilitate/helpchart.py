"""The picture of help over time: a row a day, and the same as a table beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from safeguards.helpcover import Cover, Day, Minutes

__all__ = ["Drawn", "Row", "drawn"]

_ROW = 3.0
_BAR = 1.25
_DAY = 24 * 60
Bars = tuple[tuple[float, float], ...]
"""From and width, in percent of the day."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the picture and of the table. Times are the wall clock's; tops are in rem."""

    first: date
    last: date
    tail: bool
    label: float
    top: float
    asked: Bars
    helped: Bars
    missing: Bars
    asked_at: str
    helped_at: str
    missing_at: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A cover to draw."""

    cover: Cover
    rows: tuple[Row, ...]
    height: float


def drawn(cover: Cover, *, mirrored: bool) -> Drawn:
    """The rows with their bars; `mirrored` for pages that are read from the right."""
    rows = tuple(_row(day, n * _ROW, mirrored=mirrored) for n, day in enumerate(cover.days))
    return Drawn(cover, rows, len(rows) * _ROW)


def _row(day: Day, top: float, *, mirrored: bool) -> Row:
    spans = (day.asked, day.helped, day.missing)
    asked, helped, missing = (_bars(each, mirrored=mirrored) for each in spans)
    return Row(
        day.first, day.last, day.tail, top + 1, top + _BAR, asked, helped, missing, *(_times(each) for each in spans)
    )


def _bars(spans: Iterable[Minutes], *, mirrored: bool) -> Bars:
    ends = ((_DAY - until, _DAY - since) if mirrored else (since, until) for since, until in spans)
    return tuple((round(100 * since / _DAY, 3), round(100 * (until - since) / _DAY, 3)) for since, until in ends)


def _times(spans: Iterable[Minutes]) -> str:
    return ", ".join(f"{_clock(since)}–{_clock(until)}" for since, until in spans)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
