"""The audit log as leads and approvers read it: who did what to what, newest first, within their scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from consult.models import (
    AuditEvent,
    Consultation,
    EquivalentControl,
    Evidence,
    Incident,
    OpeningRequest,
    Person,
    Release,
    Stop,
    Strand,
    SupportService,
)
from consult.services.actors import Actor, visible_consultations
from consult.services.auditing import Verb
from consult.services.gate.standing import WIDE
from safeguards.record import LinkedTo
from safeguards.terms import Role

__all__ = ["NOT_SHOWN", "Line", "LogPage", "log_page"]

PAGE_LINES = 50
#: When colleagues come and go, and in which language, is nobody's business; that a sign-in was refused is.
NOT_SHOWN = (Verb.SIGNED_IN, Verb.SIGNED_OUT, Verb.LANGUAGE_CHOSEN)
_SEE_ALL = frozenset({Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER})


@dataclass(frozen=True, slots=True)
class Line:
    """One event: `about` is the name of a part, consultation, person or service, "" where there is none to show."""

    number: int
    at: datetime
    who: str
    verb: str
    about: str


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some lines, the newest first; `older` is where the next page begins, None at the end."""

    lines: tuple[Line, ...]
    older: int | None


def log_page(db: Session, actor: Actor, before: int | None = None) -> LogPage:
    """The events before number `before` (the newest without one) that lie within the actor's scope.

    Never those of an allegation about the actor.
    """
    about_them = select(Incident.id).where(Incident.about == LinkedTo.PERSON, Incident.subject == actor.id)
    shown = AuditEvent.verb.not_in(NOT_SHOWN), AuditEvent.subject.not_in(about_them)
    events = select(AuditEvent).where(*shown, _within(db, actor))
    if before is not None:
        events = events.where(AuditEvent.number < before)
    rows = db.scalars(events.order_by(AuditEvent.number.desc()).limit(PAGE_LINES + 1)).all()
    names = _names(db, {row.actor for row in rows} | {row.subject for row in rows})
    lines = tuple(
        Line(row.number, row.at, names.get(row.actor, ""), row.verb, names.get(row.subject, ""))
        for row in rows[:PAGE_LINES]
    )
    return LogPage(lines, lines[-1].number if len(rows) > PAGE_LINES else None)


def _within(db: Session, actor: Actor) -> ColumnElement[bool]:
    """Whoever decides for the organisation sees all but what they are kept out of; others see their consultations."""
    seen = {each.id for each in visible_consultations(db, actor)}
    if not actor.roles & _SEE_ALL:
        return AuditEvent.subject.in_(_subjects_of(db, seen))
    if set(db.scalars(select(Consultation.id))) <= seen:
        return AuditEvent.number > 0
    wide = select(Stop.id).where(Stop.scope.in_(WIDE))
    of_everybody = {each for ids in (select(Person.id), select(SupportService.id), wide) for each in db.scalars(ids)}
    return AuditEvent.subject.in_(_subjects_of(db, seen) | of_everybody)


def _subjects_of(db: Session, consultations: set[str]) -> set[str]:
    """The ids of everything that belongs to these consultations and can be the subject of an event."""
    strands = set(db.scalars(select(Strand.id).where(Strand.consultation_id.in_(consultations))))
    here = consultations | strands
    found = set(here)
    found |= set(db.scalars(select(OpeningRequest.id).where(OpeningRequest.strand_id.in_(strands))))
    found |= set(db.scalars(select(Release.id).where(Release.consultation_id.in_(consultations))))
    found |= set(db.scalars(select(Evidence.id).where(Evidence.subject.in_(here))))
    found |= set(db.scalars(select(EquivalentControl.id).where(EquivalentControl.strand_id.in_(strands))))
    return found | set(db.scalars(select(Stop.id).where(Stop.subject.in_(here))))


def _names(db: Session, ids: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for table, name in (
        (Person, Person.name),
        (Strand, Strand.name),
        (Consultation, Consultation.title),
        (SupportService, SupportService.name),
    ):
        found.update((row[0], row[1]) for row in db.execute(select(table.id, name).where(table.id.in_(ids))))
    return found
