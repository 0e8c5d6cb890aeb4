"""One count of answers a part and week in the audit log, in the place of an event for each: so that deletions show.

An event for each answer would date it. A count a week dates nothing, and still tells later that some are gone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.database import inserting
from consult.errors import Conflict
from consult.models import AuditEvent, Response, Strand, StrandCount, StrandKey, StrandState
from consult.sealing.root import AuditKey
from consult.services.auditing import Verb, hold, record
from consult.services.signed.running import SYSTEM

__all__ = ["count_week", "counted_parts", "hold_withdrawn", "missing", "withdrawn"]


def count_week(db: Session, key: AuditKey, strand_id: str, now: datetime) -> bool:
    """Count a part, once for each week that is over; whether it was counted now.

    The count of a week is taken at the first run after it ended, and says how many answers there are and how many
    were taken back since the part opened.
    """
    hold(db)  # another run may count it at this moment
    week, last = _week_before(now), _counts(db, strand_id)[-1:]
    if last and last[0].facts["week"] >= week:
        return False
    facts: dict[str, str | int | None] = {
        "week": week,
        "responses": _responses(db, strand_id),
        "withdrawn": withdrawn(db, strand_id),
    }
    record(db, key, SYSTEM, Verb.RESPONSES_COUNTED, strand_id, now, facts)
    return True


def missing(db: Session) -> list[str]:
    """A sentence for each part in which answers are gone that nobody took back, or destroyed in doubt and on record.

    Check the log's chain before.
    """
    found = []
    for strand_id, name in counted_parts(db).items():
        destroyed = _destroyed(db, strand_id)
        counts = [
            (c.facts["week"], c.facts["responses"], c.facts["withdrawn"] + _until(destroyed, c.number))
            for c in _counts(db, strand_id)
        ]
        now = ("now", _responses(db, strand_id), withdrawn(db, strand_id) + sum(destroyed.values()))
        for (week, before, taken_before), (_, after, taken_after) in pairwise([*counts, now]):
            gone = before - (taken_after - taken_before) - after
            if gone > 0:
                found.append(f"{name}: {gone} answers that were there in week {week} are gone; nobody took them back")
                break
    return found


def withdrawn(db: Session, strand_id: str) -> int:
    """How many have taken their answers back since the part opened; told in whole lots of k, in a release alone."""
    row = db.get(StrandCount, (strand_id, "withdrew"))
    return row.n if row else 0


def hold_withdrawn(db: Session, strand_id: str, counted_with: int | None) -> None:
    """From here on, whoever takes answers back waits until what was counted is stored.

    Raises `Conflict` when somebody has done so since the count. It says that the answers changed, not how: who comes
    and who goes at which moment is nobody's business.
    """
    none = inserting(db, StrandCount).values(strand_id=strand_id, what="withdrew", n=0)
    same = {"n": StrandCount.__table__.c.n}
    db.execute(none.on_conflict_do_update(index_elements=["strand_id", "what"], set_=same))
    if withdrawn(db, strand_id) != (counted_with or 0):
        raise Conflict(
            "The answers changed while they were being counted, so these tables were not kept. "
            "Nothing else is lost: enter your passphrase again to count them anew."
        )


def counted_parts(db: Session) -> dict[str, str]:
    """Id and name of every part that has a key and whose answers were not destroyed."""
    parts = select(Strand.id, Strand.name).join(StrandKey, StrandKey.strand_id == Strand.id)
    rows = db.execute(parts.where(Strand.state != StrandState.DESTROYED).order_by(Strand.id))
    return {row[0]: row[1] for row in rows}


def _counts(db: Session, strand_id: str) -> list[AuditEvent]:
    counts = select(AuditEvent).where(AuditEvent.subject == strand_id, AuditEvent.verb == Verb.RESPONSES_COUNTED)
    return list(db.scalars(counts.order_by(AuditEvent.number)))


def _destroyed(db: Session, strand_id: str) -> dict[int, int]:
    """How many answers of the part were destroyed because they stayed in doubt, by the number of the event."""
    events = db.scalars(select(AuditEvent).where(AuditEvent.verb == Verb.DOUBTED_DESTROYED))
    return {each.number: each.facts["responses"] for each in events if each.facts["strand"] == strand_id}


def _until(destroyed: dict[int, int], number: int) -> int:
    return sum(n for at, n in destroyed.items() if at < number)


def _responses(db: Session, strand_id: str) -> int:
    return db.scalar(select(func.count()).select_from(Response).where(Response.strand_id == strand_id)) or 0


def _week_before(now: datetime) -> str:
    """The ISO week (UTC) that ended last, such as "2030-W09"; as text it sorts in time."""
    year, week, _ = (now - timedelta(days=7)).isocalendar()
    return f"{year}-W{week:02}"
