"""The receipt says "until this day; after it we cannot find your answers": both halves of that are kept."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select

from consult.database import read, write
from consult.jobs import JOBS
from consult.models import AuditEvent, Response, Strand, StrandSalt, StrandState
from consult.services.auditing import Verb, check_log
from consult.services.participation.responding import NotOpen
from consult.services.participation.strandface import door
from safeguards import policyfile
from tests.jobs.arrivals import KEYS, new_book, send, withdraw
from tests.web.participate.walk import Walk
from tests.web.participate.world import NOW, Clock, World, build_site, open_strand

POLICY = policyfile.default()
MOMENT = timedelta(microseconds=1)


def run(world: World, now: datetime) -> str:
    return JOBS["withdrawals_end"](world.engine, KEYS, POLICY, now)


def day_is_over(world: World) -> datetime:
    """The first moment after the day that the receipt page names, where the strand is."""
    with read(world.engine) as db:
        entrance = door(db, world.strand_id, NOW, POLICY)
        assert entrance is not None
        assert entrance.take_back_until is not None
        zone = ZoneInfo(db.get_one(Strand, world.strand_id).facts["window"]["timezone"])
    return datetime.combine(entrance.take_back_until + timedelta(days=1), time(0), zone).astimezone(UTC)


def salts(engine: Engine) -> int:
    with read(engine) as db:
        return db.scalar(select(func.count()).select_from(StrandSalt)) or 0


def answers(engine: Engine) -> int:
    with read(engine) as db:
        return db.scalar(select(func.count()).select_from(Response)) or 0


def test_the_named_day_counts_to_its_last_moment_and_not_one_longer(world: World) -> None:
    book, over = new_book(), day_is_over(world)
    in_time, too_late = send(world, book, "in time"), send(world, book, "too late")
    assert run(world, over - MOMENT) == "0 ended"
    assert withdraw(world, in_time)
    assert run(world, over) == "1 ended"
    assert not withdraw(world, too_late)
    assert (salts(world.engine), answers(world.engine)) == (0, 1)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/New_York", "Pacific/Pago_Pago", "Australia/Lord_Howe"])
def test_the_day_is_the_one_of_the_place(sqlite_engine: Engine, zone: str) -> None:
    window = {"opens": "2026-06-01T00:00:00Z", "closes": "2026-10-20T22:00:00Z", "timezone": zone}
    world = open_strand(sqlite_engine, facts={"window": window})
    over = day_is_over(world)
    assert over.astimezone(ZoneInfo(zone)).time() == time(0)
    assert [run(world, over - MOMENT), run(world, over)] == ["0 ended", "1 ended"]


def test_a_strand_that_closed_early_keeps_the_day_that_was_promised(world: World) -> None:
    receipt, over = send(world, new_book(), "early"), day_is_over(world)
    world.change_strand(state=StrandState.CLOSED)
    assert run(world, NOW + timedelta(days=POLICY.p("P-WD", "form") + 1)) == "0 ended"
    assert run(world, over - MOMENT) == "0 ended"
    assert withdraw(world, receipt)
    assert run(world, over) == "1 ended"


def test_only_the_strand_whose_day_is_over_is_forgotten(world: World) -> None:
    later = {"opens": "2026-06-01T00:00:00Z", "closes": "2026-07-30T22:00:00Z", "timezone": "Africa/Nairobi"}
    other = open_strand(world.engine, code="11112222", facts={"window": later})
    receipt = send(other, new_book(), "later")
    assert run(world, day_is_over(world)) == "1 ended"
    assert withdraw(other, receipt)


def test_it_is_done_once_with_one_event_that_says_nothing_of_answers(world: World) -> None:
    send(world, new_book(), "once")
    over = day_is_over(world)
    assert [run(world, over), run(world, over), run(world, over + timedelta(days=1))] == [
        "1 ended",
        "0 ended",
        "0 ended",
    ]
    with read(world.engine) as db:
        events = db.scalars(select(AuditEvent).where(AuditEvent.verb == Verb.WITHDRAWALS_ENDED)).all()
        assert [(event.subject, event.at, event.facts) for event in events] == [(world.strand_id, over, {})]
        check_log(db, KEYS.audit)


def test_a_strand_without_a_readable_close_named_no_day_and_keeps_its_salt(sqlite_engine: Engine) -> None:
    world = open_strand(sqlite_engine, facts={"window": None})
    assert run(world, NOW + timedelta(days=3650)) == "0 ended"
    assert salts(sqlite_engine) == 1


def test_the_page_for_taking_back_says_the_same_words_afterwards_and_deletes_nothing(
    world: World, tmp_path: Path
) -> None:
    book, over = new_book(), day_is_over(world)
    one, two = send(world, book, "one"), send(world, book, "two")
    clock = Clock(over - MOMENT)
    walk = Walk(build_site(world.engine, tmp_path, clock))
    before = walk.post("/back", {"number": one})
    clock.now = over
    run(world, over)
    after = walk.post("/back", {"number": two})
    assert (after.status_code, after.text) == (before.status_code, before.text)
    assert answers(world.engine) == 1


def test_a_new_answer_finds_no_salt_and_is_not_stored_where_no_receipt_could_reach_it(world: World) -> None:
    with write(world.engine) as db:
        db.delete(db.get_one(StrandSalt, world.strand_id))
    with pytest.raises(NotOpen):
        send(world, new_book(), "unreachable")
    assert answers(world.engine) == 0
