"""A person's records: training, checks, codes; kept once, used by every part that the person serves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Invalid, NotFound
from consult.models import Consultation, Evidence, Person, Recusal, Strand, StrandStaff, StrandState
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, roles_in_each, visible_consultations
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

__all__ = [
    "Cases",
    "Need",
    "PersonRecords",
    "Proof",
    "attest",
    "cases_of",
    "parts_in_scope",
    "people_to_prove",
    "records_of",
    "revoke",
    "verify",
]

#: Whoever keeps or checks the records of everybody.
_SEES_ALL = frozenset({Role.ORGANISATION_MANAGER, Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER})
_OVER = frozenset({StrandState.CLOSED, StrandState.OPENED, StrandState.RELEASED, StrandState.DESTROYED})


#: Parts as the rules see them; None for what is over or where no plan reads yet.
Cases = Sequence[tuple[Strand, Case | None]]


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


def people_to_prove(db: Session, actor: Actor, policy: Policy, cases: Cases) -> list[PersonRecords]:
    """Everybody whose records the actor may see, who has gaps first; `cases` are the parts within the actor's scope."""
    people = db.scalars(select(Person).where(Person.active).order_by(Person.name, Person.id)).all()
    shelf = _shelf(db, actor, policy, cases, people)
    found = [_records(db, shelf, each) for each in people if _may_see(actor, each.id, shelf.served[each.id])]
    return sorted((each for each in found if each.parts), key=lambda each: (not each.missing, each.name))


def records_of(db: Session, actor: Actor, policy: Policy, person_id: str, now: datetime) -> PersonRecords:
    """One person's records. Raises `NotFound` for whoever neither is the person nor works beside or over them."""
    person, served = _served_by(db, actor, person_id)
    return _records(db, _shelf(db, actor, policy, cases_of(db, served, policy, now), [person]), person)


def attest(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, values: EvidenceValues, now: datetime
) -> Evidence:
    """State that a requirement holds for the person `values.subject`, once for every part."""
    requirement, roles = _about(db, policy, actor, values.requirement, values.subject)
    return attesting.store(db, keys, actor, requirement, right_to_attest(roles, requirement), values, now)


def verify(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, person_id: str, evidence_id: str, now: datetime
) -> Evidence:
    """Check what somebody else attested about the person."""
    row = _row(db, person_id, evidence_id)
    requirement, roles = _about(db, policy, actor, row.requirement, person_id)
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
    _, roles = _about(db, policy, actor, row.requirement, person_id)
    may_take_back(actor, roles, row).demand()
    attesting.take_back(db, keys, policy, actor, row, reason, now, found_false=found_false)


# ---- the parts that somebody serves


def parts_in_scope(db: Session, actor: Actor) -> Sequence[Strand]:
    """Every part that the actor sees, in the order in which they were made."""
    scope = [each.id for each in visible_consultations(db, actor)]
    return db.scalars(select(Strand).where(Strand.consultation_id.in_(scope)).order_by(Strand.made_at, Strand.id)).all()


def cases_of(db: Session, strands: Iterable[Strand], policy: Policy, now: datetime) -> Cases:
    """These parts as the rules see them."""
    return [(each, None if each.state in _OVER else _case(db, each, policy, now)) for each in strands]


def _case(db: Session, strand: Strand, policy: Policy, now: datetime) -> Case | None:
    try:
        judgement = judge(db, strand, policy, now)
    except Invalid:
        return None
    return Case(judgement.plan, judgement.record, policy, now)


def _served_by(db: Session, actor: Actor, person_id: str) -> tuple[Person, list[Strand]]:
    """The person and the parts that they serve. Raises `NotFound` for who may not see them."""
    person = db.get(Person, person_id)
    mine = set(db.scalars(select(StrandStaff.strand_id).where(StrandStaff.person_id == person_id)))
    served = [each for each in parts_in_scope(db, actor) if each.id in mine]
    if person is None or not _may_see(actor, person_id, served):
        raise NotFound
    return person, served


def _may_see(actor: Actor, person_id: str, served: Sequence[object]) -> bool:
    return actor.id == person_id or bool(actor.roles & _SEES_ALL) or bool(served)


def _roles_about(db: Session, actor: Actor, served: Iterable[Strand]) -> frozenset[Role]:
    """The roles that count for a person: the organisation's, and those in the parts that the person serves."""
    return actor.roles.union(*roles_in_each(db, actor, served).values())


def _about(
    db: Session, policy: Policy, actor: Actor, requirement_id: str, person_id: str
) -> tuple[Requirement, frozenset[Role]]:
    requirement = attesting.requirement_of(policy, requirement_id)
    _, served = _served_by(db, actor, person_id)
    if requirement.scope is not Scope.PERSON:
        raise NotFound
    return requirement, _roles_about(db, actor, served)


def _row(db: Session, person_id: str, evidence_id: str) -> Evidence:
    row = db.get(Evidence, evidence_id)
    if row is None or row.scope != Scope.PERSON or row.subject != person_id:
        raise NotFound
    return row


# ---- what there is


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What the records of several people are put together from, read once for all of them; by the person's id."""

    actor: Actor
    requirements: tuple[Requirement, ...]
    names: Mapping[str, str]
    served: Mapping[str, Cases]
    roles: Mapping[str, frozenset[Role]]
    evidence: Mapping[str, Sequence[Evidence]]
    kept_out: Mapping[str, Sequence[str]]


def _shelf(db: Session, actor: Actor, policy: Policy, cases: Cases, people: Iterable[Person]) -> _Shelf:
    ids = [each.id for each in people]
    about = (Evidence.scope == Scope.PERSON, Evidence.subject.in_(ids))
    rows = db.scalars(select(Evidence).where(*about).order_by(Evidence.attested_at.desc(), Evidence.id)).all()
    duties = db.execute(select(StrandStaff.person_id, StrandStaff.strand_id).where(StrandStaff.person_id.in_(ids)))
    serves = {(row.person_id, row.strand_id) for row in duties}
    served = {each: [(strand, case) for strand, case in cases if (each, strand.id) in serves] for each in ids}
    held = roles_in_each(db, actor, [strand for strand, _ in cases])
    return _Shelf(
        actor=actor,
        requirements=tuple(each for each in policy.requirements.values() if each.scope is Scope.PERSON),
        names=names_of(db),
        served=served,
        roles={each: actor.roles.union(*(held[strand.id] for strand, _ in served[each])) for each in ids},
        evidence={each: [row for row in rows if row.subject == each] for each in ids},
        kept_out=_kept_out(db, actor, ids),
    )


def _records(db: Session, shelf: _Shelf, person: Person) -> PersonRecords:
    served = shelf.served[person.id]
    proofs = [_proof(db, shelf, requirement, person.id) for requirement in shelf.requirements]
    return PersonRecords(
        id=person.id,
        name=person.name,
        parts=tuple(
            (strand.consultation_id, strand.id, strand.name) for strand, _ in served if strand.state not in _OVER
        ),
        kept_out=tuple(shelf.kept_out[person.id]),
        proofs=tuple(sorted(proofs, key=lambda each: (not each.needs, each.holds))),
    )


def _proof(db: Session, shelf: _Shelf, requirement: Requirement, person_id: str) -> Proof:
    actor, roles = shelf.actor, shelf.roles[person_id]
    pieces = tuple(
        piece_of(db, row, right_to_verify(actor, roles, requirement, row), may_take_back(actor, roles, row))
        for row in shelf.evidence[person_id]
        if row.requirement == requirement.id
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
        needs=tuple(_needs(requirement, person_id, shelf.served[person_id], shelf.names)),
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


def _kept_out(db: Session, actor: Actor, people: Sequence[str]) -> dict[str, list[str]]:
    """The consultations within the actor's scope that each declared, or was said, to have a conflict in."""
    scope = [each.id for each in visible_consultations(db, actor)]
    rows = db.execute(
        select(Recusal.person_id, Consultation.title)
        .join(Consultation, Recusal.consultation_id == Consultation.id)
        .where(Recusal.person_id.in_(people), Recusal.lifted_at.is_(None), Consultation.id.in_(scope))
        .order_by(Consultation.title)
    ).all()
    return {each: [row.title for row in rows if row.person_id == each] for each in people}
