"""Who holds the halves of a part's key, as its holders see it: since when, by whom, and what waits for two people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from consult.errors import NotFound
from consult.models import AuditEvent, HolderRole, OpeningMode, Person, Strand, StrandHolder, StrandKey
from consult.sealing.strand import HOLDERS_NEEDED
from consult.sealing.suite import fingerprint
from consult.services.actors import Actor, Ruling
from consult.services.auditing import Verb
from consult.services.holders.joining import can_join, may_add
from consult.services.holders.leaving import waiting_for_new_halves
from consult.services.keys.keystore import generation_of
from consult.services.opening.openingrules import may_ask

__all__ = ["Change", "Held", "Holder", "KeyPage", "changes_for", "held_parts", "key_page"]

#: For so long a change of holders stands on the first page of those it concerns.
TOLD_FOR = timedelta(days=14)
_COMINGS = (Verb.HOLDER_JOINED, Verb.HOLDER_LEFT)


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a half."""

    name: str
    role: HolderRole
    fingerprint: str
    added_by: str


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody joined or left, or new halves were drawn."""

    strand_id: str
    verb: Verb
    who: str
    by: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPage:
    """The key of one part. `too_few`: a role has fewer than two holders, so that one is added first.

    `adding`: whether the person who looks may give the half on, and to whom.
    """

    holders: tuple[Holder, ...]
    generation: int
    waits: bool
    too_few: bool
    changes: tuple[Change, ...]
    adding: Ruling
    candidates: tuple[Actor, ...]
    may_ask: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A part of whose key somebody holds a half; `waits` for new halves."""

    consultation_id: str
    strand_id: str
    strand: str
    waits: bool


def held_parts(db: Session, actor: Actor) -> tuple[Held, ...]:
    """The signed parts of whose key the actor holds a half."""
    waiting = {strand_id for strand_id, _ in waiting_for_new_halves(db)}
    rows = db.scalars(
        select(Strand)
        .join(StrandKey, StrandKey.strand_id == Strand.id)
        .join(StrandHolder, StrandHolder.strand_id == Strand.id)
        .where(StrandHolder.person_id == actor.id)
        .order_by(Strand.name, Strand.id)
    )
    return tuple(Held(row.consultation_id, row.id, row.name, row.id in waiting) for row in rows)


def key_page(db: Session, actor: Actor, strand: Strand) -> KeyPage:
    """What the holders of a part see of its key. Raises `NotFound` for everybody else, and before it is signed."""
    if db.get(StrandHolder, (strand.id, actor.id)) is None or db.get(StrandKey, strand.id) is None:
        raise NotFound
    rows = db.execute(
        select(StrandHolder, Person)
        .join(Person, Person.id == StrandHolder.person_id)
        .where(StrandHolder.strand_id == strand.id)
        .order_by(StrandHolder.role, Person.name)
    ).all()
    names, roles = _names(db), [held.role for held, _ in rows]
    verbs = (*_COMINGS, Verb.KEY_REDRAWN)
    return KeyPage(
        holders=tuple(
            Holder(
                person.name,
                HolderRole(held.role),
                fingerprint(person.public_key or b""),
                names.get(held.added_by or "", ""),
            )
            for held, person in rows
        ),
        generation=generation_of(db, strand.id),
        waits=strand.id in {strand_id for strand_id, _ in waiting_for_new_halves(db)},
        too_few=any(roles.count(role) < HOLDERS_NEEDED for role in HolderRole),
        changes=_changes(db, names, AuditEvent.subject == strand.id, AuditEvent.verb.in_(verbs)),
        adding=may_add(db, actor, strand),
        candidates=tuple(can_join(db, actor, strand)),
        may_ask=may_ask(db, actor, strand, OpeningMode.REWRAP),
    )


def changes_for(db: Session, actor: Actor, now: datetime) -> list[Change]:
    """Who joined or left beside the actor lately, newest first: nobody gets a half without all others knowing."""
    mine = select(StrandHolder.strand_id).where(StrandHolder.person_id == actor.id)
    lately = AuditEvent.at > now - TOLD_FOR
    return list(_changes(db, _names(db), AuditEvent.subject.in_(mine), AuditEvent.verb.in_(_COMINGS), lately))


def _changes(db: Session, names: dict[str, str], *which: ColumnElement[bool]) -> tuple[Change, ...]:
    events = select(AuditEvent).where(*which)
    return tuple(
        Change(
            row.subject,
            Verb(row.verb),
            names.get(row.facts.get("person", ""), ""),
            names.get(row.actor, ""),
            row.facts.get("role", ""),
            row.at,
        )
        for row in db.scalars(events.order_by(AuditEvent.number.desc()))
    )


def _names(db: Session) -> dict[str, str]:
    return {row.id: row.name for row in db.execute(select(Person.id, Person.name))}
