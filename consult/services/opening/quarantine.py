"""Answers set apart: what was sent before a cause that casts doubt on it is opened and counted by nobody.

No time is kept with an answer, so nobody can say which were sent after a cause began: all of the strand that are there
when it is found are set apart, epoch by epoch, sealed as they are; so are totals that a service supplied. Two people
decide (`quarantinedesk`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from consult.models import (
    AuditEvent,
    Epoch,
    Evidence,
    KeptText,
    Profile,
    ProfileShare,
    Quarantine,
    QuarantinedEpoch,
    Response,
    ResponseShare,
    RunningTotals,
    Strand,
    StrandState,
    SuppliedTotals,
    TriageClock,
    Verdict,
)
from consult.sealing.root import RootKeys
from consult.services.auditing import Verb, hold_part, record
from consult.services.gate.planning import plan_of
from consult.services.gate.proofs import counts_for
from consult.services.opening.triage import wind_clock
from safeguards.events import happening
from safeguards.lapse import SentAnswers, effect
from safeguards.policy import Policy

__all__ = ["destroy_answers", "doubt_evidence", "set_apart"]


def set_apart(
    db: Session, keys: RootKeys, policy: Policy, strand: Strand, cause: str, why: str, actor_id: str, now: datetime
) -> Quarantine | None:
    """Set apart everything that the strand holds, for a cause; None where it holds nothing, or it is done already.

    The strand is held, so that an answer on its way is in before, or goes to a new epoch.
    """
    hold_part(db, strand.id)
    epochs = db.scalars(select(Epoch.id).where(Epoch.strand_id == strand.id)).all()
    known = exists().where(Quarantine.strand_id == strand.id, Quarantine.cause == cause, Quarantine.ended_at.is_(None))
    holds = epochs or db.get(SuppliedTotals, strand.id) is not None
    if not holds or db.scalar(select(known)):
        return None
    row = Quarantine(
        strand_id=strand.id,
        cause=cause,
        why=why,
        found_at=now,
        decide_by=now + timedelta(days=policy.p("P-QUAR")),
    )
    db.add(row)
    db.flush()
    db.add_all(QuarantinedEpoch(epoch_id=each, quarantine_id=row.id) for each in epochs)
    db.flush()
    if db.get(TriageClock, strand.id) is not None:
        wind_clock(db, strand.id, now)
    record(db, keys.audit, actor_id, Verb.SET_APART, row.id, now, {"strand": strand.id, "cause": cause})
    return row


def destroy_answers(db: Session, keys: RootKeys, row: Quarantine, actor_id: str, now: datetime) -> int:
    """Destroy what a quarantine set apart, profiles, totals and texts kept from it too; how many answers.

    It is on record.
    """
    row.outcome, row.ended_at = Verdict.DESTROY, now
    db.flush()  # until it is decided, the database lets no epoch of it go
    mine = select(QuarantinedEpoch.epoch_id).where(QuarantinedEpoch.quarantine_id == row.id)
    gone = list(db.scalars(mine))
    _end_with(db, row, gone, now)
    answers = select(Response.id).where(Response.epoch_id.in_(gone))
    number = db.scalar(select(func.count()).select_from(answers.subquery())) or 0
    profiles = select(Profile.id).where(Profile.epoch_id.in_(gone))
    db.execute(delete(ResponseShare).where(ResponseShare.response_id.in_(answers)))
    db.execute(delete(Response).where(Response.epoch_id.in_(gone)))
    db.execute(delete(ProfileShare).where(ProfileShare.profile_id.in_(profiles)))
    db.execute(delete(Profile).where(Profile.epoch_id.in_(gone)))
    db.execute(delete(RunningTotals).where(RunningTotals.strand_id == row.strand_id))
    db.execute(delete(Epoch).where(Epoch.id.in_(gone)))
    db.execute(delete(SuppliedTotals).where(SuppliedTotals.strand_id == row.strand_id))
    kept = delete(KeptText).where(KeptText.strand_id == row.strand_id, KeptText.kept_on <= row.found_at.date())
    db.execute(kept)
    facts: dict[str, str | int | None] = {"strand": row.strand_id, "responses": number}
    record(db, keys.audit, actor_id, Verb.DOUBTED_DESTROYED, row.id, now, facts)
    return number


def _end_with(db: Session, row: Quarantine, gone: list[bytes], now: datetime) -> None:
    """Another cause about nothing but the same epochs is over with them; one about more goes on with the rest."""
    others = select(Quarantine).where(
        Quarantine.strand_id == row.strand_id, Quarantine.ended_at.is_(None), Quarantine.id != row.id
    )
    for other in db.scalars(others).all():
        held = select(QuarantinedEpoch.epoch_id).where(QuarantinedEpoch.quarantine_id == other.id)
        if set(db.scalars(held)) <= set(gone):
            other.outcome, other.ended_at = Verdict.DESTROY, now
    db.flush()


def doubt_evidence(
    db: Session, keys: RootKeys, policy: Policy, evidence: Evidence, actor_id: str, now: datetime
) -> list[Quarantine]:
    """Evidence was found to be untrue: set apart what was sent while it counted, also in parts that are over."""
    happened = happening(f"found_false:{evidence.requirement}", policy)
    found = []
    holding = select(Epoch.strand_id).union(select(SuppliedTotals.strand_id))
    with_answers = select(Strand).where(Strand.id.in_(holding)).order_by(Strand.id)
    for strand in db.scalars(with_answers):
        if not _relied(db, strand, evidence):
            continue
        told = effect(happened, plan_of(db, strand).strand, policy, now)
        if told.sent_answers is SentAnswers.QUARANTINED:
            row = set_apart(db, keys, policy, strand, evidence.requirement, happened.why, actor_id, now)
            found += [row] if row else []
    return found


def _relied(db: Session, strand: Strand, evidence: Evidence) -> bool:
    """Whether the strand took answers while this piece of evidence, once checked, could count for it."""
    counts = exists().where(Evidence.id == evidence.id, counts_for(db, strand))
    if evidence.verified_at is None or not db.scalar(select(counts)):
        return False
    opened, closed = _moment(db, strand, Verb.STRAND_OPENED), _moment(db, strand, Verb.STRAND_CLOSED)
    over = strand.state in {StrandState.CLOSED, StrandState.OPENED, StrandState.RELEASED}
    in_time = not over or closed is None or evidence.verified_at <= closed
    return in_time and (evidence.expires is None or opened is None or evidence.expires >= opened)


def _moment(db: Session, strand: Strand, verb: Verb) -> datetime | None:
    """The first opening, or the last close."""
    events = select(AuditEvent.at).where(AuditEvent.subject == strand.id, AuditEvent.verb == verb)
    numbered = AuditEvent.number if verb is Verb.STRAND_OPENED else AuditEvent.number.desc()
    return db.scalars(events.order_by(numbered)).first()
