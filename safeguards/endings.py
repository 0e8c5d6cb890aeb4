"""What holds now and will end, subject by subject, and what its end does to an open strand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import measures
from .equivalents import acceptance_ends
from .evidence import verdict_of
from .lapse import class_of
from .policy import Requirement
from .results import Finding, Status
from .said import said
from .standing import Standing
from .subjects import subjects_of
from .terms import LapseClass, Level
from .validity import Case

__all__ = ["Ending", "endings"]


@dataclass(frozen=True, slots=True)
class Ending:
    """One proof, computed fact or accepted substitute that will end. ``subject``: whom it is about; "" for all."""

    requirement: Requirement
    level: Level
    subject: str
    until: datetime
    lapse_class: LapseClass
    substitute: bool = False


def endings(standing: Standing, within: timedelta) -> tuple[Ending, ...]:
    """Everything that holds for the strand now and ends in so much time, the soonest first."""
    case = standing.case
    found = [each for each in _all(standing) if each.until <= case.at + within]
    return tuple(sorted(found, key=lambda each: (each.until, each.requirement.id, each.subject)))


def _all(standing: Standing) -> Iterator[Ending]:
    case = standing.case
    for requirement, level in case.policy.applying(case.strand):
        ends = dict(_ends(requirement, case))
        lapse_class = _class(requirement, level, case)
        yield from (Ending(requirement, level, subject, until, lapse_class) for subject, until in ends.items())
    for finding, equivalent in standing.carried:
        requirement = case.policy.requirements[finding.requirement]
        until = acceptance_ends(equivalent)
        yield Ending(requirement, finding.level, "", until, LapseClass.HALT, substitute=True)


def _ends(requirement: Requirement, case: Case) -> Iterator[tuple[str, datetime]]:
    for subject in subjects_of(requirement, case):
        verdict = verdict_of(requirement, case, subject)
        if verdict.status is Status.MET and verdict.until is not None:
            yield subject, verdict.until
    measure = measures.check(requirement.id, case.plan, case.record, case.policy, case.at)
    if measure is not None and measure.ok and measure.valid_until is not None:
        yield "", measure.valid_until


def _class(requirement: Requirement, level: Level, case: Case) -> LapseClass:
    """As the running gate takes it when a document has run out."""
    ran_out = Finding(
        requirement=requirement.id,
        title=said(requirement.title),
        level=level,
        status=Status.EXPIRED,
        why=said("it ran out"),
    )
    return class_of(ran_out, case.policy)
