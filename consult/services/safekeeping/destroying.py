"""Certificates of destruction: written in the transaction that destroys, frozen, and their digest in the audit log.

A certificate names the part, the rule, the days and the kinds of rows. It has no answer and no number of answers: a
number of a small part would say something about who took part.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, NotFound
from consult.models import (
    AuditEvent,
    Consultation,
    Destruction,
    Epoch,
    LiveSession,
    Profile,
    ProfileShare,
    Response,
    ResponseShare,
    SessionNote,
    Strand,
    StrandKey,
    StrandSalt,
    StrandShare,
    SuppliedTotals,
)
from consult.services.actors import Actor, visible_consultations
from consult.services.auditing import Verb
from consult.services.safekeeping.backups import KEY_DAYS
from safeguards.policy import Policy
from safeguards.said import said
from safeguards.terms import LIVE_MODES, SPECIALIST

__all__ = ["DESTROYED", "Certificate", "certificate", "certificates", "certify", "sessions_of"]

#: What is destroyed, as the certificate lists it, and how to see that nothing of it is left.
DESTROYED = ("private_key", "halves", "salt", "answers", "answer_shares", "profiles", "profile_shares", "epoch_keys")
#: What goes besides where people met.
_OF_MEETINGS = ("session_notes",)
#: And where a service asked.
_OF_SERVICES = ("supplied_totals",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate as it is read: `intact` says whether it still is what the log has."""

    id: str
    strand_id: str
    part: str
    consultation: str
    destroyed_at: datetime
    rule: str
    days: int
    reported: bool
    counted_from: date
    copies_gone_on: date
    destroyed: tuple[str, ...]
    policy_version: str
    policy_digest: str
    digest: str
    event: int
    intact: bool


def certify(
    db: Session, policy: Policy, strand: Strand, *, counted_from: date, reported: bool, now: datetime
) -> Destruction:
    """Write the certificate of a part that has just been destroyed. Raises `Conflict` when anything of it is left."""
    db.flush()
    left = [name for name, n in _left(db, strand.id).items() if n]
    if left:
        raise Conflict(said("Not everything is gone: %(tables)s. Nothing was destroyed.", tables=", ".join(left)))
    content = {
        "schema": 1,
        "consultation": db.get_one(Consultation, strand.consultation_id).title,
        "part": strand.name,
        "destroyed_at": now.isoformat(),
        "destroyed": [
            *DESTROYED,
            *(_OF_MEETINGS if strand.mode in LIVE_MODES else ()),
            *(_OF_SERVICES if strand.audience in SPECIALIST else ()),
        ],
        "rule": "P-RETAIN-RAW",
        "days": policy.p("P-RETAIN-RAW"),
        "counted_from": counted_from.isoformat(),
        "reported": reported,
        "copies_gone_on": (now.date() + timedelta(days=KEY_DAYS)).isoformat(),
        "policy": {"version": policy.version, "digest": policy.digest},
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    row = Destruction(
        strand_id=strand.id,
        consultation_id=strand.consultation_id,
        content=text,
        digest=_digest(text),
        destroyed_at=now,
    )
    db.add(row)
    db.flush()
    return row


def certificates(db: Session, actor: Actor) -> tuple[Certificate, ...]:
    """Every certificate within the actor's scope, the newest first."""
    seen = [each.id for each in visible_consultations(db, actor)]
    rows = select(Destruction).where(Destruction.consultation_id.in_(seen))
    return tuple(_view(db, row) for row in db.scalars(rows.order_by(Destruction.destroyed_at.desc(), Destruction.id)))


def certificate(db: Session, actor: Actor, destruction_id: str) -> Certificate:
    """One of them. Raises `NotFound` outside the actor's scope."""
    found = next((each for each in certificates(db, actor) if each.id == destruction_id), None)
    if found is None:
        raise NotFound
    return found


def _left(db: Session, strand_id: str) -> dict[str, int]:
    """How many rows of each kind a part still has."""
    answers = select(Response.id).where(Response.strand_id == strand_id)
    profiles = select(Profile.id).where(Profile.strand_id == strand_id)
    kinds = {
        "private_key": select(StrandKey).where(StrandKey.strand_id == strand_id, StrandKey.wrapped_private != b""),
        "halves": select(StrandShare).where(StrandShare.strand_id == strand_id),
        "salt": select(StrandSalt).where(StrandSalt.strand_id == strand_id),
        "answers": answers,
        "answer_shares": select(ResponseShare).where(ResponseShare.response_id.in_(answers)),
        "profiles": profiles,
        "profile_shares": select(ProfileShare).where(ProfileShare.profile_id.in_(profiles)),
        "epoch_keys": select(Epoch).where(Epoch.strand_id == strand_id),
        "session_notes": select(SessionNote).where(SessionNote.session_id.in_(sessions_of(strand_id))),
        "supplied_totals": select(SuppliedTotals).where(SuppliedTotals.strand_id == strand_id),
    }
    return {name: db.scalar(select(func.count()).select_from(rows.subquery())) or 0 for name, rows in kinds.items()}


def sessions_of(strand_id: str) -> Select[Any]:
    """The ids of the sessions that were begun in a part."""
    return select(LiveSession.id).where(LiveSession.strand_id == strand_id)


def _view(db: Session, row: Destruction) -> Certificate:
    content: dict[str, Any] = json.loads(row.content)
    event = db.scalars(
        select(AuditEvent).where(AuditEvent.verb == Verb.KEY_DESTROYED, AuditEvent.subject == row.strand_id)
    ).first()
    noted = event.facts.get("certificate") if event else None
    return Certificate(
        id=row.id,
        strand_id=row.strand_id,
        part=content["part"],
        consultation=content["consultation"],
        destroyed_at=datetime.fromisoformat(content["destroyed_at"]),
        rule=content["rule"],
        days=content["days"],
        reported=content["reported"],
        counted_from=date.fromisoformat(content["counted_from"]),
        copies_gone_on=date.fromisoformat(content["copies_gone_on"]),
        destroyed=tuple(content["destroyed"]),
        policy_version=content["policy"]["version"],
        policy_digest=content["policy"]["digest"],
        digest=row.digest,
        event=event.number if event else 0,
        intact=noted == row.digest == _digest(row.content),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
