"""Whether a requirement is met for a strand at a time: evidence for every subject, and the facts computed besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from . import measures
from .judging import HOLDS, NO_EVIDENCE, Verdict, judge
from .levels import Condition, conditions_of, strictest
from .measure import Measure
from .plan import Service, Strand
from .policy import Requirement, Subjects
from .record import Evidence
from .results import Finding, Status
from .said import Said, either, joined, said
from .subjects import NOBODY, named, subjects_of
from .terms import AgeBand, Level
from .validity import Case, earliest, must_hold_until

__all__ = ["find", "findings", "verdict_of"]


@dataclass(frozen=True, slots=True)
class _Gap:
    """One thing wrong, and for which languages, places or bands alone; empty: for the whole strand."""

    status: Status
    why: str
    failing: Mapping[str, frozenset[str]]


def findings(case: Case) -> tuple[Finding, ...]:
    """How every requirement that binds the strand stands, in policy order."""
    return tuple(find(requirement, level, case) for requirement, level in case.policy.applying(case.strand))


def find(requirement: Requirement, level: Level, case: Case) -> Finding:
    """How one requirement stands: every subject's evidence holds and the computed facts agree."""
    gaps: list[_Gap] = []
    ends: list[datetime | None] = []
    for subject in subjects_of(requirement, case):
        verdict = verdict_of(requirement, case, subject)
        ends.append(verdict.until)
        if verdict.status is not Status.MET:
            about = (named(requirement.subjects, subject, case.strand),) if subject else ()
            why = joined((*about, verdict.why), ": ")
            gaps.append(_Gap(verdict.status, why, _failing(requirement, case.strand, subject)))
    if not ends:
        gaps.append(_Gap(Status.MISSING, NOBODY[requirement.subjects], {}))
    measure = measures.check(requirement.id, case.plan, case.record, case.policy, case.at)
    if measure is not None:
        ends.append(measure.valid_until)
        gaps += _measured_gap(measure, case)
    finding = Finding(
        requirement=requirement.id,
        title=said(requirement.title),
        level=level,
        status=Status.MET,
        why=HOLDS,
        who_attests=requirement.attest,
        who_verifies=requirement.verify,
        valid_until=earliest(ends),
    )
    return _unmet(finding, requirement, case, gaps) if gaps else finding


def _measured_gap(measure: Measure, case: Case) -> list[_Gap]:
    needed = must_hold_until(case)
    if not measure.ok:
        status = Status.EXPIRED if measure.ran_out else Status.NOT_FULFILLED
        return [_Gap(status, measure.why, measure.failing)]
    if measure.valid_until is not None and measure.valid_until < needed:
        why = said("it ends on %(end)s and must hold until %(needed)s", end=measure.valid_until, needed=needed)
        return [_Gap(Status.TOO_SHORT, why, {})]
    return []


def _unmet(finding: Finding, requirement: Requirement, case: Case, gaps: list[_Gap]) -> Finding:
    worst = min(gaps, key=lambda gap: _GRAVITY.index(gap.status))
    finding = replace(
        finding,
        status=worst.status,
        why=joined(gap.why for gap in gaps),
        remedy=_remedy(worst.status, requirement, case),
        valid_until=None,
        failing=_together(gaps) or _bands_bound(requirement, finding.level, case.strand),
    )
    return _safety_texts(finding, requirement, case)


_ONLY_SAFETY_TEXTS = said("only the safety texts are proven")
_GRAVITY = (
    Status.FOUR_EYES,  # the decision table looks at it first (D5)
    Status.FOUND_FALSE,
    Status.REVOKED,
    Status.MISSING,
    Status.NOT_FULFILLED,
    Status.WRONG_ROLE,
    Status.UNVERIFIED,
    Status.CHANGED,
    Status.EXPIRED,
    Status.TOO_SHORT,
)


def _together(gaps: list[_Gap]) -> dict[str, frozenset[str]]:
    """Where the requirement fails; a gap of the whole strand outweighs the others."""
    if any(not gap.failing for gap in gaps):
        return {}
    kinds = dict.fromkeys(kind for gap in gaps for kind in gap.failing)
    return {kind: frozenset[str]().union(*(gap.failing.get(kind, frozenset()) for gap in gaps)) for kind in kinds}


def _bands_bound(requirement: Requirement, level: Level, strand: Strand) -> dict[str, frozenset[str]]:
    """Where only the youngest make a requirement this strict (``@<13``), it fails for their bands alone."""
    if not any(rule.condition is Condition.UNDER_13 for rule in requirement.rules):
        return {}
    without = conditions_of(strand) - {Condition.UNDER_13}
    if strictest(requirement.rules, strand.audience, without) is level:
        return {}
    return {"bands": frozenset(band.value for band in strand.age_bands if _under_13(band))}


def _under_13(band: AgeBand) -> bool:
    return band.youngest < 13


def _safety_texts(finding: Finding, requirement: Requirement, case: Case) -> Finding:
    """INC-05: where the safety texts alone are proven, what is left binds less."""
    if not any(rule.condition is Condition.SAFETY_TEXTS for rule in requirement.rules):
        return finding
    if not all(_safety_texts_hold(requirement, case, subject) for subject in subjects_of(requirement, case)):
        return finding
    level = strictest(requirement.rules, case.strand.audience, conditions_of(case.strand) - {Condition.SAFETY_TEXTS})
    return finding if level is None else replace(finding, level=level)


def _safety_texts_hold(requirement: Requirement, case: Case, subject: str) -> bool:
    partial = [entry for entry in _entries(requirement, case, subject) if entry.safety_texts_only]
    verdicts = [judge(entry, requirement, case, subject, by_default=False) for entry in partial]
    verdicts.append(verdict_of(requirement, case, subject))
    return any(verdict.status is Status.MET for verdict in verdicts)


# ---- entries and subjects


def verdict_of(requirement: Requirement, case: Case, subject: str) -> Verdict:
    """The best of the entries that speak most exactly about the subject and the strand."""
    by_default = requirement.id not in case.record.evidence
    entries = _entries(requirement, case, subject)
    verdicts = [
        Verdict(Status.MISSING, _ONLY_SAFETY_TEXTS)
        if entry.safety_texts_only
        else judge(entry, requirement, case, subject, by_default=by_default)
        for entry in entries
    ]
    gaps = [entry for entry in entries if entry.missing]
    if gaps or not verdicts:
        return Verdict(Status.MISSING, next((each.why_missing for each in gaps if each.why_missing), NO_EVIDENCE))
    met = [verdict for verdict in verdicts if verdict.status is Status.MET]
    return max(met, key=_lasting) if met else verdicts[-1]


def _lasting(verdict: Verdict) -> tuple[bool, float]:
    return verdict.until is None, verdict.until.timestamp() if verdict.until else 0.0


def _entries(requirement: Requirement, case: Case, subject: str) -> list[Evidence]:
    """An entry for one person, place or strand outweighs the entry for all."""
    strand = case.strand.id
    entries = [
        entry
        for entry in case.record.entries(requirement.id)
        if entry.strand in ("", strand) and entry.subject in ("", subject)
    ]
    exactness = max(((e.subject != "", e.strand != "") for e in entries), default=(False, False))
    return [entry for entry in entries if (entry.subject != "", entry.strand != "") == exactness]


# ---- where a gap lies


def _failing(requirement: Requirement, strand: Strand, subject: str) -> Mapping[str, frozenset[str]]:
    """The languages or places that a subject's gap touches alone; empty when it touches everybody."""
    match requirement.subjects:
        case Subjects.LANGUAGES:
            return {"languages": frozenset({subject})}
        case Subjects.JURISDICTIONS:
            return {"jurisdictions": frozenset({subject})}
        case Subjects.SERVICES | Subjects.AGREEMENTS:
            service = next(service for service in strand.services if service.id == subject)
            return _served_alone(strand, service)
        case _:
            return {}


def _served_alone(strand: Strand, service: Service) -> Mapping[str, frozenset[str]]:
    """A service that serves only some languages or places of the strand fails for those."""
    for kind, served in (("languages", service.languages), ("jurisdictions", service.jurisdictions)):
        touched = frozenset(getattr(strand, kind)) & frozenset(served)
        if touched and touched != frozenset(getattr(strand, kind)):
            return {kind: touched}
    return {}


def _remedy(status: Status, requirement: Requirement, case: Case) -> Said:
    who = {"attests": either(requirement.attest), "checks": either(requirement.verify)}
    proof = requirement.evidence
    if requirement.id in measures.CHECKED and case.record.release and status not in _LOOKED_AT:
        return said(
            "%(attests)s runs the program's own checks at the server; %(checks)s looks at what they found", **who
        )
    match status:
        case Status.NOT_FULFILLED:
            return said("change the plan: %(rule)s", rule=requirement.requirement)
        case Status.UNVERIFIED:
            return said("%(checks)s, another person, checks it: %(proof)s", checks=who["checks"], proof=proof)
        case Status.FOUR_EYES:
            return said("%(checks)s, another person who does not facilitate, checks it", checks=who["checks"])
        case Status.FOUND_FALSE:
            return said("open an incident; then new evidence: %(proof)s", proof=proof)
        case _:
            return said("%(attests)s attests it, %(checks)s checks it: %(proof)s", **who, proof=proof)


_LOOKED_AT = frozenset({Status.UNVERIFIED, Status.FOUR_EYES})
