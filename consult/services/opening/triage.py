"""The backlog of own words that nobody has read while a strand is open, and its clock.

Nothing here opens anything. What is kept about arrival is one time a strand, to a quarter of a day, of the oldest epoch
that waits; it goes when that is read. When it is older than the policy allows (P-TRIAGE), nobody may begin or send.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ScalarSelect, delete, func, select, update
from sqlalchemy.orm import Session

from consult.database import inserting
from consult.models import (
    Consultation,
    Epoch,
    EpochTriage,
    OpeningMode,
    OpeningRequest,
    Response,
    Strand,
    TriageClock,
)
from consult.services.actors import Actor, visible_consultations
from consult.services.auditing import hold_part
from consult.services.opening.openingrules import may_ask
from consult.services.tables.doubt import epochs_apart
from safeguards.lifecycle import StrandState
from safeguards.policy import Policy

__all__ = [
    "LOT",
    "Backlog",
    "backlogs",
    "claim",
    "claimed",
    "due",
    "enough_waits",
    "hours_between",
    "mark_read",
    "start_clock",
    "stop_clock",
    "waiting_since",
    "wind_clock",
]

_QUARTER_HOURS = 6
#: Between lots no number moves, so that nobody sees one more arrive.
LOT = 10
#: From here on own words are read in another way, or not at all: no clock runs for anybody.
_OVER = frozenset({StrandState.OPENED, StrandState.RELEASED, StrandState.DESTROYED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """A strand whose own words wait. `at_least` responses, in lots: between lots no number moves."""

    consultation_id: str
    consultation: str
    strand_id: str
    strand: str
    at_least: int
    since: datetime
    due: datetime
    overdue: bool
    may_ask: bool


def waiting_since() -> ScalarSelect[datetime]:
    """The clock of the strand of the enclosing query; NULL while nothing waits."""
    return (
        select(TriageClock.waiting_since).where(TriageClock.strand_id == Strand.id).correlate(Strand).scalar_subquery()
    )


def due(since: datetime | None, policy: Policy) -> datetime | None:
    """When the backlog becomes too old (P-TRIAGE); None while nothing waits."""
    return since + timedelta(hours=policy.p("P-TRIAGE", "backlog")) if since else None


def start_clock(db: Session, strand_id: str, now: datetime) -> None:
    """Answers of a new epoch wait from now on; what waits already keeps its time."""
    row = inserting(db, TriageClock).values(strand_id=strand_id, waiting_since=_quarter(now))
    db.execute(row.on_conflict_do_nothing())


def stop_clock(db: Session, strand_id: str) -> None:
    """Nothing waits any more: all of it was read, or is gone."""
    db.execute(delete(TriageClock).where(TriageClock.strand_id == strand_id))


def hours_between(policy: Policy) -> int:
    """After so many hours what waits is read again under one grant, however little it is: half of what it may wait."""
    return policy.p("P-TRIAGE", "backlog") // 2


def enough_waits(db: Session, strand_id: str, policy: Policy, now: datetime) -> bool:
    """Whether a lot waits, or something for long: read more often, answers would be seen to come one by one."""
    if _unread(db, [strand_id]).get(strand_id, 0) >= LOT:
        return True
    since = db.scalar(select(TriageClock.waiting_since).where(TriageClock.strand_id == strand_id))
    return since is not None and now >= since + timedelta(hours=hours_between(policy))


def claim(db: Session, request: OpeningRequest) -> None:
    """Set apart for this request every epoch of its strand that nobody has read.

    None of them takes an answer any more. The strand is held, so that an answer on its way is in before, or goes to
    a new epoch.
    """
    hold_part(db, request.strand_id)
    ours = select(Epoch.id).where(Epoch.strand_id == request.strand_id)
    unread = update(EpochTriage).where(EpochTriage.epoch_id.in_(ours), EpochTriage.read.is_(False))
    db.execute(unread.values(request_id=request.id))
    read_or_apart = Epoch.id.not_in(select(EpochTriage.epoch_id)), Epoch.id.not_in(epochs_apart())
    new = db.scalars(ours.where(*read_or_apart)).all()
    db.add_all(EpochTriage(epoch_id=epoch_id, request_id=request.id, read=False) for epoch_id in new)
    db.flush()


def claimed(db: Session, request_id: str) -> list[bytes]:
    """The epochs that this request reads: new ones, and those that it read before; none that is set apart."""
    mine = select(EpochTriage.epoch_id).where(EpochTriage.request_id == request_id)
    return list(db.scalars(mine.where(EpochTriage.epoch_id.not_in(epochs_apart()))))


def mark_read(db: Session, request: OpeningRequest, now: datetime) -> None:
    """What this request set apart has been read. The clock stops, or begins anew for what came since.

    Where nothing new was set apart, the clock goes on.
    """
    new = EpochTriage.epoch_id.in_(claimed(db, request.id)), EpochTriage.read.is_(False)
    if db.scalars(update(EpochTriage).where(*new).values(read=True).returning(EpochTriage.epoch_id)).all():
        wind_clock(db, request.strand_id, now)


def wind_clock(db: Session, strand_id: str, now: datetime) -> None:
    """Stop the clock, or let it begin anew where something waits: after a reading, and when answers are set apart."""
    stop_clock(db, strand_id)
    if _unread(db, [strand_id]):
        start_clock(db, strand_id, now)


def backlogs(db: Session, actor: Actor, policy: Policy, now: datetime) -> tuple[Backlog, ...]:
    """The strands in the actor's scope whose own words wait, the soonest due first."""
    seen = {each.id: each for each in visible_consultations(db, actor)}
    rows = db.execute(
        select(Strand, TriageClock.waiting_since)
        .join(TriageClock, TriageClock.strand_id == Strand.id)
        .where(Strand.consultation_id.in_(seen), Strand.state.not_in(_OVER))
    ).all()
    waiting = _unread(db, [strand.id for strand, _ in rows])
    views = [
        _view(
            seen[strand.consultation_id],
            strand,
            waiting.get(strand.id, 0) // LOT * LOT,
            since,
            due(since, policy) or now,
            now,
            may_ask=may_ask(db, actor, strand, OpeningMode.TRIAGE),
        )
        for strand, since in rows
    ]
    return tuple(sorted(views, key=lambda each: (each.due, each.strand_id)))


def _view(
    where: Consultation,
    strand: Strand,
    at_least: int,
    since: datetime,
    until: datetime,
    now: datetime,
    *,
    may_ask: bool,
) -> Backlog:
    return Backlog(
        consultation_id=where.id,
        consultation=where.title,
        strand_id=strand.id,
        strand=strand.name,
        at_least=at_least,
        since=since,
        due=until,
        overdue=now >= until,
        may_ask=may_ask,
    )


def _unread(db: Session, strand_ids: Iterable[str]) -> dict[str, int]:
    """How many responses of each strand lie in epochs that nobody has read; strands without one are missing.

    What is set apart waits for two people, not for a reader.
    """
    read = select(EpochTriage.epoch_id).where(EpochTriage.read)
    rows = db.execute(
        select(Response.strand_id, func.count())
        .where(
            Response.strand_id.in_(list(strand_ids)),
            Response.epoch_id.not_in(read),
            Response.epoch_id.not_in(epochs_apart()),
        )
        .group_by(Response.strand_id)
    )
    return {row[0]: row[1] for row in rows}


def _quarter(now: datetime) -> datetime:
    """The beginning of the quarter of the day (UTC) that `now` lies in: no moment of an answer is kept."""
    utc = now.astimezone(UTC)
    return utc.replace(hour=utc.hour // _QUARTER_HOURS * _QUARTER_HOURS, minute=0, second=0, microsecond=0)
