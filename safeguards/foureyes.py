"""Whether two independent pairs of eyes look at a strand: the people side of D5, and whose yeses count."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import product

from .plan import Plan, Strand
from .record import Approval, Record
from .said import Said, said
from .terms import SPECIALIST, Role

__all__ = ["broken", "different_people", "outside", "people_who_agreed", "people_who_vouched"]


def broken(plan: Plan, record: Record) -> tuple[Said, ...]:
    """What breaks four-eyes, whatever the evidence says: roles held together, a missing or conflicted approver."""
    strand = plan.strand
    found = [
        said("%(person)s is safeguarding lead and facilitates the same part", person=member.person)
        for member in strand.staff
        if member.facilitates and Role.SAFEGUARDING_LEAD in member.roles
    ]
    approver = strand.approver
    if approver is not None and approver.conflict.strip():
        who, what = approver.person, approver.conflict
        found.append(said("the independent approver %(person)s has a conflict: %(what)s", person=who, what=what))
    if approver is not None and not outside(strand, approver.person):
        found.append(said("the independent approver %(person)s belongs to the team", person=approver.person))
    if strand.audience in SPECIALIST and not _approver_there(plan, record):
        found.append(
            said("to ask these, an independent approver outside the team is needed: %(who)s", who=strand.audience)
        )
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
        and outside(strand, signature.person)
        for signature in record.signatures
    )


def people_who_agreed(approvals: Iterable[Approval], role: Role, strand: Strand, at: datetime) -> frozenset[str]:
    """Who said yes in a role by now: nobody who facilitates, and as independent approver nobody of the team."""
    said = {a.person for a in approvals if a.role is role and (a.at is None or a.at <= at)}
    if role is Role.INDEPENDENT_APPROVER:
        return frozenset(person for person in said if outside(strand, person))
    return frozenset(said - {member.person for member in strand.staff if member.facilitates})


def people_who_vouched(record: Record) -> frozenset[str]:
    """Whose yes stands behind anything in the record: a check, a yes to a waiver or substitute, a signature."""
    entries = [entry for found in record.evidence.values() for entry in found]
    waivers = [entry.waiver.approved_by for entry in entries if entry.waiver is not None]
    agreed = (*waivers, *(each.accepted_by for each in record.equivalents))
    return frozenset(
        {entry.verified_by for entry in entries}
        | {approval.person for approvals in agreed for approval in approvals}
        | {signature.person for signature in record.signatures}
    ) - {""}


def different_people(*roles: frozenset[str]) -> bool:
    """Whether each role can be filled by a person of its own."""
    return any(len({*people}) == len(roles) for people in product(*roles))


def outside(strand: Strand, person: str) -> bool:
    """Not among the staff, except as approver only, and not who set the strand up."""
    member = strand.member(person)
    return person != strand.author and (member is None or set(member.roles) == {Role.INDEPENDENT_APPROVER})
