"""The newest run of each of the program's own checks, and who has looked at what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import metadata

from sqlalchemy import select
from sqlalchemy.orm import Session

import safeguards.record as history
from consult.models import ProgramCheck
from consult.resources import digest
from safeguards.terms import Role

__all__ = ["Run", "as_fact", "by_the_program", "newest_runs", "release"]


@dataclass(frozen=True, slots=True)
class Run:
    """A run; `verified_by` has looked at this one, or at an earlier one of the same release since the last failure."""

    id: str
    requirement: str
    release: str
    passed: bool
    found: tuple[str, ...]
    ran_at: datetime
    verified_by: str | None
    verified_as: Role | None
    verified_at: datetime | None


@cache
def release() -> str:
    """The version of the program that runs, with a fingerprint of its files: other code is another release."""
    return f"{metadata.version('gated-consultations')}+{digest()[:12]}"


def newest_runs(db: Session) -> Mapping[str, Run]:
    """Requirement → its newest run."""
    found: dict[str, Run] = {}
    looked_at: dict[str, ProgramCheck] = {}
    for row in db.scalars(select(ProgramCheck).order_by(ProgramCheck.ran_at, ProgramCheck.id)):
        before = looked_at.get(row.requirement)
        if not row.passed or (before is not None and before.release != row.release):
            looked_at.pop(row.requirement, None)
        if row.verified_by is not None:
            looked_at[row.requirement] = row
        found[row.requirement] = _run(row, looked_at.get(row.requirement))
    return found


def _run(row: ProgramCheck, seen: ProgramCheck | None) -> Run:
    return Run(
        id=row.id,
        requirement=row.requirement,
        release=row.release,
        passed=row.passed,
        found=tuple(row.found),
        ran_at=row.ran_at,
        verified_by=seen.verified_by if seen else None,
        verified_as=Role(seen.verified_as) if seen and seen.verified_as else None,
        verified_at=seen.verified_at if seen else None,
    )


def by_the_program(run: Run) -> history.Evidence:
    """A run that passes again says what the one said that a person looked at: that yes holds on, until it fails."""
    return history.Evidence(
        attested_by="the program",
        attested_as=Role.TECHNICAL_OPERATOR,
        attested_at=run.ran_at,
        verified_by=run.verified_by or "",
        verified_as=run.verified_as,
        verified_at=run.ran_at if run.verified_by else None,
        release=run.release,
    )


def as_fact(run: Run) -> history.ProgramCheck:
    """The run as the rules look at it."""
    return history.ProgramCheck(
        requirement=run.requirement, at=run.ran_at, passed=run.passed, found="; ".join(() if run.passed else run.found)
    )
