"""`consult gate lapse`: what a lapse does to the strand of a plan file, without a database."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from consult.commands.output import DONE, answer, answers, complain
from consult.commands.planreading import Unreadable, read_moment, read_plan, read_policy
from safeguards.events import UnknownEventError, happening, known_events
from safeguards.lapse import Effect, effect
from safeguards.plan import Strand
from safeguards.results import instant
from safeguards.splitting import by_mode
from safeguards.terms import LapseClass

__all__ = ["add_lapse"]

_STRICTEST_FIRST = (*LapseClass, None)


def add_lapse(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of `lapse` to the actions of `consult gate`."""
    asked = actions.add_parser(
        "lapse",
        help="what a lapse does to people in and out",
        description="What a lapse does to new starts, to people already in, and to answers not sent.",
        epilog=f"Events: {', '.join(known_events())}. ID is a requirement, as in expired:TRN-01.",
    )
    asked.add_argument("plan", type=Path, metavar="PLAN.json", help="plan file; its schema: consult gate schema")
    asked.add_argument("--event", required=True, metavar="NAME", help="what happened; the names stand below")
    asked.add_argument("--at", required=True, metavar="TIME", help="when, such as 2026-03-01T09:00:00Z")
    asked.add_argument("--subject", default="", metavar="WHAT", help="language, place or person it is about")
    asked.add_argument("--policy", type=Path, metavar="FILE", help="TOML file with what an organisation tightens")
    answers(asked)
    asked.set_defaults(run=_lapse)


def _lapse(arguments: argparse.Namespace) -> int:
    try:
        file, policy, at = read_plan(arguments.plan), read_policy(arguments.policy), read_moment(arguments.at)
        happened = happening(arguments.event, policy, arguments.subject)
    except Unreadable as error:
        return complain(error.problems)
    except UnknownEventError as error:
        return complain([f"--event: {error}"])
    found = [(strand, effect(happened, strand, policy, at)) for strand in by_mode(file.plan.strand)]
    _, worst = min(found, key=lambda pair: _STRICTEST_FIRST.index(pair[1].lapse_class))
    parts = [{"mode": strand.mode.value, **_as_json(each)} for strand, each in found] if len(found) > 1 else []
    lines = (line for strand, each in found for line in _told(strand, each))
    answer(arguments, {**_as_json(worst), "parts": parts}, *lines)
    return DONE


def _as_json(told: Effect) -> dict[str, Any]:
    return {
        "class": told.lapse_class.value if told.lapse_class else None,
        "new_starts": told.new_starts.value,
        "people_in": told.people_in.value,
        "unsent_answers": told.unsent_answers.value,
        "must_close_by": instant(told.must_close_by),
        "why": told.why,
        "requirement": told.requirement or None,
        "reach": told.reach.value,
        "subject": told.subject or None,
        "sent_answers": told.sent_answers.value,
        "decide_quarantine_by": instant(told.decide_quarantine_by),
        "outputs": "off" if told.outputs_off else "on",
        "restart_needs": sorted(told.restart_needs),
    }


def _told(strand: Strand, told: Effect) -> Iterator[str]:
    kind = told.lapse_class.value if told.lapse_class else "no lapse"
    yield f"{kind} · strand {strand.id}, {strand.mode.value}: {told.why}"
    if told.lapse_class is None:
        return
    whom = f" ({told.reach.value} {told.subject})".replace(" )", ")")
    yield f"new starts: {told.new_starts.value}{whom}"
    yield f"people in: {told.people_in.value}" + (f", by {instant(told.must_close_by)}" if told.must_close_by else "")
    yield f"answers not sent: {told.unsent_answers.value}"
    by = f", decided by {instant(told.decide_quarantine_by)}" if told.decide_quarantine_by else ""
    yield f"answers sent before: {told.sent_answers.value}{by}"
    if told.outputs_off:
        yield "exports and reports: off"
    yield from (f"restart needs {fact.value}" for fact in sorted(told.restart_needs))
