"""The way to complain: to whom a complaint is sealed, and who can still read one.

Recipients are the independent approvers whose key was confirmed. Where there is none, leads; where there is none of
those either, nobody can take a complaint here and the page names other ways. Never somebody with a duty in that
consultation, or, where it is not known, in any; nor somebody who set it up, or who is kept out of it. Whoever becomes
one of those afterwards reads it no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, Subquery, and_, literal, or_, select, union
from sqlalchemy.orm import Session

from consult.models import Appointment, Complaint, ComplaintCopy, Consultation, Person, Strand, StrandStaff
from consult.services.actors import Actor, actor_of, barred_from, kept_out_of
from safeguards.terms import Role

__all__ = ["readable_by", "readers", "recipients", "unreadable"]


def recipients(db: Session, consultation_id: str | None) -> Sequence[Person]:
    """To whom a complaint about this consultation is sealed now; nobody: it can not be taken."""
    inside = _inside(db, consultation_id)
    keyed = select(Person).where(Person.active, Person.confirmed_by.is_not(None)).order_by(Person.id)
    apart = [each for each in db.scalars(keyed) if each.id not in inside]
    return _holding(apart, Role.INDEPENDENT_APPROVER) or _holding(apart, Role.SAFEGUARDING_LEAD)


def readable_by(actor: Actor) -> Select[Complaint]:
    """Those with a copy of the actor's; a copy is none for whoever has lost the role, or may be meant by it since."""
    about, duties = Complaint.consultation_id, _duties()
    takes = literal(actor.has(Role.INDEPENDENT_APPROVER, Role.SAFEGUARDING_LEAD))
    theirs = select(duties.c.consultation_id).where(duties.c.person_id == actor.id)
    apart = and_(about.not_in(barred_from(actor)), about.not_in(theirs))
    return (
        select(Complaint)
        .join(ComplaintCopy, ComplaintCopy.complaint_id == Complaint.id)
        .where(takes, ComplaintCopy.person_id == actor.id, or_(and_(about.is_(None), ~theirs.exists()), apart))
    )


def readers(db: Session, complaint_id: str) -> tuple[str, ...]:
    """The ids of everybody who can read it now."""
    people = select(Person).join(ComplaintCopy, ComplaintCopy.person_id == Person.id).where(Person.active)
    sealed_to = db.scalars(people.where(ComplaintCopy.complaint_id == complaint_id).order_by(Person.id))
    this = Complaint.id == complaint_id
    return tuple(
        each.id for each in sealed_to if db.scalars(readable_by(actor_of(each)).where(this)).first() is not None
    )


def unreadable(db: Session) -> list[Complaint]:
    """Those that wait for an answer, and that nobody can read any more."""
    waiting = select(Complaint).where(Complaint.answered_on.is_(None)).order_by(Complaint.due_on, Complaint.id)
    return [each for each in db.scalars(waiting) if not readers(db, each.id)]


def _inside(db: Session, consultation_id: str | None) -> set[str]:
    """Who works on the consultation, has set it up, or is kept out of it; of every one where it is not known."""
    duties = _duties()
    people = select(duties.c.person_id)
    if consultation_id is None:
        return set(db.scalars(people))
    return set(db.scalars(people.where(duties.c.consultation_id == consultation_id))) | kept_out_of(db, consultation_id)


def _duties() -> Subquery:
    """Who (`person_id`) works on which consultation (`consultation_id`), or has set it or a part of it up."""
    on_parts = select(StrandStaff.person_id, Strand.consultation_id).join(Strand, Strand.id == StrandStaff.strand_id)
    appointed = select(Appointment.person_id, Appointment.consultation_id)
    return union(
        on_parts,
        select(Strand.author_id, Strand.consultation_id),
        select(Consultation.author_id, Consultation.id),
        appointed.where(Appointment.consultation_id.is_not(None)),
    ).subquery()


def _holding(people: Iterable[Person], role: Role) -> list[Person]:
    return [
        person
        for person in people
        if any(each.role == role and each.consultation_id is None for each in person.appointments)
    ]
