"""Written substitutes for requirements that allow one (level EQ), accepted by lead and independent approver."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from consult.errors import Denied, Invalid, NotFound
from consult.models import EquivalentControl, Strand
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, roles_in
from consult.services.auditing import Verb, record
from safeguards.policy import Policy
from safeguards.terms import Role

__all__ = ["accept_equivalent"]


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
    if requirement_id not in policy.requirements:
        raise NotFound
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
