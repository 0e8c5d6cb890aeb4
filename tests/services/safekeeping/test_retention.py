"""The end of keeping: on its day key and answers of a part are destroyed, not before, and nothing brings them back."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import (
    AuditEvent,
    Epoch,
    OpeningRequest,
    Profile,
    ProfileShare,
    Release,
    Response,
    ResponseShare,
    StrandKey,
    StrandSalt,
    StrandShare,
    TriageClock,
)
from consult.services.auditing import Verb
from consult.services.keys.keystore import check_all_keys
from consult.services.safekeeping.retention import end_retention, endings
from safeguards.lifecycle import StrandState
from tests.scenario import NOW, closed_with, open_part, row

PART = "young_adults"
KEPT = timedelta(days=90)


def run(stage: Stage, at: timedelta) -> list[str]:
    with write(stage.engine) as db:
        return [each.strand_id for each in end_retention(db, stage.keys, stage.policy, NOW + at)]


def count(stage: Stage, table: type) -> int:
    with read(stage.engine) as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def test_it_is_kept_until_the_day_and_destroyed_on_it(released: Stage) -> None:
    assert run(released, KEPT - timedelta(seconds=1)) == []
    assert (count(released, Response), count(released, TriageClock)) == (6, 1)
    assert run(released, KEPT) == [released.strands[PART]]
    assert row(released, PART).state == StrandState.DESTROYED
    for table in (Response, ResponseShare, Profile, ProfileShare, Epoch, StrandShare, StrandSalt, TriageClock):
        assert count(released, table) == 0, table
    with read(released.engine) as db:
        assert db.scalars(select(StrandKey.wrapped_private)).all() == [b""]
        assert db.scalars(select(OpeningRequest.wrapped_private)).all() == [None]
        assert db.scalars(select(AuditEvent.subject).where(AuditEvent.verb == Verb.KEY_DESTROYED)).all() == [
            released.strands[PART]
        ]
        check_all_keys(db, released.keys)


def test_the_report_stays_and_a_second_run_does_nothing(released: Stage) -> None:
    run(released, KEPT)
    assert run(released, 2 * KEPT) == []
    assert count(released, Release) == 1


def test_what_is_open_is_never_destroyed(stage: Stage) -> None:
    open_part(stage, PART)
    assert run(stage, timedelta(days=3650)) == []


def test_without_a_report_it_is_kept_as_long_after_the_promised_answer(stage: Stage) -> None:
    closed_with(stage, PART, 2)
    with read(stage.engine) as db:
        (ending,) = endings(db, stage.policy)
    assert not ending.reported
    assert ending.at.date() == (NOW + timedelta(days=60) + KEPT).date()
    assert run(stage, ending.at - NOW - timedelta(seconds=1)) == []
    assert run(stage, ending.at - NOW) == [stage.strands[PART]]
