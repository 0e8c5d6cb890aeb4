"""What is owed to children who were not asked: the register of fallbacks, and how a promise is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, NotFound
from consult.models import AuditEvent, Consultation, FallbackDebt, Signature, Strand
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, roles_in, visible_consultations, visible_strand
from consult.services.auditing import Verb, record
from safeguards.fallback import THIRD_IN_A_ROW
from safeguards.terms import Decision, Role

__all__ = ["DebtStatus", "Entry", "keep", "keep_by_opening", "public_register", "register"]


class DebtStatus(StrEnum):
    """How a promise to ask the children themselves stands."""

    WAITS = "waits"
    MISSED = "missed"
    KEPT = "kept"
    KEPT_LATE = "kept_late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One fallback that was signed: why children were not asked, who was, and by when the children will be."""

    strand_id: str
    consultation_id: str
    consultation: str
    name: str
    public_reason: str
    stand_in: str
    signed_on: date
    ask_children_by: date
    kept_on: date | None
    kept_by: str
    status: DebtStatus
    #: so many fallbacks in a row up to this one; from the third on the independent approver signed too
    in_a_row: int
    #: parts that asked the same children since, of which a lead can name one: (id, name)
    could_keep: tuple[tuple[str, str], ...] = ()

    @property
    def third_in_a_row(self) -> bool:
        """Whether the register has to say so."""
        return self.in_a_row > THIRD_IN_A_ROW


def public_register(db: Session, now: datetime) -> tuple[Entry, ...]:
    """Every fallback of the organisation, the newest first: everybody may read it."""
    return tuple(_entry(db, debt, strand, signed, now) for debt, strand, signed in _signed(db))


def register(db: Session, actor: Actor, now: datetime) -> tuple[Entry, ...]:
    """The fallbacks within the actor's scope; for a lead with the parts that could have kept the promise."""
    scope = {each.id for each in visible_consultations(db, actor)}
    return tuple(
        _entry(db, debt, strand, signed, now, _could_keep(db, actor, strand, signed))
        for debt, strand, signed in _signed(db)
        if strand.consultation_id in scope
    )


def keep(db: Session, keys: RootKeys, actor: Actor, strand_id: str, by_id: str, now: datetime) -> None:
    """A lead says which part asked the children themselves. Raises `Conflict` for one that did not."""
    strand = visible_strand(db, actor, strand_id)
    debt = db.get(FallbackDebt, strand.id)
    if debt is None:
        raise NotFound
    if Role.SAFEGUARDING_LEAD not in roles_in(db, actor, strand):
        raise Denied("A safeguarding lead says that the promise is kept.")
    signed = next((row for owed, _, row in _signed(db) if owed.strand_id == strand.id), None)
    if debt.kept_on is not None or signed is None:
        raise Conflict("Nothing is owed here any more.")
    if by_id not in {each for each, _ in _could_keep(db, actor, strand, signed)}:
        raise Conflict("Choose a part that was opened to the same children after this was signed.")
    _keep(db, keys, debt, by_id, _opened_on(db, by_id) or now.date(), actor.id, now)


def keep_by_opening(db: Session, keys: RootKeys, strand: Strand, actor_id: str, now: datetime) -> None:
    """The part that was owed opens to the children themselves: the promise is kept on this day."""
    debt = db.get(FallbackDebt, strand.id)
    if debt is not None and debt.kept_on is None:
        _keep(db, keys, debt, strand.id, now.date(), actor_id, now)


def _keep(db: Session, keys: RootKeys, debt: FallbackDebt, by_id: str, on: date, actor_id: str, now: datetime) -> None:
    debt.kept_by_id, debt.kept_on = by_id, on
    db.flush()
    record(db, keys.audit, actor_id, Verb.DEBT_KEPT, debt.strand_id, now, {"by": by_id})


def _signed(db: Session) -> list[tuple[FallbackDebt, Strand, Signature]]:
    """Debts whose fallback was signed, the newest first; one that was only prepared owes nothing."""
    rows = db.execute(
        select(FallbackDebt, Strand, Signature)
        .join(Strand, Strand.id == FallbackDebt.strand_id)
        .join(Signature, Signature.strand_id == FallbackDebt.strand_id)
        .where(Signature.decision == Decision.FALLBACK)
        .order_by(Signature.signed_at.desc(), Signature.id)
    ).all()
    newest: dict[str, tuple[FallbackDebt, Strand, Signature]] = {}
    for debt, strand, signature in rows:
        newest.setdefault(strand.id, (debt, strand, signature))
    return list(newest.values())


def _entry(
    db: Session,
    debt: FallbackDebt,
    strand: Strand,
    signed: Signature,
    now: datetime,
    could_keep: tuple[tuple[str, str], ...] = (),
) -> Entry:
    stand_in = db.get(Strand, debt.stand_in_id) if debt.stand_in_id else None
    kept_by = db.get(Strand, debt.kept_by_id) if debt.kept_by_id else None
    return Entry(
        strand_id=strand.id,
        consultation_id=strand.consultation_id,
        consultation=db.get_one(Consultation, strand.consultation_id).title,
        name=strand.name,
        public_reason=debt.public_reason,
        stand_in=stand_in.name if stand_in else "",
        signed_on=signed.signed_at.date(),
        ask_children_by=debt.ask_children_by,
        kept_on=debt.kept_on,
        kept_by=kept_by.name if kept_by else "",
        status=_status(debt, now.date()),
        in_a_row=_in_a_row(db, signed),
        could_keep=could_keep if debt.kept_on is None else (),
    )


def _status(debt: FallbackDebt, today: date) -> DebtStatus:
    if debt.kept_on is not None:
        return DebtStatus.KEPT if debt.kept_on <= debt.ask_children_by else DebtStatus.KEPT_LATE
    return DebtStatus.MISSED if today > debt.ask_children_by else DebtStatus.WAITS


def _in_a_row(db: Session, signed: Signature) -> int:
    """How many decisions of the organisation in a row, up to this one, were fallbacks."""
    decisions = db.scalars(
        select(Signature.decision)
        .where(Signature.signed_at <= signed.signed_at)
        .order_by(Signature.signed_at.desc(), Signature.id)
    )
    count = 0
    for decision in decisions:
        if decision != Decision.FALLBACK:
            break
        count += 1
    return count


def _could_keep(db: Session, actor: Actor, strand: Strand, signed: Signature) -> tuple[tuple[str, str], ...]:
    scope = [each.id for each in visible_consultations(db, actor)]
    others = select(Strand).where(
        Strand.consultation_id.in_(scope), Strand.audience == strand.audience, Strand.id != strand.id
    )
    found = []
    for other in db.scalars(others.order_by(Strand.made_at, Strand.id)):
        opened = _opened_on(db, other.id)
        shared = set(other.facts.get("jurisdictions", ())) & set(strand.facts.get("jurisdictions", ()))
        if opened is not None and opened >= signed.signed_at.date() and shared:
            found.append((other.id, other.name))
    return tuple(found)


def _opened_on(db: Session, strand_id: str) -> date | None:
    at = db.scalars(
        select(AuditEvent.at)
        .where(AuditEvent.subject == strand_id, AuditEvent.verb == Verb.STRAND_OPENED)
        .order_by(AuditEvent.number)
    ).first()
    return at.date() if at else None
