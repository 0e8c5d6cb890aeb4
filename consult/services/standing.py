"""What holds for a strand at this moment: the facts that its moves need, and whether somebody may make one.

The check behind a button and the check behind its action are the same function here, over the one table of moves.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Refused
from consult.models import Signature, Stop, Strand
from consult.services.actors import Actor, roles_in
from consult.services.gating import Judgement, judge
from safeguards.lifecycle import STRAND, Fact, StrandState, may_move
from safeguards.policy import Policy
from safeguards.record import StopScope
from safeguards.results import Evaluation
from safeguards.terms import Audience, Decision, Role

__all__ = [
    "Ruling",
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
class Ruling:
    """May it be done, and if not, why not: in a sentence, as missing facts, or because it is for other roles."""

    ok: bool
    why: str = ""
    missing: frozenset[Fact] = frozenset()
    for_others: bool = False


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
    return _ruling(strand, roles_in(db, actor, strand), move, facts)


def _ruling(strand: Strand, roles: AbstractSet[Role], move: str, facts: AbstractSet[Fact]) -> Ruling:
    state, audience = StrandState(strand.state), Audience(strand.audience)
    rows = [row for row in STRAND if row.source is state and row.name == move]
    if not rows:
        return Ruling(ok=False, why="This is not possible in the state that this part is in now.")
    allowed = [role for role in sorted(roles) if role in rows[0].who]
    if not allowed:
        wanted = ", ".join(role.words for role in sorted(rows[0].who))
        return Ruling(ok=False, why=f"Your role does not include this step. It is for: {wanted}.", for_others=True)
    ruling = may_move(STRAND, state, move, allowed[0], facts, audience)
    if ruling:
        return Ruling(ok=True)
    return Ruling(ok=False, why=f"This needs {'; '.join(sorted(ruling.missing))}.", missing=ruling.missing)


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
    ruling = may(db, actor, strand, move, facts)
    if ruling.ok:
        return
    if ruling.missing and evaluation is not None:
        raise Refused(evaluation, ruling.why)
    raise Denied(ruling.why) if ruling.for_others else Conflict(ruling.why)
