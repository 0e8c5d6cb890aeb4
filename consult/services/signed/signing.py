"""Signing: a lead signs what the table gives or something stricter; a decision that opens makes the strand's key."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, Refused, sentence
from consult.models import (
    FallbackDebt,
    HolderRole,
    Person,
    Signature,
    Strand,
    StrandHolder,
    StrandKey,
    StrandSalt,
    StrandShare,
)
from consult.sealing import strand as keymaking
from consult.sealing.root import RootKeys
from consult.sealing.suite import SealingError
from consult.services.actors import Actor, Ruling, roles_in
from consult.services.auditing import Verb, hold, record
from consult.services.gate.gating import Judgement, judge
from consult.services.gate.standing import is_looser, may, must, stops_in_force
from consult.services.keys.confirming import confirmed_key
from consult.services.keys.inclusionholders import ensure_key
from consult.services.keys.keystore import store_key
from consult.services.ownprocess import in_process_of_its_own
from consult.services.participation.helplines import keep_as_signed
from consult.services.people.accounts import confirm, sign_in
from consult.services.people.secondfactor import use_code
from consult.services.signed.following import follow
from consult.services.telling import tell
from safeguards.lifecycle import Fact, StrandState
from safeguards.plan import Plan
from safeguards.policy import Policy
from safeguards.results import Evaluation, evaluation_json
from safeguards.said import said
from safeguards.telling import Matter
from safeguards.terms import FACILITATING, SPECIALIST, Audience, Decision, Role

__all__ = [
    "Countersigner",
    "approver",
    "decide_anew",
    "facts_once_signed",
    "is_independent",
    "may_sign",
    "needs_approver",
    "redesign",
    "return_to_draft",
    "send_for_signature",
    "sign",
    "write_signature",
]

_MOVES = {
    Decision.GO: ("decide", StrandState.DECIDED),
    Decision.GO_WITH_CONDITIONS: ("decide", StrandState.DECIDED),
    Decision.FALLBACK: ("fall_back", StrandState.FALLEN_BACK),
    Decision.REFUSE: ("refuse", StrandState.REFUSED),
}
_LOOSER = sentence("The gate is stricter. You may sign what it gives or something stricter still, never looser.")
_UNKNOWN = sentence("Somebody else has to confirm your key first, under Holders. Until then you sign nothing.")
_CLOCK = sentence(
    "By the clock of the server this part was signed later than now. Nothing was signed: let the technical operator "
    "look at the clock."
)
_NOBODY_PREPARED = sentence(
    "No adults are prepared to stand in. Add a part of adults that stands in for this one, with the public "
    "reason and the day by which children are asked; or sign a refusal."
)


@dataclass(frozen=True, slots=True)
class Countersigner:
    """The second person who signs beside the lead, where two are needed; with a code of their second step."""

    email: str
    passphrase: str = field(repr=False)
    code: str = field(repr=False)


def send_for_signature(db: Session, keys: RootKeys, actor: Actor, strand: Strand, now: datetime) -> None:
    """Put the strand into the lead's queue."""
    must(db, actor, strand, "ask_for_decision", {Fact.PLAN_COMPLETE})
    strand.state = StrandState.GATE_PENDING
    strand.state_reason = None
    record(db, keys.audit, actor.id, Verb.STRAND_SENT, strand.id, now)
    tell(db, Matter.SENT, now, strand=strand, by=actor.id)
    follow(db, keys, actor, strand, "ask_for_review", now)


def return_to_draft(db: Session, keys: RootKeys, actor: Actor, strand: Strand, reason: str, now: datetime) -> None:
    """Give it back with a reason that the facilitator reads."""
    must(db, actor, strand, "take_back")
    if not reason.strip():
        raise Invalid({"reason": [sentence("Say what needs to change.")]})
    strand.state = StrandState.DRAFT
    strand.state_reason = reason.strip()
    record(db, keys.audit, actor.id, Verb.STRAND_RETURNED, strand.id, now)
    if actor.id != strand.author_id:
        tell(db, Matter.RETURNED, now, strand=strand, by=actor.id)


def decide_anew(db: Session, keys: RootKeys, actor: Actor, strand: Strand, reason: str, now: datetime) -> None:
    """Take a signed strand that has never opened back into the queue. Its key, which sealed nothing, is destroyed."""
    must(db, actor, strand, "decide_anew")
    if not reason.strip():
        raise Invalid({"reason": [sentence("Say why it has to be decided again.")]})
    for table in (StrandSalt, StrandShare, StrandKey):
        db.execute(delete(table).where(table.strand_id == strand.id))
    strand.state = StrandState.GATE_PENDING
    strand.state_reason = reason.strip()
    record(db, keys.audit, actor.id, Verb.STRAND_RETURNED, strand.id, now, {"move": "decide_anew"})


def redesign(db: Session, keys: RootKeys, actor: Actor, strand: Strand, now: datetime) -> None:
    """Work again on a strand that was refused or for which adults stand in; it will be decided anew."""
    must(db, actor, strand, "redesign")
    strand.state = StrandState.DRAFT
    record(db, keys.audit, actor.id, Verb.STRAND_RETURNED, strand.id, now, {"move": "redesign"})


def may_sign(db: Session, actor: Actor, strand: Strand, decision: Decision, evaluation: Evaluation) -> Ruling:
    """Whether the actor may sign this decision: the check behind the button is the check behind the signature."""
    if decision not in _MOVES:
        return Ruling(ok=False, why=sentence("An incomplete gate is no decision. Return it, refuse it, or wait."))
    independent = is_independent(db, actor, strand)
    if not independent.ok:
        return independent
    if is_looser(decision, evaluation.decision):
        return Ruling(ok=False, why=_LOOSER)
    if decision is Decision.FALLBACK and db.get(FallbackDebt, strand.id) is None:
        return Ruling(ok=False, why=_NOBODY_PREPARED)
    return may(db, actor, strand, _MOVES[decision][0], facts_once_signed(db, strand, decision, evaluation))


def is_independent(db: Session, actor: Actor, strand: Strand) -> Ruling:
    """Whether the actor is a lead who neither set the strand up nor facilitates it, and whom others know."""
    roles = roles_in(db, actor, strand)
    if Role.SAFEGUARDING_LEAD not in roles:
        return Ruling(ok=False, why=sentence("Only a safeguarding lead signs."))
    if strand.author_id == actor.id or roles & FACILITATING:
        return Ruling(
            ok=False, why=sentence("Whoever set it up or facilitates it can not sign it: another lead has to.")
        )
    return Ruling(ok=_is_known(db, actor), why=_UNKNOWN)


def _is_known(db: Session, actor: Actor) -> bool:
    """Whether somebody who did not invite them has confirmed who they are: an account of one's own signs nothing."""
    return db.get_one(Person, actor.id).confirmed_by is not None


def facts_once_signed(db: Session, strand: Strand, decision: Decision, evaluation: Evaluation) -> frozenset[Fact]:
    """What will hold when this signature stands: it is about the plan of now, by somebody other than the author."""
    facts = {Fact.SECOND_PERSON, Fact.SIGNED_SINCE, Fact.SAME_PLAN, Fact.IN_DATE, Fact.APPROVER_SIGNED}
    facts |= {Fact.FALLBACK_SIGNED} if decision is Decision.FALLBACK else set()
    facts |= {Fact.REFUSAL_SIGNED} if decision is Decision.REFUSE else set()
    facts |= {Fact.GO_SIGNED} if decision.opens else set()
    facts |= {Fact.GATE_PASSES} if evaluation.decision.opens else set()
    return frozenset(facts if stops_in_force(db, strand) else facts | {Fact.NO_STOP})


def sign(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    strand: Strand,
    decision: Decision,
    plan_digest: str,
    passphrase: str,
    now: datetime,
    *,
    note: str = "",
    countersigner: Countersigner | None = None,
    decide_now: bool = False,
) -> Signature:
    """Sign a decision about exactly the plan that was looked at (`plan_digest`).

    `decide_now` asks the gate for a decision before its date. Raises `Conflict` when the plan or the safeguards changed
    since, `Refused` when the gate does not allow the decision, `Denied` for a wrong person or passphrase.
    """
    hold(db, strand)  # what the gate looks at is what is signed: nothing is proven, agreed or taken back in between
    judgement = judge(db, strand, policy, now, decide_now=decide_now)
    judgement.must_be_of(plan_digest)
    ruling = may_sign(db, actor, strand, decision, judgement.evaluation)
    if not ruling.ok:
        raise Refused(judgement.evaluation, ruling.why)
    confirm(db, keys, actor, passphrase)
    second = None
    if needs_approver(strand, decision, judgement.evaluation):
        second = approver(db, keys, strand, actor, countersigner, now)
    signature = write_signature(db, keys, strand, judgement, decision, actor, second, note, now)
    if decision.opens:
        _make_key(db, keys, strand, signature)
        ensure_key(db, keys, actor.id, strand, now)
    if decision is Decision.FALLBACK:
        _keep_debt(db, keys, actor, strand, judgement.evaluation, now)
    strand.state = _MOVES[decision][1]
    tell(db, Matter.DECIDED, now, strand=strand, by=actor.id)
    return signature


def write_signature(
    db: Session,
    keys: RootKeys,
    strand: Strand,
    judgement: Judgement,
    decision: Decision,
    actor: Actor,
    second: str | None,
    note: str,
    now: datetime,
) -> Signature:
    """Store the signed act and its audit event; whether it may be signed was asked before."""
    evaluation, digest = judgement.evaluation, judgement.plan.digest()
    if decision.opens and evaluation.valid_until is None:
        raise Refused(evaluation, "The gate names no end for this decision, so it can not be signed.")
    newest = db.scalar(select(func.max(Signature.signed_at)).where(Signature.strand_id == strand.id))
    if newest is not None and now < newest:  # the newest counts: this one would count for nothing
        raise Conflict(_CLOCK)
    signature = Signature(
        strand_id=strand.id,
        author_id=strand.author_id,
        audience=strand.audience,
        plan_digest=digest,
        texts=dict(judgement.plan.strand.texts or {}),
        frame=_frame(judgement.plan),
        decision=decision,
        row=evaluation.row,
        evaluation=evaluation_json(evaluation),
        note=note.strip(),
        valid_until=evaluation.valid_until if decision.opens else None,
        signed_by=actor.id,
        signed_at=now,
        second_by=second,
    )
    db.add(signature)
    db.flush()
    if decision.opens:
        keep_as_signed(db, judgement.plan.strand.services or ())
    facts = {
        "decision": decision,
        "row": evaluation.row,
        "plan": digest,
        "policy": evaluation.policy_digest,
        "second": second,
    }
    record(db, keys.audit, actor.id, Verb.STRAND_SIGNED, strand.id, now, facts)
    return signature


def _frame(plan: Plan) -> str:
    """The digest of the plan without its languages and their words: what stays when one of them is signed again."""
    questions = replace(plan.strand.questions, lint_errors=()) if plan.strand.questions else None
    return plan.with_strand(replace(plan.strand, languages=(), texts=None, questions=questions)).digest()


def needs_approver(strand: Strand, decision: Decision, evaluation: Evaluation) -> bool:
    """Whether the independent approver signs beside the lead.

    To ask S or H at all, and for the third fallback in a row (X38).
    """
    fallback = evaluation.fallback
    if decision is Decision.FALLBACK and fallback is not None:
        return fallback.needs_independent_approver
    return decision.opens and Audience(strand.audience) in SPECIALIST


def approver(
    db: Session, keys: RootKeys, strand: Strand, actor: Actor, countersigner: Countersigner | None, now: datetime
) -> str:
    """The id of the independent approver who signs beside the lead. Raises `Denied` for anybody else."""
    if countersigner is None:
        raise Denied("Two people sign this: the independent approver signs beside the lead.")
    second = sign_in(db, keys, countersigner.email, countersigner.passphrase)
    roles = roles_in(db, second, strand)
    if Role.INDEPENDENT_APPROVER not in roles or second.id in {actor.id, strand.author_id} or roles & FACILITATING:
        raise Denied("The second signature has to be an independent approver's, outside the delivery team.")
    if not _is_known(db, second):
        raise Denied(
            sentence("The key of the independent approver is not confirmed yet: somebody else does that first.")
        )
    use_code(db, keys, second, countersigner.code, now)
    return second.id


def _keep_debt(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, evaluation: Evaluation, now: datetime
) -> None:
    """Who stands in, and the promise to ask the children themselves, are on record before anybody else is asked."""
    debt = db.get_one(FallbackDebt, strand.id)
    if evaluation.fallback is not None and (evaluation.fallback.strand or evaluation.fallback.beside_strand):
        debt.stand_in_id = evaluation.fallback.strand or evaluation.fallback.beside_strand
    record(db, keys.audit, actor.id, Verb.STRAND_FELL_BACK, strand.id, now, {"stand_in": debt.stand_in_id})


def _make_key(db: Session, keys: RootKeys, strand: Strand, signature: Signature) -> None:
    """The key pair of the strand: before this moment no answer can be sealed."""
    holders: dict[HolderRole, dict[str, bytes]] = {role: {} for role in HolderRole}
    rows = db.execute(
        select(StrandHolder.role, Person)
        .join(Person, Person.id == StrandHolder.person_id)
        .where(StrandHolder.strand_id == strand.id, Person.active)
    )
    try:
        for role, person in rows:
            holders[HolderRole(role)][person.id] = confirmed_key(keys, person)
        made = in_process_of_its_own(
            keymaking.create_strand_key, strand.id, holders[HolderRole.LEAD], holders[HolderRole.REVIEWER]
        )
    except SealingError as error:
        raise Conflict(said("The key of this part can not be made. %(why)s", why=error)) from error
    store_key(db, keys.row_seal, signature, made)
