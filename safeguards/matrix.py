"""Who may be asked about what, at which age, in which mode (decision table D3)."""

from __future__ import annotations

from dataclasses import dataclass

from .measure import aged
from .plan import Strand
from .policy import Policy
from .said import Said, said
from .terms import Audience, Mode, RepresentativeClass, Topic

__all__ = ["objections"]

_IN_PERSON = frozenset({Mode.IN_PERSON_GROUP, Mode.IN_PERSON_INDIVIDUAL})
_SAFETY = frozenset({Topic.LIFE_ONLINE, Topic.SAFETY})
_HARM = _SAFETY | {Topic.HARM_IN_GENERAL}
_SERVICES = frozenset({Topic.SAFETY, Topic.SERVICES})
_ALL = frozenset(Mode)
_OLDEST_THAT_DIFFERS = 25
_OLDEST_CHILD = 17


@dataclass(frozen=True, slots=True)
class _Allowed:
    """One line of the matrix: at these ages, these modes about these topics."""

    youngest: int
    oldest: int
    modes: frozenset[Mode]
    topics: frozenset[Topic]


def objections(strand: Strand, policy: Policy) -> tuple[Said, ...]:
    """Why the matrix does not allow this strand (one mode); nothing when it does."""
    lines = _lines(strand, policy)
    found: dict[Said, None] = {}
    for age in _years(strand):
        at_age = [line for line in lines if line.youngest <= age <= line.oldest]
        for objection in _at_age(strand, at_age):
            found.setdefault(objection)
    return tuple(found)


def _at_age(strand: Strand, lines: list[_Allowed]) -> list[Said]:
    who = strand.audience
    if not lines:
        return [said("not everybody of these ages is asked: %(who)s, %(ages)s", who=who, ages=aged(*strand.ages))]
    in_mode = [line for line in lines if strand.mode in line.modes]
    if not in_mode:
        how, ages = strand.mode, _span(lines)
        return [said("not allowed at these ages: %(how)s (%(who)s, %(ages)s)", how=how, who=who, ages=ages)]
    allowed = frozenset[Topic]().union(*(line.topics for line in in_mode))
    above = sorted(strand.all_topics - allowed)
    ages = _span(in_mode)
    return [said("not asked at these ages: %(topic)s (%(who)s, %(ages)s)", topic=t, who=who, ages=ages) for t in above]


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
            oldest = min(24, _OLDEST_CHILD + policy.p("P-RECENT")) if young else 120
            return (_Allowed(18, oldest, _ALL, _HARM),)


def _years(strand: Strand) -> list[int]:
    youngest, oldest = strand.ages
    years = range(youngest, max(youngest, min(oldest, _OLDEST_THAT_DIFFERS)) + 1)
    if not strand.bands:
        return list(years)
    return [age for age in years if any(band.youngest <= age <= band.oldest for band in strand.bands)] or [youngest]


def _span(lines: list[_Allowed]) -> Said:
    return aged(min(line.youngest for line in lines), max(line.oldest for line in lines))
