"""The gate: one evaluation of the full policy beside one look at every requirement; the check on each request."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import resources

from consult.bench.comparison import Comparison, turn_by_turn
from consult.models.strand import StrandState
from consult.services.participation.permit import Ruling, RunningPermit
from safeguards import policyfile
from safeguards.gate import evaluate
from safeguards.planfile import PlanFile, parse
from safeguards.policy import Policy

__all__ = ["measure"]

#: A moment at which everything that the plan claims is in date.
AT = datetime(2030, 1, 7, 12, 0, tzinfo=UTC)


def measure() -> Comparison:
    """Evaluate a children's strand that passes, and ask the running check as each page of a participant does."""
    file, policy = strand_that_passes(), policyfile.default()
    evaluation = evaluate(file.plan, file.record, policy, AT)
    if not evaluation.decision.opens or evaluation.valid_until is None:
        raise RuntimeError(f"the strand of the benchmark should pass, the gate says {evaluation.decision}")
    strand, until = file.plan.strand, evaluation.valid_until
    permit = RunningPermit(StrandState.OPEN, signed_to_open=True, valid_until=until, window=strand.window)
    if permit.ruling(AT) is not Ruling.OPEN:
        raise RuntimeError("the strand of the benchmark should be open")
    evaluating, looking = turn_by_turn(
        lambda: evaluate(file.plan, file.record, policy, AT), lambda: _look(file, policy), rounds=15, repeats=10
    )
    checking, comparing = turn_by_turn(lambda: permit.ruling(AT), lambda: until > AT, rounds=15, repeats=20_000)
    return Comparison(
        name="gate",
        saying="one evaluation of the full policy, beside one look at the evidence of every requirement that applies; "
        "and the check on each request, beside one comparison of two times",
        product={"evaluation_ms": evaluating * 1e3, "running_check_us": checking * 1e6},
        limit={"look_ms": looking * 1e3, "comparison_us": comparing * 1e6},
        ratio=evaluating / looking,
        n=len(policy.applying(strand)),
    )


def strand_that_passes() -> PlanFile:
    """The plan file `plan.json` beside this module: young people 13 to 17, an online form, three languages."""
    return parse(json.loads(resources.files(__package__).joinpath("plan.json").read_text("utf-8")))


def _look(file: PlanFile, policy: Policy) -> int:
    """How many requirements that apply have an entry somebody verified: the least that any gate has to look at."""
    applying = policy.applying(file.plan.strand)
    return sum(any(entry.verified_by for entry in file.record.entries(each.id)) for each, _level in applying)
