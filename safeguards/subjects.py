"""Whom or what the evidence of a requirement is about, in a strand: each of them must be covered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from .plan import ServiceKind, StaffMember, Strand
from .policy import Requirement, Subjects
from .said import Language, Place, Said, said
from .terms import Role
from .validity import Case, next_session

__all__ = ["NOBODY", "named", "subjects_of"]


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
    if kind in _PEOPLE:
        return tuple(member.person for member in strand.staff if _PEOPLE[kind](strand, member))
    return _LISTED[kind](strand)


def named(kind: Subjects, subject: str, strand: Strand) -> object:
    """A subject as it stands in a sentence: a language, a place, the start of a session, else the id."""
    match kind:
        case Subjects.LANGUAGES:
            return Language(subject)
        case Subjects.JURISDICTIONS:
            return Place(subject)
        case Subjects.SESSIONS:
            starts = (each.starts.astimezone(ZoneInfo(each.timezone)) for each in strand.sessions if each.id == subject)
            return next(starts, subject)
        case _:
            return subject


def _participants(requirement: Requirement, case: Case) -> tuple[str, ...]:
    """Each participant that an entry about this strand names; one entry without a name stands for all."""
    about = [e for e in case.record.entries(requirement.id) if e.strand in ("", case.strand.id)]
    return tuple(dict.fromkeys(entry.subject for entry in about if entry.subject)) or ("",)


def _sessions(case: Case) -> tuple[str, ...]:
    """The next session: each later one is looked at again before it starts."""
    session = next_session(case.strand, case.at) if case.strand.live else None
    return ("",) if session is None else (session.id,)


def _in_contact(strand: Strand, member: StaffMember) -> bool:
    """Who says so; and in a meeting whoever facilitates, interprets or is named there, whatever is said."""
    if member.contact or not strand.live:
        return member.contact
    there = {person for session in strand.sessions for person in (*session.adults, *session.practitioners)}
    return member.facilitates or Role.INTERPRETER in member.roles or member.person in there


def _in_team(strand: Strand, member: StaffMember) -> bool:
    """In contact with participants or raw answers; a first reader reads them raw."""
    return _in_contact(strand, member) or member.raw_answers or member.triages


def _on_duty(strand: Strand, member: StaffMember) -> bool:
    """Who meets a telling of harm first: in a meeting the adults there, in a form its first readers."""
    return _in_contact(strand, member) if strand.live else member.triages


_PEOPLE: Mapping[Subjects, Callable[[Strand, StaffMember], bool]] = {
    Subjects.TEAM: _in_team,
    Subjects.CONTACT: _in_contact,
    Subjects.ON_DUTY: _on_duty,
    Subjects.LEAD_FACILITATORS: lambda _, member: Role.LEAD_FACILITATOR in member.roles,
    Subjects.SAFEGUARDING_LEADS: lambda _, member: Role.SAFEGUARDING_LEAD in member.roles,
}

_LISTED: Mapping[Subjects, Callable[[Strand], tuple[str, ...]]] = {
    Subjects.LANGUAGES: lambda strand: strand.languages,
    Subjects.JURISDICTIONS: lambda strand: strand.jurisdictions,
    Subjects.SERVICES: lambda strand: tuple(service.id for service in strand.services),
    Subjects.AGREEMENTS: lambda strand: tuple(s.id for s in strand.services if s.kind is ServiceKind.AGREEMENT),
}

NOBODY: Mapping[Subjects, Said] = {
    Subjects.WHOLE: said("there is no evidence"),
    Subjects.TEAM: said("nobody of the team is listed"),
    Subjects.CONTACT: said("no adult in contact with participants is listed"),
    Subjects.ON_DUTY: said("nobody is listed who is on duty or reads first what people wrote"),
    Subjects.LEAD_FACILITATORS: said("no lead facilitator is listed"),
    Subjects.SAFEGUARDING_LEADS: said("no safeguarding lead is listed"),
    Subjects.PARTICIPANTS: said("there is no evidence"),
    Subjects.LANGUAGES: said("no language is listed"),
    Subjects.JURISDICTIONS: said("no place is listed"),
    Subjects.SERVICES: said("no support service is listed"),
    Subjects.AGREEMENTS: said("no support service with an agreement is listed"),
    Subjects.SESSIONS: said("no session is listed"),
}
"""What to say when nobody is there to be covered."""
