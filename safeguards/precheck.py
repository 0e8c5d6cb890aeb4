"""The pre-check of a live session (domain rule: no pre-check, no start): what is missing before children may begin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from .gate import evaluate
from .livesession import Live, Meeting, Phase, Register
from .measuredservices import PRE_CHECK
from .plan import Plan
from .record import Record
from .said import joined

__all__ = ["CLOSING_POINTS", "STARTING_POINTS", "Lack", "Missing", "missing", "missing_to_go_on", "not_closed"]


class Lack(StrEnum):
    """What can be missing."""

    TIME = "time"
    FACILITATOR = "facilitator"
    ADULTS = "adults"
    LEAD = "lead"
    REGISTER = "register"
    POINT = "point"
    GATE = "gate"


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is missing. `about`: the point of the list, or what the gate finds."""

    lack: Lack
    about: str = ""


STARTING_POINTS = ("assent", "guardian", "contacts", "private", "sign", "images", "place", "help")
"""What the adults confirm before the start: each child said yes and can say no at any time; guardians' yes or waiver
(ETH-04); the contact list is here and closed (SAF-19); nobody listens in and the sign for leaving is agreed (SAF-11);
no photo, sound or video (SAF-16); room or call is as planned (SAF-09, SAF-10); help was shown to everybody."""

CLOSING_POINTS = ("feelings", "help", "thanks", "handover", "debrief")
"""What belongs to the end (SAF-14, TRN-12): how everybody feels was asked, help was shown again, thanks and what
happens next were said, every child was handed over, the adults have talked and know when they meet for supervision."""


def missing_to_go_on(live: Live, meeting: Meeting, plan: Plan, record: Record, at: datetime) -> tuple[Missing, ...]:
    """What is missing before a session that rests may go on: the same people and the same gate as at its start."""
    lead = (Missing(Lack.LEAD),) if live.lead_due else ()
    short = tuple(Missing(Lack.GATE, each) for each in live.short)
    return (*_people(live, meeting), *lead, *short, *_refused(live, meeting, plan, record, at))


def missing(live: Live, meeting: Meeting, plan: Plan, record: Record, at: datetime) -> tuple[Missing, ...]:
    """What is missing before the session may start; nothing when it may. The gate is asked about it as it really is."""
    return tuple(_missing(live, meeting, plan, record, at))


def not_closed(live: Live) -> tuple[str, ...]:
    """What of the closing routine nobody has noted yet: points of its list, and the count of who leaves."""
    points = tuple(point for point in CLOSING_POINTS if f"end-{point}" not in live.confirmed)
    return points if live.counted_out else (*points, "count")


def _missing(live: Live, meeting: Meeting, plan: Plan, record: Record, at: datetime) -> Iterator[Missing]:
    opens = meeting.session.starts - PRE_CHECK
    if live.phase is not Phase.WAITING or not meeting.session.starts <= at < meeting.session.ends:
        yield Missing(Lack.TIME)
    yield from _people(live, meeting)
    if live.lead_at is None or live.lead_at < opens or live.silences or live.lead in live.present:
        yield Missing(Lack.LEAD)
    yield from (Missing(Lack.POINT, each) for each in STARTING_POINTS if f"start-{each}" not in live.confirmed)
    yield from _refused(live, meeting, plan, record, at)


def _people(live: Live, meeting: Meeting) -> Iterator[Missing]:
    here = [member for member in map(meeting.strand.member, live.present) if member is not None]
    if not any(member.facilitates for member in here):
        yield Missing(Lack.FACILITATOR)
    if len(here) < meeting.policy.p("P-ADULTS"):
        yield Missing(Lack.ADULTS)
    if live.register is None or live.register.children < 1:
        yield Missing(Lack.REGISTER)
    elif not _within(live.register, meeting):
        yield Missing(Lack.REGISTER, "ages")


def _within(register: Register, meeting: Meeting) -> bool:
    """Whether everybody there belongs to the ages that the strand asks."""
    youngest, oldest = meeting.session.ages or meeting.strand.ages
    return youngest <= register.youngest <= register.oldest <= oldest


def _refused(live: Live, meeting: Meeting, plan: Plan, record: Record, at: datetime) -> Iterator[Missing]:
    """The whole gate, with the adults, children and ages that are really there."""
    there, signed = meeting.as_it_is(live, at), plan.digest()
    # The approver's signature is for the plan; that other adults of the team are in the room changes nothing about it.
    own = tuple(replace(each, digest="") if each.digest == signed else each for each in record.signatures)
    record = replace(record, signatures=own)
    evaluation = evaluate(plan.with_strand(replace(plan.strand, sessions=there.sessions)), record, meeting.policy, at)
    if not evaluation.decision.opens:
        reasons = [joined((each.title, each.why), ": ") for each in evaluation.reasons]
        yield from (Missing(Lack.GATE, reason) for reason in reasons or [joined((evaluation.decision,))])
