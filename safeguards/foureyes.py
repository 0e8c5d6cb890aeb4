"""Whether two independent pairs of eyes look at a strand: the people side of decision table D5."""

from __future__ import annotations

from .plan import Plan, Strand
from .record import Record
from .terms import Audience, Role

__all__ = ["broken"]

_NEEDS_APPROVER = frozenset({Audience.CHILD_SURVIVORS, Audience.CHILDREN_WHO_CAUSED_HARM})


def broken(plan: Plan, record: Record) -> tuple[str, ...]:
    """What breaks four-eyes, whatever the evidence says: roles held together, a missing or conflicted approver."""
    strand = plan.strand
    found = [
        f"'{member.person}' is safeguarding lead and facilitates the same strand"
        for member in strand.staff
        if member.facilitates and Role.SAFEGUARDING_LEAD in member.roles
    ]
    if strand.approver is not None and strand.approver.conflict.strip():
        found.append(f"the independent approver '{strand.approver.person}' has a conflict: {strand.approver.conflict}")
    if strand.approver is not None and not _outside(strand, strand.approver.person):
        found.append(f"the independent approver '{strand.approver.person}' belongs to the delivery team")
    if strand.audience in _NEEDS_APPROVER and not _approver_there(plan, record):
        found.append(f"audience {strand.audience.value} needs an independent approver outside the delivery team")
    return tuple(found)


def _approver_there(plan: Plan, record: Record) -> bool:
    strand = plan.strand
    if strand.approver is not None:
        return True
    digest = plan.digest()
    return any(
        signature.role is Role.INDEPENDENT_APPROVER
        and signature.strand in ("", strand.id)
        and signature.digest in ("", digest)
        and _outside(strand, signature.person)
        for signature in record.signatures
    )


def _outside(strand: Strand, person: str) -> bool:
    """Not among the staff, except as approver only, and not who set the strand up."""
    member = strand.member(person)
    return person != strand.author and (member is None or set(member.roles) == {Role.INDEPENDENT_APPROVER})
