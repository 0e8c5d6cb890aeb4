"""What holds for a strand at this moment: the facts that its moves need, and whether somebody may make one.

The check behind a button and the check behind its action are the same function here, over the one table of moves.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, ConsultError, Denied, Refused, sentence
from consult.models import Consultation, Signature, Stop, Strand
from consult.services.actors import Actor, Ruling, kept_out_since, roles_in
from consult.services.gate.gating import Judgement, judge
from consult.services.gate.planning import form_of, plan_of
from consult.services.texts.wording import text_digest
from safeguards.foureyes import people_who_vouched
from safeguards.lifecycle import STRAND, ConsultationState, Fact, StrandState, may_move, moves_from
from safeguards.names import known_as, may_be_in, places_of
from safeguards.policy import Policy
from safeguards.record import StopScope
from safeguards.results import Evaluation
from safeguards.said import either, said
from safeguards.terms import Audience, Decision, Role

__all__ = [
    "ARCHIVED",
    "OVER",
    "WIDE",
    "Standing",
    "covered_by",
    "is_looser",
    "may",
    "may_tell",
    "must",
    "open_languages",
    "reached_by",
    "standing_of",
    "standing_signature",
    "stops_in_force",
]

ARCHIVED = sentence("This consultation is archived: nothing changes in it any more.")
_NOTHING_IS_TOLD = sentence("An emergency stop is in force. Nothing is told until two people lift it.")
#: What a stop or an alert can be of that many consultations share.
WIDE = (StopScope.PLATFORM, StopScope.JURISDICTION, StopScope.ALERT)
#: Nobody is inside any more, and nothing is opened.
OVER = frozenset({StrandState.OPENED, StrandState.RELEASED, StrandState.DESTROYED})
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
    signature = standing_signature(db, strand.id)
    languages = open_languages(strand, signature)
    judgement = judge(db, strand, policy, now, languages=languages or None)
    holding = {
        Fact.GATE_PASSES: judgement.evaluation.decision.opens and bool(languages),
        Fact.NO_STOP: not stops_in_force(db, strand),
        **_signed(db, strand, policy, signature, judgement, now),
    }
    return Standing(judgement, signature, frozenset(fact for fact, holds in holding.items() if holds))


def open_languages(strand: Strand, signature: Signature | None) -> tuple[str, ...]:
    """The languages in which people may take part, in the plan's order.

    Each was signed in the words it has now, and none was shut since. Before a signature they all are looked at.
    """
    languages = tuple(strand.facts.get("languages", ()))
    if signature is None or signature.texts is None:
        return tuple(each for each in languages if each not in (strand.languages_shut or {}))
    form = form_of(strand)
    return tuple(
        each
        for each in languages
        if each not in (strand.languages_shut or {}) and signature.texts.get(each) == text_digest(form, each)
    )


def _plan_digest(db: Session, strand: Strand, policy: Policy, signature: Signature) -> str:
    """The digest of the plan of now in the languages that were signed, each in its signed words.

    So that other words of one language leave the others as they were signed; they shut their own (`open_languages`).
    """
    if signature.texts is None:
        return plan_of(db, strand, policy).digest()
    plan, form = plan_of(db, strand, policy, languages=signature.texts), form_of(strand)
    same = {each for each, digest in signature.texts.items() if text_digest(form, each) == digest}
    questions = plan.strand.questions
    if same != set(signature.texts):  # what the linter says of other words is no part of what was signed
        questions = plan_of(db, strand, policy, languages=same).strand.questions
    return plan.with_strand(replace(plan.strand, texts=signature.texts, questions=questions)).digest()


def _signed(
    db: Session, strand: Strand, policy: Policy, signature: Signature | None, judgement: Judgement, now: datetime
) -> dict[Fact, bool]:
    if signature is None or signature.valid_until is None:
        return {}
    return {
        Fact.GO_SIGNED: not is_looser(Decision(signature.decision), judgement.evaluation.decision),
        Fact.SECOND_PERSON: signature.signed_by != signature.author_id,
        Fact.APPROVER_SIGNED: signature.second_by is not None,
        Fact.SIGNED_SINCE: _signed_since(db, strand, signature, judgement),
        Fact.SAME_PLAN: signature.plan_digest == _plan_digest(db, strand, policy, signature),
        Fact.IN_DATE: now < signature.valid_until,
    }


def _signed_since(db: Session, strand: Strand, signature: Signature, judgement: Judgement) -> bool:
    """Whether it was signed after everybody was kept out who had said yes to anything behind it (decision 0053)."""
    vouched = people_who_vouched(judgement.record)
    since = kept_out_since(db, strand.consultation_id)
    return all(when < signature.signed_at for person, when in since.items() if person in vouched)


def is_looser(decision: Decision, gate: Decision) -> bool:
    """Whether a decision allows more than the gate does."""
    return _STRICTEST_FIRST.index(decision) > _STRICTEST_FIRST.index(gate)


def stops_in_force(db: Session, strand: Strand) -> list[Stop]:
    """Emergency stops that cover this strand and that two people have not lifted yet."""
    stopping = select(Stop).where(Stop.lifted_at.is_(None), Stop.scope != StopScope.ALERT)
    in_force = db.scalars(stopping.order_by(Stop.pressed_at, Stop.id))
    return [each for each in in_force if _covers(each, strand)]


def may_tell(db: Session, *strands: Strand) -> Ruling:
    """Whether those who took part in these may be told anything now."""
    if any(stops_in_force(db, each) for each in strands):
        return Ruling(ok=False, why=_NOTHING_IS_TOLD)
    return Ruling(ok=True)


def covered_by(db: Session, stop: Stop) -> list[Strand]:
    """The other way round: the parts that a stop covers; of a platform or a place, those that are not over."""
    if stop.scope == StopScope.CONSULTATION:
        return list(db.scalars(select(Strand).where(Strand.consultation_id == stop.subject).order_by(Strand.id)))
    going_on = db.scalars(select(Strand).where(Strand.state.not_in(OVER)).order_by(Strand.consultation_id, Strand.id))
    return [each for each in going_on if _covers(stop, each)]


def _covers(stop: Stop, strand: Strand) -> bool:
    if stop.scope == StopScope.CONSULTATION:
        return stop.subject == strand.consultation_id
    if stop.scope == StopScope.PLATFORM:
        return known_as(stop.subject) in map(known_as, reached_by(strand, StopScope.PLATFORM))
    return may_be_in(stop.subject, strand.facts.get("jurisdictions", ()))


def reached_by(strand: Strand, scope: StopScope) -> tuple[str, ...]:
    """The platform, or the places and their countries, as the plan has them: what its people can stop."""
    if scope is StopScope.PLATFORM:
        return tuple(filter(None, [strand.facts.get("platform", "")]))
    return places_of(strand.facts.get("jurisdictions", ()))


def may(db: Session, actor: Actor, strand: Strand, move: str, facts: AbstractSet[Fact] = frozenset()) -> Ruling:
    """Whether one of the actor's roles may make the named move of this strand now, when these facts hold."""
    objection = _objection(db, strand, roles_in(db, actor, strand), move, facts)
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
    objection = _objection(db, strand, roles_in(db, actor, strand), move, facts)
    if objection is None:
        return
    if objection.kind is Refused and evaluation is not None:
        raise Refused(evaluation, objection.why)
    raise Denied(objection.why) if objection.kind is Denied else Conflict(objection.why)


@dataclass(frozen=True, slots=True)
class _Objection:
    why: str
    kind: type[ConsultError]


def _objection(
    db: Session, strand: Strand, roles: AbstractSet[Role], move: str, facts: AbstractSet[Fact]
) -> _Objection | None:
    """What speaks against a move: the consultation is over, the state, the role, or a fact that does not hold."""
    if db.get_one(Consultation, strand.consultation_id).state == ConsultationState.ARCHIVED:
        return _Objection(ARCHIVED, Conflict)
    state, audience = StrandState(strand.state), Audience(strand.audience)
    row = next((row for row in moves_from(STRAND, state) if row.name == move), None)
    if row is None:
        return _Objection(said("This is not possible in the state that this part is in now."), Conflict)
    role = next((role for role in sorted(roles) if role in row.who), None)
    if role is None:
        roles_that_may = either(sorted(row.who))
        return _Objection(
            said("Your role does not include this step. It is for: %(roles)s.", roles=roles_that_may), Denied
        )
    ruling = may_move(STRAND, state, move, role, facts, audience)
    return None if ruling else _Objection(ruling.why, Refused)
