"""A person's records: training, checks, codes; kept once, used by every part that the person serves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Invalid, NotFound
from consult.models import Consultation, Evidence, Person, Recusal, Strand, StrandStaff, StrandState
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, roles_in, visible_consultations
from consult.services.evidence import attesting
from consult.services.evidence.attesting import EvidenceValues, Right
from consult.services.evidence.board import names_of, with_names
from consult.services.evidence.evidencerules import may_take_back, right_to_attest, right_to_verify
from consult.services.evidence.sheets import Piece, piece_of
from consult.services.gate.gating import judge
from safeguards.evidence import verdict_of
from safeguards.judging import Verdict
from safeguards.policy import Policy, Requirement
from safeguards.results import Status
from safeguards.subjects import subjects_of
from safeguards.terms import Role, Scope
from safeguards.validity import Case

__all__ = ["Need", "PersonRecords", "Proof", "attest", "people_to_prove", "records_of", "revoke", "verify"]

#: Whoever keeps or checks the records of everybody.
_SEES_ALL = frozenset({Role.ORGANISATION_MANAGER, Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER})
_OVER = frozenset({StrandState.CLOSED, StrandState.OPENED, StrandState.RELEASED, StrandState.DESTROYED})


@dataclass(frozen=True, slots=True)
class Need:
    """A part that relies on a record, and how the record stands for it."""

    consultation_id: str
    strand_id: str
    name: str
    verdict: Verdict

    @property
    def holds(self) -> bool:
        """Whether it is proven for this part."""
        return self.verdict.status is Status.MET


@dataclass(frozen=True, slots=True)
class Proof:
    """One requirement about the person: what proves it, what there is, which parts need it."""

    id: str
    title: str
    requirement: str
    evidence: str
    attest: tuple[Role, ...]
    verify: tuple[Role, ...]
    updates: bool
    pieces: tuple[Piece, ...]
    needs: tuple[Need, ...]
    right: Right

    @property
    def holds(self) -> bool:
        """Whether every part that needs it can rely on it."""
        return all(need.holds for need in self.needs)

    @property
    def until(self) -> datetime | None:
        """When the first part loses it."""
        ends = [need.verdict.until for need in self.needs if need.holds and need.verdict.until]
        return min(ends, default=None)


@dataclass(frozen=True, slots=True)
class PersonRecords:
    """Everything about one person; `proofs` that some part needs come first."""

    id: str
    name: str
    parts: tuple[tuple[str, str, str], ...]
    kept_out: tuple[str, ...]
    proofs: tuple[Proof, ...]

    @property
    def missing(self) -> tuple[Proof, ...]:
        """What some part needs and can not rely on."""
        return tuple(each for each in self.proofs if not each.holds)

    @property
    def until(self) -> datetime | None:
        """What ends first."""
        return min((each.until for each in self.proofs if each.until), default=None)


def people_to_prove(db: Session, actor: Actor, policy: Policy, now: datetime) -> list[PersonRecords]:
    """Everybody whose records the actor may see, who has gaps first."""
    people = db.scalars(select(Person).where(Person.active).order_by(Person.name, Person.id)).all()
    cases = _cases(db, actor, policy, now)
    found = [_records(db, actor, policy, person, cases) for person in people if _may_see(db, actor, person.id, cases)]
    return sorted((each for each in found if each.parts), key=lambda each: (not each.missing, each.name))


def records_of(db: Session, actor: Actor, policy: Policy, person_id: str, now: datetime) -> PersonRecords:
    """One person's records. Raises `NotFound` for whoever neither is the person nor works beside or over them."""
    cases = _cases(db, actor, policy, now)
    return _records(db, actor, policy, _person(db, actor, person_id, cases), cases)


def attest(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, values: EvidenceValues, now: datetime
) -> Evidence:
    """State that a requirement holds for the person `values.subject`, once for every part."""
    requirement, roles = _about(db, policy, actor, values.requirement, values.subject, now)
    return attesting.store(db, keys, actor, requirement, right_to_attest(roles, requirement), values, now)


def verify(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, person_id: str, evidence_id: str, now: datetime
) -> Evidence:
    """Check what somebody else attested about the person."""
    row = _row(db, person_id, evidence_id)
    requirement, roles = _about(db, policy, actor, row.requirement, person_id, now)
    return attesting.store_check(db, keys, actor, right_to_verify(actor, roles, requirement, row), row, now)


def revoke(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    person_id: str,
    evidence_id: str,
    reason: str,
    now: datetime,
    *,
    found_false: bool = False,
) -> None:
    """Take a record back, with a reason; every open part that relied on it is looked at again at once."""
    row = _row(db, person_id, evidence_id)
    _, roles = _about(db, policy, actor, row.requirement, person_id, now)
    may_take_back(actor, roles, row).demand()
    attesting.take_back(db, keys, policy, actor, row, reason, now, found_false=found_false)


# ---- the parts that somebody serves


Cases = list[tuple[Strand, Case | None]]


def _cases(db: Session, actor: Actor, policy: Policy, now: datetime) -> Cases:
    """The parts within the actor's scope, as the rules see them; None for what is over or where no plan reads yet."""
    scope = [each.id for each in visible_consultations(db, actor)]
    rows = select(Strand).where(Strand.consultation_id.in_(scope)).order_by(Strand.made_at, Strand.id)
    return [
        (strand, None if strand.state in _OVER else _case(db, strand, policy, now)) for strand in db.scalars(rows).all()
    ]


def _case(db: Session, strand: Strand, policy: Policy, now: datetime) -> Case | None:
    try:
        judgement = judge(db, strand, policy, now)
    except Invalid:
        return None
    return Case(judgement.plan, judgement.record, policy, now)


def _served(db: Session, person_id: str, cases: Cases) -> Cases:
    mine = set(db.scalars(select(StrandStaff.strand_id).where(StrandStaff.person_id == person_id)))
    return [(strand, case) for strand, case in cases if strand.id in mine]


def _may_see(db: Session, actor: Actor, person_id: str, cases: Cases) -> bool:
    return actor.id == person_id or bool(actor.roles & _SEES_ALL) or bool(_served(db, person_id, cases))


def _person(db: Session, actor: Actor, person_id: str, cases: Cases) -> Person:
    person = db.get(Person, person_id)
    if person is None or not _may_see(db, actor, person_id, cases):
        raise NotFound
    return person


def _roles_about(db: Session, actor: Actor, served: Cases) -> frozenset[Role]:
    """The roles that count for a person: the organisation's, and those in the parts that the person serves."""
    return actor.roles.union(*(roles_in(db, actor, strand) for strand, _ in served))


def _about(
    db: Session, policy: Policy, actor: Actor, requirement_id: str, person_id: str, now: datetime
) -> tuple[Requirement, frozenset[Role]]:
    requirement = attesting.requirement_of(policy, requirement_id)
    cases = _cases(db, actor, policy, now)
    _person(db, actor, person_id, cases)
    if requirement.scope is not Scope.PERSON:
        raise NotFound
    return requirement, _roles_about(db, actor, _served(db, person_id, cases))


def _row(db: Session, person_id: str, evidence_id: str) -> Evidence:
    row = db.get(Evidence, evidence_id)
    if row is None or row.scope != Scope.PERSON or row.subject != person_id:
        raise NotFound
    return row


# ---- what there is


def _records(db: Session, actor: Actor, policy: Policy, person: Person, cases: Cases) -> PersonRecords:
    served = _served(db, person.id, cases)
    roles = _roles_about(db, actor, served)
    rows = db.scalars(
        select(Evidence)
        .where(Evidence.scope == Scope.PERSON, Evidence.subject == person.id)
        .order_by(Evidence.attested_at.desc(), Evidence.id)
    ).all()
    names = names_of(db)
    proofs = [
        _proof(
            db,
            actor,
            roles,
            requirement,
            [row for row in rows if row.requirement == requirement.id],
            person,
            served,
            names,
        )
        for requirement in policy.requirements.values()
        if requirement.scope is Scope.PERSON
    ]
    return PersonRecords(
        id=person.id,
        name=person.name,
        parts=tuple(
            (strand.consultation_id, strand.id, strand.name) for strand, _ in served if strand.state not in _OVER
        ),
        kept_out=_kept_out(db, actor, person.id),
        proofs=tuple(sorted(proofs, key=lambda each: (not each.needs, each.holds))),
    )


def _proof(
    db: Session,
    actor: Actor,
    roles: frozenset[Role],
    requirement: Requirement,
    rows: Iterable[Evidence],
    person: Person,
    served: Cases,
    names: Mapping[str, str],
) -> Proof:
    pieces = tuple(
        piece_of(db, row, right_to_verify(actor, roles, requirement, row), may_take_back(actor, roles, row))
        for row in rows
    )
    return Proof(
        id=requirement.id,
        title=requirement.title,
        requirement=requirement.requirement,
        evidence=requirement.evidence,
        attest=requirement.attest,
        verify=requirement.verify,
        updates=requirement.validity.update_months is not None,
        pieces=pieces,
        needs=tuple(_needs(requirement, person.id, served, names)),
        right=right_to_attest(roles, requirement),
    )


def _needs(requirement: Requirement, person_id: str, served: Cases, names: Mapping[str, str]) -> Iterable[Need]:
    for strand, case in served:
        if case is None or requirement.level_for(case.strand) is None:
            continue
        if person_id in subjects_of(requirement, case):
            verdict = verdict_of(requirement, case, person_id)
            told = replace(verdict, why=with_names(verdict.why, names))
            yield Need(strand.consultation_id, strand.id, strand.name, told)


def _kept_out(db: Session, actor: Actor, person_id: str) -> tuple[str, ...]:
    """The consultations within the actor's scope that the person declared, or was said, to have a conflict in."""
    scope = {each.id for each in visible_consultations(db, actor)}
    rows = db.execute(
        select(Consultation.id, Consultation.title)
        .join(Recusal, Recusal.consultation_id == Consultation.id)
        .where(Recusal.person_id == person_id, Recusal.lifted_at.is_(None))
        .order_by(Consultation.title)
    )
    return tuple(row.title for row in rows if row.id in scope)
