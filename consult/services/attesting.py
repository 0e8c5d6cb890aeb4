"""Evidence: one person attests, another verifies, either may be taken back; the gate looks again at what is open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.models import Evidence, Strand
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, roles_in
from consult.services.auditing import Verb, record
from consult.services.planning import form_of
from consult.services.running import PEOPLE_INSIDE, reconsider
from consult.services.wording import text_digest
from safeguards.policy import Policy, Requirement
from safeguards.terms import Role, Scope

__all__ = [
    "OUTSIDE_ROLES",
    "EvidenceValues",
    "Right",
    "attest",
    "attesting_right",
    "evidence_for",
    "evidence_of",
    "may_revoke",
    "revoke",
    "subject_of",
    "verify",
    "verifying_right",
]

#: These people have no account: somebody of the team enters what they signed, and a third person verifies it.
OUTSIDE_ROLES = frozenset({Role.LEGAL_EXPERT, Role.ETHICS_BOARD, Role.SERVICE_SIGNATORY, Role.SUPPORT_WORKER})
_MAY_ENTER = frozenset({Role.SAFEGUARDING_LEAD, Role.LEAD_FACILITATOR, Role.ORGANISATION_MANAGER})
_MAY_REVOKE = frozenset({Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER})
_FACILITATING = frozenset({Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.MODERATOR})
_SIMPLE = frozenset({Scope.ORGANISATION, Scope.INSTANCE})
#: SAF-15 is given for one question set; it stands apart because the policy calls that validity "per strand".
_SIGNED_SET = "SAF-15"
_HEX_DIGEST = 64


@dataclass(frozen=True, slots=True)
class EvidenceValues:
    """What is attested: the subject, the statement, the document's hash and end, what it was given for."""

    requirement: str
    subject: str
    statement: str
    document_digest: str | None = None
    outside_person: str | None = None
    expires: datetime | None = None
    updated_at: datetime | None = None
    finding: str | None = None
    given_for: str | None = None


@dataclass(frozen=True, slots=True)
class Right:
    """In which role somebody may do it; `role` None: not at all, and `why` says so. `outside`: for somebody outside."""

    role: Role | None
    why: str = ""
    outside: bool = False

    @property
    def ok(self) -> bool:
        """Whether it may be done."""
        return self.role is not None


def subject_of(requirement: Requirement, strand: Strand, subject: str = "") -> str:
    """The subject a piece of evidence is filed under: the strand or consultation itself, nothing, or the one named."""
    if requirement.scope in _SIMPLE:
        return ""
    if requirement.scope is Scope.STRAND:
        return strand.id
    if requirement.scope is Scope.CONSULTATION:
        return strand.consultation_id
    return subject


def attest(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, strand: Strand, values: EvidenceValues, now: datetime
) -> Evidence:
    """State that a requirement holds. Raises `Denied` for a role that may not, `Invalid` for what is missing."""
    requirement = _requirement(policy, values.requirement)
    right = attesting_right(db, actor, strand, requirement)
    if right.role is None:
        raise Denied(right.why)
    _check(values, right, now)
    row = Evidence(
        requirement=requirement.id,
        scope=requirement.scope,
        subject=subject_of(requirement, strand, values.subject),
        statement=values.statement.strip(),
        document_digest=(values.document_digest or "").strip().casefold() or None,
        given_for=values.given_for or _given_for(requirement, strand, values.subject),
        finding=values.finding or None,
        outside_person=(values.outside_person or "").strip() or None if right.outside else None,
        attested_by=actor.id,
        attested_as=right.role,
        attested_at=now,
        updated_at=values.updated_at,
        expires=values.expires,
    )
    db.add(row)
    db.flush()
    facts = {"requirement": requirement.id, "as": right.role}
    record(db, keys.audit, actor.id, Verb.EVIDENCE_ATTESTED, row.id, now, facts)
    return row


def attesting_right(db: Session, actor: Actor, strand: Strand, requirement: Requirement) -> Right:
    """In which role the actor may attest this requirement for this strand, by themselves or for somebody outside."""
    roles = roles_in(db, actor, strand)
    own = next((role for role in requirement.attest if role in roles), None)
    if own is not None:
        return Right(own)
    outside = next((role for role in requirement.attest if role in OUTSIDE_ROLES), None)
    if outside is not None and roles & _MAY_ENTER:
        return Right(outside, outside=True)
    return Right(None, "Your role can not attest this.")


def _check(values: EvidenceValues, right: Right, now: datetime) -> None:
    problems: dict[str, list[str]] = {}
    digest = (values.document_digest or "").strip()
    if not values.statement.strip():
        problems["statement"] = ["Say what you have seen."]
    if right.outside and not (values.outside_person or "").strip():
        problems["outside_person"] = ["Name the person outside who signed this."]
    if values.expires is not None and values.expires <= now:
        problems["expires"] = ["This document has run out already."]
    if digest and (len(digest) != _HEX_DIGEST or set(digest.casefold()) - set("0123456789abcdef")):
        problems["document_digest"] = ["A SHA-256 hash has 64 characters, 0 to 9 and a to f."]
    if problems:
        raise Invalid(problems)


def _given_for(requirement: Requirement, strand: Strand, subject: str) -> str | None:
    """The digest of what was signed off, where an edit must undo the sign-off."""
    if requirement.id == _SIGNED_SET:
        return form_of(strand).digest()
    if "version" in requirement.validity.per and requirement.scope is Scope.LANGUAGE:
        form = form_of(strand)
        return text_digest(form, subject) if subject in form.languages else None
    return None


def _requirement(policy: Policy, requirement_id: str) -> Requirement:
    if requirement_id not in policy.requirements:
        raise NotFound
    return policy.requirements[requirement_id]


def verify(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, strand: Strand, evidence_id: str, now: datetime
) -> Evidence:
    """Check what somebody else attested and say so. Never one's own, and never a facilitator of the strand."""
    row = _row(db, strand, policy, evidence_id)
    if row.verified_by is not None or row.revoked_by is not None:
        raise Conflict("This was checked or taken back already.")
    right = verifying_right(db, actor, strand, _requirement(policy, row.requirement), row)
    if right.role is None:
        raise Denied(right.why)
    row.verified_as = right.role
    row.verified_by = actor.id
    row.verified_at = now
    db.flush()
    facts = {"requirement": row.requirement, "as": row.verified_as}
    record(db, keys.audit, actor.id, Verb.EVIDENCE_VERIFIED, row.id, now, facts)
    return row


def verifying_right(db: Session, actor: Actor, strand: Strand, requirement: Requirement, row: Evidence) -> Right:
    """In which role the actor may check this piece of evidence."""
    if row.attested_by == actor.id:
        return Right(None, "You attested this yourself: another person has to check it.")
    if row.subject == actor.id:
        return Right(None, "This is about you: another person has to check it.")
    roles = roles_in(db, actor, strand)
    calls = requirement.verify == (Role.LEAD_FACILITATOR,)  # SAF-06: the facilitator verifies by calling the lead
    if roles & _FACILITATING and not calls:
        return Right(None, "Whoever facilitates does not check the safeguards of the same part.")
    for role in requirement.verify:
        # The legal expert signs outside; the lead entered it, the independent approver confirms it.
        if role in roles or (role is Role.LEGAL_EXPERT and Role.INDEPENDENT_APPROVER in roles):
            return Right(role)
    return Right(None, "Your role can not check this.")


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
    """Take evidence back, with a reason. Open strands that relied on it are looked at again at once."""
    row = _row(db, strand, policy, evidence_id)
    may_revoke(db, actor, strand, row).demand()
    if row.revoked_by is not None:
        raise Conflict("This was taken back already.")
    if not reason.strip():
        raise Invalid({"reason": ["Say why it no longer holds."]})
    row.revoked_by, row.revoked_at, row.revoked_reason, row.found_false = actor.id, now, reason.strip(), found_false
    db.flush()
    record(db, keys.audit, actor.id, Verb.EVIDENCE_REVOKED, row.id, now, {"requirement": row.requirement})
    reconsider(db, keys, policy, _running(db), now, actor.id)


def may_revoke(db: Session, actor: Actor, strand: Strand, row: Evidence) -> Ruling:
    """Whether the actor may take this piece of evidence back."""
    return Ruling(
        ok=row.attested_by == actor.id or bool(_MAY_REVOKE & roles_in(db, actor, strand)),
        why="Only a lead, the independent approver or whoever attested it takes it back.",
    )


def evidence_for(db: Session, requirement: Requirement, strand: Strand) -> list[Evidence]:
    """What has been attested for this requirement where this strand can rely on it, newest first."""
    return [
        row for row in evidence_of(db, strand) if row.requirement == requirement.id and row.scope == requirement.scope
    ]


def evidence_of(db: Session, strand: Strand) -> Iterable[Evidence]:
    """Every piece of evidence that this strand can rely on, newest first."""
    rows = db.scalars(select(Evidence).order_by(Evidence.attested_at.desc(), Evidence.id))
    return [row for row in rows if _counts_for(row, strand)]


def _counts_for(row: Evidence, strand: Strand) -> bool:
    if row.scope == Scope.STRAND:
        return row.subject == strand.id
    return row.scope != Scope.CONSULTATION or row.subject == strand.consultation_id


def _row(db: Session, strand: Strand, policy: Policy, evidence_id: str) -> Evidence:
    row = db.get(Evidence, evidence_id)
    if row is None or not _counts_for(row, strand) or row.requirement not in policy.requirements:
        raise NotFound
    return row


def _running(db: Session) -> list[Strand]:
    return list(db.scalars(select(Strand).where(PEOPLE_INSIDE)))
