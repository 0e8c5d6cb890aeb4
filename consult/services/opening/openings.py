"""Opening requests as the two roles see them: what waits, for whom, and what each may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import NotFound
from consult.models import Consultation, HolderRole, OpeningMode, OpeningRequest, Person, Strand, StrandHolder
from consult.services.actors import Actor
from consult.services.opening.openingrules import USED_ONCE, grant_stands, may_ask

__all__ = ["Askable", "RequestStatus", "RequestView", "askable", "opening", "openings"]


class RequestStatus(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"
    USED = "used"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """One request. What may be done is for whoever looks: `may_make` tables, `may_read` own words, `may_triage`."""

    id: str
    consultation_id: str
    consultation: str
    strand_id: str
    strand: str
    reason: str
    mode: str
    requested_by: str
    requested_at: datetime
    ends_at: datetime
    granted_by: str
    granted_at: datetime | None
    status: RequestStatus
    mine: bool
    may_grant: bool
    may_refuse: bool
    may_make: bool
    may_read: bool
    may_redraw: bool
    may_triage: bool


@dataclass(frozen=True, slots=True)
class Askable:
    """A part that this person may ask to open, and in which mode."""

    consultation_id: str
    consultation: str
    strand_id: str
    strand: str
    mode: OpeningMode


def openings(db: Session, actor: Actor, now: datetime) -> tuple[RequestView, ...]:
    """Requests for parts of whose key this person holds a half: what waits first, then the newest."""
    rows = db.scalars(
        select(OpeningRequest)
        .join(StrandHolder, StrandHolder.strand_id == OpeningRequest.strand_id)
        .where(StrandHolder.person_id == actor.id)
        .order_by(OpeningRequest.requested_at.desc(), OpeningRequest.id)
    )
    order = tuple(RequestStatus)
    return tuple(sorted((_view(db, actor, row, now) for row in rows), key=lambda view: order.index(view.status)))


def opening(db: Session, actor: Actor, request_id: str, now: datetime) -> RequestView:
    """One request. Raises `NotFound` for whoever holds no half of that part's key."""
    row = db.get(OpeningRequest, request_id)
    if row is None or _half(db, actor, row.strand_id) is None:
        raise NotFound
    return _view(db, actor, row, now)


def askable(db: Session, actor: Actor, now: datetime) -> tuple[Askable, ...]:
    """What this person may ask for and has not asked for yet: parts, in each mode."""
    held = db.scalars(
        select(Strand)
        .join(StrandHolder, StrandHolder.strand_id == Strand.id)
        .where(StrandHolder.person_id == actor.id, StrandHolder.role == HolderRole.REVIEWER)
        .order_by(Strand.made_at, Strand.id)
    )
    asked = {(view.strand_id, view.mode) for view in openings(db, actor, now) if view.mine and view.status in _LIVE}
    return tuple(
        Askable(each.consultation_id, db.get_one(Consultation, each.consultation_id).title, each.id, each.name, mode)
        for each in held
        for mode in OpeningMode
        if mode is not OpeningMode.REWRAP  # asked for on the page of the key
        and (each.id, mode) not in asked
        and may_ask(db, actor, each, mode)
    )


_LIVE = frozenset({RequestStatus.WAITING, RequestStatus.GRANTED})


def _half(db: Session, actor: Actor, strand_id: str) -> HolderRole | None:
    held = db.get(StrandHolder, (strand_id, actor.id))
    return HolderRole(held.role) if held else None


def _status(db: Session, row: OpeningRequest, now: datetime) -> RequestStatus:
    if row.used_at is not None and row.mode in USED_ONCE:
        return RequestStatus.USED
    if row.refused_by is not None:
        return RequestStatus.REFUSED
    if now >= row.ends_at or (row.granted_by and not grant_stands(db, row)):
        return RequestStatus.OVER
    return RequestStatus.GRANTED if row.granted_by else RequestStatus.WAITING


def _view(db: Session, actor: Actor, row: OpeningRequest, now: datetime) -> RequestView:
    strand = db.get_one(Strand, row.strand_id)
    status, leads = _status(db, row, now), _half(db, actor, row.strand_id) is HolderRole.LEAD
    mine = row.requested_by == actor.id
    return RequestView(
        id=row.id,
        consultation_id=strand.consultation_id,
        consultation=db.get_one(Consultation, strand.consultation_id).title,
        strand_id=strand.id,
        strand=strand.name,
        reason=row.reason,
        mode=row.mode,
        requested_by=db.get_one(Person, row.requested_by).name,
        requested_at=row.requested_at,
        ends_at=row.ends_at,
        granted_by=db.get_one(Person, row.granted_by).name if row.granted_by else "",
        granted_at=row.granted_at,
        status=status,
        mine=mine,
        may_grant=leads and not mine and status is RequestStatus.WAITING,
        may_refuse=leads and status in _LIVE,
        may_make=mine and status is RequestStatus.GRANTED and row.mode == OpeningMode.TABLES,
        may_read=mine and status is RequestStatus.GRANTED and row.mode == OpeningMode.READ,
        may_redraw=mine and status is RequestStatus.GRANTED and row.mode == OpeningMode.REWRAP,
        may_triage=mine and status is RequestStatus.GRANTED and row.mode == OpeningMode.TRIAGE,
    )
