"""What holds for a strand at this moment: the facts that its moves need, and whether somebody may make one.

The check behind a button and the check behind its action are the same function here, over the one table of moves.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, ConsultError, Denied, Refused
from consult.models import Signature, Stop, Strand
from consult.services.actors import Actor, Ruling, roles_in
from consult.services.gating import Judgement, judge
from safeguards.lifecycle import STRAND, Fact, StrandState, may_move, moves_from
from safeguards.policy import Policy
from safeguards.record import StopScope
from safeguards.results import Evaluation
from safeguards.terms import Audience, Decision, Role

__all__ = [
    "Standing",
    "is_looser",
    "may",
    "must",
    "standing_of",
    "standing_signature",
    "stops_in_force",
]

#: Worst first, as the decision table orders them: a signer may go towards the start of this list, never to its end.
_STRICTEST_FIRST = tuple(Decision)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the gate answers now, what was signed last, and which facts of the life cycle hold."""

    judgement: Judgement
    signature: Signature | None
    facts: frozenset[Fact]

    @property
    def evaluation(self) -> Evaluation:
        """The gate's answer."""
        return self.judgement.evaluation


def standing_signature(db: Session, strand_id: str) -> Signature | None:
    """The strand's newest signature if it lets it open; a later refusal ends what was signed before."""
    newest = db.scalars(
        select(Signature).where(Signature.strand_id == strand_id).order_by(Signature.signed_at.desc(), Signature.id)
    ).first()
    return newest if newest is not None and Decision(newest.decision).opens else None


def standing_of(db: Session, strand: Strand, policy: Policy, now: datetime) -> Standing:
    """The strand's standing: everything that opening, resuming and every button about them look at."""
    judgement, signature = judge(db, strand, policy, now), standing_signature(db, strand.id)
    holding = {
        Fact.GATE_PASSES: judgement.evaluation.decision.opens,
        Fact.NO_STOP: not stops_in_force(db, strand),
        **_signed(signature, judgement, now),
    }
    return Standing(judgement, signature, frozenset(fact for fact, holds in holding.items() if holds))


def _signed(signature: Signature | None, judgement: Judgement, now: datetime) -> dict[Fact, bool]:
    if signature is None or signature.valid_until is None:
        return {}
    return {
        Fact.GO_SIGNED: not is_looser(Decision(signature.decision), judgement.evaluation.decision),
        Fact.SECOND_PERSON: signature.signed_by != signature.author_id,
        Fact.APPROVER_SIGNED: signature.second_by is not None,
        Fact.SAME_PLAN: signature.plan_digest == judgement.plan.digest(),
        Fact.IN_DATE: now < signature.valid_until,
    }


def is_looser(decision: Decision, gate: Decision) -> bool:
    """Whether a decision allows more than the gate does."""
    return _STRICTEST_FIRST.index(decision) > _STRICTEST_FIRST.index(gate)


def stops_in_force(db: Session, strand: Strand) -> list[Stop]:
    """Emergency stops that cover this strand and that two people have not lifted yet."""
    covers = or_(
        (Stop.scope == StopScope.CONSULTATION) & (Stop.subject == strand.consultation_id),
        (Stop.scope == StopScope.PLATFORM) & (Stop.subject == strand.facts.get("platform", "")),
        (Stop.scope == StopScope.JURISDICTION) & Stop.subject.in_(strand.facts.get("jurisdictions", ())),
    )
    return list(db.scalars(select(Stop).where(Stop.lifted_at.is_(None), covers).order_by(Stop.pressed_at, Stop.id)))


def may(db: Session, actor: Actor, strand: Strand, move: str, facts: AbstractSet[Fact] = frozenset()) -> Ruling:
    """Whether one of the actor's roles may make the named move of this strand now, when these facts hold."""
    objection = _objection(strand, roles_in(db, actor, strand), move, facts)
    return Ruling(ok=objection is None, why=objection.why if objection else "")


def must(
    db: Session,
    actor: Actor,
    strand: Strand,
    move: str,
    facts: AbstractSet[Fact] = frozenset(),
    evaluation: Evaluation | None = None,
) -> None:
    """Raise unless the actor may make the move.

    `Denied` for a role that may not, `Conflict` for a state that does not have the move, and `Refused` with the
    evaluation, where one was given, for what is missing.
    """
    objection = _objection(strand, roles_in(db, actor, strand), move, facts)
    if objection is None:
        return
    if objection.kind is Refused and evaluation is not None:
        raise Refused(evaluation, objection.why)
    raise Denied(objection.why) if objection.kind is Denied else Conflict(objection.why)


@dataclass(frozen=True, slots=True)
class _Objection:
    why: str
    kind: type[ConsultError]


def _objection(strand: Strand, roles: AbstractSet[Role], move: str, facts: AbstractSet[Fact]) -> _Objection | None:
    """What speaks against a move: the state, the role, or a fact that does not hold, in this order."""
    state, audience = StrandState(strand.state), Audience(strand.audience)
    row = next((row for row in moves_from(STRAND, state) if row.name == move), None)
    if row is None:
        return _Objection("This is not possible in the state that this part is in now.", Conflict)
    role = next((role for role in sorted(roles) if role in row.who), None)
    if role is None:
        wanted = ", ".join(each.words for each in sorted(row.who))
        return _Objection(f"Your role does not include this step. It is for: {wanted}.", Denied)
    ruling = may_move(STRAND, state, move, role, facts, audience)
    return None if ruling else _Objection(f"This needs {'; '.join(sorted(ruling.missing))}.", Refused)
