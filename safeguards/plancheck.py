"""What the types of a plan file cannot see: names that point nowhere, times the wrong way round, ids used twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .codec import Problem, fields_of
from .plan import Strand
from .policy import Subjects
from .policyfile import default
from .record import DEFAULT_EVIDENCE, Evidence, Record
from .terms import Audience, RepresentativeClass

__all__ = ["contradictions"]


def contradictions(strands: Mapping[str, Strand], record: Record) -> Iterator[Problem]:
    """Every problem of the strands (by their JSON path, the strand to decide on first) and of the record."""
    for path, strand in strands.items():
        yield from _strand_problems(strand, path)
    yield from _repeated([strand.id for strand in strands.values()], "$.candidates", "strand")
    yield from _record_problems(record, tuple(strands.values()))


def _strand_problems(strand: Strand, path: str) -> Iterator[Problem]:
    named: dict[str, tuple[str, ...]] = {"mode": strand.modes, "topics": strand.topics, "bands": strand.bands}
    named |= {"languages": strand.languages, "jurisdictions": strand.jurisdictions}
    for key, values in named.items():
        if not values and key != "bands":
            yield Problem(f"{path}.{key}", "this list is empty", "name at least one")
        if len({*values}) < len(values):
            yield Problem(f"{path}.{key}", "something is named twice", "name each once")
    yield from _age_problems(strand, path)
    for band in strand.bands:
        if band.oldest < strand.ages[0] or band.youngest > strand.ages[1]:
            yield Problem(f"{path}.bands", f"band {band.value} is outside the ages", "make ages and bands agree")
    yield from _representative_problems(strand, path)
    yield from _time_problems(strand, path)
    yield from _hours_problems(strand, path)
    yield from _people_problems(strand, path)
    channels = [channel.id for service in strand.services for channel in service.channels]
    yield from _repeated(channels, f"{path}.services", "channel")
    yield from _repeated([service.id for service in strand.services], f"{path}.services", "service")
    yield from _repeated([session.id for session in strand.sessions], f"{path}.sessions", "session")


def _age_problems(strand: Strand, path: str) -> Iterator[Problem]:
    ages = {f"{path}.ages": strand.ages}
    ages |= {f"{path}.services[{n}].ages": s.ages for n, s in enumerate(strand.services) if s.ages}
    sessions = {f"{path}.sessions[{n}].ages": s.ages for n, s in enumerate(strand.sessions) if s.ages}
    for place, (youngest, oldest) in (ages | sessions).items():
        if youngest > oldest:
            yield Problem(place, f"{youngest} is over {oldest}", "give the youngest first")
    for place, (youngest, oldest) in sessions.items():
        if youngest < strand.ages[0] or oldest > strand.ages[1]:
            asked = f"{strand.ages[0]} to {strand.ages[1]}"
            yield Problem(place, f"the strand asks {asked}", "make the ages of strand and session agree")


def _representative_problems(strand: Strand, path: str) -> Iterator[Problem]:
    usable = [c.value for c in RepresentativeClass if c not in (RepresentativeClass.ADULT_SURVIVORS, "E")]
    if strand.audience is Audience.REPRESENTATIVES and strand.representatives not in usable:
        yield Problem(f"{path}.representatives", "audience R needs a class", f"use one of: {', '.join(usable)}")
    if strand.audience is not Audience.REPRESENTATIVES and strand.representatives is not None:
        yield Problem(f"{path}.representatives", "only audience R has a class", "leave it out, or use audience R")


def _time_problems(strand: Strand, path: str) -> Iterator[Problem]:
    if strand.window is not None and strand.window.closes <= strand.window.opens:
        yield Problem(f"{path}.window.closes", "it is not after the opening", "give a later time")
    for n, session in enumerate(strand.sessions):
        place = f"{path}.sessions[{n}]"
        if session.ends <= session.starts:
            yield Problem(f"{place}.ends", "it is not after the start", "give a later time")
        if session.mode is None and len(strand.modes) > 1:
            yield Problem(f"{place}.mode", "the strand has several modes", "say which of them this session has")
        for language in sorted(set(session.languages) - set(strand.languages)):
            wrong = f"{language} is no language of the strand"
            yield Problem(f"{place}.languages", wrong, "use some of the strand's languages, or leave it out")
        if session.mode is not None and session.mode not in strand.modes:
            yield Problem(f"{place}.mode", f"{session.mode} is no mode of the strand", "use one of the strand's modes")


def _hours_problems(strand: Strand, path: str) -> Iterator[Problem]:
    hours = {f"{path}.window.hours": strand.window.hours} if strand.window else {}
    hours |= {f"{path}.services[{n}].hours": service.hours for n, service in enumerate(strand.services)}
    for place, spans in hours.items():
        for n, span in enumerate(spans):
            if not span.days:
                yield Problem(f"{place}[{n}].days", "this list is empty", "name at least one day")


def _people_problems(strand: Strand, path: str) -> Iterator[Problem]:
    yield from _repeated([member.person for member in strand.staff], f"{path}.staff", "person")
    named = {f"{path}.duty": (strand.duty.lead, *strand.duty.deputies)} if strand.duty else {}
    for n, session in enumerate(strand.sessions):
        named[f"{path}.sessions[{n}]"] = (*session.adults, *session.practitioners, *filter(None, [session.duty_lead]))
    for n, member in enumerate(strand.staff):
        named[f"{path}.staff[{n}].relatives_of"] = member.relatives_of
    for place, people in named.items():
        for person in people:
            if strand.member(person) is None:
                yield Problem(place, f"'{person}' is not in the strand's staff", "add the person to staff, with roles")
    for n, member in enumerate(strand.staff):
        if not member.roles:
            yield Problem(f"{path}.staff[{n}].roles", "this list is empty", "name at least one role")


def _repeated(ids: list[str], path: str, what: str) -> Iterator[Problem]:
    for twice in sorted({name for name in ids if ids.count(name) > 1}):
        yield Problem(path, f"the {what} id '{twice}' is used twice", "give each its own id")


def _record_problems(record: Record, strands: tuple[Strand, ...]) -> Iterator[Problem]:
    known = default().requirements
    for key, entries in record.evidence.items():
        if key != DEFAULT_EVIDENCE and key not in known:
            yield Problem(f"$.record.evidence.{key}", "this requirement is unknown", "use an id of the policy, or *")
        else:
            yield from _evidence_problems(key, entries, strands)
    channels = {c.id for strand in strands for service in strand.services for c in service.channels}
    for n, test in enumerate(record.contact_tests):
        if test.channel not in channels:
            wrong = f"'{test.channel}' is no channel of a service"
            yield Problem(f"$.record.contact_tests[{n}].channel", wrong, "use a channel's id")
    for n, equivalent in enumerate(record.equivalents):
        if equivalent.requirement not in known:
            place = f"$.record.equivalents[{n}].requirement"
            yield Problem(place, "this requirement is unknown", "use an id of the policy")


def _evidence_problems(key: str, entries: tuple[Evidence, ...], strands: tuple[Strand, ...]) -> Iterator[Problem]:
    """A subject or strand misspelt would count for nobody, so a gap could hide behind the entry for all."""
    subjects = {name for strand in strands for name in _subjects(strand)}
    of_participants = key != DEFAULT_EVIDENCE and default().requirements[key].subjects is Subjects.PARTICIPANTS
    for n, entry in enumerate(entries):
        place = f"$.record.evidence.{key}[{n}]"
        yield from _entry_problems(entry, place, default_entry=key == DEFAULT_EVIDENCE)
        if entry.subject and not of_participants and entry.subject not in subjects:
            mend = "name a person, service, session, language or jurisdiction of a strand, or take the entry out"
            yield Problem(f"{place}.subject", f"'{entry.subject}' is nowhere in the plan", mend)
        if entry.strand and entry.strand not in {strand.id for strand in strands}:
            yield Problem(f"{place}.strand", f"'{entry.strand}' is not a strand of this file", "use a strand's id")


def _subjects(strand: Strand) -> Iterator[str]:
    yield from (member.person for member in strand.staff)
    yield from strand.languages
    yield from strand.jurisdictions
    yield from (service.id for service in strand.services)
    yield from (session.id for session in strand.sessions)


def _entry_problems(entry: Evidence, path: str, *, default_entry: bool) -> Iterator[Problem]:
    if entry.missing:
        return
    if default_entry and (entry.attested_as or entry.verified_as):
        yield Problem(path, "the default entry names a role", "leave attested_as and verified_as out of *")
    needed = ["attested_by", "attested_at"] + (["verified_at"] if entry.verified_by else [])
    if not default_entry:
        needed += ["attested_as"] + (["verified_as"] if entry.verified_by else [])
    docs = fields_of(Evidence)
    for key in needed:
        if not getattr(entry, key):
            yield Problem(
                f"{path}.{key}", "this is missing", f"add it ({docs[key].doc}), or write null for no evidence"
            )
