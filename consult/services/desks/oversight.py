"""Parts that are signed: what runs, what is paused or stopped, until when, and what this person may do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Invalid
from consult.models import Consultation, Person, Signature, Strand
from consult.services.actors import Actor, Ruling, roles_in, visible_consultations
from consult.services.desks.approvals import Event, history
from consult.services.evidence.board import names_of, with_names
from consult.services.gate.standing import Standing, may, standing_of, standing_signature
from consult.services.signed.languages import shut_languages
from consult.services.signed.signing import facts_once_signed, is_independent
from consult.services.signed.stopping import RESTART_FACTS, STOPPERS, may_lift, stop_of
from safeguards.lifecycle import StrandState
from safeguards.policy import Policy
from safeguards.said import joined
from safeguards.terms import SPECIALIST, Decision, Role

__all__ = ["Act", "Run", "Running", "Signed", "StopView", "run", "running"]

_SIGNED = (
    StrandState.OPEN,
    StrandState.SUSPENDED,
    StrandState.STOPPED,
    StrandState.DECIDED,
)
_NEVER = datetime.max.replace(tzinfo=UTC)


class Act(StrEnum):
    """What can be done to a signed part from its page."""

    OPEN = "open"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    LIFT = "lift"
    CLOSE = "close"
    DECIDE_ANEW = "decide-anew"


@dataclass(frozen=True, slots=True)
class Running:
    """One signed part in the list, and whether this person may pause or stop it."""

    consultation_id: str
    consultation: str
    strand_id: str
    name: str
    state: StrandState
    reason: str
    finish_by: datetime | None
    valid_until: datetime | None
    may_pause: Ruling
    may_stop: bool


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed decision as people read it."""

    decision: Decision
    row: str
    signed_by: str
    second: str
    at: datetime
    valid_until: datetime | None
    note: str
    conditions: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class StopView:
    """An emergency stop in force, and in which role this person may say yes to its end."""

    id: str
    cause: str
    pressed_by: str
    at: datetime
    lifted_by: tuple[str, ...]
    mine: Role | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything the page of a signed part shows."""

    signed: Signed | None
    decision: Decision | None
    #: of the plan as it is now
    plan_digest: str
    gaps: tuple[str, ...]
    may: Mapping[Act, Ruling]
    stop: StopView | None
    #: language → why nobody can take part in it now
    languages_shut: Mapping[str, str]
    two_sign: bool
    events: tuple[Event, ...]


def running(db: Session, actor: Actor) -> tuple[Running, ...]:
    """Signed parts that are not over, within the actor's scope: what takes answers first, then by what ends first."""
    consultations = {each.id: each for each in visible_consultations(db, actor)}
    signed = select(Strand).where(Strand.consultation_id.in_(consultations), Strand.state.in_(_SIGNED))
    rows = [_running(db, actor, strand, consultations[strand.consultation_id]) for strand in db.scalars(signed)]
    return tuple(sorted(rows, key=lambda r: (_SIGNED.index(r.state), r.valid_until or _NEVER, r.strand_id)))


def _running(db: Session, actor: Actor, strand: Strand, consultation: Consultation) -> Running:
    signature = standing_signature(db, strand.id)
    return Running(
        consultation_id=consultation.id,
        consultation=consultation.title,
        strand_id=strand.id,
        name=strand.name,
        state=StrandState(strand.state),
        reason=strand.state_reason or "",
        finish_by=strand.finish_by,
        valid_until=signature.valid_until if signature else None,
        may_pause=may(db, actor, strand, "suspend"),
        may_stop=stop_of(db, strand) is None and bool(roles_in(db, actor, strand) & STOPPERS),
    )


def run(db: Session, actor: Actor, strand: Strand, policy: Policy, now: datetime) -> Run:
    """One part's page: what was signed, what holds now, and each act with the reason why not."""
    standing = _standing(db, strand, policy, now)
    stop = stop_of(db, strand)
    evaluation, names = standing.evaluation if standing else None, names_of(db)
    return Run(
        signed=_signed(db, standing.signature if standing else None),
        decision=evaluation.decision if evaluation else None,
        plan_digest=standing.judgement.plan.digest() if standing else "",
        gaps=tuple(with_names(joined((each.title, each.why), ": "), names) for each in evaluation.reasons)
        if evaluation
        else (),
        may=_acts(db, actor, strand, standing),
        stop=_stop_view(db, actor, strand) if stop else None,
        languages_shut=shut_languages(strand, standing.signature if standing else None),
        two_sign=strand.audience in SPECIALIST,
        events=history(db, strand),
    )


def _standing(db: Session, strand: Strand, policy: Policy, now: datetime) -> Standing | None:
    """None while the plan of a draft can not be read yet: there is nothing to run then."""
    try:
        return standing_of(db, strand, policy, now)
    except Invalid:
        return None


def _acts(db: Session, actor: Actor, strand: Strand, standing: Standing | None) -> Mapping[Act, Ruling]:
    facts = standing.facts if standing else frozenset()
    stop = stop_of(db, strand)
    lifts = stop is not None and may_lift(db, actor, stop, strand) is not None
    return {
        Act.OPEN: may(db, actor, strand, "open", facts),
        Act.PAUSE: may(db, actor, strand, "suspend"),
        Act.RESUME: _may_resume(db, actor, strand, standing),
        Act.STOP: Ruling(ok=stop is None and bool(roles_in(db, actor, strand) & STOPPERS)),
        Act.LIFT: Ruling(ok=lifts),
        Act.CLOSE: may(db, actor, strand, "close"),
        Act.DECIDE_ANEW: may(db, actor, strand, "decide_anew"),
    }


def _may_resume(db: Session, actor: Actor, strand: Strand, standing: Standing | None) -> Ruling:
    independent = is_independent(db, actor, strand)
    if standing is None or not independent.ok:
        return independent
    evaluation = standing.evaluation
    facts = facts_once_signed(db, strand, evaluation.decision, evaluation) | RESTART_FACTS
    return may(db, actor, strand, "resume", facts)


def _signed(db: Session, signature: Signature | None) -> Signed | None:
    if signature is None:
        return None
    return Signed(
        decision=Decision(signature.decision),
        row=signature.row,
        signed_by=db.get_one(Person, signature.signed_by).name,
        second=db.get_one(Person, signature.second_by).name if signature.second_by else "",
        at=signature.signed_at,
        valid_until=signature.valid_until,
        note=signature.note,
        conditions=tuple(signature.evaluation.get("conditions", ())),
    )


def _stop_view(db: Session, actor: Actor, strand: Strand) -> StopView | None:
    stop = stop_of(db, strand)
    if stop is None:
        return None
    lifters = [each for each in (stop.lifted_by_lead, stop.lifted_by_approver) if each]
    return StopView(
        id=stop.id,
        cause=stop.cause,
        pressed_by=db.get_one(Person, stop.pressed_by).name,
        at=stop.pressed_at,
        lifted_by=tuple(db.get_one(Person, each).name for each in lifters),
        mine=may_lift(db, actor, stop, strand),
    )
