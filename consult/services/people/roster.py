"""The list of people as an administrator sees it: who has joined, who has a second step, whose sign-ins failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.models import AuditEvent, Person
from consult.services.actors import Actor, actor_of
from consult.services.auditing import Verb
from consult.services.people.onboarding import open_invitations
from consult.services.people.secondfactor import with_a_factor

__all__ = ["Listed", "refusals_since", "roster"]

#: How long a failed sign-in stands beside somebody's name.
_SHOWN_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody on the list. until when their link works, and when sign-ins last failed in numbers.

    `at_the_server`: added by a command there, which alone makes a new link.
    """

    actor: Actor
    email: str
    joined: bool
    at_the_server: bool
    second_step: bool
    link_until: datetime | None
    refused_at: datetime | None


def roster(db: Session, now: datetime) -> list[Listed]:
    """Everybody with an account, or invited to one, by name."""
    links = {person: until for person, until in open_invitations(db).items() if until > now}
    refused, factors = _refused(db, now), with_a_factor(db)
    return [
        Listed(
            actor=actor_of(person),
            email=person.email or "",
            joined=person.identity is not None,
            at_the_server=person.added_by is None,
            second_step=person.id in factors,
            link_until=links.get(person.id),
            refused_at=refused.get(person.id),
        )
        for person in db.scalars(select(Person).where(Person.active).order_by(Person.name, Person.id))
    ]


def refusals_since(db: Session, actor: Actor) -> int:
    """How many failed sign-ins were put on record for the actor since the sign-in before this one."""
    signed_in = (
        select(AuditEvent.number)
        .where(AuditEvent.subject == actor.id, AuditEvent.verb == Verb.SIGNED_IN)
        .order_by(AuditEvent.number.desc())
        .offset(1)
        .limit(1)
    )
    before = db.scalar(signed_in) or 0
    refused = select(AuditEvent.facts).where(
        AuditEvent.subject == actor.id, AuditEvent.verb == Verb.SIGN_IN_REFUSED, AuditEvent.number > before
    )
    return max((facts["tries"] for facts in db.scalars(refused)), default=0)


def _refused(db: Session, now: datetime) -> dict[str, datetime]:
    rows = db.execute(
        select(AuditEvent.subject, func.max(AuditEvent.at))
        .where(AuditEvent.verb == Verb.SIGN_IN_REFUSED, AuditEvent.at >= now - _SHOWN_FOR)
        .group_by(AuditEvent.subject)
    )
    return {row[0]: row[1] for row in rows}
