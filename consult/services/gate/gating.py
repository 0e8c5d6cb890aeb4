"""Asking the gate about a strand as it stands: beside the fields, before a signature, at opening, in every sweep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consult.errors import Conflict
from consult.models import Strand
from consult.services.gate.overdue import with_backlogs
from consult.services.gate.planning import as_it_runs, plan_of, record_of, stand_ins
from safeguards.gate import evaluate
from safeguards.plan import Plan
from safeguards.policy import Policy
from safeguards.record import Record
from safeguards.results import Evaluation

__all__ = ["Judgement", "judge"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is or would be signed, the record, and what the gate answers. `plan.digest()` is what a signature is for."""

    plan: Plan
    record: Record
    evaluation: Evaluation

    def must_be_of(self, plan_digest: str) -> None:
        """Raises `Conflict` unless the plan is the one that whoever signs has looked at."""
        if self.plan.digest() != plan_digest:
            raise Conflict("The plan changed since you looked at it. Look again, then sign.")


def judge(
    db: Session,
    strand: Strand,
    policy: Policy,
    now: datetime,
    *,
    decide_now: bool = False,
    languages: Iterable[str] | None = None,
) -> Judgement:
    """Evaluate the whole policy for the strand: the one way to a decision, for drafts, signing, opening and sweeps.

    `languages`: for these alone, where others of a signed strand are shut.
    """
    plan = plan_of(db, strand, policy, languages=languages)
    record = with_backlogs(db, policy, strand, record_of(db, strand, now), now)
    evaluation = evaluate(
        as_it_runs(db, strand, plan),
        record,
        policy,
        now,
        decision_date=strand.decision_due,
        candidates=tuple(plan_of(db, other, policy).strand for other in stand_ins(db, strand)),
        decide_now=decide_now,
    )
    return Judgement(plan, record, evaluation)
