"""Evidence: one person attests, another verifies; service tests, equivalents, taking back; the gate looks again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.models import ContactTest, EquivalentControl, Evidence, Strand, StrandState, SupportService
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, roles_in
from consult.services.auditing import Verb, record
from consult.services.running import reconsider
from safeguards.policy import Policy, Requirement
from safeguards.terms import Role, Scope

__all__ = [
    "OUTSIDE_ROLES",
    "EvidenceValues",
    "TestValues",
    "accept_equivalent",
    "attest",
    "evidence_for",
    "log_contact_test",
    "revoke",
    "subject_of",
    "verify",
]

#: These people have no account: somebody of the team enters what they signed, and a third person verifies it.
OUTSIDE_ROLES = frozenset({Role.LEGAL_EXPERT, Role.ETHICS_BOARD, Role.SERVICE_SIGNATORY, Role.SUPPORT_WORKER})
_MAY_ENTER = frozenset({Role.SAFEGUARDING_LEAD, Role.LEAD_FACILITATOR, Role.ORGANISATION_MANAGER})
_FACILITATING = frozenset({Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.MODERATOR})
_SIMPLE = {Scope.ORGANISATION, Scope.INSTANCE}


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
class TestValues:
    """A call to a service's channel: did a human answer, how fast, in which language, from where, free of charge."""

    __test__ = False  # not a test of ours

    service_id: str
    channel: str
    reached: bool
    minutes: int
    language: str
    jurisdiction: str
    free: bool


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
    role = _attesting_role(db, actor, strand, requirement, values)
    problems: dict[str, list[str]] = {}
    if not values.statement.strip():
        problems["statement"] = ["Say what you have seen."]
    if values.expires is not None and values.expires <= now:
        problems["expires"] = ["This document has run out already."]
    if problems:
        raise Invalid(problems)
    row = Evidence(
        requirement=requirement.id,
        scope=requirement.scope,
        subject=subject_of(requirement, strand, values.subject),
        statement=values.statement.strip(),
        document_digest=values.document_digest,
        given_for=values.given_for,
        finding=values.finding,
        outside_person=values.outside_person,
        attested_by=actor.id,
        attested_as=role,
        attested_at=now,
        updated_at=values.updated_at,
        expires=values.expires,
    )
    db.add(row)
    db.flush()
    record(db, keys.audit, actor.id, Verb.EVIDENCE_ATTESTED, row.id, now, {"requirement": requirement.id, "as": role})
    return row


def _requirement(policy: Policy, requirement_id: str) -> Requirement:
    if requirement_id not in policy.requirements:
        raise NotFound
    return policy.requirements[requirement_id]


def _attesting_role(
    db: Session, actor: Actor, strand: Strand, requirement: Requirement, values: EvidenceValues
) -> Role:
    roles = roles_in(db, actor, strand)
    for role in requirement.attest:
        if role in roles and not values.outside_person:
            return role
        if role in OUTSIDE_ROLES and roles & _MAY_ENTER:
            if not (values.outside_person or "").strip():
                raise Invalid({"outside_person": ["Name the person outside who signed this."]})
            return role
    raise Denied("Your role can not attest this: " + ", ".join(requirement.attest) + " can.")


def verify(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, strand: Strand, evidence_id: str, now: datetime
) -> Evidence:
    """Check what somebody else attested and say so. Never one's own, and never a facilitator of the strand."""
    row = db.get(Evidence, evidence_id)
    if row is None:
        raise NotFound
    if row.verified_by is not None or row.revoked_by is not None:
        raise Conflict("This was checked or taken back already.")
    row.verified_as = _verifying_role(db, actor, strand, _requirement(policy, row.requirement), row)
    row.verified_by = actor.id
    row.verified_at = now
    db.flush()
    facts = {"requirement": row.requirement, "as": row.verified_as}
    record(db, keys.audit, actor.id, Verb.EVIDENCE_VERIFIED, row.id, now, facts)
    return row


def _verifying_role(db: Session, actor: Actor, strand: Strand, requirement: Requirement, row: Evidence) -> Role:
    if row.attested_by == actor.id:
        raise Denied("You attested this yourself: another person has to check it.")
    roles = roles_in(db, actor, strand)
    calls = requirement.verify == (Role.LEAD_FACILITATOR,)  # SAF-06: the facilitator verifies by calling the lead
    if roles & _FACILITATING and not calls:
        raise Denied("Whoever facilitates does not check the safeguards of the same part.")
    for role in requirement.verify:
        if role in roles:
            return role
        if role is Role.LEGAL_EXPERT and Role.INDEPENDENT_APPROVER in roles:
            return role  # the expert signs outside; the lead entered it, the independent approver confirms it
    raise Denied("Your role can not check this: " + ", ".join(requirement.verify) + " can.")


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
    row = db.get(Evidence, evidence_id)
    if row is None:
        raise NotFound
    if (
        not {Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER} & roles_in(db, actor, strand)
        and row.attested_by != actor.id
    ):
        raise Denied("Only a lead, the independent approver or whoever attested it takes it back.")
    if row.revoked_by is not None:
        raise Conflict("This was taken back already.")
    if not reason.strip():
        raise Invalid({"reason": ["Say why it no longer holds."]})
    row.revoked_by, row.revoked_at, row.revoked_reason, row.found_false = actor.id, now, reason.strip(), found_false
    db.flush()
    record(db, keys.audit, actor.id, Verb.EVIDENCE_REVOKED, row.id, now, {"requirement": row.requirement})
    reconsider(db, keys, policy, _open_strands(db), now, actor.id)


def evidence_for(db: Session, requirement: Requirement, strand: Strand) -> list[Evidence]:
    """What has been attested for this requirement where this strand can rely on it, newest first."""
    rows = select(Evidence).where(Evidence.requirement == requirement.id, Evidence.scope == requirement.scope)
    if requirement.scope in {Scope.STRAND, Scope.CONSULTATION}:
        rows = rows.where(Evidence.subject == subject_of(requirement, strand))
    return list(db.scalars(rows.order_by(Evidence.attested_at.desc(), Evidence.id)))


def log_contact_test(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, values: TestValues, now: datetime
) -> ContactTest:
    """Note a call to a service. A failed one closes at once what relies on it."""
    if not actor.has(Role.LEAD_FACILITATOR, Role.SAFEGUARDING_LEAD, Role.CO_FACILITATOR):
        raise Denied("Facilitators and leads test the services.")
    service = db.get(SupportService, values.service_id)
    if service is None:
        raise NotFound
    if values.channel not in {channel["id"] for channel in service.facts.get("channels", ())}:
        raise Invalid({"channel": ["Choose one of the service's channels."]})
    if values.minutes < 0:
        raise Invalid({"minutes": ["Write the minutes until a person answered, 0 or more."]})
    row = ContactTest(
        service_id=values.service_id,
        channel=values.channel,
        tested_at=now,
        tested_by=actor.id,
        reached=values.reached,
        minutes=values.minutes,
        language=values.language,
        jurisdiction=values.jurisdiction,
        free=values.free,
    )
    db.add(row)
    db.flush()
    record(
        db, keys.audit, actor.id, Verb.SERVICE_TESTED, service.id, now, {"reached": "yes" if values.reached else "no"}
    )
    reconsider(db, keys, policy, _open_strands(db), now, actor.id)
    return row


def accept_equivalent(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    lead: Actor,
    approver: Actor,
    strand: Strand,
    requirement_id: str,
    what: str,
    expires: datetime,
    due: datetime | None,
    now: datetime,
) -> EquivalentControl:
    """Lead and independent approver accept a written substitute for an EQ-level requirement; none exists for HARD."""
    _requirement(policy, requirement_id)
    if Role.SAFEGUARDING_LEAD not in roles_in(db, lead, strand):
        raise Denied("A safeguarding lead accepts an equivalent.")
    if Role.INDEPENDENT_APPROVER not in roles_in(db, approver, strand) or approver.id == lead.id:
        raise Denied("An independent approver, another person than the lead, accepts it too.")
    if not what.strip() or expires <= now:
        raise Invalid({"what": ["Say what is done instead, and until when it is accepted."]})
    row = EquivalentControl(
        strand_id=strand.id,
        requirement=requirement_id,
        what=what.strip(),
        lead_id=lead.id,
        approver_id=approver.id,
        accepted_at=now,
        expires=expires,
        owner_id=strand.author_id,
        due=due,
    )
    db.add(row)
    db.flush()
    record(db, keys.audit, lead.id, Verb.EQUIVALENT_ACCEPTED, row.id, now, {"requirement": requirement_id})
    return row


def _open_strands(db: Session) -> list[Strand]:
    return list(db.scalars(select(Strand).where(Strand.state == StrandState.OPEN)))
