"""A year of an organisation, replayed: every lapse, reminder, debt, deletion and promise falls on its day and place.

Three parts lie in places that move their clocks in opposite directions, and one that never does. The site's jobs run in
their order at noon UTC, when every place has the date of that day, on each day on which something falls and on the day
before it: what came on any other day would be a line too many on the next of these. What was put down, paused and
destroyed is compared, line by line, with a calendar that was worked out by hand: calls of 6 January, 23:30 UTC, last
30 days, as do the program's own checks of 7 January; answers go 90 days after the report, or after the promised answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.demo.setup import Stage
from consult.jobs import JOBS
from consult.models import (
    AdjustmentRequest,
    Complaint,
    ComplaintCopy,
    ContactTest,
    Destruction,
    Notice,
    OpeningRequest,
    Strand,
    StrandSalt,
)
from consult.services.evidence import adjustments
from consult.services.policyinforce import in_force
from consult.services.signed import running
from safeguards.terms import Decision
from tests import factories, releases
from tests.scenario import open_part, sent_on_sqlite, sign, stage_on_sqlite

__all__ = ["sent_on_sqlite", "stage_on_sqlite"]

#: part → the time zone of its place: Berlin moves on 31 March, Santiago back on 7 April, Nairobi never.
PLACES = {"children": "Europe/Berlin", "adult_survivors": "America/Santiago", "young_adults": "Africa/Nairobi"}
NAMES = {"children": "Berlin", "adult_survivors": "Santiago", "young_adults": "Nairobi", "child_survivors": "debt"}
FIRST, LAST = date(2030, 1, 8), date(2031, 1, 7)
#: Contact tests were made at 23:30 UTC: another day east of Greenwich.
TESTED = datetime(2030, 1, 6, 23, 30, tzinfo=UTC)
#: Reports were made so that 90 days later midnight lies elsewhere than it did: one hour further east, or west.
REPORTED = {
    "children": datetime(2030, 3, 1, 22, 30, tzinfo=UTC),
    "adult_survivors": datetime(2030, 3, 1, 3, 30, tzinfo=UTC),
}
CLOSED, COMPLAINED = date(2030, 2, 10), date(2030, 6, 1)
_QUICK = [name for name in JOBS if name not in {"rewrite", "settle"}]

CALENDAR = """
2030-01-08 Berlin evidence_ends SAF-12, 30 before
2030-01-08 Berlin evidence_ends SAF-17, 30 before
2030-01-08 Nairobi evidence_ends SAF-12, 30 before
2030-01-08 Santiago evidence_ends SAF-12, 30 before
2030-01-08 Santiago evidence_ends SAF-17, 30 before
2030-01-25 Berlin need, 7 before
2030-01-29 Santiago contact_test, 7 before
2030-01-29 Santiago decision_ends, 7 before
2030-01-30 Berlin contact_test, 7 before
2030-01-30 Berlin decision_ends, 7 before
2030-01-30 Berlin evidence_ends SAF-12, 7 before
2030-01-30 Berlin evidence_ends SAF-17, 7 before
2030-01-30 Berlin need, 2 before
2030-01-30 Nairobi contact_test, 7 before
2030-01-30 Nairobi decision_ends, 7 before
2030-01-30 Nairobi evidence_ends SAF-12, 7 before
2030-01-30 Santiago evidence_ends SAF-12, 7 before
2030-01-30 Santiago evidence_ends SAF-17, 7 before
2030-02-03 Santiago contact_test, 2 before
2030-02-04 Berlin contact_test, 2 before
2030-02-04 Nairobi contact_test, 2 before
2030-02-04 Santiago decision_ends, 1 before
2030-02-05 Berlin decision_ends, 1 before
2030-02-05 Berlin evidence_ends SAF-12, 1 before
2030-02-05 Berlin evidence_ends SAF-17, 1 before
2030-02-05 Nairobi decision_ends, 1 before
2030-02-05 Nairobi evidence_ends SAF-12, 1 before
2030-02-05 Santiago evidence_ends SAF-12, 1 before
2030-02-05 Santiago evidence_ends SAF-17, 1 before
2030-02-06 Berlin is suspended
2030-02-06 Berlin paused
2030-02-06 Nairobi is suspended
2030-02-06 Nairobi paused
2030-02-06 Santiago is suspended
2030-02-06 Santiago paused
2030-02-06 the organisation promise answers, 30 before
2030-03-01 the organisation promise answers, 7 before
2030-03-04 Berlin need forgotten
2030-03-07 Berlin takes nothing back any more
2030-03-07 Nairobi takes nothing back any more
2030-03-07 Santiago takes nothing back any more
2030-03-08 the organisation promise answers, 0 before
2030-03-12 the organisation promise said, 30 before
2030-04-04 the organisation promise said, 7 before
2030-04-11 the organisation promise said, 0 before
2030-04-29 Santiago retention, 30 before
2030-05-01 Berlin retention, 30 before
2030-05-08 Nairobi retention, 30 before
2030-05-22 Santiago retention, 7 before
2030-05-24 Berlin retention, 7 before
2030-05-30 Santiago destroyed
2030-05-30 Santiago has its certificate
2030-05-30 Santiago is destroyed
2030-05-31 Berlin destroyed
2030-05-31 Berlin has its certificate
2030-05-31 Berlin is destroyed
2030-05-31 Nairobi retention, 7 before
2030-06-01 the organisation complaint, 10 before
2030-06-06 the organisation complaint, 5 before
2030-06-07 Nairobi destroyed
2030-06-07 Nairobi has its certificate
2030-06-07 Nairobi is destroyed
2030-06-09 the organisation complaint, 2 before
2030-06-11 the organisation complaint, 0 before
2030-10-04 debt debt, 30 before
2030-10-27 debt debt, 7 before
2030-11-03 debt debt, 0 before
"""


@pytest.fixture
def organisation(stage_on_sqlite: Stage) -> Stage:
    """Four parts signed on 7 January: three open in their places, one for which adults stand in."""
    stage = stage_on_sqlite
    with write(stage.engine) as db:
        for test in db.scalars(select(ContactTest)):
            test.tested_at = TESTED
        for key, zone in PLACES.items():
            strand = db.get_one(Strand, stage.strands[key])
            window = {**strand.facts["window"], "closes": "2030-02-20T18:00:00+00:00", "timezone": zone}
            strand.facts = {**strand.facts, "window": window}
    for key in PLACES:
        open_part(stage, key)
    sign(stage, "child_survivors", Decision.FALLBACK, decide_now=True)
    with write(stage.engine) as db:
        children, who = db.get_one(Strand, stage.strands["children"]), stage.people["facilitator"]
        day = date(2030, 2, 1)
        adjustments.note(db, stage.keys.audit, who, children, "hearing", "captions", day, TESTED)
    return stage


def test_a_year_falls_on_its_days(organisation: Stage) -> None:
    found = sorted(set(_lived(organisation)))
    assert found == CALENDAR.strip().splitlines()


def _lived(stage: Stage) -> Iterator[str]:
    """Live through the year, and say what happened by itself and what was told, day by day."""
    state = _state(stage)
    for day in _days():
        _by_hand(stage, day)
        state = _state(stage)
        with read(stage.engine) as db:
            policy = in_force(db)
        for name in _QUICK:
            JOBS[name](stage.engine, stage.keys, policy, _noon(day))
        after = _state(stage)
        yield from (f"{day} {what}" for what in after - state)
        yield from _told(stage, day)


def _days() -> list[date]:
    """The days with something in the calendar or done by hand, each with the one before it; and the last."""
    busy = {date.fromisoformat(line[:10]) for line in CALENDAR.strip().splitlines()} | {CLOSED, COMPLAINED}
    busy |= {made_at.date() for made_at in REPORTED.values()}
    early = {day - timedelta(days=1) for day in busy}
    return sorted(day for day in busy | early | {LAST - timedelta(days=1)} if day >= FIRST)


def _by_hand(stage: Stage, day: date) -> None:
    """What people do: close, report, complain. Nobody publishes or answers anything."""
    noon, who = _noon(day), stage.people
    with write(stage.engine) as db:
        if day == CLOSED:
            for key in PLACES:
                running.close(db, stage.keys, who["lead1"], db.get_one(Strand, stage.strands[key]), noon)
        for key, made_at in REPORTED.items():
            if day == made_at.date():
                _report(db, stage, db.get_one(Strand, stage.strands[key]), made_at)
        if day == COMPLAINED:
            _complain(db, who["approver"].id, day)


def _report(db: Session, stage: Stage, strand: Strand, made_at: datetime) -> None:
    opening = OpeningRequest(
        strand_id=strand.id,
        mode="tables",
        reason="The first report",
        requested_by=stage.people["reviewer1"].id,
        requested_at=made_at,
        ends_at=made_at + timedelta(days=1),
        public_key=b"public",
        wrapped_private=b"wrapped",
        granted_by=stage.people["lead1"].id,
        granted_at=made_at,
        sealed_half=b"half",
    )
    factories.stored(db, opening)
    release = releases.few_people(strand, opening, f"release-{strand.id}")
    release.made_at = made_at
    db.add(release)


def _complain(db: Session, recipient: str, day: date) -> None:
    row = Complaint(
        received_on=day,
        due_on=day + timedelta(days=10),
        code_digest=b"code",
        reply_public=b"public",
        reply_private=b"private",
    )
    factories.stored(db, row)
    db.add(ComplaintCopy(complaint_id=row.id, person_id=recipient, sealed=b"sealed"))


def _state(stage: Stage) -> set[str]:
    """What has become of each part, and of the line in the register."""
    with read(stage.engine) as db:
        found = set()
        for key, name in NAMES.items():
            strand = db.get_one(Strand, stage.strands[key])
            found |= {f"{name} is {strand.state}"} if strand.state in {"suspended", "destroyed"} else set()
            if db.get(StrandSalt, strand.id) is None and key in PLACES:
                found.add(f"{name} takes nothing back any more")
            if db.scalars(select(Destruction.id).where(Destruction.strand_id == strand.id)).first():
                found.add(f"{name} has its certificate")
        if not db.scalar(select(func.count()).select_from(AdjustmentRequest)):
            found.add("Berlin need forgotten")
        return found


def _told(stage: Stage, since: date) -> Iterator[str]:
    """Every notice since that day: the day in its own place, what and whose, and how many days before."""
    names = {stage.strands[key]: name for key, name in NAMES.items()}
    with read(stage.engine) as db:
        for row in db.scalars(select(Notice).where(Notice.told_on >= since)):
            about = names.get(row.strand_id or "", "the organisation")
            detail = row.subject.rpartition(" ")[2] if row.matter in {"promise", "evidence_ends"} else ""
            stage_said = f", {row.occasion.rpartition(' ')[2]} before" if row.due_on else ""
            yield f"{row.told_on} {about} {row.matter}{' ' if detail else ''}{detail}{stage_said}"


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, 5, tzinfo=UTC)
