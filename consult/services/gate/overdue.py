"""Promises to people that are not kept: requests for help (SUP-09) and complaints (ACC-03) that wait too long.

While one does, the requirement does not hold, whatever was attested: so the gate shuts by itself, and opens again when
somebody has answered. A way to complain where nobody can read what is written is none either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from consult.models import Complaint, HelpCopy, HelpRequest, Person, Strand
from consult.services.actors import actor_of, roles_in
from consult.services.gate.complaintroute import recipients, unreadable
from safeguards.policy import Policy
from safeguards.record import Evidence, Record
from safeguards.said import said
from safeguards.terms import Role

__all__ = [
    "ANSWERED_IN_TIME",
    "due_on",
    "hours_promised",
    "request_readers",
    "requests_lost",
    "requests_overdue",
    "with_backlogs",
]

ANSWERED_IN_TIME = "SUP-09"
_COMPLAINTS = "ACC-03"


def hours_promised(policy: Policy, strand: Strand) -> int:
    """Within so many hours somebody is in contact with whoever asked (P-FU)."""
    hours: int = policy.p("P-FU", strand.audience)
    return hours


def due_on(asked_on: date, hours: int) -> date:
    """The last day on which an answer is in time, counted from the first moment of the day on which somebody asked.

    The moment itself is not kept; so the promise (P-FU) holds for whoever asked early, and is kept sooner for others.
    """
    return asked_on + timedelta(days=max(1, hours // 24) - 1)


def request_readers(db: Session, request: HelpRequest) -> tuple[str, ...]:
    """The ids of everybody who can read it now: of those it is sealed to, who still leads that part."""
    people = select(Person).join(HelpCopy, HelpCopy.person_id == Person.id).where(HelpCopy.request_id == request.id)
    strand = db.get_one(Strand, request.strand_id)
    rows = db.scalars(people.where(Person.active).order_by(Person.id))
    return tuple(each.id for each in rows if Role.SAFEGUARDING_LEAD in roles_in(db, actor_of(each), strand))


def requests_lost(db: Session, *strand_ids: str) -> list[HelpRequest]:
    """Requests for help of these parts that wait, and that nobody can read any more."""
    waiting = select(HelpRequest).where(HelpRequest.strand_id.in_(strand_ids), HelpRequest.answered_by.is_(None))
    return [each for each in db.scalars(waiting.order_by(HelpRequest.id)) if not request_readers(db, each)]


def requests_overdue(db: Session, policy: Policy, strand: Strand, now: datetime) -> int:
    """How many requests for help of a part wait longer than promised."""
    asked = select(HelpRequest.asked_on).where(HelpRequest.strand_id == strand.id, HelpRequest.answered_by.is_(None))
    hours = hours_promised(policy, strand)
    return sum(now.date() > due_on(day, hours) for day in db.scalars(asked))


def with_backlogs(db: Session, policy: Policy, strand: Strand, record: Record, now: datetime) -> Record:
    """The record of a strand, in which what waits too long counts as not proven."""
    evidence = dict(record.evidence)
    for requirement, why in _backlogs(db, policy, strand, now):
        gap = Evidence(strand=strand.id, missing=True, why_missing=why)
        evidence[requirement] = (*evidence.get(requirement, ()), gap)
    return replace(record, evidence=evidence)


def _backlogs(db: Session, policy: Policy, strand: Strand, now: datetime) -> Iterator[tuple[str, str]]:
    if requests_overdue(db, policy, strand, now):
        yield ANSWERED_IN_TIME, said("requests for help wait longer than was promised")
    elif requests_lost(db, strand.id):
        yield ANSWERED_IN_TIME, said("nobody can read a request for help any more that waits for an answer")
    here = or_(Complaint.consultation_id == strand.consultation_id, Complaint.consultation_id.is_(None))
    late = exists().where(here, Complaint.answered_on.is_(None), Complaint.due_on < now.date())
    if db.scalar(select(late)):
        yield _COMPLAINTS, said("a complaint waits longer than was promised")
    elif not recipients(db, strand.consultation_id):
        yield _COMPLAINTS, said("nobody outside the team, with a key that was confirmed, can take a complaint")
    elif any(each.consultation_id in (None, strand.consultation_id) for each in unreadable(db)):
        yield _COMPLAINTS, said("nobody can read a complaint any more that waits for an answer")
