"""Whom or what the evidence of a requirement is about, in a strand: each of them must be covered."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .plan import ServiceKind, StaffMember, Strand
from .policy import Requirement, Subjects
from .terms import Role
from .validity import Case, next_session

__all__ = ["NOBODY", "subjects_of"]


def subjects_of(requirement: Requirement, case: Case) -> tuple[str, ...]:
    """Ids of people, services or sessions, or languages or places; ``("",)`` where it is about the strand as a whole.

    Nobody to cover is no cover: an empty answer means that the requirement is not met.
    """
    kind, strand = requirement.subjects, case.strand
    if kind is Subjects.WHOLE:
        return ("",)
    if kind is Subjects.PARTICIPANTS:
        return _participants(requirement, case)
    if kind is Subjects.SESSIONS:
        return _sessions(case)
    if kind is Subjects.ON_DUTY:
        return tuple(member.person for member in strand.staff if _on_duty(strand, member))
    if kind in _PEOPLE:
        return tuple(member.person for member in strand.staff if _PEOPLE[kind](member))
    return _LISTED[kind](strand)


def _participants(requirement: Requirement, case: Case) -> tuple[str, ...]:
    """Each participant that an entry names; one entry without a name stands for all."""
    named = dict.fromkeys(entry.subject for entry in case.record.entries(requirement.id) if entry.subject)
    return tuple(named) or ("",)


def _sessions(case: Case) -> tuple[str, ...]:
    """The next session: each later one is looked at again before it starts."""
    session = next_session(case.strand, case.at) if case.strand.live else None
    return ("",) if session is None else (session.id,)


def _on_duty(strand: Strand, member: StaffMember) -> bool:
    """Who meets a telling of harm first: in a meeting the adults there, in a form its first readers."""
    return member.contact if strand.live else member.triages


_PEOPLE: Mapping[Subjects, Callable[[StaffMember], bool]] = {
    Subjects.TEAM: lambda member: member.contact or member.raw_answers,
    Subjects.CONTACT: lambda member: member.contact,
    Subjects.LEAD_FACILITATORS: lambda member: Role.LEAD_FACILITATOR in member.roles,
    Subjects.SAFEGUARDING_LEADS: lambda member: Role.SAFEGUARDING_LEAD in member.roles,
}

_LISTED: Mapping[Subjects, Callable[[Strand], tuple[str, ...]]] = {
    Subjects.LANGUAGES: lambda strand: strand.languages,
    Subjects.JURISDICTIONS: lambda strand: strand.jurisdictions,
    Subjects.SERVICES: lambda strand: tuple(service.id for service in strand.services),
    Subjects.AGREEMENTS: lambda strand: tuple(s.id for s in strand.services if s.kind is ServiceKind.AGREEMENT),
}

NOBODY: Mapping[Subjects, str] = {
    Subjects.WHOLE: "there is no evidence",
    Subjects.TEAM: "no staff is listed",
    Subjects.CONTACT: "no adult in contact with participants is listed",
    Subjects.ON_DUTY: "nobody is listed who is on duty or reads own words first",
    Subjects.LEAD_FACILITATORS: "no lead facilitator (LF) is listed",
    Subjects.SAFEGUARDING_LEADS: "no safeguarding lead (SL) is listed",
    Subjects.PARTICIPANTS: "there is no evidence",
    Subjects.LANGUAGES: "no language is listed",
    Subjects.JURISDICTIONS: "no jurisdiction is listed",
    Subjects.SERVICES: "no support service is listed",
    Subjects.AGREEMENTS: "no support service with an agreement is listed",
    Subjects.SESSIONS: "no session is listed",
}
"""What to say when nobody is there to be covered."""
