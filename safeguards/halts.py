"""What refuses a strand before any requirement is looked at: emergency stops (D1), allegations and incidents (D2)."""

from __future__ import annotations

from collections.abc import Mapping

from .advice import reason
from .names import known_as, may_be_in
from .plan import Strand
from .record import IncidentKind, LinkedTo, Stop, StopScope
from .results import Finding
from .said import Place, Said, said
from .validity import Case, lifted

__all__ = ["active_stops", "open_incidents", "used"]

_ALLEGED: Mapping[LinkedTo, Said] = {
    LinkedTo.PERSON: said("there is an open allegation about somebody of this part"),
    LinkedTo.PARTNER: said("there is an open allegation about a partner or service of this part"),
    LinkedTo.VENUE: said("there is an open allegation about the venue"),
    LinkedTo.PLATFORM: said("there is an open allegation about the platform"),
}
_HAPPENED: Mapping[LinkedTo, Said] = {
    LinkedTo.PERSON: said("a serious incident that is not resolved concerns somebody of this part"),
    LinkedTo.PARTNER: said("a serious incident that is not resolved concerns a partner or service of this part"),
    LinkedTo.VENUE: said("a serious incident that is not resolved concerns the venue"),
    LinkedTo.PLATFORM: said("a serious incident that is not resolved concerns the platform"),
}
_WITHOUT: Mapping[LinkedTo, Said] = {
    LinkedTo.PERSON: said("resolve it, or plan the part without that person"),
    LinkedTo.PARTNER: said("resolve it, or plan the part without that partner or service"),
    LinkedTo.VENUE: said("resolve it, or plan the part at another venue"),
    LinkedTo.PLATFORM: said("resolve it, or plan the part on another platform"),
}
_LIFT = said("the safeguarding lead and the independent approver lift it, with the cause in writing")


def active_stops(case: Case) -> tuple[Finding, ...]:
    """D1: stops of this consultation, platform or jurisdiction that SL and IA have not lifted."""
    active = [
        stop for stop in case.record.stops if stop.at <= case.at and _reaches(stop, case) and not lifted(stop, case)
    ]
    return tuple(reason("emergency-stop", said("Emergency stop"), _since(stop), _LIFT) for stop in active)


def _reaches(stop: Stop, case: Case) -> bool:
    match stop.scope:
        case StopScope.CONSULTATION:
            return stop.subject == case.plan.consultation.id
        case StopScope.PLATFORM:
            return known_as(stop.subject) in {known_as(case.strand.platform)} - {""}
        case StopScope.JURISDICTION:
            return may_be_in(stop.subject, case.strand.jurisdictions)
        case StopScope.ALERT:
            return False


def _since(stop: Stop) -> Said:
    match stop.scope:
        case StopScope.CONSULTATION:
            return said("an emergency stop of this consultation is in force since %(when)s", when=stop.at)
        case StopScope.PLATFORM:
            platform = stop.subject
            return said("an emergency stop of %(platform)s is in force since %(when)s", platform=platform, when=stop.at)
        case _:
            place = Place(stop.subject)
            return said("an emergency stop is in force since %(when)s in: %(place)s", place=place, when=stop.at)


def open_incidents(case: Case) -> tuple[Finding, ...]:
    """D2: unresolved allegations and serious incidents about anybody or anything the strand uses."""
    relied_on, now = used(case.strand), case.at
    open_ones = [
        incident
        for incident in case.record.incidents
        if incident.kind is not IncidentKind.OTHER
        and incident.at <= now
        and (incident.resolved_at is None or incident.resolved_at > now)
        and known_as(incident.subject) in map(known_as, relied_on[incident.about])
    ]
    return tuple(
        reason(
            "incident",
            said("Open allegation or incident"),
            (_ALLEGED if incident.kind is IncidentKind.ALLEGATION else _HAPPENED)[
                incident.about
            ],  # never who: they read it
            _WITHOUT[incident.about],
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
