"""The running check: may somebody begin, go on or send at this moment? One comparison of times, failing closed.

Asked at every step of a participant, Send included. What the gate decided was signed with an end (`valid_until`, the
earliest lapse); so while no fact changes, nothing has to be evaluated again. A changed fact moves the strand's state.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from consult.models.strand import StrandState
from consult.services.participation.sittings import Sitting
from safeguards.lapse import PeopleIn
from safeguards.openinghours import open_spans
from safeguards.plan import Hours, Weekday, Window

__all__ = ["Ruling", "RunningPermit", "inside_hours"]

_DAYS = tuple(Weekday)
_DAY_MINUTES = 24 * 60


class Ruling(StrEnum):
    """What a participant may do now."""

    OPEN = "open"
    #: no new starts; people inside may finish (a C2 lapse: a document ran out, the protection is still real)
    FINISHING = "finishing"
    #: a meeting that rests: nothing goes on for now, and nothing is lost
    PAUSED = "paused"
    SHUT = "shut"

    @property
    def takes_answers(self) -> bool:
        """Whether what somebody sends now is taken."""
        return self in (Ruling.OPEN, Ruling.FINISHING)


_STRICTNESS = tuple(Ruling)
_IN_A_SESSION = {
    PeopleIn.CONTINUE: Ruling.OPEN,
    PeopleIn.FINISH: Ruling.FINISHING,
    PeopleIn.PAUSE: Ruling.PAUSED,
    PeopleIn.STOP: Ruling.SHUT,
}


@dataclass(frozen=True, slots=True)
class RunningPermit:
    """The facts that decide it. A fact that is missing (None) never opens anything."""

    state: str
    signed_to_open: bool
    valid_until: datetime | None
    window: Window | None
    finish_by: datetime | None = None
    #: when own words have waited too long for a reader (P-TRIAGE); None while nothing waits
    triage_due: datetime | None = None
    #: where people meet: the session in which somebody answers. Without one, nobody does
    sitting: Sitting | None = None
    #: in these languages nobody takes part, whatever the ruling
    languages_shut: frozenset[str] = frozenset()

    def ruling(self, now: datetime) -> Ruling:
        """Open, finishing, paused or shut at `now`: in a session the stricter of what strand and session allow."""
        if not self.signed_to_open or (self.window is None and self.sitting is None):
            return Ruling.SHUT
        if self.triage_due is not None and now >= self.triage_due:
            return Ruling.SHUT
        strand = self._of_strand(now)
        if self.sitting is None:
            return strand
        return max(strand, _IN_A_SESSION[self.sitting.people_in(now)], key=_STRICTNESS.index)

    def comes_back(self, now: datetime) -> Window | None:
        """The window with the hours in which answers are taken again, where the time of day alone keeps people out now.

        None where it is open, where anything else keeps it shut, and where nothing of its hours is left.
        """
        window = self.window
        running = self.signed_to_open and self.state == StrandState.OPEN and self._valid(now)
        if not running or self.valid_until is None or window is None or now < window.opens:
            return None
        until = min(window.closes, self.valid_until, self.triage_due or window.closes)
        if self._in_window(window, now) or not open_spans(window.hours, window.timezone, now, until):
            return None
        return window

    def _of_strand(self, now: datetime) -> Ruling:
        in_window = self.window is None or self._in_window(self.window, now)
        if self.state == StrandState.OPEN and self._valid(now) and in_window:
            return Ruling.OPEN
        return Ruling.FINISHING if self._finishing(now) else Ruling.SHUT

    def _valid(self, now: datetime) -> bool:
        return self.valid_until is not None and now < self.valid_until

    def _finishing(self, now: datetime) -> bool:
        running = self.state in (StrandState.OPEN, StrandState.SUSPENDED)
        return running and self.finish_by is not None and now < self.finish_by

    @staticmethod
    def _in_window(window: Window, now: datetime) -> bool:
        within = window.opens <= now < window.closes
        return within and (not window.hours or inside_hours(window.hours, window.timezone, now))


def inside_hours(hours: tuple[Hours, ...], timezone: str, now: datetime) -> bool:
    """Whether `now` lies in one of the hours, in local time; closing not after opening means the next day."""
    local = now.astimezone(ZoneInfo(timezone))
    minute = local.hour * 60 + local.minute
    today, yesterday = _DAYS[local.weekday()], _DAYS[(local - timedelta(days=1)).weekday()]
    return any(
        (today in span.days and span.open <= minute < _end(span))
        or (yesterday in span.days and minute + _DAY_MINUTES < _end(span))
        for span in hours
    )


def _end(span: Hours) -> int:
    return span.close if span.close > span.open else span.close + _DAY_MINUTES
