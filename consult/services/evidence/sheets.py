"""One requirement with its evidence: who said so, who checked it, what the person who looks may do with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from consult.models import Evidence, Person, Strand
from consult.services.actors import Actor, Ruling
from consult.services.evidence.attesting import Right, attesting_right, evidence_of, may_revoke, verifying_right
from consult.services.evidence.board import Item, called, findings_of, item_of, names_of
from consult.services.evidence.documents import PERSONAL, documents_of, may_read
from consult.services.gate.gating import Judgement
from consult.services.gate.planning import team_of
from safeguards.plan import Session as Meeting
from safeguards.policy import Policy, Requirement
from safeguards.said import Said, joined
from safeguards.subjects import subjects_of
from safeguards.terms import Scope
from safeguards.validity import Case

__all__ = ["Piece", "Sheet", "piece_of", "sheet"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence, and what the person who looks may do with it."""

    id: str
    requirement: str
    subject: str
    subject_name: str
    statement: str
    document_digest: str | None
    outside_person: str | None
    attested_by: str
    attested_as: str
    attested_at: datetime
    verified_by: str | None
    verified_as: str | None
    verified_at: datetime | None
    expires: datetime | None
    revoked_by: str | None
    revoked_reason: str | None
    may_verify: bool
    why_not: str
    may_revoke: bool
    #: the document behind it, where there is one and the person who looks proves or checks such things
    document_id: str = ""

    @property
    def waits(self) -> bool:
        """Whether it still waits for somebody's check."""
        return self.verified_at is None and self.revoked_by is None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One requirement with its evidence: what its own page shows."""

    item: Item
    why: str
    evidence: str
    scope: str
    #: (id, name, whether a checked proof stands) of each person, language, place … it must hold for
    subjects: tuple[tuple[str, str, bool], ...]
    #: the same for meetings after the next one: what may be proven ahead
    ahead: tuple[tuple[str, str, bool], ...]
    pieces: tuple[Piece, ...]
    may_attest: bool
    outside: bool
    finding: bool
    #: about a person: a file is hashed and not kept; `updates`: a yearly update or self-declaration renews it
    personal: bool
    updates: bool


def sheet(
    db: Session, actor: Actor, strand: Strand, policy: Policy, judgement: Judgement, requirement_id: str, now: datetime
) -> Sheet | None:
    """One requirement with its evidence; None when it does not apply to this part."""
    requirement = policy.requirements.get(requirement_id)
    case = Case(judgement.plan, judgement.record, policy, now)
    names = names_of(db)
    finding = next((each for each in findings_of(case, judgement, names) if each.requirement == requirement_id), None)
    if requirement is None or finding is None:
        return None
    meetings = team_of(db, strand).sessions if requirement.scope is Scope.SESSION else ()
    starts = {each.id: _start(each) for each in meetings}
    rows = [row for row in evidence_of(db, strand) if row.requirement == requirement_id]
    right = attesting_right(db, actor, strand, requirement)
    proven = {row.subject for row in rows if row.verified_by and not row.revoked_by}
    # what is proven of participants is proven of all of a part's at once
    subjects = () if requirement.scope is Scope.CHILD else subjects_of(requirement, case)
    ahead = [each.id for each in sorted(meetings, key=lambda each: each.starts) if each.ends > now]

    def named(subject: str) -> str:
        return starts.get(subject) or called(requirement, subject, case.plan, names)

    given = documents_of(db, (row.id for row in rows)) if may_read(db, actor, strand, requirement) else {}
    return Sheet(
        item=item_of(db, actor, strand, requirement, finding, rows),
        why=requirement.why,
        evidence=requirement.evidence,
        scope=requirement.scope,
        subjects=tuple((each, named(each), each in proven) for each in subjects if each),
        ahead=tuple((each, named(each), each in proven) for each in ahead if each not in subjects),
        pieces=tuple(
            _piece(db, actor, strand, requirement, row, given.get(row.id, ""), named(row.subject)) for row in rows
        ),
        may_attest=right.ok,
        outside=right.outside,
        finding=requirement_id == "SAF-02",
        personal=requirement.scope in PERSONAL,
        updates=requirement.validity.update_months is not None,
    )


def _start(meeting: Meeting) -> Said:
    """What a meeting is called here: its start, in its own place."""
    return joined((meeting.starts.astimezone(ZoneInfo(meeting.timezone)),))


def _piece(
    db: Session,
    actor: Actor,
    strand: Strand,
    requirement: Requirement,
    row: Evidence,
    document_id: str,
    name: str,
) -> Piece:
    right = verifying_right(db, actor, strand, requirement, row)
    found = piece_of(db, row, right, may_revoke(db, actor, strand, row))
    whole = row.subject in {strand.id, strand.consultation_id, ""}
    return replace(found, subject_name="" if whole else name, document_id=document_id)


def piece_of(db: Session, row: Evidence, right: Right, revoking: Ruling) -> Piece:
    """A piece of evidence for whoever has this right to check it and that one to take it back."""
    names = {each: db.get_one(Person, each).name for each in (row.attested_by, row.verified_by, row.revoked_by) if each}
    return Piece(
        id=row.id,
        requirement=row.requirement,
        subject=row.subject,
        subject_name="",
        statement=row.statement,
        document_digest=row.document_digest,
        outside_person=row.outside_person,
        attested_by=names[row.attested_by],
        attested_as=row.attested_as,
        attested_at=row.attested_at,
        verified_by=names.get(row.verified_by or ""),
        verified_as=row.verified_as,
        verified_at=row.verified_at,
        expires=row.expires,
        revoked_by=names.get(row.revoked_by or ""),
        revoked_reason=row.revoked_reason,
        may_verify=right.ok and row.verified_by is None and row.revoked_by is None,
        why_not=right.why,
        may_revoke=revoking.ok and row.revoked_by is None,
    )
