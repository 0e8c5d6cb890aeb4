"""`consult gate`: the gate on a plan file, without a database."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from consult.commands import lapse
from consult.commands.output import DONE, answer, answers, complain, say_json
from consult.commands.planreading import Unreadable, read_moment, read_plan, read_policy
from safeguards.gate import evaluate
from safeguards.planfile import schema
from safeguards.results import Evaluation, Fallback, Finding, evaluation_json, instant

__all__ = ["register"]


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parsers."""
    gate = commands.add_parser("gate", help="what the gate says about a plan file").add_subparsers(
        required=True, metavar="ACTION"
    )
    asked = gate.add_parser("evaluate", help="may this strand open? every decision exits 0")
    asked.add_argument("plan", type=Path, metavar="PLAN.json", help="plan file; its schema: consult gate schema")
    asked.add_argument("--at", metavar="TIME", help="time of the evaluation, such as 2026-03-01T09:00:00Z; default now")
    asked.add_argument("--policy", type=Path, metavar="FILE", help="TOML file with what an organisation tightens")
    asked.add_argument("--decide-now", action="store_true", help="ask for a decision before its date")
    answers(asked)
    asked.set_defaults(run=_evaluate)
    lapse.add_lapse(gate)
    gate.add_parser("schema", help="print the JSON Schema of a plan file").set_defaults(run=_schema)


def _evaluate(arguments: argparse.Namespace) -> int:
    try:
        file, policy, at = read_plan(arguments.plan), read_policy(arguments.policy), read_moment(arguments.at)
    except Unreadable as error:
        return complain(error.problems)
    evaluation = evaluate(
        file.plan,
        file.record,
        policy,
        at,
        decision_date=file.decision_date,
        candidates=file.candidates,
        decide_now=arguments.decide_now,
    )
    answer(arguments, evaluation_json(evaluation), *_told(evaluation))
    return DONE


def _schema(_: argparse.Namespace) -> int:
    say_json(schema())
    return DONE


# ---- for people


def _told(evaluation: Evaluation, indent: str = "") -> Iterator[str]:
    strand = evaluation.plan.strand
    who = f"{strand.audience.value} {'+'.join(strand.modes)} in {', '.join(strand.languages)}"
    yield f"{indent}{evaluation.decision.value} ({evaluation.row}) · strand {strand.id}: {who}"
    if evaluation.valid_until is not None:
        yield f"{indent}valid until {instant(evaluation.valid_until)}"
    if evaluation.parts:
        yield f"{indent}Decided in {len(evaluation.parts)} parts:"
        for part in evaluation.parts:
            yield from _told(part, indent + "  ")
        return
    for number, finding in enumerate(evaluation.reasons, start=1):
        yield from _reason(finding, f"{indent}{number}. ", indent + "   ")
    for condition in evaluation.conditions:
        due = f", by {instant(condition.due)}" if condition.due else ""
        yield f"{indent}Condition {condition.requirement}: {condition.condition} ({condition.owner}{due})"
    yield from _fallback(evaluation.fallback, indent)
    yield from (f"{indent}Option: {option}" for option in evaluation.options)
    yield from (f"{indent}Note: {note}" for note in evaluation.notes)


def _reason(finding: Finding, first: str, indent: str) -> Iterator[str]:
    yield f"{first}{finding.requirement} {finding.title} [{finding.level.value}, {finding.status.value}]: {finding.why}"
    if finding.remedy:
        yield f"{indent}mend: {finding.remedy}"


def _fallback(fallback: Fallback | None, indent: str) -> Iterator[str]:
    if fallback is None:
        return
    if fallback.audience is not None:
        by = f" by strand {fallback.strand}" if fallback.strand else ""
        yield f"{indent}Fallback: {fallback.audience.value} (rank {fallback.rank}){by}"
    if fallback.beside is not None:
        yield f"{indent}  beside it: {fallback.beside.value} by strand {fallback.beside_strand}"
    for rung in fallback.skipped:
        yield f"{indent}  skipped {rung.audience.value}: {rung.why}"
