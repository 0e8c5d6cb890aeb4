"""What refuses a strand before any requirement is looked at: emergency stops (D1), allegations and incidents (D2)."""

from __future__ import annotations

from .advice import reason
from .foureyes import different_people, people_who_agreed
from .plan import Strand
from .record import IncidentKind, LinkedTo, Stop, StopScope
from .results import Finding, instant
from .terms import Role
from .validity import Case

__all__ = ["active_stops", "open_incidents", "used"]

_KINDS = {
    IncidentKind.ALLEGATION: "open allegation",
    IncidentKind.SERIOUS_INCIDENT: "unresolved serious incident",
    IncidentKind.OTHER: "incident",
}


def active_stops(case: Case) -> tuple[Finding, ...]:
    """D1: stops of this consultation, platform or jurisdiction that SL and IA have not lifted."""
    reached = {
        StopScope.CONSULTATION: {case.plan.consultation.id},
        StopScope.PLATFORM: {case.strand.platform} - {""},
        StopScope.JURISDICTION: set(case.strand.jurisdictions),
    }
    active = [
        stop
        for stop in case.record.stops
        if stop.at <= case.at and stop.subject in reached[stop.scope] and not _lifted(stop, case)
    ]
    return tuple(
        reason(
            "emergency-stop",
            "Emergency stop",
            f"an emergency stop of {stop.scope.value} '{stop.subject}' is active since {instant(stop.at)}",
            "the safeguarding lead and the independent approver lift it, with the cause in writing",
        )
        for stop in active
    )


def _lifted(stop: Stop, case: Case) -> bool:
    roles = (Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER)
    two = different_people(*(people_who_agreed(stop.lifted_by, role, case.strand, case.at) for role in roles))
    return two and stop.lifted_at is not None and stop.at <= stop.lifted_at <= case.at


def open_incidents(case: Case) -> tuple[Finding, ...]:
    """D2: unresolved allegations and serious incidents about anybody or anything the strand uses."""
    relied_on, now = used(case.strand), case.at
    open_ones = [
        incident
        for incident in case.record.incidents
        if incident.kind is not IncidentKind.OTHER
        and incident.at <= now
        and (incident.resolved_at is None or incident.resolved_at > now)
        and incident.subject in relied_on[incident.about]
    ]
    return tuple(
        reason(
            "incident",
            "Open allegation or incident",
            f"{_KINDS[incident.kind]} '{incident.id}' about a {incident.about.value}",  # never who: they may read it
            f"resolve it, or plan the strand without that {incident.about.value}",
        )
        for incident in open_ones
    )


def used(strand: Strand) -> dict[LinkedTo, set[str]]:
    """Whom and what a strand relies on, by what an incident can be linked to."""
    return {
        LinkedTo.PERSON: {member.person for member in strand.staff} | _named(strand),
        LinkedTo.PARTNER: set(strand.partners) | {service.id for service in strand.services},
        LinkedTo.VENUE: {strand.venue, *(session.venue for session in strand.sessions)} - {""},
        LinkedTo.PLATFORM: {strand.platform} - {""},
    }


def _named(strand: Strand) -> set[str]:
    """Adults the plan names outside its staff list."""
    holders = {holder.id for holder in (*strand.holders.lead, *strand.holders.reviewer)}
    on_duty = {strand.duty.lead, *strand.duty.deputies} if strand.duty else set()
    there = {name for each in strand.sessions for name in (*each.adults, *each.practitioners, each.duty_lead)}
    return (holders | on_duty | there | ({strand.approver.person} if strand.approver else set()) | {strand.author}) - {
        ""
    }
