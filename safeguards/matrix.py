"""Who may be asked about what, at which age, in which mode (decision table D3)."""

from __future__ import annotations

from dataclasses import dataclass

from .plan import Strand
from .policy import Policy
from .terms import Audience, Mode, RepresentativeClass, Topic

__all__ = ["objections"]

_IN_PERSON = frozenset({Mode.IN_PERSON_GROUP, Mode.IN_PERSON_INDIVIDUAL})
_SAFETY = frozenset({Topic.LIFE_ONLINE, Topic.SAFETY})
_HARM = _SAFETY | {Topic.HARM_IN_GENERAL}
_SERVICES = frozenset({Topic.SAFETY, Topic.SERVICES})
_ALL = frozenset(Mode)
_OLDEST_THAT_DIFFERS = 25


@dataclass(frozen=True, slots=True)
class _Allowed:
    """One line of the matrix: at these ages, these modes about these topics."""

    youngest: int
    oldest: int
    modes: frozenset[Mode]
    topics: frozenset[Topic]


def objections(strand: Strand, policy: Policy) -> tuple[str, ...]:
    """Why the matrix does not allow this strand (one mode); nothing when it does."""
    lines = _lines(strand, policy)
    found: dict[str, None] = {}
    for age in _years(strand):
        at_age = [line for line in lines if line.youngest <= age <= line.oldest]
        for objection in _at_age(strand, at_age):
            found.setdefault(objection)
    return tuple(found)


def _at_age(strand: Strand, lines: list[_Allowed]) -> list[str]:
    audience = strand.audience.value
    if not lines:
        return [f"audience {audience} is not asked at every one of the ages {_ages(strand)}"]
    in_mode = [line for line in lines if strand.mode in line.modes]
    if not in_mode:
        return [f"mode {strand.mode.value} is not allowed for audience {audience} at {_span(lines)}"]
    allowed = frozenset[Topic]().union(*(line.topics for line in in_mode))
    above = sorted(strand.all_topics - allowed)
    return [f"topic {topic.value} is not allowed for audience {audience} at {_span(in_mode)}" for topic in above]


def _lines(strand: Strand, policy: Policy) -> tuple[_Allowed, ...]:
    match strand.audience:
        case Audience.CHILDREN:
            return (
                _Allowed(6, 9, _IN_PERSON, _SAFETY),
                _Allowed(10, 12, _ALL - {Mode.REMOTE}, _SAFETY),
                _Allowed(13, 17, _ALL, _HARM),
            )
        case Audience.CHILD_SURVIVORS:
            # Never the individual form, never a public link; remote and online groups in the service's own setting.
            remote = _IN_PERSON | {Mode.REMOTE, Mode.ONLINE_GROUP}
            youngest = policy.p("P-SMIN")
            return (
                _Allowed(youngest, 17, _IN_PERSON, _SERVICES),
                _Allowed(max(youngest, policy.p("P-SMIN", "remote")), 17, remote, _SERVICES),
            )
        case Audience.CHILDREN_WHO_CAUSED_HARM:
            modes = _IN_PERSON if strand.existing_group else frozenset({Mode.IN_PERSON_INDIVIDUAL})
            return (_Allowed(policy.p("P-HMIN"), 17, modes, _SERVICES),)
        case Audience.ADULT_SURVIVORS:
            return (_Allowed(18, 120, _ALL, frozenset(Topic)),)
        case Audience.REPRESENTATIVES:
            young = strand.representatives is RepresentativeClass.YOUNG_ADULTS
            return (_Allowed(18, 24 if young else 120, _ALL, _HARM),)


def _years(strand: Strand) -> list[int]:
    youngest, oldest = strand.ages
    years = range(youngest, max(youngest, min(oldest, _OLDEST_THAT_DIFFERS)) + 1)
    if not strand.bands:
        return list(years)
    return [age for age in years if any(band.youngest <= age <= band.oldest for band in strand.bands)] or [youngest]


def _ages(strand: Strand) -> str:
    return f"{strand.ages[0]} to {strand.ages[1]}"


def _span(lines: list[_Allowed]) -> str:
    return f"{min(line.youngest for line in lines)} to {max(line.oldest for line in lines)}"
