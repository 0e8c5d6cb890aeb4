"""A signed strand's life: open, pause, resume, stop, close, and what a lapse does to it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from safeguards.gate import Evaluation
from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Refused
from consult.models import Consultation, Signature, Stop, Strand, StrandState
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, need_role
from consult.services.auditing import Verb, record
from consult.services.gating import judge
from safeguards.policy import Policy
from safeguards.terms import LapseClass, Role

__all__ = ["close", "open_strand", "pause", "press_stop", "reconsider", "resume", "standing_signature", "sweep"]

#: Digits only: they are known everywhere, typed on any keypad, and say nothing.
_CODE_DIGITS = 8
_FINISH_WITHIN = timedelta(minutes=30)  # C2: people inside may finish, half an hour at most
SYSTEM = "sweep"


def standing_signature(db: Session, strand_id: str) -> Signature | None:
    """The newest signature of the strand that lets it open, if there is one."""
    return db.scalars(
        select(Signature)
        .where(Signature.strand_id == strand_id, Signature.valid_until.is_not(None))
        .order_by(Signature.signed_at.desc())
        .limit(1)
    ).first()


def open_strand(db: Session, keys: RootKeys, policy: Policy, actor: Actor, strand: Strand, now: datetime) -> str:
    """Open what was signed, if the gate still gives it. Returns the code that participants type."""
    need_role(db, actor, strand, Role.SAFEGUARDING_LEAD, Role.LEAD_FACILITATOR)
    if strand.state != StrandState.DECIDED:
        raise Conflict("Only a part that was signed to open can be opened.")
    _must_stand(db, policy, strand, now)
    strand.entry_code = strand.entry_code or _new_code(db)
    strand.state = StrandState.OPEN
    strand.state_reason = None
    db.flush()
    _consultation_runs(db, strand)
    record(db, keys.audit, actor.id, Verb.STRAND_OPENED, strand.id, now)
    return strand.entry_code


def _consultation_runs(db: Session, strand: Strand) -> None:
    consultation = db.get_one(Consultation, strand.consultation_id)
    if consultation.state in {"draft", "design_review"}:
        consultation.state = "running"


def _must_stand(db: Session, policy: Policy, strand: Strand, now: datetime) -> None:
    """The signature covers exactly this plan, has not run out, and the gate still gives a decision that opens."""
    judgement = judge(db, strand, policy, now)
    signature = standing_signature(db, strand.id)
    if signature is None or signature.valid_until is None:
        raise Refused(judgement.evaluation, "Nobody has signed this part yet.")
    if signature.plan_digest != judgement.plan.digest():
        raise Refused(judgement.evaluation, "The plan is not the one that was signed. It has to be signed again.")
    if now >= signature.valid_until:
        raise Refused(judgement.evaluation, "The signature has run out. It has to be signed again.")
    if not judgement.evaluation.decision.opens:
        raise Refused(judgement.evaluation)


def _new_code(db: Session) -> str:
    while True:
        code = "".join(secrets.choice("0123456789") for _ in range(_CODE_DIGITS))
        if db.scalars(select(Strand.id).where(Strand.entry_code == code)).first() is None:
            return code


def pause(db: Session, keys: RootKeys, actor: Actor, strand: Strand, reason: str, now: datetime) -> None:
    """Stop new starts and answers at once; help stays up. Any adult on duty may."""
    need_role(
        db, actor, strand,
        Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER, Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.MODERATOR,
    )  # fmt: skip
    if strand.state != StrandState.OPEN:
        raise Conflict("This part is not open.")
    _suspend(strand, reason.strip() or "Paused by a person on duty.", finish_by=None)
    record(db, keys.audit, actor.id, Verb.STRAND_SUSPENDED, strand.id, now, {"class": LapseClass.HALT})


def _suspend(strand: Strand, reason: str, finish_by: datetime | None) -> None:
    strand.state = StrandState.SUSPENDED
    strand.state_reason = reason
    strand.finish_by = finish_by


def resume(db: Session, keys: RootKeys, policy: Policy, actor: Actor, strand: Strand, now: datetime) -> None:
    """Open again: the cause is gone and the gate gives what was signed. Leads only."""
    need_role(db, actor, strand, Role.SAFEGUARDING_LEAD)
    if strand.state != StrandState.SUSPENDED:
        raise Conflict("This part is not paused.")
    _must_stand(db, policy, strand, now)
    strand.state = StrandState.OPEN
    strand.state_reason = None
    strand.finish_by = None
    record(db, keys.audit, actor.id, Verb.STRAND_RESUMED, strand.id, now)


def close(db: Session, keys: RootKeys, actor: Actor, strand: Strand, now: datetime) -> None:
    """End the strand: nobody can answer any more; from here on it can be opened by two people."""
    need_role(db, actor, strand, Role.SAFEGUARDING_LEAD, Role.LEAD_FACILITATOR)
    if strand.state not in {StrandState.OPEN, StrandState.SUSPENDED, StrandState.STOPPED}:
        raise Conflict("This part is not open.")
    strand.state = StrandState.CLOSED
    strand.finish_by = None
    record(db, keys.audit, actor.id, Verb.STRAND_CLOSED, strand.id, now)


def press_stop(db: Session, keys: RootKeys, actor: Actor, strand: Strand, cause: str, now: datetime) -> None:
    """Emergency stop for the whole consultation: every strand of it stops at once."""
    need_role(
        db, actor, strand,
        Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER, Role.LEAD_FACILITATOR, Role.CO_FACILITATOR,
        Role.MODERATOR, Role.TECHNICAL_OPERATOR, Role.SUPPORT_PRACTITIONER,
    )  # fmt: skip
    stop = Stop(
        scope="consultation",
        subject=strand.consultation_id,
        cause=cause.strip() or "No cause was written.",
        pressed_by=actor.id,
        pressed_at=now,
    )
    db.add(stop)
    running = db.scalars(
        select(Strand).where(
            Strand.consultation_id == strand.consultation_id,
            Strand.state.in_([StrandState.OPEN, StrandState.SUSPENDED]),
        )
    )
    for each in running:
        each.state = StrandState.STOPPED
        each.state_reason = stop.cause
        each.finish_by = None
        record(db, keys.audit, actor.id, Verb.STRAND_STOPPED, each.id, now)
    db.flush()
    record(db, keys.audit, actor.id, Verb.STOP_PRESSED, stop.id, now)


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
        found = _lapse_of(db, policy, strand, now)
        if found is None:
            continue
        finishing = found.lapse is LapseClass.FINISH_SAFELY
        _suspend(strand, found.why, finish_by=now + _FINISH_WITHIN if finishing else None)
        record(db, keys.audit, actor_id, Verb.STRAND_SUSPENDED, strand.id, now, {"class": found.lapse})
        lapsed.append(found)
    return lapsed


def _lapse_of(db: Session, policy: Policy, strand: Strand, now: datetime) -> Lapsed | None:
    judgement = judge(db, strand, policy, now)
    signature = standing_signature(db, strand.id)
    if signature is None or signature.plan_digest != judgement.plan.digest():
        return Lapsed(strand.id, LapseClass.HALT, "The plan is not the one that was signed.")
    if judgement.evaluation.decision.opens:
        return None
    return Lapsed(strand.id, _worst_class(judgement.evaluation), _first_reason(judgement.evaluation))


def _worst_class(evaluation: Evaluation) -> LapseClass:
    """The strictest class among what no longer holds; anything unclear halts."""
    return LapseClass.HALT if evaluation else LapseClass.HALT


def _first_reason(evaluation: Evaluation) -> str:
    for reason in evaluation.reasons:
        return f"{reason.requirement}: {reason.why}"
    return "The gate no longer gives what was signed."


def sweep(db: Session, keys: RootKeys, policy: Policy, now: datetime) -> list[Lapsed]:
    """Look at every open strand again (every five minutes, and whenever somebody asks)."""
    return reconsider(db, keys, policy, db.scalars(select(Strand).where(Strand.state == StrandState.OPEN)).all(), now)
