"""Signing: a lead signs what the table gives or something stricter; a decision that opens makes the strand's key."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from safeguards.gate import Evaluation
from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, Refused
from consult.models import HolderRole, Person, Signature, Strand, StrandHolder, StrandState
from consult.sealing import strand as keymaking
from consult.sealing.root import RootKeys
from consult.sealing.suite import SealingError
from consult.services.accounts import checked_public_key, confirm, sign_in
from consult.services.actors import Actor, need_role, roles_in
from consult.services.apart import in_process_of_its_own
from consult.services.auditing import Verb, record
from consult.services.gating import Judgement, judge
from consult.services.keystore import store_key
from safeguards.policy import Policy
from safeguards.terms import Audience, Decision, Role

__all__ = ["Countersigner", "Ruling", "may_sign", "return_to_draft", "send_for_signature", "sign"]

_FACILITATING = frozenset({Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.MODERATOR})
_TWO_SIGNATURES = frozenset({Audience.CHILD_SURVIVORS, Audience.CHILDREN_WHO_CAUSED_HARM})
_STATE_AFTER = {
    Decision.GO: StrandState.DECIDED,
    Decision.GO_WITH_CONDITIONS: StrandState.DECIDED,
    Decision.FALLBACK: StrandState.FALLEN_BACK,
    Decision.REFUSE: StrandState.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """May it be done, and if not, why not in a sentence for the person."""

    ok: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Countersigner:
    """The independent approver who signs beside the lead, where two signatures are needed."""

    email: str
    passphrase: str = field(repr=False)


def send_for_signature(db: Session, keys: RootKeys, actor: Actor, strand: Strand, now: datetime) -> None:
    """Put the strand into the lead's queue."""
    need_role(db, actor, strand, Role.LEAD_FACILITATOR, Role.CO_FACILITATOR)
    if strand.state != StrandState.DRAFT:
        raise Conflict("This part has been sent already.")
    strand.state = StrandState.GATE_PENDING
    record(db, keys.audit, actor.id, Verb.STRAND_SENT, strand.id, now)


def return_to_draft(db: Session, keys: RootKeys, actor: Actor, strand: Strand, reason: str, now: datetime) -> None:
    """Give it back with a reason that the facilitator reads. A signed strand that has not opened may come back too."""
    need_role(db, actor, strand, Role.SAFEGUARDING_LEAD)
    if not reason.strip():
        raise Invalid({"reason": ["Say what needs to change."]})
    if strand.state != StrandState.GATE_PENDING:
        raise Conflict("Only a part that waits for a signature can be returned.")
    strand.state = StrandState.DRAFT
    strand.state_reason = reason.strip()
    record(db, keys.audit, actor.id, Verb.STRAND_RETURNED, strand.id, now)


def may_sign(db: Session, actor: Actor, strand: Strand, decision: Decision, evaluation: Evaluation) -> Ruling:
    """Whether the actor may sign this decision: the check behind the button is the check behind the signature."""
    roles = roles_in(db, actor, strand)
    if Role.SAFEGUARDING_LEAD not in roles:
        return Ruling(ok=False, why="Only a safeguarding lead signs.")
    if strand.author_id == actor.id or roles & _FACILITATING:
        return Ruling(ok=False, why="Whoever set it up or facilitates it can not sign it: another lead has to.")
    if strand.state != StrandState.GATE_PENDING:
        return Ruling(ok=False, why="This part does not wait for a signature.")
    if decision is Decision.INCOMPLETE:
        return Ruling(ok=False, why="An incomplete gate is no decision. Return it, refuse it, or wait.")
    if list(Decision).index(decision) > list(Decision).index(evaluation.decision):
        return Ruling(
            ok=False, why=f"The gate says {evaluation.decision}. You may sign that or something stricter, never looser."
        )
    return Ruling(ok=True)


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
) -> Signature:
    """Sign a decision about exactly the plan that was looked at (`plan_digest`).

    Raises `Conflict` when the plan or the safeguards changed since, `Refused` when the gate does not allow the
    decision, `Denied` for a wrong person or passphrase.
    """
    judgement = judge(db, strand, policy, now)
    if judgement.plan.digest() != plan_digest:
        raise Conflict("The plan changed since you looked at it. Look again, then sign.")
    ruling = may_sign(db, actor, strand, decision, judgement.evaluation)
    if not ruling.ok:
        raise Refused(judgement.evaluation, ruling.why)
    confirm(db, keys, actor, passphrase)
    second = _second(db, keys, strand, decision, actor, countersigner)
    signature = _signature(strand, judgement, decision, actor, second, note, now)
    db.add(signature)
    db.flush()
    if decision.opens:
        _make_key(db, keys, strand, signature)
    strand.state = _STATE_AFTER[decision]
    record(
        db, keys.audit, actor.id, Verb.STRAND_SIGNED, strand.id, now,
        {"decision": decision, "row": judgement.evaluation.row, "plan": plan_digest, "second": second},
    )  # fmt: skip
    return signature


def _signature(
    strand: Strand, judgement: Judgement, decision: Decision, actor: Actor, second: str | None, note: str, now: datetime
) -> Signature:
    return Signature(
        strand_id=strand.id,
        author_id=strand.author_id,
        audience=strand.audience,
        plan_digest=judgement.plan.digest(),
        decision=decision,
        row=judgement.evaluation.row,
        evaluation=judgement.evaluation.to_json(),
        note=note.strip(),
        valid_until=judgement.evaluation.valid_until if decision.opens else None,
        signed_by=actor.id,
        signed_at=now,
        second_by=second,
    )


def _second(
    db: Session, keys: RootKeys, strand: Strand, decision: Decision, actor: Actor, countersigner: Countersigner | None
) -> str | None:
    if Audience(strand.audience) not in _TWO_SIGNATURES or not decision.opens:
        return None
    if countersigner is None:
        raise Denied("For these children two people sign: the independent approver signs beside the lead.")
    second = sign_in(db, keys, countersigner.email, countersigner.passphrase)
    roles = roles_in(db, second, strand)
    if Role.INDEPENDENT_APPROVER not in roles or second.id in {actor.id, strand.author_id} or roles & _FACILITATING:
        raise Denied("The second signature has to be an independent approver's, outside the delivery team.")
    return second.id


def _make_key(db: Session, keys: RootKeys, strand: Strand, signature: Signature) -> None:
    holders: dict[HolderRole, dict[str, bytes]] = {role: {} for role in HolderRole}
    rows = db.execute(
        select(StrandHolder.role, Person)
        .join(Person, Person.id == StrandHolder.person_id)
        .where(StrandHolder.strand_id == strand.id)
    )
    for role, person in rows:
        holders[HolderRole(role)][person.id] = checked_public_key(keys, person)
    try:
        made = in_process_of_its_own(
            keymaking.create_strand_key, strand.id, holders[HolderRole.LEAD], holders[HolderRole.REVIEWER]
        )
    except SealingError as error:
        raise Conflict(f"The key of this part can not be made. {error}") from error
    store_key(db, keys.row_seal, signature, made)
