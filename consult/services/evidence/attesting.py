"""Evidence: one person attests, another verifies, either may be taken back; the gate looks again at what is open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.models import Evidence, Strand
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, roles_in
from consult.services.auditing import Verb, record
from consult.services.evidence.evidencerules import (
    OUTSIDE_ROLES,
    EvidenceValues,
    Right,
    check_values,
    ends_of,
    may_take_back,
    right_to_attest,
    right_to_verify,
)
from consult.services.gate.planning import form_of
from consult.services.gate.programruns import release
from consult.services.gate.proofs import counts_for, subject_of
from consult.services.opening.quarantine import doubt_evidence
from consult.services.signed.running import PEOPLE_INSIDE, reconsider
from consult.services.texts.wording import text_digest
from safeguards.policy import Policy, Requirement
from safeguards.record import StopGo
from safeguards.terms import Scope

__all__ = [
    "OUTSIDE_ROLES",
    "EvidenceValues",
    "Right",
    "attest",
    "attesting_right",
    "evidence_for",
    "evidence_of",
    "may_revoke",
    "requirement_of",
    "revoke",
    "store",
    "store_check",
    "take_back",
    "verify",
    "verifying_right",
]

#: SAF-15 is given for one question set; it stands apart because the policy calls that validity "per strand".
_SIGNED_SET = "SAF-15"


def attest(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, strand: Strand, values: EvidenceValues, now: datetime
) -> Evidence:
    """State that a requirement holds. Raises `Denied` for a role that may not, `Invalid` for what is missing."""
    requirement = requirement_of(policy, values.requirement)
    right = attesting_right(db, actor, strand, requirement)
    given_for = values.given_for or _given_for(requirement, strand, values.subject)
    values = replace(values, subject=subject_of(requirement, strand, values.subject), given_for=given_for)
    return _look_again(db, keys, policy, actor, store(db, keys, actor, requirement, right, values, now), now)


def store(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    requirement: Requirement,
    right: Right,
    values: EvidenceValues,
    now: datetime,
) -> Evidence:
    """Store a statement that the right allows. Raises `Denied` and `Invalid` as `attest` does."""
    if right.role is None:
        raise Denied(right.why)
    expires = ends_of(requirement, values)
    check_values(values, right, expires, now)
    row = Evidence(
        requirement=requirement.id,
        scope=requirement.scope,
        subject=values.subject,
        statement=values.statement.strip(),
        document_digest=(values.document_digest or "").strip().casefold() or None,
        given_for=values.given_for,
        finding=values.finding or None,
        outside_person=(values.outside_person or "").strip() or None if right.outside else None,
        attested_by=actor.id,
        attested_as=right.role,
        attested_at=now,
        updated_at=values.updated_at,
        expires=expires,
    )
    db.add(row)
    db.flush()
    facts = {"requirement": requirement.id, "as": right.role}
    record(db, keys.audit, actor.id, Verb.EVIDENCE_ATTESTED, row.id, now, facts)
    return row


def attesting_right(db: Session, actor: Actor, strand: Strand, requirement: Requirement) -> Right:
    """In which role the actor may attest this requirement for this strand, by themselves or for somebody outside."""
    return right_to_attest(roles_in(db, actor, strand), requirement)


def _given_for(requirement: Requirement, strand: Strand, subject: str) -> str | None:
    """What was signed off, where an edit or a new release must undo the sign-off: a digest, or the release."""
    if "release" in requirement.validity.per:
        return release()
    if requirement.id == _SIGNED_SET:
        return form_of(strand).set_digest()
    if "version" in requirement.validity.per and requirement.scope is Scope.LANGUAGE:
        form = form_of(strand)
        return text_digest(form, subject) if subject in form.languages else None
    return None


def requirement_of(policy: Policy, requirement_id: str) -> Requirement:
    """The requirement of that id. Raises `NotFound`."""
    if requirement_id not in policy.requirements:
        raise NotFound
    return policy.requirements[requirement_id]


def verify(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, strand: Strand, evidence_id: str, now: datetime
) -> Evidence:
    """Check what somebody else attested and say so. Never one's own, and never a facilitator of the strand."""
    row = _row(db, strand, policy, evidence_id)
    right = verifying_right(db, actor, strand, requirement_of(policy, row.requirement), row)
    return _look_again(db, keys, policy, actor, store_check(db, keys, actor, right, row, now), now)


def store_check(db: Session, keys: RootKeys, actor: Actor, right: Right, row: Evidence, now: datetime) -> Evidence:
    """Store a check that the right allows. Raises `Conflict` for what was checked already, else as `verify` does."""
    if row.verified_by is not None or row.revoked_by is not None:
        raise Conflict("This was checked or taken back already.")
    if right.role is None:
        raise Denied(right.why)
    row.verified_as = right.role
    row.verified_by = actor.id
    row.verified_at = now
    db.flush()
    facts = {"requirement": row.requirement, "as": row.verified_as}
    record(db, keys.audit, actor.id, Verb.EVIDENCE_VERIFIED, row.id, now, facts)
    return row


def _look_again(db: Session, keys: RootKeys, policy: Policy, actor: Actor, row: Evidence, now: datetime) -> Evidence:
    """Most statements add to what holds. Two kinds end something at once: that asking is not necessary (D4), and the
    law of a place, which other statements repeat (SAF-08)."""
    followed = any(each.validity.same_as == row.requirement for each in policy.requirements.values())
    if followed or row.finding not in (None, StopGo.NECESSARY):
        reconsider(db, keys, policy, _running(db), now, actor.id)
    return row


def verifying_right(db: Session, actor: Actor, strand: Strand, requirement: Requirement, row: Evidence) -> Right:
    """In which role the actor may check this piece of evidence."""
    return right_to_verify(actor, roles_in(db, actor, strand), requirement, row)


def revoke(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    strand: Strand,
    evidence_id: str,
    reason: str,
    now: datetime,
    *,
    found_false: bool = False,
) -> None:
    """Take evidence back, with a reason. Open strands that relied on it are looked at again at once.

    Found to be untrue, it casts doubt on what was sent while it counted, in closed parts too.
    """
    row = _row(db, strand, policy, evidence_id)
    may_revoke(db, actor, strand, row).demand()
    take_back(db, keys, policy, actor, row, reason, now, found_false=found_false)


def take_back(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    row: Evidence,
    reason: str,
    now: datetime,
    *,
    found_false: bool = False,
) -> None:
    """Store that evidence is taken back by somebody who may."""
    if row.revoked_by is not None:
        raise Conflict("This was taken back already.")
    if not reason.strip():
        raise Invalid({"reason": ["Say why it no longer holds."]})
    row.revoked_by, row.revoked_at, row.revoked_reason, row.found_false = actor.id, now, reason.strip(), found_false
    db.flush()
    record(db, keys.audit, actor.id, Verb.EVIDENCE_REVOKED, row.id, now, {"requirement": row.requirement})
    reconsider(db, keys, policy, _running(db), now, actor.id)
    if found_false:
        doubt_evidence(db, keys, policy, row, actor.id, now)


def may_revoke(db: Session, actor: Actor, strand: Strand, row: Evidence) -> Ruling:
    """Whether the actor may take this piece of evidence back."""
    return may_take_back(actor, roles_in(db, actor, strand), row)


def evidence_for(db: Session, requirement: Requirement, strand: Strand) -> list[Evidence]:
    """What has been attested for this requirement where this strand can rely on it, newest first."""
    return [
        row for row in evidence_of(db, strand) if row.requirement == requirement.id and row.scope == requirement.scope
    ]


def evidence_of(db: Session, strand: Strand) -> Iterable[Evidence]:
    """Every piece of evidence that this strand can rely on, newest first."""
    rows = select(Evidence).where(counts_for(db, strand))
    return db.scalars(rows.order_by(Evidence.attested_at.desc(), Evidence.id)).all()


def _row(db: Session, strand: Strand, policy: Policy, evidence_id: str) -> Evidence:
    row = db.scalars(select(Evidence).where(Evidence.id == evidence_id, counts_for(db, strand))).first()
    if row is None or row.requirement not in policy.requirements:
        raise NotFound
    return row


def _running(db: Session) -> list[Strand]:
    return list(db.scalars(select(Strand).where(PEOPLE_INSIDE)))
