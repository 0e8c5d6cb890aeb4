"""Telling people what concerns them: a notice with what happened, in its transaction, and an e-mail without words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consult.database import inserting
from consult.errors import NotFound
from consult.models import (
    Appointment,
    Consultation,
    MailWaiting,
    Notice,
    Person,
    PolicyProposal,
    Recusal,
    Signature,
    Strand,
    StrandStaff,
    StrandState,
)
from consult.models.base import new_id
from consult.services.actors import Actor, visible_consultations
from consult.services.auditing import head
from safeguards.telling import TELLINGS, Matter
from safeguards.terms import Role

__all__ = ["WHILE", "Duties", "NoticeView", "end", "forget_old", "mark_seen", "notices", "put_down", "tell"]

#: What has happened concerns people only while its part is in one of these states.
WHILE: Mapping[Matter, frozenset[StrandState]] = {
    Matter.STOPPED: frozenset({StrandState.STOPPED}),
    Matter.PAUSED: frozenset({StrandState.SUSPENDED}),
    Matter.RUNS_AGAIN: frozenset({StrandState.OPEN}),
    Matter.SESSION_WRONG: frozenset({StrandState.OPEN, StrandState.SUSPENDED, StrandState.STOPPED}),
    Matter.SENT: frozenset({StrandState.GATE_PENDING}),
    Matter.RETURNED: frozenset({StrandState.DRAFT}),
    Matter.DECIDED: frozenset({StrandState.DECIDED, StrandState.FALLEN_BACK, StrandState.REFUSED}),
}
#: Those whose subject is a part and a requirement.
_ABOUT_A_REQUIREMENT = frozenset({Matter.EVIDENCE_ENDS, Matter.CONDITION})


class Duties:
    """Who has which roles where, read once: the same answer as `roles_in`, for everybody."""

    def __init__(self, db: Session) -> None:
        self._people = set(db.scalars(select(Person.id).where(Person.active, Person.identity.is_not(None))))
        rows = db.execute(select(Appointment.person_id, Appointment.role, Appointment.consultation_id)).all()
        self._appointed = {(person, Role(role), where) for person, role, where in rows}
        staff = db.execute(select(StrandStaff.person_id, StrandStaff.role, StrandStaff.strand_id)).all()
        self._on_strand = {(person, Role(role), where) for person, role, where in staff}
        kept_out = select(Recusal.person_id, Recusal.consultation_id).where(Recusal.lifted_at.is_(None))
        self._kept_out = {(person, where) for person, where in db.execute(kept_out)}

    def holders(
        self, roles: Iterable[Role], consultation_id: str | None = None, strand_ids: Iterable[str] = ()
    ) -> frozenset[str]:
        """Everybody with an account and one of these roles there; nobody who is kept out of the consultation."""
        wanted, strands = set(roles), set(strand_ids)
        found = {
            person for person, role, where in self._appointed if role in wanted and where in (None, consultation_id)
        } | {person for person, role, where in self._on_strand if role in wanted and where in strands}
        return self.known(found, consultation_id)

    def known(self, people: Iterable[str], consultation_id: str | None = None) -> frozenset[str]:
        """Those of them who can sign in and are not kept out."""
        found = self._people.intersection(people)
        return frozenset(each for each in found if (each, consultation_id) not in self._kept_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """One notice as its person reads it.

    `decision`: what was signed last, of a part that was decided; `requirement`, `parameter`: its id, where the notice
    is about one.
    """

    id: str
    matter: Matter
    consultation_id: str
    consultation: str
    strand_id: str
    strand: str
    note: str
    decision: str
    requirement: str
    parameter: str
    told_on: date
    due_on: date | None
    overdue: bool


def tell(
    db: Session,
    matter: Matter,
    now: datetime,
    *,
    strand: Strand | None = None,
    beside: Iterable[Strand] = (),
    subject: str = "",
    by: str = "",
) -> None:
    """Tell everybody whom the table names of something that has just happened, but for whoever did it.

    `beside`: other parts whose people are told too. Called in the transaction, and after the event, of what happened.
    """
    where = strand.consultation_id if strand else None
    parts = [each.id for each in (strand, *beside) if each is not None]
    found = Duties(db).holders(TELLINGS[matter].told, where, parts)
    put_down(
        db,
        matter,
        found - {by},
        now,
        subject=subject or (strand.id if strand else ""),
        occasion=str(head(db).number),
        consultation_id=where,
        strand_id=strand.id if strand else None,
    )


def put_down(
    db: Session,
    matter: Matter,
    people: Iterable[str],
    now: datetime,
    *,
    subject: str,
    occasion: str,
    told_on: date | None = None,
    due_on: date | None = None,
    consultation_id: str | None = None,
    strand_id: str | None = None,
) -> int:
    """One notice for each of these people who has none of this occasion yet, and an e-mail; how many notices."""
    made = 0
    for person in sorted(people):
        notice = inserting(db, Notice).values(
            id=new_id(),
            person_id=person,
            matter=matter,
            subject=subject,
            occasion=occasion,
            told_on=told_on or now.date(),
            due_on=due_on,
            consultation_id=consultation_id,
            strand_id=strand_id,
        )
        if db.execute(notice.on_conflict_do_nothing().returning(Notice.id)).first() is not None:
            made += 1
            mail = inserting(db, MailWaiting).values(person_id=person, tries=0, next_try=now)
            db.execute(mail.on_conflict_do_nothing())
    return made


def notices(db: Session, actor: Actor, now: datetime) -> tuple[NoticeView, ...]:
    """What concerns the actor and was not put away: what has a day first, the soonest at the top."""
    seen = {each.id: each for each in visible_consultations(db, actor)}
    rows = db.scalars(
        select(Notice).where(Notice.person_id == actor.id, Notice.seen_on.is_(None), Notice.done_on.is_(None))
    ).all()
    strands = {each.id: each for each in db.scalars(select(Strand).where(Strand.id.in_({r.strand_id for r in rows})))}
    signed = _decisions(db, {row.strand_id for row in rows if row.matter == Matter.DECIDED})
    changed = select(PolicyProposal.id, PolicyProposal.parameter)
    proposed = db.execute(changed.where(PolicyProposal.id.in_({row.subject for row in rows})))
    parameters = {row.id: row.parameter for row in proposed}
    views = [
        _view(row, seen, strands, signed, parameters, now)
        for row in _newest_of_each(rows)
        if (row.consultation_id is None or row.consultation_id in seen) and not _is_over(row, strands)
    ]
    return tuple(sorted(views, key=_urgency))


def mark_seen(db: Session, actor: Actor, notice_ids: Iterable[str], now: datetime) -> None:
    """Put notices of the actor's away, with the earlier reminders of the same matter. Raises `NotFound`."""
    for notice_id in notice_ids:
        row = db.get(Notice, notice_id)
        if row is None or row.person_id != actor.id:
            raise NotFound
        same = select(Notice).where(
            Notice.person_id == actor.id, Notice.matter == row.matter, Notice.subject == row.subject
        )
        for each in db.scalars(same.where(Notice.strand_id == row.strand_id, Notice.seen_on.is_(None))):
            each.seen_on = now.date()
        row.seen_on = now.date()


def end(db: Session, matter: Matter, subject: str, now: datetime) -> None:
    """The matter is over, for everybody who was told of it."""
    told = select(Notice).where(Notice.matter == matter, Notice.subject == subject, Notice.done_on.is_(None))
    for row in db.scalars(told):
        row.done_on = now.date()


def forget_old(db: Session, before: date) -> int:
    """Delete what was put away or is over since before that day; how many."""
    old = (Notice.seen_on < before) | (Notice.done_on < before)
    gone = list(db.scalars(select(Notice.id).where(old)))
    db.execute(delete(Notice).where(Notice.id.in_(gone)))
    return len(gone)


def _is_over(row: Notice, strands: Mapping[str, Strand]) -> bool:
    strand = strands.get(row.strand_id or "")
    return strand is not None and strand.state not in WHILE.get(Matter(row.matter), (strand.state,))


def _newest_of_each(rows: Iterable[Notice]) -> list[Notice]:
    """A later reminder of a matter stands for the earlier ones."""
    newest: dict[tuple[str, str, str | None], Notice] = {}
    for row in sorted(rows, key=lambda each: (each.told_on, each.id)):
        newest[row.matter, row.subject, row.strand_id] = row
    return list(newest.values())


def _urgency(view: NoticeView) -> tuple[object, ...]:
    return (view.due_on is None, view.due_on or date.max, -view.told_on.toordinal(), view.id)


def _decisions(db: Session, strand_ids: Iterable[str | None]) -> dict[str, str]:
    """The newest decision of each part."""
    of_these = select(Signature).where(Signature.strand_id.in_(strand_ids))
    return {each.strand_id: each.decision for each in db.scalars(of_these.order_by(Signature.signed_at))}


def _view(
    row: Notice,
    consultations: dict[str, Consultation],
    strands: dict[str, Strand],
    decisions: Mapping[str, str],
    parameters: Mapping[str, str],
    now: datetime,
) -> NoticeView:
    strand = strands.get(row.strand_id or "")
    held = row.matter in {Matter.PAUSED, Matter.STOPPED, Matter.RETURNED}
    return NoticeView(
        id=row.id,
        matter=Matter(row.matter),
        consultation_id=row.consultation_id or "",
        consultation=consultations[row.consultation_id].title if row.consultation_id else "",
        strand_id=row.strand_id or "",
        strand=strand.name if strand else "",
        note=(strand.state_reason or "") if strand and held else "",
        decision=decisions.get(row.strand_id or "", "") if row.matter == Matter.DECIDED else "",
        requirement=row.subject.rpartition(" ")[2] if row.matter in _ABOUT_A_REQUIREMENT else "",
        parameter=parameters.get(row.subject, ""),
        told_on=row.told_on,
        due_on=row.due_on,
        overdue=row.due_on is not None and row.due_on < now.date(),
    )
