"""The gate as a person sees it: what stops a part from opening, who has to act, and the whole checklist by group."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.models import Evidence, Person, Strand, SupportService
from consult.services.actors import Actor
from consult.services.evidence.attesting import attesting_right, evidence_of, verifying_right
from consult.services.gate.gating import Judgement
from consult.services.gate.programruns import Run, newest_runs
from consult.services.setup.drafting import may_edit
from safeguards.measures import CHECKED
from safeguards.plan import Plan
from safeguards.policy import Policy, Requirement
from safeguards.results import Evaluation, Finding, Status
from safeguards.said import Said, joined
from safeguards.standing import stand
from safeguards.subjects import named, subjects_of
from safeguards.terms import Level, Role
from safeguards.validity import Case

__all__ = [
    "Board",
    "Group",
    "Item",
    "Next",
    "board",
    "called",
    "findings_of",
    "item_of",
    "named_throughout",
    "names_of",
    "with_names",
]

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
#: An id of ours as it stands in a sentence of the rules.
_ID = re.compile(r"\b([0-9a-f]{20})\b")
_HOLDING = frozenset({Status.MET, Status.EQUIVALENT})


class Next(StrEnum):
    """What the person who looks can do about an item now."""

    ATTEST = "attest"
    VERIFY = "verify"
    PLAN = "plan"
    RUN = "run"
    WAIT = "wait"


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
    #: the newest run of the program's own check, where it makes one
    run: Run | None = None

    @property
    def holds(self) -> bool:
        """Whether it is in place, by its own evidence or by an accepted substitute."""
        return self.status in _HOLDING

    @property
    def blocks(self) -> bool:
        """Whether it keeps the part from opening."""
        return not self.holds and self.level is not Level.ADVISORY

    @property
    def who_acts(self) -> tuple[Role, ...]:
        """Whose turn it is: who checks what waits, who changes a plan that does not fit, else who attests."""
        if self.waiting:
            return self.who_verifies
        if self.id in CHECKED:
            return (Role.TECHNICAL_OPERATOR,)
        if self.status is Status.NOT_FULFILLED or not self.who_attests:
            return (Role.LEAD_FACILITATOR,)
        return self.who_attests


@dataclass(frozen=True, slots=True)
class Group:
    """Requirements of one kind."""

    key: str
    items: tuple[Item, ...]

    @property
    def done(self) -> int:
        """How many are in place."""
        return sum(item.holds for item in self.items)


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


def board(db: Session, actor: Actor, strand: Strand, policy: Policy, judgement: Judgement, now: datetime) -> Board:
    """Everything that binds the part, as it stands, and what the actor can do about it.

    What the gate's first rows say (a stop, the matrix, four eyes) stands before the requirements.
    """
    rows: dict[str, list[Evidence]] = {}
    for row in evidence_of(db, strand):
        rows.setdefault(row.requirement, []).append(row)
    items = []
    case = Case(judgement.plan, judgement.record, policy, now)
    for finding in findings_of(case, judgement, names_of(db)):
        requirement = policy.requirements.get(finding.requirement)
        if requirement is None:
            items.append(replace(_item_of_the_table(finding), next=_change(db, actor, strand)))
        else:
            item = item_of(db, actor, strand, requirement, finding, rows.get(requirement.id, []))
            nobody = not item.holds and not subjects_of(requirement, case)
            items.append(replace(item, next=_change(db, actor, strand)) if nobody else item)
    return Board(tuple(items))


def _change(db: Session, actor: Actor, strand: Strand) -> Next:
    """Whoever may change the plan does; everybody else waits for that."""
    return Next.PLAN if may_edit(db, actor, strand).ok else Next.WAIT


def findings_of(case: Case, judgement: Judgement, names: Mapping[str, str]) -> list[Finding]:
    """The rows of the decision table that speak first, then every requirement; people and services by name."""
    standing = stand(case)
    carried = {finding.requirement for finding, _ in standing.carried}
    first = [each for each in judgement.evaluation.reasons if each.requirement not in case.policy.requirements]
    rest = [each for each in standing.findings if each not in first]
    found = [*first, *rest]
    return [
        replace(
            each,
            status=Status.EQUIVALENT if each.requirement in carried else each.status,
            why=with_names(each.why, names),
        )
        for each in found
    ]


def names_of(db: Session) -> dict[str, str]:
    """Ids of people and services with the names that a reader knows."""
    people = db.execute(select(Person.id, Person.name)).all()
    return {row.id: row.name for row in (*people, *db.execute(select(SupportService.id, SupportService.name)).all())}


def with_names(words: str, names: Mapping[str, str]) -> str:
    """The rules know people and services by id; a reader knows them by name."""
    if isinstance(words, Said):
        return words.renamed(lambda value: with_names(value, names))
    return _ID.sub(lambda found: names.get(found[1], found[0]), words)


def called(requirement: Requirement, subject: str, plan: Plan, names: Mapping[str, str]) -> str:
    """What a requirement must hold for, as a reader calls it: a name, a language, a place, the start of a session."""
    return with_names(joined((named(requirement.subjects, subject, plan.strand),)), names) if subject else ""


def named_throughout(evaluation: Evaluation, names: Mapping[str, str]) -> Evaluation:
    """The gate's answer with people and services by name, wherever a page shows it."""
    fallback = evaluation.fallback
    if fallback is not None:
        skipped = (replace(each, why=with_names(each.why, names)) for each in fallback.skipped)
        fallback = replace(fallback, skipped=tuple(skipped))
    return replace(
        evaluation,
        reasons=tuple(replace(each, why=with_names(each.why, names)) for each in evaluation.reasons),
        notes=tuple(with_names(each, names) for each in evaluation.notes),
        fallback=fallback,
    )


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


def item_of(
    db: Session, actor: Actor, strand: Strand, requirement: Requirement, finding: Finding, rows: list[Evidence]
) -> Item:
    """One requirement as it stands; `rows` is its evidence."""
    waiting = [row for row in rows if row.verified_by is None and row.revoked_by is None]
    run = newest_runs(db).get(requirement.id) if requirement.id in CHECKED else None
    seen = run is None or not run.passed or run.verified_by is not None
    return Item(
        id=requirement.id,
        title=finding.title,
        requirement=requirement.requirement,
        group=_GROUPS.get(requirement.id.partition("-")[0], "plan"),
        level=finding.level,
        status=finding.status,
        why=finding.why,
        remedy=finding.remedy,
        who_attests=requirement.attest,
        who_verifies=requirement.verify,
        valid_until=finding.valid_until,
        next=_next_of_program(actor, requirement, finding, seen=seen)
        if requirement.id in CHECKED
        else _next(db, actor, strand, requirement, finding, waiting),
        waiting=int(not seen) if requirement.id in CHECKED else len(waiting),
        run=run,
    )


def _next_of_program(actor: Actor, requirement: Requirement, finding: Finding, *, seen: bool) -> Next:
    """Whoever may looks at what the program found; the operator runs its checks; everybody else waits."""
    if finding.status in _HOLDING:
        return Next.WAIT
    if not seen:
        return Next.VERIFY if actor.has(*requirement.verify) else Next.WAIT
    return Next.RUN if actor.has(Role.TECHNICAL_OPERATOR) else Next.WAIT


def _next(
    db: Session, actor: Actor, strand: Strand, requirement: Requirement, finding: Finding, waiting: list[Evidence]
) -> Next:
    if any(verifying_right(db, actor, strand, requirement, row).ok for row in waiting):
        return Next.VERIFY
    if finding.status in _HOLDING:
        return Next.WAIT
    if finding.status is Status.NOT_FULFILLED:
        return _change(db, actor, strand)
    if not waiting and attesting_right(db, actor, strand, requirement).ok:
        return Next.ATTEST
    return Next.WAIT
