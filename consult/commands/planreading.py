"""Reads what the gate's commands are given: a plan file, a policy, a time; or says what is wrong with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from safeguards import policyfile
from safeguards.codec import YEARS, Problem
from safeguards.planfile import PlanError, PlanFile, parse
from safeguards.policy import Policy

__all__ = ["Unreadable", "read_moment", "read_plan", "read_policy"]


class Unreadable(Exception):
    """A file or a time that cannot be used; ``problems`` has a line for each thing wrong."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_plan(path: Path) -> PlanFile:
    """The plan file. Raises Unreadable with every problem, each with its JSON path and mend."""
    text = _text(path)
    try:
        return parse(json.loads(text, object_pairs_hook=_once))
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}, column {error.colno}"
        raise Unreadable(f"{where}: not JSON ({error.msg}); mend the text there") from error
    except RecursionError as error:
        raise Unreadable(f"{path}: nested too deeply; write a plan as in docs/how-to/plan.md") from error
    except PlanError as error:
        raise Unreadable(*(f"{path}, {problem}" for problem in error.problems)) from error
    except ValueError as error:  # what is left: Python refuses to read numbers of thousands of digits
        raise Unreadable(f"{path}: a number in it is too long; write fewer digits") from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object without repeated keys: the second would silently hide the first."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise PlanError([Problem("$", f"the key {twice!r} is written twice in one object", "keep one of them")])
    return found


def read_policy(path: Path | None) -> Policy:
    """The policy that ships, or an organisation's. Raises Unreadable."""
    if path is None:
        return policyfile.default()
    try:
        return policyfile.load(_text(path))
    except policyfile.PolicyError as error:
        raise Unreadable(f"{path}, {error}") from error


def read_moment(text: str | None) -> datetime:
    """A time with its zone, or now. Raises Unreadable."""
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Unreadable(f"--at {text}: not a time with a zone; write it like 2026-03-01T09:00:00Z")
    if moment.year not in YEARS:
        raise Unreadable(f"--at {text}: no plan is so far away; give a year from {YEARS[0]} to {YEARS[-1]}")
    return moment.astimezone(UTC)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}; name a file that can be read") from error
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path}: not text in UTF-8; save it as UTF-8") from error
