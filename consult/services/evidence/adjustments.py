"""The register of what people need to take part: codes only, counted in lots, gone 30 days after the day."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consult.errors import Invalid, NotFound, sentence
from consult.inclusion.lots import lots_of_parts
from consult.models import AdjustmentRequest, Strand
from consult.models.inclusion import BARRIERS, NEEDS, OUTCOMES
from consult.sealing.root import AuditKey
from consult.services.actors import Actor, Ruling, roles_in
from consult.services.auditing import Verb, record
from safeguards.terms import Role

__all__ = ["KEPT", "Request", "answer", "forget", "frozen", "may_note", "note", "old", "register"]

KEPT = timedelta(days=30)
_NOTERS = (Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.MODERATOR, Role.INCLUSION, Role.SUPPORT_PRACTITIONER)


@dataclass(frozen=True, slots=True)
class Request:
    """One row of the register."""

    id: str
    barrier: str
    need: str
    outcome: str
    day: date


def may_note(db: Session, actor: Actor, strand: Strand) -> Ruling:
    """Whether the actor keeps the register of this strand."""
    return Ruling(
        ok=bool(roles_in(db, actor, strand) & set(_NOTERS)),
        why=sentence("Those on duty and the inclusion role keep the register of adjustments."),
    )


def register(db: Session, strand_id: str) -> tuple[Request, ...]:
    """Every request of a strand that is still kept, the next day first."""
    rows = select(AdjustmentRequest).where(AdjustmentRequest.strand_id == strand_id)
    ordered = rows.order_by(AdjustmentRequest.day, AdjustmentRequest.id)
    return tuple(Request(row.id, row.barrier, row.need, row.outcome, row.day) for row in db.scalars(ordered))


def note(
    db: Session, key: AuditKey, actor: Actor, strand: Strand, barrier: str, need: str, day: date | None, now: datetime
) -> AdjustmentRequest:
    """Write down that somebody needs something by a day. Raises `Invalid` and `Denied`."""
    may_note(db, actor, strand).demand()
    problems: dict[str, list[str]] = {}
    if barrier not in BARRIERS:
        problems["barrier"] = [sentence("Choose what gets in the way.")]
    if need not in NEEDS:
        problems["need"] = [sentence("Choose what is needed.")]
    if day is None:
        problems["day"] = [sentence("Write the day by which it is needed.")]
    if problems or day is None:
        raise Invalid(problems)
    row = AdjustmentRequest(strand_id=strand.id, barrier=barrier, need=need, day=day)
    db.add(row)
    db.flush()
    record(db, key, actor.id, Verb.ADJUSTMENT_NOTED, strand.id, now)
    return row


def answer(
    db: Session, key: AuditKey, actor: Actor, strand: Strand, request_id: str, outcome: str, now: datetime
) -> AdjustmentRequest:
    """Say what came of a request. Raises `NotFound`, `Invalid` and `Denied`."""
    may_note(db, actor, strand).demand()
    row = db.get(AdjustmentRequest, request_id)
    if row is None or row.strand_id != strand.id:
        raise NotFound
    if outcome not in OUTCOMES:
        raise Invalid({"outcome": [sentence("Choose what came of it.")]})
    row.outcome = outcome
    record(db, key, actor.id, Verb.ADJUSTMENT_ANSWERED, strand.id, now)
    return row


def frozen(db: Session, strand: Strand, k: int) -> dict[str, Any] | None:
    """What a release keeps of the register: whole lots of `k`, rounded down or told lower where the sums would tell
    more; None where nothing was asked for."""
    rows = register(db, strand.id)
    if not rows:
        return None
    barriers, outcomes = Counter(row.barrier for row in rows), Counter(row.outcome for row in rows)
    cuts = [{code: barriers[code] for code in BARRIERS}, {code: outcomes[code] for code in OUTCOMES}]
    asked, told = lots_of_parts(len(rows), cuts, k)
    shown = [{code: n for code, n in sorted(cut.items()) if n} for cut in told]
    return {"asked": asked, "barriers": shown[0], "outcomes": shown[1]}


def old(db: Session, today: date) -> list[str]:
    """The ids of the rows whose day is over by more than 30 days."""
    rows = select(AdjustmentRequest.id).where(AdjustmentRequest.day < today - KEPT)
    return list(db.scalars(rows.order_by(AdjustmentRequest.id)))


def forget(db: Session, request_id: str) -> bool:
    """Delete one of them; whether it was still there."""
    gone = delete(AdjustmentRequest).where(AdjustmentRequest.id == request_id)
    return db.scalars(gone.returning(AdjustmentRequest.id)).first() is not None
