"""A live session as it happens: from what the adults noted, who is there, how the clock stands, who may go on.

Nothing is kept but what was noted and when; everything else follows from it here. A register holds counts and ages,
never a name. Too few adults, or a lead who does not answer, pause at once; if that lasts too long (P-GAP, P-SLR), the
session is over and only its closing routine is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from .lapse import FINISH_WITHIN, PeopleIn
from .measure import Measure
from .measuredsessions import groups, longest_stretch, longest_work, practitioners, ratio, two_adults
from .plan import Consultation, Plan, Session, Strand
from .policy import Policy
from .record import Record
from .said import Said
from .terms import Level
from .validity import Case

__all__ = ["OVERRUN", "Live", "Meeting", "Note", "Noted", "Phase", "Register", "follow", "people_in"]

OVERRUN = timedelta(minutes=15)
"""SAF-14: so much longer than P-LEN, and nobody goes on."""

_SILENCES = 2
"""SAF-06: a lead who does not answer so many times in a row is not there."""


class Note(StrEnum):
    """What an adult of the session notes."""

    CHECKED_IN = "checked_in"
    LEFT = "left"
    BACK = "back"
    COUNTED = "counted"
    CONFIRMED = "confirmed"
    LEAD_ANSWERED = "lead_answered"
    LEAD_SILENT = "lead_silent"
    STARTED = "started"
    BREAK = "break"
    PAUSED = "paused"
    WRONG = "wrong"
    WENT_ON = "went_on"
    CLOSING = "closing"
    ENDED = "ended"


class Phase(StrEnum):
    """Where a session stands. over: it ended by itself or had to; its closing routine is still to be done."""

    WAITING = "waiting"
    RUNNING = "running"
    BREAK = "break"
    PAUSED = "paused"
    OVER = "over"
    CLOSING = "closing"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Register:
    """Who takes part, by count and by age in years. Nobody is named."""

    children: int
    youngest: int
    oldest: int


@dataclass(frozen=True, slots=True)
class Noted:
    """One thing noted: `about` is a person of the staff or a point of a list."""

    note: Note
    at: datetime
    about: str = ""
    register: Register | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """What the rules compare with: the strand (one mode) with its team, one of its planned sessions, the policy."""

    strand: Strand
    session: Session
    policy: Policy

    def as_it_is(self, live: Live, at: datetime) -> Strand:
        """The strand with this session as it really is: who is there, how many, of which ages, which lead answers."""
        register = live.register
        here = replace(
            self.session,
            ends=max(self.session.ends, at + timedelta(minutes=1)),
            adults=live.present,
            practitioners=tuple(each for each in self.session.practitioners if each in live.present),
            children=register.children if register else None,
            ages=(register.youngest, register.oldest) if register else None,
            duty_lead=live.lead or self.session.duty_lead,
        )
        return replace(
            self.strand,
            sessions=tuple(here if each.id == here.id else each for each in self.strand.sessions),
        )

    @property
    def last_moment(self) -> datetime:
        """Past it nobody goes on (C2)."""
        return self.session.ends + FINISH_WITHIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """How a session stands at a moment.

    `worked`: time of work without breaks and pauses; `stretch`: since the last break. `short`: why the adults there do
    not suffice. `lead_due`: the lead has to answer by then, `back_by`: enough adults have to be there by then, or the
    session is over. `halted`: it did not end as planned. `counted_out`: who leaves was counted at the end.
    """

    phase: Phase = Phase.WAITING
    present: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    register: Register | None = None
    confirmed: frozenset[str] = frozenset()
    lead: str = ""
    lead_at: datetime | None = None
    silences: int = 0
    started: datetime | None = None
    worked: timedelta = timedelta()
    stretch: timedelta = timedelta()
    breaks: int = 0
    counted_out: bool = False
    short: tuple[Said, ...] = ()
    back_by: datetime | None = None
    lead_due: datetime | None = None
    halted: bool = False
    now: datetime | None = None
    limit: timedelta = timedelta()
    stretch_limit: timedelta = timedelta()

    @property
    def rest_due(self) -> bool:
        """Whether a break is due now."""
        return self.phase is Phase.RUNNING and self.stretch >= self.stretch_limit

    @property
    def over_length(self) -> bool:
        """Whether the work has reached its greatest length."""
        return self.started is not None and self.worked >= self.limit


_UNDER_WAY = frozenset({Phase.RUNNING, Phase.BREAK, Phase.PAUSED})


def follow(meeting: Meeting, noted: Iterable[Noted], at: datetime) -> Live:
    """How the session stands at a time, from what was noted until then, in its order."""
    live = Live()
    for each in noted:
        live = _react(_pass(live, meeting, each.at), meeting, each)
    return _pass(live, meeting, at)


def people_in(live: Live, meeting: Meeting, at: datetime) -> PeopleIn:
    """What whoever answers in this session may do: go on, finish only, wait, or nothing any more."""
    if live.phase in (Phase.PAUSED, Phase.BREAK):
        return PeopleIn.PAUSE
    closing = live.phase is Phase.CLOSING and not live.halted
    in_time = live.worked < live.limit + OVERRUN and at < meeting.last_moment
    if not in_time or not (closing or live.phase is Phase.RUNNING):
        return PeopleIn.STOP
    if closing and live.short:
        return PeopleIn.PAUSE
    return PeopleIn.FINISH if closing or live.over_length or at >= meeting.session.ends else PeopleIn.CONTINUE


def _pass(live: Live, meeting: Meeting, at: datetime) -> Live:
    """Time goes by until `at`."""
    before = live.now or at
    at = max(at, before)
    ends = [each for each in (live.back_by, live.lead_due) if each is not None]
    if live.phase in _UNDER_WAY:
        ends.append(meeting.last_moment)
    end = min(ends, default=None)
    over = live.phase in _UNDER_WAY and end is not None and at >= end
    if live.phase is Phase.RUNNING:
        gone = max(timedelta(), (min(at, end) if end else at) - before)
        live = replace(live, worked=live.worked + gone, stretch=live.stretch + gone)
    if over:
        live = replace(live, phase=Phase.OVER, halted=live.halted or end != meeting.last_moment)
    return replace(live, now=at)


def _react(live: Live, meeting: Meeting, noted: Noted) -> Live:
    live = _REACTIONS[noted.note](live, meeting, noted)
    if noted.note in _CHANGES_WHO:
        live = _look_round(live, meeting, noted.at)
    return live


def _look_round(live: Live, meeting: Meeting, at: datetime) -> Live:
    """Do the adults who are there suffice? If not, nobody goes on, and the time to come back runs."""
    short = _shortage(live, meeting, at)
    if not short or live.phase not in _UNDER_WAY:
        return replace(live, short=short, back_by=None)
    back_by = live.back_by or at + timedelta(minutes=meeting.policy.p("P-GAP"))
    return replace(live, short=short, back_by=back_by, phase=Phase.PAUSED)


_THERE: Mapping[str, Callable[[Case], Measure]] = {
    "SAF-04": two_adults,
    "SAF-05": ratio,
    "SAF-13": groups,
    "SUP-07": practitioners,
}


def _shortage(live: Live, meeting: Meeting, at: datetime) -> tuple[Said, ...]:
    """What of the safeguards that need people in the room does not hold: the gate's own computations."""
    plan = Plan(consultation=Consultation(id=""), strand=meeting.as_it_is(live, at))
    case = Case(plan, Record(), meeting.policy, at)
    measures = {
        requirement: measure(case)
        for requirement, measure in _THERE.items()
        if meeting.policy.requirements[requirement].level_for(meeting.strand) is Level.HARD
    }
    return tuple(found.why for found in measures.values() if not found.ok)


# ---- what each note does


def _checked_in(live: Live, _: Meeting, noted: Noted) -> Live:
    here = dict.fromkeys((*live.present, noted.about))
    return replace(live, present=tuple(here), known=live.known | {noted.about})


def _back(live: Live, meeting: Meeting, noted: Noted) -> Live:
    return _checked_in(live, meeting, noted) if noted.about in live.known else live


def _left(live: Live, _: Meeting, noted: Noted) -> Live:
    return replace(live, present=tuple(each for each in live.present if each != noted.about))


def _counted(live: Live, meeting: Meeting, noted: Noted) -> Live:
    register = noted.register
    if register is None:
        return live
    youngest = min(register.youngest, live.register.youngest) if live.started and live.register else register.youngest
    return replace(
        live,
        register=register,
        counted_out=live.phase is Phase.CLOSING,
        limit=timedelta(minutes=longest_work(youngest, meeting.strand, meeting.policy)),
        stretch_limit=timedelta(minutes=longest_stretch(youngest, meeting.policy)),
    )


def _confirmed(live: Live, _: Meeting, noted: Noted) -> Live:
    return replace(live, confirmed=live.confirmed | {noted.about})


def _lead_answered(live: Live, _: Meeting, noted: Noted) -> Live:
    return replace(live, lead=noted.about, lead_at=noted.at, silences=0, lead_due=None)


def _lead_silent(live: Live, meeting: Meeting, noted: Noted) -> Live:
    live = replace(live, silences=live.silences + 1)
    return _needs_lead(live, meeting, noted) if live.silences >= _SILENCES else live


def _wrong(live: Live, meeting: Meeting, noted: Noted) -> Live:
    return _needs_lead(live, meeting, noted)


def _needs_lead(live: Live, meeting: Meeting, noted: Noted) -> Live:
    if live.phase not in _UNDER_WAY:
        return live
    due = live.lead_due or noted.at + timedelta(minutes=meeting.policy.p("P-SLR", "live"))
    return replace(live, phase=Phase.PAUSED, lead_due=due)


def _started(live: Live, _: Meeting, noted: Noted) -> Live:
    if live.phase is not Phase.WAITING:
        return live
    return replace(live, phase=Phase.RUNNING, started=noted.at, worked=timedelta(), stretch=timedelta())


def _break(live: Live, _: Meeting, __: Noted) -> Live:
    return replace(live, phase=Phase.BREAK, breaks=live.breaks + 1) if live.phase is Phase.RUNNING else live


def _paused(live: Live, _: Meeting, __: Noted) -> Live:
    return replace(live, phase=Phase.PAUSED) if live.phase in _UNDER_WAY else live


def _went_on(live: Live, _: Meeting, __: Noted) -> Live:
    if live.phase not in (Phase.BREAK, Phase.PAUSED) or live.short or live.lead_due:
        return live
    rested = live.phase is Phase.BREAK
    return replace(live, phase=Phase.RUNNING, stretch=timedelta() if rested else live.stretch)


def _closing(live: Live, _: Meeting, __: Noted) -> Live:
    if live.phase not in _UNDER_WAY | {Phase.OVER}:
        return live
    forced = bool(live.short or live.lead_due)
    return replace(live, phase=Phase.CLOSING, halted=live.halted or forced, back_by=None, lead_due=None)


def _ended(live: Live, _: Meeting, __: Noted) -> Live:
    return replace(live, phase=Phase.ENDED)


_CHANGES_WHO = frozenset({Note.CHECKED_IN, Note.LEFT, Note.BACK, Note.COUNTED, Note.STARTED, Note.WENT_ON})
_REACTIONS: Mapping[Note, Callable[[Live, Meeting, Noted], Live]] = {
    Note.CHECKED_IN: _checked_in,
    Note.LEFT: _left,
    Note.BACK: _back,
    Note.COUNTED: _counted,
    Note.CONFIRMED: _confirmed,
    Note.LEAD_ANSWERED: _lead_answered,
    Note.LEAD_SILENT: _lead_silent,
    Note.STARTED: _started,
    Note.BREAK: _break,
    Note.PAUSED: _paused,
    Note.WRONG: _wrong,
    Note.WENT_ON: _went_on,
    Note.CLOSING: _closing,
    Note.ENDED: _ended,
}
