"""Keeping a named person out of a consultation: for a conflict of interest, or at their own wish.

For whoever is kept out the consultation is not there, and no half of a key is sealed to them: the database refuses it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select, true, update
from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.models import (
    EquivalentControl,
    Incident,
    Person,
    Quarantine,
    Recusal,
    Signature,
    Stop,
    Strand,
    StrandHolder,
    StrandStaff,
)
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, kept_out_of, visible_consultation
from consult.services.auditing import Verb, record
from consult.services.gate.standing import WIDE
from consult.services.holders.leaving import held_alone, leave
from consult.services.people.accounts import confirm
from safeguards.terms import Role

__all__ = ["KeptOut", "can_be_kept_out", "declare", "kept_out", "lift", "may_lift", "may_name_others", "only_holders"]

_NAMING = frozenset(
    {
        Role.SAFEGUARDING_LEAD,
        Role.INDEPENDENT_APPROVER,
        Role.ORGANISATION_MANAGER,
        Role.DATA_PROTECTION_LEAD,
    }
)
_LIFTING = frozenset({Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER})
_MOST_WORDS = 500


@dataclass(frozen=True, slots=True)
class KeptOut:
    """Somebody who is kept out: who said so, why, since when, and whether the person who looks may lift it."""

    id: str
    name: str
    reason: str
    declared_by: str
    declared_at: datetime
    may_lift: Ruling


def declare(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    consultation_id: str,
    person_id: str,
    reason: str,
    passphrase: str,
    now: datetime,
) -> None:
    """Keep somebody out from now on: oneself, or, as lead, approver, manager or data-protection lead, anybody.

    Duties and shares in every part go at once, for good, and so does a word of theirs that waits for a second one.
    Whoever calls asks the gate again about what is open. Raises `Denied` for a wrong passphrase: a sign-in that
    somebody stole is not enough.
    """
    visible_consultation(db, actor, consultation_id)
    person = db.get(Person, person_id)
    if person is None or not person.active:
        raise Invalid({"person": [sentence("Choose somebody from the list.")]})
    if person_id != actor.id:
        may_name_others(actor, consultation_id).demand()
    if not reason.strip():
        raise Invalid({"reason": [sentence("Say why, in a few words. It is kept, and shown to those who stay.")]})
    if person_id in kept_out_of(db, consultation_id):
        raise Conflict(sentence("This person is kept out already."))
    confirm(db, keys, actor, passphrase)
    leave(db, keys, person_id, now, actor.id, within=consultation_id)
    _take_off(db, consultation_id, person_id)
    _unsay(db, consultation_id, person_id)
    db.add(
        Recusal(
            consultation_id=consultation_id,
            person_id=person_id,
            reason=reason.strip()[:_MOST_WORDS],
            declared_by=actor.id,
            declared_at=_not_before_signatures(db, consultation_id, now),
        )
    )
    db.flush()
    record(db, keys.audit, actor.id, Verb.RECUSED, person_id, now, {"in": consultation_id})


def lift(
    db: Session, keys: RootKeys, actor: Actor, consultation_id: str, recusal_id: str, passphrase: str, now: datetime
) -> None:
    """Let somebody in again. Duties do not come back by themselves, nor does a half of a key.

    Raises `Denied` for a wrong passphrase too, as `declare` does.
    """
    visible_consultation(db, actor, consultation_id)
    row = db.get(Recusal, recusal_id)
    if row is None or row.consultation_id != consultation_id or row.lifted_at is not None:
        raise NotFound
    may_lift(actor, row).demand()
    confirm(db, keys, actor, passphrase)
    row.lifted_by, row.lifted_at = actor.id, now
    db.flush()
    record(db, keys.audit, actor.id, Verb.RECUSAL_LIFTED, row.person_id, now, {"in": consultation_id})


def kept_out(db: Session, actor: Actor, consultation_id: str) -> tuple[KeptOut, ...]:
    """Everybody who is kept out of the consultation, by name."""
    rows = db.execute(
        select(Recusal, Person.name)
        .join(Person, Person.id == Recusal.person_id)
        .where(Recusal.consultation_id == consultation_id, Recusal.lifted_at.is_(None))
        .order_by(Person.name, Recusal.id)
    )
    return tuple(
        KeptOut(
            row.id,
            name,
            row.reason,
            db.get_one(Person, row.declared_by).name,
            row.declared_at,
            may_lift(actor, row),
        )
        for row, name in rows
    )


def can_be_kept_out(db: Session, actor: Actor, consultation_id: str) -> list[tuple[str, str]]:
    """(id, name) of everybody whom the actor may keep out: oneself first, then, for some roles, all others."""
    out = kept_out_of(db, consultation_id)
    others: list[tuple[str, str]] = []
    if may_name_others(actor, consultation_id).ok:
        people = db.scalars(select(Person).where(Person.active, Person.id != actor.id).order_by(Person.name, Person.id))
        others = [(person.id, person.name) for person in people if person.id not in out]
    return [(actor.id, actor.name), *others]


def only_holders(
    db: Session, consultation_id: str, people: Iterable[tuple[str, str]]
) -> list[tuple[str, tuple[str, ...]]]:
    """The names of those whose half nobody else of their role holds, with the parts that nobody could open then."""
    found = ((name, held_alone(db, person_id, consultation_id)) for person_id, name in people)
    return [(name, parts) for name, parts in found if parts]


def may_name_others(actor: Actor, consultation_id: str) -> Ruling:
    """Whether the actor may keep out somebody else."""
    if actor.roles_for(consultation_id) & _NAMING:
        return Ruling(ok=True)
    return Ruling(ok=False, why=sentence("You can keep yourself out. For others ask a safeguarding lead."))


def may_lift(actor: Actor, row: Recusal) -> Ruling:
    """Whether the actor may let that person in again: a lead or approver who is not that person."""
    if actor.id == row.person_id:
        return Ruling(ok=False, why=sentence("Nobody lets themselves in again."))
    if not actor.roles_for(row.consultation_id) & _LIFTING:
        return Ruling(ok=False, why=sentence("A safeguarding lead or the independent approver lets people in again."))
    return Ruling(ok=True)


def _not_before_signatures(db: Session, consultation_id: str, now: datetime) -> datetime:
    """Whatever the clock says: a signature that is there was given before, and not in the knowledge of this."""
    newest = select(func.max(Signature.signed_at)).join(Strand, Strand.id == Signature.strand_id)
    return max(now, db.scalar(newest.where(Strand.consultation_id == consultation_id)) or now)


def _take_off(db: Session, consultation_id: str, person_id: str) -> None:
    parts = select(Strand.id).where(Strand.consultation_id == consultation_id)
    for table in (StrandHolder, StrandStaff):
        db.execute(delete(table).where(table.person_id == person_id, table.strand_id.in_(parts)))


def _unsay(db: Session, consultation_id: str, person_id: str) -> None:
    """Half of what two people say counts no more, so that a second word does not complete it: another gives it anew.

    An allegation is of no consultation, nor is the stop of a platform or a place: their half of the end of any counts
    no more.
    """
    stops = or_(Stop.scope.in_(WIDE), Stop.subject == consultation_id)
    parts = select(Strand.id).where(Strand.consultation_id == consultation_id)
    for table, half, both, here in (
        (Stop, ("lifted_by_lead",), Stop.lifted_at, stops),
        (Stop, ("lifted_by_approver",), Stop.lifted_at, stops),
        (Incident, ("resolved_by_lead",), Incident.resolved_at, true()),
        (Incident, ("resolved_by_approver",), Incident.resolved_at, true()),
        (EquivalentControl, ("lead_id",), EquivalentControl.accepted_at, EquivalentControl.strand_id.in_(parts)),
        (EquivalentControl, ("approver_id",), EquivalentControl.accepted_at, EquivalentControl.strand_id.in_(parts)),
        (Quarantine, ("lead_id", "lead_says"), Quarantine.ended_at, Quarantine.strand_id.in_(parts)),
        (Quarantine, ("approver_id", "approver_says"), Quarantine.ended_at, Quarantine.strand_id.in_(parts)),
    ):
        theirs = getattr(table, half[0]) == person_id
        db.execute(update(table).where(theirs, both.is_(None), here).values(dict.fromkeys(half)))
