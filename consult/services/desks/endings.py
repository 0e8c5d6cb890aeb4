"""What runs out soon, in every part within somebody's scope, what its end closes, and whom it is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from consult.models import Strand, StrandState
from consult.services.actors import Actor
from consult.services.evidence.board import called, names_of
from consult.services.evidence.personal import Cases, PersonRecords, cases_of, parts_in_scope, people_to_prove
from consult.services.gate.standing import standing_signature
from safeguards.endings import endings
from safeguards.policy import Policy
from safeguards.standing import stand
from safeguards.terms import LapseClass, Scope
from safeguards.validity import Case

__all__ = ["SOON", "Closing", "EvidenceDesk", "RunsOut", "evidence_desk"]

SOON = timedelta(days=30)
_GOING_ON = (
    StrandState.OPEN,
    StrandState.SUSPENDED,
    StrandState.DECIDED,
    StrandState.GATE_PENDING,
    StrandState.DRAFT,
)
_OF_ONE_PART = frozenset({Scope.STRAND, Scope.SESSION, Scope.LANGUAGE})
_STRICTEST_FIRST = tuple(LapseClass)


@dataclass(frozen=True, slots=True)
class Closing:
    """A part that an end touches, and how: C1 halts, C2 lets people inside finish, C3 is a note."""

    consultation_id: str
    strand_id: str
    name: str
    state: StrandState
    lapse_class: LapseClass


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsOut:
    """One end: of a proof, a computed fact, a substitute; without a requirement, of the signed decision itself."""

    requirement: str
    title: str
    scope: Scope | None
    subject: str
    subject_name: str
    until: datetime
    substitute: bool
    closes: tuple[Closing, ...]

    @property
    def worst(self) -> LapseClass:
        """The strictest thing that it does to any part."""
        return min((each.lapse_class for each in self.closes), key=_STRICTEST_FIRST.index)


@dataclass(frozen=True, slots=True)
class EvidenceDesk:
    """What ends soon, and everybody whose records somebody may see."""

    endings: list[RunsOut]
    people: list[PersonRecords]


def evidence_desk(db: Session, actor: Actor, policy: Policy, now: datetime) -> EvidenceDesk:
    """The desk of evidence: the gate is asked once about each part within the actor's scope."""
    cases = cases_of(db, parts_in_scope(db, actor), policy, now)
    return EvidenceDesk(_runs_out(db, cases, now, SOON), people_to_prove(db, actor, policy, cases))


def _runs_out(db: Session, cases: Cases, now: datetime, within: timedelta) -> list[RunsOut]:
    """Everything that holds now and ends in so much time, the soonest first; one line an end, however many parts."""
    names, together = names_of(db), dict[tuple[str, str, datetime, bool], list[RunsOut]]()
    for strand, case in cases:
        if strand.state not in _GOING_ON:
            continue
        for one in _of(db, strand, case, names, now, within):
            together.setdefault((one.requirement, one.subject, one.until, one.substitute), []).append(one)
    found = [_one_line(lines) for lines in together.values()]
    return sorted(found, key=lambda each: (each.until, each.title, each.subject))


def _one_line(lines: list[RunsOut]) -> RunsOut:
    first = lines[0]
    return RunsOut(
        requirement=first.requirement,
        title=first.title,
        scope=first.scope,
        subject=first.subject,
        subject_name=first.subject_name,
        until=first.until,
        substitute=first.substitute,
        closes=tuple(closing for line in lines for closing in line.closes),
    )


def _of(
    db: Session, strand: Strand, case: Case | None, names: dict[str, str], now: datetime, within: timedelta
) -> Iterator[RunsOut]:
    signature = standing_signature(db, strand.id)
    if signature and signature.valid_until and now < signature.valid_until <= now + within:
        closing = _closing(strand, LapseClass.FINISH_SAFELY)
        yield RunsOut(
            requirement="",
            title="",
            scope=None,
            subject=strand.id,
            subject_name=strand.name,
            until=signature.valid_until,
            substitute=False,
            closes=(closing,),
        )
    if case is None:
        return
    for ending in endings(stand(case), within):
        own = (
            ending.requirement.scope in {Scope.STRAND, Scope.CHILD, Scope.SESSION, Scope.LANGUAGE} or ending.substitute
        )
        subject = ending.subject or (strand.id if own else "")
        yield RunsOut(
            requirement=ending.requirement.id,
            title=ending.requirement.title,
            scope=ending.requirement.scope,
            subject=f"{strand.id}/{ending.subject}" if own and ending.subject else subject,
            subject_name=called(ending.requirement, ending.subject, case.plan, names),
            until=ending.until,
            substitute=ending.substitute,
            closes=(_closing(strand, ending.lapse_class),),
        )


def _closing(strand: Strand, lapse_class: LapseClass) -> Closing:
    return Closing(strand.consultation_id, strand.id, strand.name, StrandState(strand.state), lapse_class)
