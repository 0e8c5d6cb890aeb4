"""Roles given and ended: for the whole organisation by an administrator, for one consultation by its manager.

Nobody changes their own. A role that opens something takes a key that is confirmed for it anew, so whoever gives roles
gets none of them to a key alone; a role that ends takes the shares that were held in it, as when somebody leaves, and
the duties in plans.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, NotFound, sentence
from consult.models import Appointment, Consultation, InclusionShare, Person, Strand, StrandHolder
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, actor_of, kept_out_of, visible_consultation
from consult.services.auditing import Verb, record
from consult.services.holders.leaving import leave
from consult.services.people.accounts import confirm
from consult.services.people.identities import HOLDER_ROLES
from consult.services.people.onboarding import roles_apart
from consult.services.setup.teams import HOLDER_NEEDS, end_duties
from consult.services.signed.running import PEOPLE_INSIDE, reconsider
from safeguards.policy import Policy
from safeguards.terms import Role

__all__ = ["FOR_ONE", "Appointed", "appoint", "appointed", "dismiss", "set_roles"]

#: What somebody can be in one consultation only: whoever delivers it or decides on it. Keys and accounts are for all.
FOR_ONE = frozenset(
    {
        *(Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.MODERATOR, Role.INTERPRETER, Role.SUPPORT_PRACTITIONER),
        *(Role.TRANSLATION_LEAD, Role.DECISION_MAKER),
    }
)
_OUTSIDE = frozenset({Role.LEGAL_EXPERT, Role.ETHICS_BOARD, Role.SERVICE_SIGNATORY, Role.SUPPORT_WORKER})
_NOT_ONESELF = sentence("Nobody changes their own roles. Ask another administrator.")
_PARTNER = sentence("This person is a partner of a consultation. A partner is nothing else here.")
_HOLDS = sentence(
    "This person holds a half of a key, which was confirmed for the role they have. Let somebody else take this role, "
    "or end the other one first."
)


@dataclass(frozen=True, slots=True)
class Appointed:
    """Somebody's role in one consultation."""

    id: str
    person_id: str
    name: str
    role: Role


def set_roles(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    person_id: str,
    roles: Iterable[Role],
    passphrase: str,
    now: datetime,
) -> None:
    """What somebody is for the whole organisation from now on. Open parts that relied on it are looked at again.

    Raises `Denied` for anybody but another administrator and for a wrong passphrase, `Invalid` for roles that must not
    meet, and for a role with a key to somebody who holds halves.
    """
    if not actor.has(Role.ADMINISTRATOR):
        raise Denied("Only an administrator changes roles.")
    person, wanted = _other(db, actor, person_id), set(roles)
    confirm(db, keys, actor, passphrase)
    if not wanted or wanted & _OUTSIDE:
        raise Invalid({"roles": [sentence("Choose at least one role.")]})
    _no_partner(person, "roles")
    before = {Role(each.role) for each in person.appointments if each.consultation_id is None}
    elsewhere = {Role(each.role) for each in person.appointments if each.consultation_id is not None}
    if roles_apart(wanted | elsewhere):
        raise Invalid({"roles": [roles_apart(wanted | elsewhere)]})
    _confirmed_anew(db, person, (wanted - before) & HOLDER_ROLES)
    ended = before - wanted
    for each in [row for row in person.appointments if row.consultation_id is None and Role(row.role) in ended]:
        person.appointments.remove(each)
        db.delete(each)
    db.flush()  # what must not meet in one person does not meet while it changes either
    person.appointments.extend(Appointment(role=role) for role in sorted(wanted - before))
    db.flush()
    for role in sorted(wanted - before):
        record(db, keys.audit, actor.id, Verb.PERSON_APPOINTED, person.id, now, {"role": role})
    for role in sorted(ended):
        end_duties(db, person, role)
        record(db, keys.audit, actor.id, Verb.PERSON_DISMISSED, person.id, now, {"role": role})
    _end(db, keys, policy, actor, person, wanted, now)


def appoint(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    consultation_id: str,
    person_id: str,
    role: Role,
    passphrase: str,
    now: datetime,
) -> None:
    """Give somebody a role in one consultation. Raises as `set_roles` does; `NotFound` outside the actor's scope."""
    _may_appoint(db, actor, consultation_id)
    person = _other(db, actor, person_id)
    confirm(db, keys, actor, passphrase)
    _no_partner(person, "person")
    here = {Role(each.role) for each in person.appointments if each.consultation_id in (None, consultation_id)}
    if role not in FOR_ONE or person_id in kept_out_of(db, consultation_id):
        raise Invalid(
            {"person": [sentence("Choose a role of this consultation, and somebody who is not kept out of it.")]}
        )
    if roles_apart({*here, role}):
        raise Invalid({"role": [roles_apart({*here, role})]})
    if any(each.consultation_id == consultation_id and each.role == role for each in person.appointments):
        raise Conflict("This person has that role here already.")
    person.appointments.append(Appointment(role=role, consultation_id=consultation_id))
    db.flush()
    record(db, keys.audit, actor.id, Verb.PERSON_APPOINTED, person_id, now, {"role": role, "in": consultation_id})


def dismiss(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    consultation_id: str,
    appointment_id: str,
    now: datetime,
) -> None:
    """End somebody's role in one consultation. Open parts are looked at again. Raises `NotFound`, `Denied`."""
    _may_appoint(db, actor, consultation_id)
    row = db.get(Appointment, appointment_id)
    if row is None or row.consultation_id != consultation_id:
        raise NotFound
    person, role = _other(db, actor, row.person_id), row.role
    person.appointments.remove(row)
    db.delete(row)
    db.flush()
    end_duties(db, person, Role(role), consultation_id)
    record(db, keys.audit, actor.id, Verb.PERSON_DISMISSED, person.id, now, {"role": role, "in": consultation_id})
    reconsider(db, keys, policy, db.scalars(select(Strand).where(PEOPLE_INSIDE)).all(), now, actor.id)


def appointed(db: Session, actor: Actor, consultation_id: str) -> tuple[Appointed, ...]:
    """Who has a role in this consultation alone, by name. Raises `NotFound` outside the actor's scope."""
    visible_consultation(db, actor, consultation_id)
    rows = db.execute(
        select(Appointment, Person.name)
        .join(Person, Person.id == Appointment.person_id)
        .where(Appointment.consultation_id == consultation_id, Person.active)
        .order_by(Person.name, Appointment.role)
    )
    return tuple(Appointed(row.id, row.person_id, name, Role(row.role)) for row, name in rows)


def _may_appoint(db: Session, actor: Actor, consultation_id: str) -> Consultation:
    consultation = visible_consultation(db, actor, consultation_id)
    if not actor.has(Role.ORGANISATION_MANAGER):
        raise Denied("Only the organisation manager appoints people to a consultation.")
    return consultation


def _other(db: Session, actor: Actor, person_id: str) -> Person:
    person = db.get(Person, person_id)
    if person is None or not person.active:
        raise NotFound
    if person_id == actor.id:
        raise Denied(_NOT_ONESELF)
    return person


def _no_partner(person: Person, field: str) -> None:
    if actor_of(person).partner_in:
        raise Invalid({field: [_PARTNER]})


def _confirmed_anew(db: Session, person: Person, gained: set[Role]) -> None:
    """Whoever confirmed the key answered for the person in the roles of then; for another one it is done again."""
    if not gained or person.confirmed_by is None:
        return
    shares = (StrandHolder, InclusionShare)
    if any(db.scalars(select(each.person_id).where(each.person_id == person.id).limit(1)).first() for each in shares):
        raise Invalid({"roles": [_HOLDS]})
    person.confirmed_by = person.confirmed_at = person.confirmation_seal = None


def _end(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, person: Person, wanted: set[Role], now: datetime
) -> None:
    """Halves that were held in a role that has ended go at once, and open parts are looked at again."""
    for role, needed in HOLDER_NEEDS.items():
        held = select(StrandHolder.strand_id).where(StrandHolder.person_id == person.id, StrandHolder.role == role)
        if not needed & wanted and db.scalars(held.limit(1)).first():
            leave(db, keys, person.id, now, actor.id)
            # nor is one sealed to them where a part is not signed yet
            db.execute(delete(StrandHolder).where(StrandHolder.person_id == person.id, StrandHolder.role == role))
    reconsider(db, keys, policy, db.scalars(select(Strand).where(PEOPLE_INSIDE)).all(), now, actor.id)
