"""The end of keeping: so many days after the report a part's key is destroyed, and its answers with it, for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from consult.errors import Conflict
from consult.models import (
    Consultation,
    Epoch,
    LiveSession,
    OpeningRequest,
    Profile,
    ProfileShare,
    Quarantine,
    Release,
    Response,
    ResponseShare,
    RunningTotals,
    SessionNote,
    Strand,
    StrandKey,
    SuppliedRelease,
)
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, visible_consultations
from consult.services.auditing import Verb, hold, record
from consult.services.keys.keystore import destroy_key
from consult.services.opening.quarantine import destroy_answers
from consult.services.opening.triage import stop_clock
from consult.services.report.suppliedreports import end_totals
from consult.services.safekeeping.destroying import certify, sessions_of
from consult.services.signed.running import SYSTEM
from consult.services.telling import tell
from safeguards.lifecycle import STRAND, Fact, StrandState, may_move, moves_from
from safeguards.policy import Policy
from safeguards.telling import Matter

__all__ = ["Ending", "due_endings", "end_one", "end_retention", "endings"]

_SOURCES = frozenset(
    {state for state in StrandState if any(move.name == "destroy" for move in moves_from(STRAND, state))}
)


@dataclass(frozen=True, slots=True)
class Ending:
    """One part that is over and still has its key: from when on its answers are destroyed."""

    strand_id: str
    name: str
    at: datetime
    reported: bool
    counted_from: date


def endings(db: Session, policy: Policy, actor: Actor | None = None) -> list[Ending]:
    """Every part that is over, in the actor's scope if one asks, the next to be destroyed first.

    That is `P-RETAIN-RAW` days after its newest report; without a report, as long after the day on which people were
    promised an answer.
    """
    keep = timedelta(days=policy.p("P-RETAIN-RAW"))
    newest = func.coalesce(
        select(func.max(Release.made_at)).where(Release.strand_id == Strand.id).scalar_subquery(),
        select(SuppliedRelease.made_at).where(SuppliedRelease.strand_id == Strand.id).scalar_subquery(),
        type_=SuppliedRelease.made_at.type,
    )
    rows = db.execute(
        select(Strand.id, Strand.name, Strand.consultation_id, Consultation.feedback_due, newest.label("reported_at"))
        .join(Consultation, Consultation.id == Strand.consultation_id)
        .join(StrandKey, StrandKey.strand_id == Strand.id)
        .where(Strand.state.in_(_SOURCES))
    )
    seen = None if actor is None else {each.id for each in visible_consultations(db, actor)}
    found = []
    for row in rows:
        if seen is not None and row.consultation_id not in seen:
            continue
        begins = row.reported_at or _end_of(row.feedback_due)
        found.append(Ending(row.id, row.name, begins + keep, row.reported_at is not None, begins.date()))
    return sorted(found, key=lambda ending: (ending.at, ending.strand_id))


def end_retention(db: Session, keys: RootKeys, policy: Policy, now: datetime) -> list[Ending]:
    """Destroy what is due, and return those parts.

    That is the wrapped private key, every half, salt, shares, profiles, answers, epochs, session notes, and totals of a
    service.

    What was released stays. Copies without the key open nothing any more, whoever has which passphrase.
    """
    due = due_endings(db, policy, now)
    for ending in due:
        _destroy(db, keys, policy, db.get_one(Strand, ending.strand_id), ending, now)
    return due


def due_endings(db: Session, policy: Policy, now: datetime) -> list[Ending]:
    """What is due to be destroyed."""
    return [ending for ending in endings(db, policy) if now >= ending.at]


def end_one(db: Session, keys: RootKeys, policy: Policy, strand_id: str, now: datetime) -> bool:
    """The same for one part, if it is still due; whether it was."""
    hold(db)  # a report that is made, or a request that is granted, at this moment is there
    ending = next((each for each in due_endings(db, policy, now) if each.strand_id == strand_id), None)
    if ending is not None:
        _destroy(db, keys, policy, db.get_one(Strand, strand_id), ending, now)
    return ending is not None


def _destroy(db: Session, keys: RootKeys, policy: Policy, strand: Strand, ending: Ending, now: datetime) -> None:
    ruling = may_move(STRAND, StrandState(strand.state), "destroy", None, {Fact.RETENTION_OVER})
    if not ruling:
        raise Conflict(ruling.why)
    destroy_key(db, keys.row_seal, strand.id)
    # a half that was granted lies in a request; without the request's private key nobody gets it out
    requests = update(OpeningRequest).where(OpeningRequest.strand_id == strand.id)
    db.execute(requests.values(wrapped_private=None))
    for row in db.scalars(select(Quarantine).where(Quarantine.strand_id == strand.id, Quarantine.ended_at.is_(None))):
        destroy_answers(db, keys, row, SYSTEM, now)
    answers = select(Response.id).where(Response.strand_id == strand.id)
    db.execute(delete(ResponseShare).where(ResponseShare.response_id.in_(answers)))
    db.execute(delete(Response).where(Response.strand_id == strand.id))
    profiles = select(Profile.id).where(Profile.strand_id == strand.id)
    db.execute(delete(ProfileShare).where(ProfileShare.profile_id.in_(profiles)))
    db.execute(delete(Profile).where(Profile.strand_id == strand.id))
    db.execute(delete(RunningTotals).where(RunningTotals.strand_id == strand.id))
    db.execute(delete(Epoch).where(Epoch.strand_id == strand.id))
    stop_clock(db, strand.id)
    strand.state = StrandState.DESTROYED
    db.flush()  # what was noted in sessions may go from here on, and never before
    db.execute(delete(SessionNote).where(SessionNote.session_id.in_(sessions_of(strand.id))))
    db.execute(delete(LiveSession).where(LiveSession.strand_id == strand.id))
    end_totals(db, strand, policy, now)
    certificate = certify(db, policy, strand, counted_from=ending.counted_from, reported=ending.reported, now=now)
    record(db, keys.audit, SYSTEM, Verb.KEY_DESTROYED, strand.id, now, {"certificate": certificate.digest})
    tell(db, Matter.DESTROYED, now, strand=strand)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)
