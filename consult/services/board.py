"""The gate as a person sees it: what stops a part from opening, who has to act, and the whole checklist by group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

import safeguards.plan as facts
from consult.models import Evidence, Person, Strand, SupportService
from consult.services.actors import Actor
from consult.services.attesting import attesting_right, evidence_of, may_revoke, verifying_right
from consult.services.gating import Judgement
from safeguards.policy import Policy, Requirement
from safeguards.results import Finding, Status
from safeguards.standing import stand
from safeguards.subjects import subjects_of
from safeguards.terms import Level, Role
from safeguards.validity import Case

__all__ = ["Board", "Group", "Item", "Next", "Piece", "Sheet", "board", "sheet"]

#: Which kind of safeguard the first letters of an id stand for.
_GROUPS = {
    "TRN": "people",
    "SAF": "safety",
    "SUP": "support",
    "ETH": "words",
    "DAT": "data",
    "INC": "inclusion",
    "ACC": "answer",
    "REP": "representatives",
}
_HOLDING = frozenset({Status.MET, Status.EQUIVALENT})


class Next(StrEnum):
    """What the person who looks can do about an item now."""

    ATTEST = "attest"
    VERIFY = "verify"
    PLAN = "plan"
    WAIT = "wait"


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

    @property
    def waits(self) -> bool:
        """Whether it still waits for somebody's check."""
        return self.verified_at is None and self.revoked_by is None


@dataclass(frozen=True, slots=True)
class Item:
    """One requirement as it stands for this part."""

    id: str
    title: str
    requirement: str
    group: str
    level: Level
    status: Status
    why: str
    remedy: str
    who_attests: tuple[Role, ...]
    who_verifies: tuple[Role, ...]
    valid_until: datetime | None
    next: Next
    waiting: int

    @property
    def holds(self) -> bool:
        """Whether it is in place, by its own evidence or by an accepted substitute."""
        return self.status in _HOLDING

    @property
    def blocks(self) -> bool:
        """Whether it keeps the part from opening."""
        return not self.holds and self.level is not Level.ADVISORY


@dataclass(frozen=True, slots=True)
class Group:
    """Requirements of one kind."""

    key: str
    items: tuple[Item, ...]

    @property
    def done(self) -> int:
        """How many are in place."""
        return sum(item.holds for item in self.items)

    @property
    def blocked(self) -> bool:
        """Whether something here keeps the part from opening."""
        return any(item.blocks for item in self.items)


@dataclass(frozen=True, slots=True)
class Board:
    """The whole gate page."""

    items: tuple[Item, ...]

    @property
    def blockers(self) -> tuple[Item, ...]:
        """What keeps the part from opening: first what the person who looks can do, in policy order."""
        blocking = [item for item in self.items if item.blocks]
        return tuple(sorted(blocking, key=lambda item: item.next is Next.WAIT))

    @property
    def mine(self) -> int:
        """How many of them the person who looks can act on."""
        return sum(item.next is not Next.WAIT for item in self.blockers)

    @property
    def done(self) -> int:
        """How many are in place."""
        return sum(item.holds for item in self.items)

    @property
    def groups(self) -> tuple[Group, ...]:
        """The checklist by kind."""
        keys = dict.fromkeys(item.group for item in self.items)
        return tuple(Group(key, tuple(item for item in self.items if item.group == key)) for key in keys)

    @property
    def lapsing(self) -> tuple[Item, ...]:
        """What is in place and will end, soonest first."""
        ending = [item for item in self.items if item.holds and item.valid_until]
        return tuple(sorted(ending, key=lambda item: item.valid_until or datetime.max.replace(tzinfo=UTC))[:3])


@dataclass(frozen=True, slots=True)
class Sheet:
    """One requirement with its evidence: what its own page shows."""

    item: Item
    why: str
    evidence: str
    scope: str
    #: (id, name, whether a checked proof stands) of each person, language, place … it must hold for
    subjects: tuple[tuple[str, str, bool], ...]
    pieces: tuple[Piece, ...]
    may_attest: bool
    outside: bool
    finding: bool


def board(db: Session, actor: Actor, strand: Strand, policy: Policy, judgement: Judgement, now: datetime) -> Board:
    """Everything that binds the part, as it stands, and what the actor can do about it.

    What the gate's first rows say (a stop, the matrix, four eyes) stands before the requirements.
    """
    rows: dict[str, list[Evidence]] = {}
    for row in evidence_of(db, strand):
        rows.setdefault(row.requirement, []).append(row)
    items = []
    case = Case(judgement.plan, judgement.record, policy, now)
    for finding in _findings(case, judgement):
        requirement = policy.requirements.get(finding.requirement)
        if requirement is None:
            items.append(_item_of_the_table(finding))
        else:
            item = _item(db, actor, strand, requirement, finding, rows.get(requirement.id, []))
            nobody = not item.holds and not subjects_of(requirement, case)
            items.append(replace(item, next=Next.PLAN) if nobody else item)
    return Board(tuple(items))


def _findings(case: Case, judgement: Judgement) -> list[Finding]:
    standing = stand(case)
    carried = {finding.requirement for finding, _ in standing.carried}
    first = [each for each in judgement.evaluation.reasons if each.requirement not in case.policy.requirements]
    rest = [each for each in standing.findings if each not in first]
    found = [*first, *rest]
    return [
        replace(
            each,
            status=Status.EQUIVALENT if each.requirement in carried else each.status,
            why=_with_names(each.why, case.strand),
        )
        for each in found
    ]


def _with_names(words: str, strand: facts.Strand) -> str:
    """The rules know people and services by id; a reader knows them by name."""
    for each, name in ((m.person, m.name) for m in strand.staff):
        words = words.replace(each, name or each)
    for service in strand.services:
        words = words.replace(service.id, service.name or service.id)
    return words


def _item_of_the_table(finding: Finding) -> Item:
    """A row of the decision table itself: nobody attests it, the plan or the people have to change."""
    return Item(
        id=finding.requirement,
        title=finding.title,
        requirement="",
        group="plan",
        level=finding.level,
        status=finding.status,
        why=finding.why,
        remedy=finding.remedy,
        who_attests=(),
        who_verifies=(),
        valid_until=finding.valid_until,
        next=Next.PLAN,
        waiting=0,
    )


def _item(
    db: Session, actor: Actor, strand: Strand, requirement: Requirement, finding: Finding, rows: list[Evidence]
) -> Item:
    waiting = [row for row in rows if row.verified_by is None and row.revoked_by is None]
    return Item(
        id=requirement.id,
        title=requirement.title,
        requirement=requirement.requirement,
        group=_GROUPS.get(requirement.id.partition("-")[0], "plan"),
        level=finding.level,
        status=finding.status,
        why=finding.why,
        remedy=finding.remedy,
        who_attests=requirement.attest,
        who_verifies=requirement.verify,
        valid_until=finding.valid_until,
        next=_next(db, actor, strand, requirement, finding, waiting),
        waiting=len(waiting),
    )


def _next(
    db: Session, actor: Actor, strand: Strand, requirement: Requirement, finding: Finding, waiting: list[Evidence]
) -> Next:
    if any(verifying_right(db, actor, strand, requirement, row).ok for row in waiting):
        return Next.VERIFY
    if finding.status is Status.NOT_FULFILLED:
        return Next.PLAN
    if not waiting and attesting_right(db, actor, strand, requirement).ok:
        return Next.ATTEST
    return Next.WAIT


def sheet(
    db: Session, actor: Actor, strand: Strand, policy: Policy, judgement: Judgement, requirement_id: str, now: datetime
) -> Sheet | None:
    """One requirement with its evidence; None when it does not apply to this part."""
    requirement = policy.requirements.get(requirement_id)
    case = Case(judgement.plan, judgement.record, policy, now)
    finding = next((each for each in _findings(case, judgement) if each.requirement == requirement_id), None)
    if requirement is None or finding is None:
        return None
    rows = [row for row in evidence_of(db, strand) if row.requirement == requirement_id]
    right = attesting_right(db, actor, strand, requirement)
    proven = {row.subject for row in rows if row.verified_by and not row.revoked_by}
    subjects = subjects_of(requirement, case)
    return Sheet(
        item=_item(db, actor, strand, requirement, finding, rows),
        why=requirement.why,
        evidence=requirement.evidence,
        scope=requirement.scope,
        subjects=tuple((each, name_of(db, each), each in proven) for each in subjects if each),
        pieces=tuple(_piece(db, actor, strand, requirement, row) for row in rows),
        may_attest=right.ok,
        outside=right.outside,
        finding=requirement_id == "SAF-02",
    )


def name_of(db: Session, subject: str) -> str:
    """The name of a person or service; a language or place code stays as it is."""
    person = db.get(Person, subject)
    if person is not None:
        return person.name
    service = db.get(SupportService, subject)
    return service.name if service is not None else subject


def _piece(db: Session, actor: Actor, strand: Strand, requirement: Requirement, row: Evidence) -> Piece:
    right = verifying_right(db, actor, strand, requirement, row)
    names = {each: db.get_one(Person, each).name for each in (row.attested_by, row.verified_by, row.revoked_by) if each}
    return Piece(
        id=row.id,
        requirement=row.requirement,
        subject=row.subject,
        subject_name=name_of(db, row.subject) if row.subject not in {strand.id, strand.consultation_id, ""} else "",
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
        may_revoke=may_revoke(db, actor, strand, row).ok and row.revoked_by is None,
    )
