"""Until when a piece of evidence holds, and until when it must hold."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from .foureyes import different_people, people_who_agreed
from .names import may_be_in
from .plan import Plan, Session, Strand
from .policy import Policy, Requirement, Validity
from .record import Evidence, Record, Stop, StopScope
from .terms import Role

__all__ = [
    "Case",
    "add_months",
    "alerts",
    "earliest",
    "holds_until",
    "lifted",
    "must_hold_past_close",
    "must_hold_until",
    "next_session",
    "planned_close",
    "planned_start",
]


@dataclass(frozen=True, slots=True)
class Case:
    """What every rule is asked about: a plan whose strand has one mode, its record, the policy, the time."""

    plan: Plan
    record: Record
    policy: Policy
    at: datetime

    @property
    def strand(self) -> Strand:
        """The strand of the plan."""
        return self.plan.strand


def add_months(moment: datetime, months: int) -> datetime:
    """The same day some months on, or the last day of that month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """The first of those moments that are set."""
    return min((moment for moment in moments if moment is not None), default=None)


def next_session(strand: Strand, at: datetime) -> Session | None:
    """The first session that has not ended yet."""
    return min((s for s in strand.sessions if s.ends > at), key=lambda session: session.starts, default=None)


def planned_start(strand: Strand) -> datetime | None:
    """When people first take part."""
    if strand.live:
        return min((session.starts for session in strand.sessions), default=None)
    return strand.window.opens if strand.window else None


def planned_close(strand: Strand) -> datetime | None:
    """When the last people take part."""
    if strand.live:
        return max((session.ends for session in strand.sessions), default=None)
    return strand.window.closes if strand.window else None


def must_hold_until(case: Case) -> datetime:
    """Live: the end of the next session and P-COVER minutes; OI: now, as ``valid_until`` ends the decision itself."""
    session = next_session(case.strand, case.at) if case.strand.live else None
    return case.at if session is None else session.ends + timedelta(minutes=case.policy.p("P-COVER"))


def must_hold_past_close(case: Case, requirement: Requirement) -> datetime:
    """For a requirement that must outlast the strand (SUP-01: P-TAIL, SUP-08: P-AFTER); else as every other."""
    parameter, close = requirement.validity.past_close, planned_close(case.strand)
    if not parameter or close is None:
        return must_hold_until(case)
    unit, length = case.policy.parameters[parameter].unit, case.policy.p(parameter, case.strand.audience)
    return max(must_hold_until(case), close + timedelta(**{unit: length}))


def holds_until(entry: Evidence, requirement: Requirement, case: Case, subject: str) -> datetime | None:
    """The earliest of the document's own end, its greatest age and its next update; None: no end."""
    validity = requirement.validity
    if validity.same_as:
        validity = case.policy.requirements[validity.same_as].validity
    given = entry.attested_at
    if given is None:
        return case.at
    updated = max(given, entry.updated_at) if entry.updated_at and entry.updated_at <= case.at else given
    months = None if validity.months is None else add_months(given, validity.months)
    update = None if validity.update_months is None else add_months(updated, validity.update_months)
    days = _greatest_days(validity, case, subject)
    return earliest([entry.expires, months, update, None if days is None else given + timedelta(days=days)])


def _greatest_days(validity: Validity, case: Case, subject: str) -> int | None:
    audience = case.strand.audience.value
    days = [validity.days, validity.days_for.get(audience)]
    if validity.days_under_alert is not None and not all(lifted(alert, case) for alert in alerts(case, subject)):
        days.append(validity.days_under_alert)
    return min((number for number in days if number is not None), default=None)


def alerts(case: Case, subject: str) -> tuple[Stop, ...]:
    """Emergencies and conflicts declared by now where somebody of a place may be; without a subject, of the strand."""
    places = [subject] if subject else case.strand.jurisdictions
    declared = (stop for stop in case.record.stops if stop.scope is StopScope.ALERT and stop.at <= case.at)
    return tuple(alert for alert in declared if may_be_in(alert.subject, places))


def lifted(stop: Stop, case: Case) -> bool:
    """Whether a lead and an independent approver have ended a stop or an alert by now."""
    roles = (Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER)
    two = different_people(*(people_who_agreed(stop.lifted_by, role, case.strand, case.at) for role in roles))
    return two and stop.lifted_at is not None and stop.at <= stop.lifted_at <= case.at
