"""The end of keeping: on its day key and answers of a part are destroyed, not before, and nothing brings them back."""

from __future__ import annotations

from datetime import timedelta

import pytest
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
from tests.scenario import NOW, ask, closed_with, grant, make, open_part, row

PART = "young_adults"
KEPT = timedelta(days=90)


@pytest.fixture
def reported(stage: Stage) -> Stage:
    """A part with a release, made now."""
    closed_with(stage, PART, 6)
    request = ask(stage, PART)
    grant(stage, request)
    make(stage, request)
    return stage


def run(stage: Stage, at: timedelta) -> list[str]:
    with write(stage.engine) as db:
        return [each.strand_id for each in end_retention(db, stage.keys, stage.policy, NOW + at)]


def count(stage: Stage, table: type) -> int:
    with read(stage.engine) as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def test_it_is_kept_until_the_day_and_destroyed_on_it(reported: Stage) -> None:
    assert run(reported, KEPT - timedelta(seconds=1)) == []
    assert (count(reported, Response), count(reported, TriageClock)) == (6, 1)
    assert run(reported, KEPT) == [reported.strands[PART]]
    assert row(reported, PART).state == StrandState.DESTROYED
    for table in (Response, ResponseShare, Profile, ProfileShare, Epoch, StrandShare, StrandSalt, TriageClock):
        assert count(reported, table) == 0, table
    with read(reported.engine) as db:
        assert db.scalars(select(StrandKey.wrapped_private)).all() == [b""]
        assert db.scalars(select(OpeningRequest.wrapped_private)).all() == [None]
        assert db.scalars(select(AuditEvent.subject).where(AuditEvent.verb == Verb.KEY_DESTROYED)).all() == [
            reported.strands[PART]
        ]
        check_all_keys(db, reported.keys)


def test_the_report_stays_and_a_second_run_does_nothing(reported: Stage) -> None:
    run(reported, KEPT)
    assert run(reported, 2 * KEPT) == []
    assert count(reported, Release) == 1


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
