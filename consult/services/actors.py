"""Who is acting: a signed-in person with the roles that count for what is being done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from consult.errors import Denied, NotFound
from consult.models import Appointment, Consultation, Person, Recusal, Strand, StrandHolder, StrandStaff
from safeguards.terms import Role

__all__ = [
    "Actor",
    "Ruling",
    "actor_of",
    "barred_from",
    "kept_out_of",
    "kept_out_since",
    "need_role",
    "person_at",
    "plain_address",
    "roles_in",
    "roles_in_consultation",
    "roles_in_each",
    "roles_of_each",
    "visible_consultation",
    "visible_consultations",
    "visible_strand",
]

#: Organisation-wide appointments that see every consultation; everybody else sees those they have a duty in.
_SEE_EVERYTHING = frozenset(
    {
        Role.SAFEGUARDING_LEAD,
        Role.INDEPENDENT_APPROVER,
        Role.ORGANISATION_MANAGER,
        Role.DATA_PROTECTION_LEAD,
        Role.TECHNICAL_OPERATOR,
        Role.TRANSLATION_LEAD,
        Role.ANALYST,
        Role.REDACTOR,
        Role.INCLUSION,
    }
)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting: `roles` are those for the whole organisation, `duties` those of single consultations."""

    id: str
    name: str
    language: str
    roles: frozenset[Role]
    duties: frozenset[tuple[str, Role]]
    #: the consultations in which the person is a partner: that is no role, and opens the partner's own pages alone
    partner_in: frozenset[str] = frozenset()

    def has(self, *roles: Role) -> bool:
        """Whether the person has one of the roles for the whole organisation."""
        return bool(self.roles & set(roles))

    def roles_for(self, consultation_id: str) -> frozenset[Role]:
        """The roles for the whole organisation and for this consultation; those on single parts are not among them."""
        return self.roles | {role for where, role in self.duties if where == consultation_id}


@dataclass(frozen=True, slots=True)
class Ruling:
    """May it be done, and if not, why not in a sentence for the person: asked by the page, demanded by the act."""

    ok: bool
    why: str = ""

    def demand(self) -> None:
        """Raise `Denied` with the reason unless it may be done."""
        if not self.ok:
            raise Denied(self.why)


def actor_of(person: Person) -> Actor:
    """The actor a person is, from the appointments."""
    return Actor(
        id=person.id,
        name=person.name,
        language=person.language,
        roles=frozenset(Role(a.role) for a in person.appointments if a.consultation_id is None),
        duties=frozenset((a.consultation_id, Role(a.role)) for a in person.appointments if a.consultation_id),
        partner_in=frozenset(each.consultation_id for each in person.partnerships if each.ended_at is None),
    )


def plain_address(email: str) -> str:
    """An e-mail address as it is stored and compared, however somebody typed it."""
    return email.strip().casefold()


def person_at(db: Session, email: str, *, ended_too: bool = False) -> Person | None:
    """Whoever has this address and an account that has not ended; with `ended_too` also one that has."""
    found = select(Person).where(Person.email == plain_address(email))
    return db.scalars(found if ended_too else found.where(Person.active)).first()


def roles_in(db: Session, actor: Actor, strand: Strand) -> frozenset[Role]:
    """All roles of the actor that count in this strand: organisation, consultation and duties on the strand.

    None for somebody who is kept out of the consultation.
    """
    return roles_in_each(db, actor, [strand])[strand.id]


def roles_in_each(db: Session, actor: Actor, strands: Iterable[Strand]) -> dict[str, frozenset[Role]]:
    """The same in several strands (id), with as many statements as for one."""
    out, duties = _kept_out(db, actor), dict[str, set[Role]]()
    for row in db.execute(select(StrandStaff.strand_id, StrandStaff.role).where(StrandStaff.person_id == actor.id)):
        duties.setdefault(row.strand_id, set()).add(Role(row.role))
    return {
        each.id: frozenset()
        if each.consultation_id in out
        else actor.roles_for(each.consultation_id) | duties.get(each.id, set())
        for each in strands
    }


def roles_of_each(db: Session, people: Iterable[Actor], strand: Strand) -> dict[str, frozenset[Role]]:
    """The same of several people (id) in one strand."""
    out, duties = kept_out_of(db, strand.consultation_id), dict[str, set[Role]]()
    for row in db.execute(select(StrandStaff.person_id, StrandStaff.role).where(StrandStaff.strand_id == strand.id)):
        duties.setdefault(row.person_id, set()).add(Role(row.role))
    return {
        each.id: frozenset() if each.id in out else each.roles_for(strand.consultation_id) | duties.get(each.id, set())
        for each in people
    }


def roles_in_consultation(db: Session, actor: Actor, consultation: Consultation) -> frozenset[Role]:
    """All roles of the actor that count in this consultation, or in one of its parts at least."""
    return actor.roles_for(consultation.id).union(*roles_in_each(db, actor, consultation.strands).values())


def need_role(db: Session, actor: Actor, strand: Strand, *roles: Role) -> Role:
    """The first of `roles` the actor has in the strand. Raises `Denied` when there is none."""
    held = roles_in(db, actor, strand)
    for role in roles:
        if role in held:
            return role
    raise Denied("Your role in this consultation does not include this step.")


def visible_consultations(db: Session, actor: Actor) -> list[Consultation]:
    """The consultations within the actor's scope, newest first; never one that the actor is kept out of."""
    out = _kept_out(db, actor)
    rows = db.scalars(select(Consultation).order_by(Consultation.made_at.desc(), Consultation.id))
    everything = [each for each in rows if each.id not in out]
    if actor.roles & _SEE_EVERYTHING:
        return everything
    mine = set(db.scalars(select(Appointment.consultation_id).where(Appointment.person_id == actor.id)))
    for duty in (StrandStaff, StrandHolder):
        mine |= set(
            db.scalars(
                select(Strand.consultation_id).join(duty, duty.strand_id == Strand.id).where(duty.person_id == actor.id)
            )
        )
    return [each for each in everything if each.id in mine or each.author_id == actor.id]


def visible_consultation(db: Session, actor: Actor, consultation_id: str) -> Consultation:
    """The consultation, if it is within the actor's scope. Raises `NotFound` otherwise: the two look alike."""
    found = next((each for each in visible_consultations(db, actor) if each.id == consultation_id), None)
    if found is None:
        raise NotFound
    return found


def _kept_out(db: Session, actor: Actor) -> frozenset[str]:
    return frozenset(db.scalars(barred_from(actor)))


def barred_from(actor: Actor) -> Select[str]:
    """The ids of the consultations that the actor is kept out of (`consult.services.holders.recusal`)."""
    return select(Recusal.consultation_id).where(Recusal.person_id == actor.id, Recusal.lifted_at.is_(None))


def kept_out_of(db: Session, consultation_id: str) -> frozenset[str]:
    """The ids of everybody who is kept out of the consultation."""
    return frozenset(kept_out_since(db, consultation_id))


def kept_out_since(db: Session, consultation_id: str) -> dict[str, datetime]:
    """Whoever is kept out of the consultation (id), and since when."""
    standing = select(Recusal.person_id, Recusal.declared_at)
    rows = db.execute(standing.where(Recusal.consultation_id == consultation_id, Recusal.lifted_at.is_(None)))
    return {row.person_id: row.declared_at for row in rows}


def visible_strand(db: Session, actor: Actor, strand_id: str) -> Strand:
    """The strand, if it is within the actor's scope. Raises `NotFound` otherwise: the two look alike."""
    strand = db.get(Strand, strand_id)
    if strand is None:
        raise NotFound
    visible_consultation(db, actor, strand.consultation_id)
    return strand
