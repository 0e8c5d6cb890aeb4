"""A signed strand's life: open, pause, close, and what a lapse does to it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Invalid
from consult.models import Strand
from consult.sealing.root import RootKeys
from consult.services.actors import Actor
from consult.services.auditing import Verb, record
from consult.services.following import follow
from consult.services.standing import Standing, must, standing_of
from safeguards.lifecycle import Fact, StrandState
from safeguards.policy import Policy, Requirement
from safeguards.results import Finding, Status
from safeguards.terms import LapseClass, Level

__all__ = ["Lapsed", "close", "lapse_class", "open_strand", "pause", "put_on_hold", "reconsider", "sweep"]

#: Digits only: they are known everywhere, typed on any keypad, and say nothing.
_CODE_DIGITS = 8
_FINISH_WITHIN = timedelta(minutes=30)  # C2: people inside may finish, half an hour at most
SYSTEM = "sweep"
_STRICTEST_FIRST = tuple(LapseClass)
_RAN_OUT = frozenset({Status.EXPIRED, Status.TOO_SHORT})
#: These are lapses of every requirement, whatever its row says (§3: revocation and discovered falsehood are C1).
_UNTRUE = frozenset({Status.REVOKED, Status.FOUND_FALSE, Status.FOUR_EYES, Status.WRONG_ROLE})


def open_strand(db: Session, keys: RootKeys, policy: Policy, actor: Actor, strand: Strand, now: datetime) -> str:
    """Open what was signed, if the gate still gives it. Returns the code that participants type."""
    standing = standing_of(db, strand, policy, now)
    must(db, actor, strand, "open", standing.facts, standing.evaluation)
    strand.entry_code = strand.entry_code or _new_code(db)
    strand.state = StrandState.OPEN
    strand.state_reason = None
    record(db, keys.audit, actor.id, Verb.STRAND_OPENED, strand.id, now)
    follow(db, keys, actor, strand, "start", now, standing.facts | {Fact.REVIEWED_BY_SECOND})
    return strand.entry_code


def _new_code(db: Session) -> str:
    while True:
        code = "".join(secrets.choice("0123456789") for _ in range(_CODE_DIGITS))
        if db.scalars(select(Strand.id).where(Strand.entry_code == code)).first() is None:
            return code


def pause(db: Session, keys: RootKeys, actor: Actor, strand: Strand, reason: str, now: datetime) -> None:
    """Stop new starts and answers at once; help stays up. Any adult on duty may."""
    must(db, actor, strand, "suspend")
    if not reason.strip():
        raise Invalid({"reason": ["Say why, in a few words: whoever opens it again has to know what to check."]})
    put_on_hold(strand, reason.strip(), finish_by=None)
    record(db, keys.audit, actor.id, Verb.STRAND_SUSPENDED, strand.id, now, {"class": LapseClass.HALT})


def put_on_hold(strand: Strand, reason: str, finish_by: datetime | None) -> None:
    """Suspended; whoever is inside may finish until `finish_by`, if that is set."""
    strand.state = StrandState.SUSPENDED
    strand.state_reason = reason
    strand.finish_by = finish_by


def close(db: Session, keys: RootKeys, actor: Actor, strand: Strand, now: datetime) -> None:
    """End the strand: nobody can answer any more; from here on it can be opened by two people."""
    must(db, actor, strand, "close")
    strand.state = StrandState.CLOSED
    strand.finish_by = None
    record(db, keys.audit, actor.id, Verb.STRAND_CLOSED, strand.id, now)
    follow(db, keys, actor, strand, "analyse", now)


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A strand that was suspended, by which class of lapse and why."""

    strand_id: str
    lapse: LapseClass
    why: str


def reconsider(
    db: Session, keys: RootKeys, policy: Policy, strands: Iterable[Strand], now: datetime, actor_id: str = SYSTEM
) -> list[Lapsed]:
    """Look again at open strands after something changed; suspend those whose gate no longer gives what was signed.

    Called in the transaction of every change of evidence, tests, services, incidents and stops, and by the sweep.
    """
    lapsed = []
    for strand in strands:
        if strand.state != StrandState.OPEN:
            continue
        found = _lapse_of(strand, standing_of(db, strand, policy, now), policy)
        if found is None:
            continue
        finishing = found.lapse is LapseClass.FINISH_SAFELY
        put_on_hold(strand, found.why, finish_by=now + _FINISH_WITHIN if finishing else None)
        record(db, keys.audit, actor_id, Verb.STRAND_SUSPENDED, strand.id, now, {"class": found.lapse})
        lapsed.append(found)
    return lapsed


def _lapse_of(strand: Strand, standing: Standing, policy: Policy) -> Lapsed | None:
    """What no longer holds of an open strand. A quality gap (C3) is noted by the gate and closes nothing."""
    if Fact.NO_STOP not in standing.facts:
        return Lapsed(strand.id, LapseClass.HALT, "An emergency stop is in force.")
    if Fact.SAME_PLAN not in standing.facts:
        return Lapsed(strand.id, LapseClass.HALT, "The plan is not the one that was signed.")
    if Fact.GATE_PASSES not in standing.facts:
        failed = [finding for finding in standing.evaluation.reasons if finding.level is not Level.ADVISORY]
        return _worst(strand, failed, policy)
    if Fact.IN_DATE not in standing.facts:
        return Lapsed(strand.id, LapseClass.FINISH_SAFELY, "The signed decision has run out.")
    return None


def _worst(strand: Strand, failed: list[Finding], policy: Policy) -> Lapsed:
    """The strictest class among what failed; a refusal that names no requirement halts."""
    found = [(lapse_class(finding, policy.requirements.get(finding.requirement)), finding) for finding in failed]
    if not found:
        return Lapsed(strand.id, LapseClass.HALT, "The gate no longer gives what was signed.")
    lapse, finding = min(found, key=lambda pair: _STRICTEST_FIRST.index(pair[0]))
    return Lapsed(strand.id, lapse, f"{finding.requirement}: {finding.why}")


def lapse_class(finding: Finding, requirement: Requirement | None) -> LapseClass:
    """What it means for an open strand that a binding requirement does not hold (§4.3).

    A document that only ran out is the mildest class that the requirement's row names (C2 where it says so: the
    protection is still real); anything else is the strictest; what turned out untrue, or is unknown, is C1.
    """
    if requirement is None or not requirement.lapses or finding.status in _UNTRUE:
        return LapseClass.HALT
    named = sorted((row.lapse_class for row in requirement.lapses), key=_STRICTEST_FIRST.index)
    return named[-1] if finding.status in _RAN_OUT else named[0]


def sweep(db: Session, keys: RootKeys, policy: Policy, now: datetime) -> list[Lapsed]:
    """Look at every open strand again (every five minutes, and whenever somebody asks)."""
    return reconsider(db, keys, policy, db.scalars(select(Strand).where(Strand.state == StrandState.OPEN)).all(), now)
