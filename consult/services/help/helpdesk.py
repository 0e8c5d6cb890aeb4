"""Requests for help as their leads see them: who waits, since which day, until when; read with the passphrase typed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, NotFound
from consult.models import Consultation, HelpAlert, HelpCopy, HelpRequest, Person, Strand
from consult.sealing.helprequest import open_help
from consult.sealing.root import RootKeys
from consult.sealing.suite import SealingError
from consult.services.actors import Actor, roles_in_each
from consult.services.auditing import Verb, hold, record
from consult.services.gate.overdue import due_on, hours_promised, requests_lost
from consult.services.help.helprequests import Contact
from consult.services.people.identities import unlock
from consult.services.signed.running import SYSTEM
from safeguards.policy import Policy
from safeguards.said import said
from safeguards.terms import Role

__all__ = [
    "HelpView",
    "alerts_for",
    "answered",
    "answered_long_ago",
    "forget_request",
    "help_request",
    "help_requests",
    "read_request",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpView:
    """One request, without what was written. `id` is 32 hexadecimal digits; `readable`: by whoever looks."""

    id: str
    consultation: str
    strand_id: str
    strand: str
    asked_on: date
    due_on: date
    overdue: bool
    answered_on: date | None
    answered_by: str
    readable: bool


def help_requests(db: Session, policy: Policy, actor: Actor, now: datetime) -> tuple[HelpView, ...]:
    """The requests this lead can read, or nobody any more: those that wait first, the soonest due at the top."""
    views = [_view(db, policy, row, now, readable=True) for row in _mine(db, actor)]
    views += [_view(db, policy, row, now, readable=False) for row in _lost(db, actor)]
    return tuple(sorted(views, key=lambda each: (each.answered_on is not None, each.due_on, each.id)))


def help_request(db: Session, policy: Policy, actor: Actor, request_id: str, now: datetime) -> HelpView:
    """One of them. Raises `NotFound` for whoever has no copy of it, unless nobody has who leads that part."""
    found = (each for each in help_requests(db, policy, actor, now) if each.id == request_id)
    return _one(found)


def alerts_for(db: Session, actor: Actor) -> tuple[datetime, ...]:
    """When somebody asked since a lead of that part last looked, newest first."""
    mine = {row.strand_id for row in _mine(db, actor)}
    rows = db.scalars(select(HelpAlert.at).where(HelpAlert.strand_id.in_(mine)).order_by(HelpAlert.at.desc()))
    return tuple(rows)


def read_request(db: Session, keys: RootKeys, actor: Actor, request_id: str, passphrase: str, now: datetime) -> Contact:
    """What the person wrote, for a lead who was on call; on record, and the alert has done its work.

    Raises `Denied` for a wrong passphrase, `NotFound` without a copy, `Conflict` for a copy that was changed.
    """
    row, copy = _copy(db, actor, request_id)
    private = unlock(db, keys, actor, passphrase)
    try:
        plain = open_help(private, row.id, row.strand_id, actor.id, copy.sealed)
    except SealingError as error:
        raise Conflict(
            said("This request does not open. %(why)s Tell the technical operator: this is an incident.", why=error)
        ) from error
    db.execute(delete(HelpAlert).where(HelpAlert.strand_id == row.strand_id))
    record(db, keys.audit, actor.id, Verb.HELP_READ, row.id.hex(), now, {"strand": row.strand_id})
    return Contact(**json.loads(plain))


def answered(db: Session, keys: RootKeys, actor: Actor, request_id: str, now: datetime) -> HelpRequest:
    """A lead has been in contact, or has told participants how to ask again where nobody can read it any more.

    Raises `Conflict` when that was noted before.
    """
    row = _one(each for each in (*_mine(db, actor), *_lost(db, actor)) if each.id.hex() == request_id)
    hold(db, row)  # another lead may have been faster at this moment
    if row.answered_by is not None:
        raise Conflict("This request was marked as answered before.")
    row.answered_by, row.answered_on = actor.id, max(now.date(), row.asked_on)
    record(db, keys.audit, actor.id, Verb.HELP_ANSWERED, row.id.hex(), now, {"strand": row.strand_id})
    return row


def answered_long_ago(db: Session, policy: Policy, now: datetime) -> list[bytes]:
    """The ids of the requests that were answered as many days ago as they may be kept (P-EMC)."""
    until = now.date() - timedelta(days=policy.p("P-EMC"))
    return list(db.scalars(select(HelpRequest.id).where(HelpRequest.answered_on <= until).order_by(HelpRequest.id)))


def forget_request(db: Session, keys: RootKeys, request_id: bytes, now: datetime) -> bool:
    """Destroy one of them, on record; whether it was still there."""
    hold(db)
    row = db.get(HelpRequest, request_id)
    if row is None:
        return False
    db.execute(delete(HelpCopy).where(HelpCopy.request_id == row.id))
    db.delete(row)
    record(db, keys.audit, SYSTEM, Verb.HELP_FORGOTTEN, row.id.hex(), now, {"strand": row.strand_id})
    return True


def _copy(db: Session, actor: Actor, request_id: str) -> tuple[HelpRequest, HelpCopy]:
    row = _one(each for each in _mine(db, actor) if each.id.hex() == request_id)
    return row, db.get_one(HelpCopy, (row.id, actor.id))


def _one(found: Iterator[T]) -> T:
    row = next(found, None)
    if row is None:
        raise NotFound
    return row


def _lost(db: Session, actor: Actor) -> list[HelpRequest]:
    """Those that wait and that nobody can read any more, of the parts that the actor leads."""
    waiting = select(HelpRequest.strand_id).where(HelpRequest.answered_by.is_(None))
    parts = db.scalars(select(Strand).where(Strand.id.in_(waiting))).all()
    return requests_lost(db, *_led(db, actor, parts))


def _mine(db: Session, actor: Actor) -> list[HelpRequest]:
    """Those with a copy of the actor's; a copy is none for whoever is no lead of that part any more, or kept out."""
    rows = db.execute(
        select(HelpRequest, Strand)
        .join(HelpCopy, HelpCopy.request_id == HelpRequest.id)
        .join(Strand, Strand.id == HelpRequest.strand_id)
        .where(HelpCopy.person_id == actor.id)
    ).all()
    led = _led(db, actor, {strand for _, strand in rows})
    return [row for row, strand in rows if strand.id in led]


def _led(db: Session, actor: Actor, parts: Iterable[Strand]) -> list[str]:
    """Those of them that the actor leads."""
    return [part for part, roles in roles_in_each(db, actor, parts).items() if Role.SAFEGUARDING_LEAD in roles]


def _view(db: Session, policy: Policy, row: HelpRequest, now: datetime, *, readable: bool) -> HelpView:
    strand = db.get_one(Strand, row.strand_id)
    due = due_on(row.asked_on, hours_promised(policy, strand))
    return HelpView(
        id=row.id.hex(),
        consultation=db.get_one(Consultation, strand.consultation_id).title,
        strand_id=strand.id,
        strand=strand.name,
        asked_on=row.asked_on,
        due_on=due,
        overdue=row.answered_by is None and now.date() > due,
        answered_on=row.answered_on,
        answered_by=db.get_one(Person, row.answered_by).name if row.answered_by else "",
        readable=readable,
    )
