"""Allegations and serious incidents about an adult, a partner, place or platform: what relies on it stays shut (D2).

One lead or independent approver logs it: whatever is open and relies on it pauses at once, and what was sent there is
set apart. It ends when a lead and the independent approver have both said that nothing stands against it any more, and
whoever can still say so is told. Whom it is about sees nothing of it and says nothing about it. Kept is what kind,
about whom or what, and since when.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, NotFound, sentence
from consult.models import Incident, Partner, Person, Strand, StrandHolder, StrandService, StrandState, SupportService
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, actor_of, barred_from, roles_in_each, visible_consultations
from consult.services.auditing import Verb, head, hold, record
from consult.services.gate.planning import team_of
from consult.services.people.accounts import confirm
from consult.services.signed.running import PEOPLE_INSIDE, reconsider
from consult.services.telling import end, put_down
from safeguards.halts import used
from safeguards.names import known_as
from safeguards.policy import Policy
from safeguards.record import IncidentKind, LinkedTo
from safeguards.telling import Matter
from safeguards.terms import Role

__all__ = [
    "Allegation",
    "Part",
    "Subject",
    "allegation",
    "allegations",
    "log",
    "say_nothing_stands",
    "subjects",
    "waiting_for_yes",
]

_DECIDING = (Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER)
_NAMES = {LinkedTo.PERSON: (Person.name,), LinkedTo.PARTNER: (SupportService.name, Partner.organisation)}
_OVER = frozenset({StrandState.OPENED, StrandState.RELEASED, StrandState.DESTROYED})


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Whom or what it is about: an id of a person or service, or the name of a partner, place or platform."""

    about: LinkedTo
    name: str
    id: str

    @property
    def code(self) -> str:
        """As a form sends it."""
        return f"{self.about}/{self.id}"


@dataclass(frozen=True, slots=True)
class Part:
    """A part that relies on it and is not over."""

    consultation_id: str
    strand_id: str
    name: str
    state: StrandState


@dataclass(frozen=True, slots=True, kw_only=True)
class Allegation:
    """One of them; `mine` is the role in which the person who looks can still say yes to its end."""

    id: str
    kind: IncidentKind
    subject: Subject
    opened_by: str
    opened_at: datetime
    parts: tuple[Part, ...]
    yes_of_lead: str
    yes_of_approver: str
    resolved_at: datetime | None
    mine: Role | None


@dataclass(frozen=True, slots=True)
class _Reach:
    """The parts where the actor decides, each with what it relies on; `everywhere` for the whole organisation.

    `shut`: what parts rely on that the actor is kept out of, and that are not over.
    """

    everywhere: frozenset[Role]
    parts: tuple[tuple[Strand, frozenset[Role], Mapping[LinkedTo, set[str]]], ...]
    shut: tuple[Mapping[LinkedTo, set[str]], ...]

    def using(self, about: LinkedTo, subject: str) -> Iterator[tuple[Strand, frozenset[Role]]]:
        return ((strand, roles) for strand, roles, uses in self.parts if _relies_on(uses, about, subject))

    def roles_over(self, about: LinkedTo, subject: str) -> frozenset[Role]:
        return self.everywhere.union(*(roles for _, roles in self.using(about, subject)))

    def has_conflict(self, about: LinkedTo, subject: str) -> bool:
        return any(_relies_on(uses, about, subject) for uses in self.shut)


def subjects(db: Session, actor: Actor) -> tuple[Subject, ...]:
    """Whom and what the actor can log one about, never the actor. Raises `Denied` for whoever decides nowhere."""
    reach = _reach(db, actor)
    named = {(about, each) for _, _, uses in reach.parts for about, ids in uses.items() for each in ids}
    if reach.everywhere:
        named |= {(LinkedTo.PERSON, each) for each in db.scalars(select(Person.id).where(Person.active))}
        named |= {(LinkedTo.PARTNER, each) for each in db.scalars(select(SupportService.id))}
        named |= {(LinkedTo.PARTNER, each) for each in db.scalars(select(Partner.id).where(Partner.ended_at.is_(None)))}
    named -= {(LinkedTo.PERSON, actor.id)}
    each_once = {(about, known_as(each)): each for about, each in sorted(named)}
    return tuple(sorted(_subject(db, about, each) for (about, _), each in each_once.items()))


def log(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    kind: IncidentKind,
    code: str,
    passphrase: str,
    now: datetime,
) -> Incident:
    """From now on nothing that relies on it opens; what is open pauses. `code` is a `Subject`'s.

    Raises `Denied` for the wrong role or passphrase, `Invalid` for an unknown subject, `Conflict` for one that is open.
    """
    found = next((each for each in subjects(db, actor) if each.code == code), None)
    if found is None or kind is IncidentKind.OTHER:
        raise Invalid({"about": [sentence("Choose whom or what it is about.")]})
    confirm(db, keys, actor, passphrase)
    open_ones = select(Incident.subject).where(Incident.resolved_at.is_(None), Incident.kind == kind)
    if known_as(found.id) in map(known_as, db.scalars(open_ones.where(Incident.about == found.about))):
        raise Conflict(sentence("This is logged already, and not ended."))
    row = Incident(kind=kind, about=found.about, subject=found.id, opened_by=actor.id, opened_at=now)
    db.add(row)
    db.flush()
    record(db, keys.audit, actor.id, Verb.INCIDENT_OPENED, row.id, now, {"kind": kind, "about": found.about})
    reconsider(db, keys, policy, db.scalars(select(Strand).where(PEOPLE_INSIDE)).all(), now, actor.id)
    _tell(db, row, now, by=actor.id)
    return row


def allegations(db: Session, actor: Actor) -> tuple[Allegation, ...]:
    """Those within the actor's reach, never one about the actor; open ones first, the newest at the top."""
    reach = _reach(db, actor)
    rows = db.scalars(select(Incident).order_by(Incident.opened_at.desc(), Incident.id))
    found = [_view(db, actor, reach, row) for row in rows if _sees(actor, reach, row)]
    return tuple(sorted(found, key=lambda each: each.resolved_at is not None))


def waiting_for_yes(db: Session, actor: Actor) -> tuple[str, ...]:
    """Ids of the open ones that the actor's yes can still end, never of one about the actor."""
    rows = db.scalars(select(Incident).where(Incident.resolved_at.is_(None)).order_by(Incident.opened_at)).all()
    if not rows:
        return ()
    reach = _reach(db, actor)
    return tuple(row.id for row in rows if _sees(actor, reach, row) and _mine(actor, reach, row) is not None)


def allegation(db: Session, actor: Actor, allegation_id: str) -> Allegation:
    """One of them. Raises `NotFound` outside the actor's reach, and for whom it is about."""
    row, reach = _row(db, actor, allegation_id)
    return _view(db, actor, reach, row)


def say_nothing_stands(
    db: Session, keys: RootKeys, actor: Actor, allegation_id: str, passphrase: str, now: datetime
) -> Incident:
    """One of two yeses; with the second it is ended. That opens nothing: each part that paused is signed for again.

    Raises `NotFound`, `Denied` for a second yes of one person or role or a wrong passphrase, `Conflict` once ended.
    """
    hold(db)  # another yes, or being kept out, at the same moment: it is there before this one is asked for
    row, reach = _row(db, actor, allegation_id)
    if row.resolved_at is not None:
        raise Conflict(sentence("This has ended already."))
    role = _mine(actor, reach, row)
    if role is None:
        raise Denied(sentence("A safeguarding lead and the independent approver end it: two people, one yes each."))
    confirm(db, keys, actor, passphrase)
    if role is Role.SAFEGUARDING_LEAD:
        row.resolved_by_lead = actor.id
    else:
        row.resolved_by_approver = actor.id
    if row.resolved_by_lead and row.resolved_by_approver:
        row.resolved_at = now
    db.flush()
    record(db, keys.audit, actor.id, Verb.INCIDENT_RESOLVED, row.id, now, {"as": role})
    end(db, Matter.ALLEGATION, row.id, now)
    _tell(db, row, now, by=actor.id)
    return row


def _tell(db: Session, row: Incident, now: datetime, *, by: str) -> None:
    """Everybody whose yes can still end it, but for whoever did something just now."""
    people = db.scalars(select(Person).where(Person.active, Person.identity.is_not(None)))
    found = {each.id for each in people if row.id in waiting_for_yes(db, actor_of(each))}
    put_down(db, Matter.ALLEGATION, found - {by}, now, subject=row.id, occasion=str(head(db).number))


def _reach(db: Session, actor: Actor) -> _Reach:
    scope = [each.id for each in visible_consultations(db, actor)]
    rows = db.scalars(select(Strand).where(Strand.consultation_id.in_(scope)).order_by(Strand.made_at, Strand.id)).all()
    held = roles_in_each(db, actor, rows)
    deciding = frozenset(_DECIDING)
    parts = [
        (strand, held[strand.id] & deciding, _uses(db, strand))
        for strand in sorted(rows, key=lambda each: scope.index(each.consultation_id))
        if held[strand.id] & deciding
    ]
    out = select(Strand).where(Strand.consultation_id.in_(barred_from(actor)), Strand.state.not_in(_OVER))
    shut = tuple(_uses(db, strand) for strand in db.scalars(out))
    return _Reach(actor.roles & frozenset(_DECIDING), tuple(parts), shut)


def _uses(db: Session, strand: Strand) -> Mapping[LinkedTo, set[str]]:
    """Whom and what the strand relies on: what the gate looks at (`safeguards.halts.used`)."""
    try:
        found = used(team_of(db, strand))
    except Invalid:  # a draft whose facts can not be read yet opens nothing
        return {about: set() for about in LinkedTo}
    holders = select(StrandHolder.person_id).where(StrandHolder.strand_id == strand.id)
    services = select(StrandService.service_id).where(StrandService.strand_id == strand.id)
    found[LinkedTo.PERSON] |= set(db.scalars(holders))
    found[LinkedTo.PARTNER] |= set(db.scalars(services))
    return found


def _relies_on(uses: Mapping[LinkedTo, set[str]], about: LinkedTo, subject: str) -> bool:
    return known_as(subject) in map(known_as, uses[about])


def _sees(actor: Actor, reach: _Reach, row: Incident) -> bool:
    about = LinkedTo(row.about)
    if (about, row.subject) == (LinkedTo.PERSON, actor.id):
        return False
    return row.opened_by == actor.id or bool(reach.roles_over(about, row.subject))


def _row(db: Session, actor: Actor, allegation_id: str) -> tuple[Incident, _Reach]:
    row, reach = db.get(Incident, allegation_id), _reach(db, actor)
    if row is None or not _sees(actor, reach, row):
        raise NotFound
    return row, reach


def _mine(actor: Actor, reach: _Reach, row: Incident) -> Role | None:
    """The role in which the actor can still say yes: none for whoever is kept out of a part that relies on it."""
    given = {Role.SAFEGUARDING_LEAD: row.resolved_by_lead, Role.INDEPENDENT_APPROVER: row.resolved_by_approver}
    about = LinkedTo(row.about)
    if row.resolved_at is not None or actor.id in given.values() or reach.has_conflict(about, row.subject):
        return None
    roles = reach.roles_over(about, row.subject)
    return next((role for role in _DECIDING if role in roles and given[role] is None), None)


def _subject(db: Session, about: LinkedTo, subject: str) -> Subject:
    names = (db.scalar(select(each).where(each.class_.id == subject)) for each in _NAMES.get(about, ()))
    return Subject(about, next(filter(None, names), subject), subject)


def _view(db: Session, actor: Actor, reach: _Reach, row: Incident) -> Allegation:
    about = LinkedTo(row.about)
    return Allegation(
        id=row.id,
        kind=IncidentKind(row.kind),
        subject=_subject(db, about, row.subject),
        opened_by=_name(db, row.opened_by),
        opened_at=row.opened_at,
        parts=tuple(
            Part(strand.consultation_id, strand.id, strand.name, StrandState(strand.state))
            for strand, _ in reach.using(about, row.subject)
            if strand.state not in _OVER
        ),
        yes_of_lead=_name(db, row.resolved_by_lead),
        yes_of_approver=_name(db, row.resolved_by_approver),
        resolved_at=row.resolved_at,
        mine=_mine(actor, reach, row),
    )


def _name(db: Session, person_id: str | None) -> str:
    return db.get_one(Person, person_id).name if person_id else ""
