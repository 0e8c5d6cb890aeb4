"""What is not proven yet of each meeting that is still to come: the gate asked about that meeting alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from consult.errors import Invalid
from consult.models import Strand
from consult.services.gate.gating import judge
from consult.services.gate.planning import team_of
from safeguards.policy import Policy
from safeguards.results import Status
from safeguards.standing import stand
from safeguards.terms import Level, Scope
from safeguards.validity import Case

__all__ = ["not_proven"]

_HOLDING = frozenset({Status.MET, Status.EQUIVALENT})
_MOST = 10


def not_proven(db: Session, strand: Strand, policy: Policy, now: datetime) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Meeting → (id, title) of each requirement asked for it by itself that does not hold yet; for the next ten."""
    try:
        meetings = team_of(db, strand).sessions
        judgement = judge(db, strand, policy, now)
    except Invalid:
        return {}
    left = sorted((each for each in meetings if each.ends > now), key=lambda each: each.starts)[:_MOST]
    found = {}
    for meeting in left:
        alone = judgement.plan.with_strand(replace(judgement.plan.strand, sessions=(meeting,)))
        findings = stand(Case(alone, judgement.record, policy, now)).findings
        found[meeting.id] = tuple(
            (each.requirement, each.title)
            for each in findings
            if each.requirement in policy.requirements
            and policy.requirements[each.requirement].scope is Scope.SESSION
            and each.status not in _HOLDING
            and each.level is not Level.ADVISORY
        )
    return found
