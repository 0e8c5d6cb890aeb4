"""What the gate answers: findings, conditions, the fallback, the evaluation; and their JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from .plan import Plan
from .terms import Audience, Decision, Level, RepresentativeClass, Role

__all__ = ["Condition", "Debt", "Evaluation", "Fallback", "Finding", "Rung", "Status", "evaluation_json", "instant"]

NOTHING: Mapping[str, frozenset[str]] = {}


class Status(StrEnum):
    """How a requirement stands."""

    MET = "met"
    EQUIVALENT = "equivalent"
    MISSING = "missing"
    UNVERIFIED = "unverified"
    WRONG_ROLE = "wrong_role"
    FOUR_EYES = "four_eyes"
    EXPIRED = "expired"
    TOO_SHORT = "too_short"
    CHANGED = "changed"
    REVOKED = "revoked"
    FOUND_FALSE = "found_false"
    NOT_FULFILLED = "not_fulfilled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How one requirement stands for one strand.

    ``failing`` names the languages, jurisdictions or bands for which alone it fails; empty: for the whole strand.
    ``valid_until`` is when it stops holding; None: no end of its own.
    """

    requirement: str
    title: str
    level: Level
    status: Status
    why: str
    who_attests: tuple[Role, ...] = ()
    who_verifies: tuple[Role, ...] = ()
    remedy: str = ""
    valid_until: datetime | None = None
    failing: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether it holds by its own evidence."""
        return self.status is Status.MET


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What must be kept for a GO_WITH_CONDITIONS; missed, it halts the strand (C1)."""

    requirement: str
    condition: str
    owner: str
    due: datetime | None
    check: str
    expires: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A rung of the ladder that was not taken, and why; ``rank`` None for who never stands in."""

    audience: RepresentativeClass | Audience
    rank: int | None
    why: str
    strand: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """The promise that a fallback makes: to ask children directly, by a day, or to say why never."""

    strand: str
    ask_children_by: date | None
    never_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """Who may stand in. ``audience`` None: nobody who was proposed passes; published evidence is still there.

    ``nobody_for``: languages and places of the strand in which nobody is asked.
    """

    audience: RepresentativeClass | None
    rank: int | None
    strand: str = ""
    skipped: tuple[Rung, ...] = ()
    beside: RepresentativeClass | None = None
    beside_strand: str = ""
    debt: Debt | None = None
    needs_independent_approver: bool = False
    nobody_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The gate's answer for one plan at one time. Each of ``parts`` (D8, several modes) can be signed alone."""

    plan: Plan
    decision: Decision
    row: str
    policy_digest: str
    reasons: tuple[Finding, ...] = ()
    conditions: tuple[Condition, ...] = ()
    fallback: Fallback | None = None
    valid_until: datetime | None = None
    parts: tuple[Evaluation, ...] = ()
    notes: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    signers: tuple[Role, ...] = ()
    findings: tuple[Finding, ...] = ()


def instant(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with Z."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def evaluation_json(evaluation: Evaluation) -> dict[str, Any]:
    """JSON-ready form, as ``consult gate evaluate --json`` prints it."""
    strand = evaluation.plan.strand
    return {
        "decision": evaluation.decision.value,
        "row": evaluation.row,
        "reasons": [_finding_json(finding) for finding in evaluation.reasons],
        "conditions": [_condition_json(condition) for condition in evaluation.conditions],
        "fallback": None if evaluation.fallback is None else _fallback_json(evaluation.fallback),
        "valid_until": instant(evaluation.valid_until),
        "parts": [evaluation_json(part) for part in evaluation.parts],
        "notes": list(evaluation.notes),
        "options": list(evaluation.options),
        "signers": [role.value for role in evaluation.signers],
        "strand": strand.id,
        "covers": {
            "modes": [mode.value for mode in strand.modes],
            "bands": [band.value for band in strand.age_bands],
            "languages": list(strand.languages),
            "jurisdictions": list(strand.jurisdictions),
        },
        "plan_digest": evaluation.plan.digest(),
        "policy_digest": evaluation.policy_digest,
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "requirement": finding.requirement,
        "title": finding.title,
        "level": finding.level.value,
        "status": finding.status.value,
        "why": finding.why,
        "who_attests": [role.value for role in finding.who_attests],
        "who_verifies": [role.value for role in finding.who_verifies],
        "remedy": finding.remedy,
        "failing": {key: sorted(values) for key, values in sorted(finding.failing.items())},
    }


def _condition_json(condition: Condition) -> dict[str, Any]:
    return {
        "requirement": condition.requirement,
        "condition": condition.condition,
        "owner": condition.owner,
        "due": instant(condition.due),
        "check": condition.check,
        "expires": instant(condition.expires),
    }


def _fallback_json(fallback: Fallback) -> dict[str, Any]:
    debt = fallback.debt
    return {
        "audience": fallback.audience,
        "rank": fallback.rank,
        "strand": fallback.strand or None,
        "skipped": [
            {"audience": rung.audience.value, "rank": rung.rank, "strand": rung.strand or None, "why": rung.why}
            for rung in fallback.skipped
        ],
        "beside": {"audience": fallback.beside, "strand": fallback.beside_strand} if fallback.beside else None,
        "debt": None
        if debt is None
        else {
            "strand": debt.strand,
            "ask_children_by": debt.ask_children_by.isoformat() if debt.ask_children_by else None,
            "never_reason": debt.never_reason or None,
        },
        "needs_independent_approver": fallback.needs_independent_approver,
        "nobody_for": list(fallback.nobody_for),
    }
