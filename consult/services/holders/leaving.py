"""Somebody leaves the holders: the shares go at once, and each part waits for two people to draw new halves.

An account that has ended, and a passphrase that others may know, are handled alike.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session, aliased

from consult.models import AuditEvent, HolderRole, Person, Strand, StrandHolder, StrandKey, StrandShare
from consult.sealing.root import RootKeys
from consult.services.actors import Actor
from consult.services.auditing import INSTALLATION, Verb, hold, record
from consult.services.people import accounts, identities
from consult.services.people.identities import Renewed
from consult.services.signed.running import PEOPLE_INSIDE, SYSTEM, Lapsed, reconsider
from safeguards.lifecycle import StrandState
from safeguards.policy import Policy

__all__ = [
    "end_account",
    "held_alone",
    "held_the_other_half",
    "leave",
    "leave_if_gone",
    "leavers",
    "passphrase_known",
    "waiting_for_new_halves",
]


def end_account(
    db: Session, keys: RootKeys, policy: Policy, email: str, now: datetime, actor_id: str = INSTALLATION
) -> list[Lapsed]:
    """End an account, take its shares away, and look again at every open part; those that are suspended by it."""
    person = accounts.disable(db, keys, email, now, actor_id)
    leave(db, keys, person.id, now, actor_id)
    return reconsider(db, keys, policy, db.scalars(select(Strand).where(PEOPLE_INSIDE)).all(), now, actor_id)


def held_alone(db: Session, person_id: str, within: str | None = None) -> tuple[str, ...]:
    """The names of parts (of one consultation) of which nobody else holds this person's half.

    Without it nobody can open their answers.
    """
    beside = aliased(StrandShare)
    another = exists().where(
        beside.strand_id == StrandShare.strand_id,
        beside.role == StrandShare.role,
        beside.person_id != StrandShare.person_id,
    )
    rows = select(Strand.name).join(StrandShare, StrandShare.strand_id == Strand.id)
    rows = rows.where(Strand.consultation_id == within) if within is not None else rows
    return tuple(db.scalars(rows.where(StrandShare.person_id == person_id, ~another).order_by(Strand.name, Strand.id)))


def passphrase_known(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, passphrase: str, now: datetime, own: str = ""
) -> Renewed:
    """The actor's passphrase may be known to somebody: a new one, a new key, and what was sealed to the old one goes.

    The new key is confirmed anew, and a holder of the same role gives the half on again. Raises `Denied`.
    """
    made = identities.start_anew(db, keys, actor, passphrase, now, own)
    leave(db, keys, actor.id, now, actor.id)
    reconsider(db, keys, policy, db.scalars(select(Strand).where(PEOPLE_INSIDE)).all(), now, actor.id)
    return made


def leave(
    db: Session, keys: RootKeys, person_id: str, now: datetime, actor_id: str = SYSTEM, within: str | None = None
) -> list[str]:
    """Take a person's halves away in every part that was signed (of one consultation); the ids of those parts."""
    hold(db)  # halves that are drawn at this moment are there, and go as well
    keyed = select(StrandKey.strand_id)
    held = select(StrandHolder).where(StrandHolder.person_id == person_id, StrandHolder.strand_id.in_(keyed))
    if within is not None:
        held = held.where(StrandHolder.strand_id.in_(select(Strand.id).where(Strand.consultation_id == within)))
    left = []
    for holder in db.scalars(held.order_by(StrandHolder.strand_id)).all():
        db.execute(
            delete(StrandShare).where(StrandShare.strand_id == holder.strand_id, StrandShare.person_id == person_id)
        )
        db.delete(holder)
        db.flush()
        facts = {"person": person_id, "role": holder.role}
        record(db, keys.audit, actor_id, Verb.HOLDER_LEFT, holder.strand_id, now, facts)
        left.append(holder.strand_id)
    return left


def leavers(db: Session) -> list[str]:
    """The ids of people who hold a half and are no longer active, or no longer confirmed: however that came about."""
    holding = select(StrandShare.person_id).join(Person, Person.id == StrandShare.person_id)
    gone = holding.where(~Person.active | Person.confirmed_by.is_(None)).distinct()
    return list(db.scalars(gone.order_by(StrandShare.person_id)))


def leave_if_gone(db: Session, keys: RootKeys, person_id: str, now: datetime) -> bool:
    """One of them holds nothing from here on; whether the person still was one of them."""
    hold(db)
    gone = person_id in leavers(db)
    if gone:
        leave(db, keys, person_id, now)
    return gone


def waiting_for_new_halves(db: Session) -> list[tuple[str, str]]:
    """(id, name) of each part of whose key somebody left since its halves were drawn last, as the audit log says."""
    rows = db.execute(
        select(Strand.id, Strand.name)
        .join(StrandKey, StrandKey.strand_id == Strand.id)
        .where(Strand.state != StrandState.DESTROYED)
        .order_by(Strand.name, Strand.id)
    ).all()
    left, drawn = _last(db, Verb.HOLDER_LEFT), _last(db, Verb.KEY_REDRAWN)
    return [(row.id, row.name) for row in rows if left.get(row.id, 0) > drawn.get(row.id, 0)]


def held_the_other_half(db: Session, strand_id: str, role: HolderRole) -> frozenset[str]:
    """Who left the other role since the halves were drawn last: with one of this role too they would open alone."""
    drawn = _last(db, Verb.KEY_REDRAWN).get(strand_id, 0)
    left = select(AuditEvent.facts).where(AuditEvent.subject == strand_id, AuditEvent.verb == Verb.HOLDER_LEFT)
    events = db.scalars(left.where(AuditEvent.number > drawn))
    return frozenset(str(facts["person"]) for facts in events if facts["role"] != role)


def _last(db: Session, verb: Verb) -> dict[str, int]:
    """Part → the number of its newest event of this kind."""
    newest = select(AuditEvent.subject, func.max(AuditEvent.number)).where(AuditEvent.verb == verb)
    return {row[0]: row[1] for row in db.execute(newest.group_by(AuditEvent.subject))}
