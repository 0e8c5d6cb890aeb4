"""What the program finds out about itself, as evidence: recorded with its release, looked at by a person, lapsing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, NotFound
from consult.models import Person, ProgramCheck
from consult.sealing.root import RootKeys
from consult.services.actors import Actor
from consult.services.auditing import Verb, record
from consult.services.gate.programruns import Run, newest_runs, release
from consult.services.signed.running import SYSTEM, Lapsed, sweep
from safeguards.measures import CHECKED
from safeguards.policy import Policy
from safeguards.terms import Role

__all__ = ["Checked", "Result", "checked", "record_results", "verify_run"]


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found: what was looked at and held, or what did not hold."""

    requirement: str
    passed: bool
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One requirement that the program tests, with its newest run; `mine`: in which role the person may look at it."""

    requirement: str
    title: str
    words: str
    run: Run | None
    verified_by: str
    who_verifies: tuple[Role, ...]
    outdated: bool
    mine: Role | None


def record_results(
    db: Session, keys: RootKeys, policy: Policy, results: Iterable[Result], now: datetime, *, version: str = ""
) -> list[Lapsed]:
    """Keep what was found; the parts that a failed check closes are closed in the same transaction."""
    for result in results:
        if result.requirement not in CHECKED:
            raise NotFound
        row = ProgramCheck(
            requirement=result.requirement,
            release=version or release(),
            passed=result.passed,
            found=list(result.found),
            ran_at=now,
        )
        db.add(row)
        db.flush()
        facts = {"requirement": row.requirement, "release": row.release, "found": "passed" if row.passed else "failed"}
        record(db, keys.audit, SYSTEM, Verb.PROGRAM_CHECKED, row.id, now, facts)
    return sweep(db, keys, policy, now)


def checked(db: Session, actor: Actor, policy: Policy) -> tuple[Checked, ...]:
    """Every requirement that the program tests, as it stands."""
    runs = newest_runs(db)
    people = {run.verified_by for run in runs.values() if run.verified_by}
    names = {row.id: row.name for row in db.scalars(select(Person).where(Person.id.in_(people)))}
    return tuple(
        _checked(policy, requirement, runs.get(requirement), actor, names)
        for requirement in CHECKED
        if requirement in policy.requirements
    )


def _checked(policy: Policy, requirement: str, run: Run | None, actor: Actor, names: dict[str, str]) -> Checked:
    row = policy.requirements[requirement]
    return Checked(
        requirement=requirement,
        title=row.title,
        words=row.requirement,
        run=run,
        verified_by=names.get(run.verified_by or "", "") if run else "",
        who_verifies=row.verify,
        outdated=run is not None and run.release != release(),
        mine=_role(policy, actor, run) if run and run.passed and not run.verified_by else None,
    )


def _role(policy: Policy, actor: Actor, run: Run) -> Role | None:
    """The check is about the whole installation, so a role for the whole organisation looks at it."""
    return next((role for role in policy.requirements[run.requirement].verify if role in actor.roles), None)


def verify_run(db: Session, keys: RootKeys, policy: Policy, actor: Actor, run_id: str, now: datetime) -> ProgramCheck:
    """Say that one has looked at what the newest run found, and tried by hand what a program can not see."""
    row = db.get(ProgramCheck, run_id)
    run = newest_runs(db).get(row.requirement) if row else None
    if row is None or run is None or row.requirement not in policy.requirements:
        raise NotFound
    if run.id != row.id or not row.passed or run.verified_by:
        raise Conflict("There is a newer run, or somebody has looked at this one already.")
    role = _role(policy, actor, run)
    if role is None:
        raise Denied("Your role can not check this.")
    row.verified_by, row.verified_as, row.verified_at = actor.id, role, now
    db.flush()
    facts = {"requirement": row.requirement, "as": role}
    record(db, keys.audit, actor.id, Verb.PROGRAM_CHECK_VERIFIED, row.id, now, facts)
    return row
