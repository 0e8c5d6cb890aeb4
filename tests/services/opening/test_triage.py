"""Triage: two people read new own words while a strand is open; what waits too long stops it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import IntegrityError

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, NotFound
from consult.jobs.rewriting import rewrite
from consult.models import (
    Channel,
    Closure,
    Concern,
    EpochTriage,
    OpeningMode,
    Response,
    Severity,
    Strand,
    TriageClock,
    Wish,
)
from consult.services.desks.waiting import Task, waiting_for
from consult.services.evidence import concerns
from consult.services.evidence.concerns import Step
from consult.services.opening import reading, triage
from consult.services.participation import responding
from consult.services.participation.epochs import EpochBook
from consult.services.participation.permit import Ruling
from safeguards.lifecycle import StrandState
from tests.scenario import COOKIE, NOW, _submission, ask, close_part, give, grant, row, sign

KEY, REDACTOR = "children", "reviewer2"
HALF_THE_TIME = timedelta(hours=12)


def granted(stage: Stage) -> str:
    request = ask(stage, KEY, by=REDACTOR, mode=OpeningMode.TRIAGE)
    grant(stage, request)
    return request


def begin(stage: Stage, request: str, now=NOW) -> None:
    with write(stage.engine) as db:
        reading.begin_triage(db, stage.keys, stage.policy, stage.people[REDACTOR], request, now)


def finish(stage: Stage, request: str, now=NOW) -> tuple[Mapping[str, str], ...]:
    who, words = stage.people[REDACTOR], stage.passphrases[REDACTOR]
    with read(stage.engine) as db:
        found = reading.read_new_words(db, stage.keys, who, request, words, COOKIE, now)
    with write(stage.engine) as db:
        reading.use(db, stage.keys, who, request, now)
    return found


def triaged(stage: Stage, request: str, now=NOW) -> tuple[Mapping[str, str], ...]:
    """As the page does it."""
    begin(stage, request, now)
    return finish(stage, request, now)


def ruling(stage: Stage, now=NOW) -> Ruling:
    with read(stage.engine) as db:
        entrance = responding.door(db, stage.strands[KEY], now)
        assert entrance is not None
        return entrance.ruling


def clock(stage: Stage) -> datetime | None:
    """Since when own words wait."""
    with read(stage.engine) as db:
        return db.scalar(select(TriageClock.waiting_since).where(TriageClock.strand_id == stage.strands[KEY]))


def test_a_redactor_and_a_lead_read_new_own_words_and_nothing_about_who_wrote_them(running: Stage) -> None:
    give(running, KEY, 4)
    found = triaged(running, granted(running))
    assert found
    assert all(set(each.values()) == {"Invented words."} for each in found)
    assert row(running, KEY).state == StrandState.OPEN
    assert clock(running) is None


def test_an_epoch_that_was_read_takes_no_further_answer(running: Stage) -> None:
    """One worker keeps its epoch in memory; what it sends after the reading waits for the next one."""
    book = EpochBook(running.keys.row_seal)
    give(running, KEY, 3, book)
    request = granted(running)
    begin(running, request)
    give(running, KEY, 2, book, seed=2)
    before = len(finish(running, request))
    with read(running.engine) as db:
        read_epochs = set(db.scalars(select(EpochTriage.epoch_id)))
        per_epoch = dict(db.execute(select(Response.epoch_id, func.count()).group_by(Response.epoch_id)).all())
    assert {per_epoch.pop(each) for each in read_epochs} == {3}
    assert list(per_epoch.values()) == [2]
    assert clock(running) is not None
    assert len(triaged(running, request, NOW + HALF_THE_TIME)) >= before
    assert clock(running) is None


def test_under_one_grant_answers_are_not_seen_to_come_one_by_one(running: Stage) -> None:
    """As many as a lot are added, or those of which one has waited half of what the policy allows."""
    stage, request = running, granted(running)
    give(stage, KEY, 1)
    seen = len(triaged(stage, request))
    for seed in range(2, 11):
        give(stage, KEY, 1, seed=seed)
        waits = clock(stage)
        assert len(triaged(stage, request)) == seen, "the words of before, and no more"
        assert clock(stage) == waits, "what was not read goes on waiting"
        assert epochs_read(stage) == 1
    give(stage, KEY, 1, seed=11)
    assert len(triaged(stage, request)) >= seen
    assert epochs_read(stage) == 11
    give(stage, KEY, 1, seed=12)
    triaged(stage, request, NOW + HALF_THE_TIME - timedelta(hours=6, minutes=1))
    assert epochs_read(stage) == 11
    triaged(stage, request, NOW + HALF_THE_TIME)
    assert epochs_read(stage) == 12
    give(stage, KEY, 1, seed=13)
    triaged(stage, granted(stage))
    assert epochs_read(stage) == 13, "a lead who grants anew has looked at it"


def epochs_read(stage: Stage) -> int:
    with read(stage.engine) as db:
        return db.scalar(select(func.count()).select_from(EpochTriage).where(EpochTriage.read)) or 0


def test_the_database_itself_refuses_an_answer_to_an_epoch_that_was_set_apart(running: Stage) -> None:
    give(running, KEY, 1)
    begin(running, granted(running))
    with running.engine.begin() as connection, pytest.raises(IntegrityError, match="no further answer"):
        connection.exec_driver_sql(
            "INSERT INTO responses (id, strand_id, epoch_id, sealed) SELECT "
            + ("decode('00', 'hex')" if connection.dialect.name == "postgresql" else "x'00'")
            + ", strand_id, epoch_id, sealed FROM responses LIMIT 1"
        )


def test_what_waits_longer_than_the_policy_allows_stops_the_strand_until_it_was_read(running: Stage) -> None:
    give(running, KEY, 1)
    since = clock(running)
    assert since is not None
    late = since + timedelta(hours=24)
    assert ruling(running, late - timedelta(minutes=1)) is Ruling.OPEN
    assert ruling(running, late) is Ruling.SHUT
    with pytest.raises(responding.NotOpen):
        give_at(running, late)
    request = granted(running)
    triaged(running, request)
    assert ruling(running, late) is Ruling.OPEN
    give_at(running, late)


def give_at(stage: Stage, now) -> None:
    with write(stage.engine) as db:
        entrance = responding.door(db, stage.strands[KEY], now)
        assert entrance is not None
        sent = _submission(entrance, random.Random(9))
        responding.give(db, EpochBook(stage.keys.row_seal), stage.keys, entrance, sent, now)


def test_the_clock_keeps_a_quarter_of_a_day_and_nothing_of_later_answers(running_on_sqlite: Stage) -> None:
    give_at(running_on_sqlite, NOW + timedelta(minutes=17))
    first = clock(running_on_sqlite)
    give_at(running_on_sqlite, NOW + timedelta(hours=9))
    second = clock(running_on_sqlite)
    assert first == second == NOW.replace(hour=6, minute=0)


def test_nothing_is_marked_as_read_when_the_reading_fails(running_on_sqlite: Stage) -> None:
    stage = running_on_sqlite
    give(stage, KEY, 2)
    request = granted(stage)
    begin(stage, request)
    with read(stage.engine) as db, pytest.raises(Denied):
        reading.read_new_words(db, stage.keys, stage.people[REDACTOR], request, "wrong", COOKIE, NOW)
    assert clock(stage) is not None
    assert ruling(stage, NOW + timedelta(hours=30)) is Ruling.SHUT
    other = granted(stage)
    assert triaged(stage, other)


def test_another_request_reads_only_what_nobody_has_read(running_on_sqlite: Stage) -> None:
    stage = running_on_sqlite
    give(stage, KEY, 3)
    assert triaged(stage, granted(stage))
    assert triaged(stage, granted(stage)) == ()


def test_a_grant_for_triage_opens_nothing_else_and_an_analyst_gets_none(running_on_sqlite: Stage) -> None:
    stage = running_on_sqlite
    give(stage, KEY, 2)
    request = granted(stage)
    close_part(stage, KEY)
    with read(stage.engine) as db, pytest.raises(Conflict, match="something else"):
        reading.read_words(db, stage.keys, stage.people[REDACTOR], request, stage.passphrases[REDACTOR], COOKIE, NOW)
    with pytest.raises(Denied, match="redactor"):
        ask(stage, KEY, by="reviewer1", mode=OpeningMode.TRIAGE)


def test_before_it_opened_there_is_nothing_to_read(stage_on_sqlite: Stage) -> None:
    sign(stage_on_sqlite, KEY)
    with pytest.raises(Conflict, match="while a part runs"):
        ask(stage_on_sqlite, KEY, by=REDACTOR, mode=OpeningMode.TRIAGE)


def test_after_the_nightly_rewrite_what_was_read_stays_read(running: Stage) -> None:
    give(running, KEY, 2)
    triaged(running, granted(running))
    rewrite(running.engine, running.keys, running.policy, NOW)
    assert triaged(running, granted(running)) == ()


def test_the_desk_shows_the_clock_and_no_number_that_moves_with_one_answer(running_on_sqlite: Stage) -> None:
    stage = running_on_sqlite
    seen = []
    for people in (1, 8, 1):
        give(stage, KEY, people, seed=people)
        with read(stage.engine) as db:
            found = triage.backlogs(db, stage.people[REDACTOR], stage.policy, NOW)
            seen.append(found)
            assert Task.TRIAGE in {each.task for each in waiting_for(db, stage.people[REDACTOR], stage.policy, NOW)}
    assert seen[0] == seen[1]
    assert [each[0].at_least for each in seen] == [0, 0, 10]
    assert seen[0][0].may_ask
    with read(stage.engine) as db:
        assert not triage.backlogs(db, stage.people["lead1"], stage.policy, NOW)[0].may_ask


def test_when_a_part_is_opened_for_its_report_nothing_waits_for_triage_any_more(running_on_sqlite: Stage) -> None:
    stage = running_on_sqlite
    give(stage, KEY, 2)
    close_part(stage, KEY)
    for state, shown in ((StrandState.CLOSED, True), (StrandState.OPENED, False), (StrandState.RELEASED, False)):
        with write(stage.engine) as db:
            db.get_one(Strand, stage.strands[KEY]).state = state
            db.flush()
            found = triage.backlogs(db, stage.people[REDACTOR], stage.policy, NOW)
            assert [each.may_ask for each in found] == [True] * shown
            tasks = {each.task for each in waiting_for(db, stage.people[REDACTOR], stage.policy, NOW)}
            assert (Task.TRIAGE in tasks) == shown


def test_a_reading_of_the_whole_part_stops_the_clock(running_on_sqlite: Stage) -> None:
    stage = running_on_sqlite
    give(stage, KEY, 2)
    close_part(stage, KEY)
    request = ask(stage, KEY, by=REDACTOR, mode=OpeningMode.READ)
    grant(stage, request)
    assert clock(stage) is not None
    with write(stage.engine) as db:
        reading.use(db, stage.keys, stage.people[REDACTOR], request, NOW)
    assert clock(stage) is None


# concerns


def logged(stage: Stage, severity: Severity = Severity.IMMINENT, by: str = REDACTOR) -> str:
    with write(stage.engine) as db:
        who = stage.people[by]
        return concerns.log(db, stage.keys, who, stage.strands[KEY], Channel.OWN_WORDS, severity, NOW).id


def look(stage: Stage, concern_id: str, now=NOW) -> concerns.ConcernView:
    with read(stage.engine) as db:
        return concerns.concern(db, stage.policy, stage.people["lead1"], concern_id, now)


@pytest.mark.parametrize(
    ("severity", "step", "minutes"),
    [
        (Severity.IMMINENT, Step.CALL, 15),
        (Severity.IMMINENT, Step.TELL_LEAD, 15),
        (Severity.SERIOUS, Step.DECIDE, 240),
        (Severity.SERIOUS, Step.REFER, 1440),
        (Severity.OTHER, Step.DECIDE, 4320),
        (Severity.WELLBEING, Step.DECIDE, 72 * 60),
    ],
)
def test_each_severity_has_its_clock(running_on_sqlite: Stage, severity: Severity, step: Step, minutes: int) -> None:
    made = logged(running_on_sqlite, severity)
    due = NOW + timedelta(minutes=minutes)

    def late(now: datetime) -> bool:
        clocks = {each.step: each for each in look(running_on_sqlite, made, now).clocks}
        assert clocks[step].due == due
        return clocks[step].overdue

    assert not late(due)
    assert late(due + timedelta(seconds=1))
    assert look(running_on_sqlite, made, due + timedelta(seconds=1)).overdue


def test_a_lead_handles_refers_and_closes_a_concern(running: Stage) -> None:
    made, lead = logged(running, Severity.SERIOUS), running.people["lead1"]
    with write(running.engine) as db:
        concerns.done(db, running.keys, lead, made, Step.DECIDE, NOW)
        service = concerns.services_for(db, running.strands[KEY])[0][0]
        concerns.done(db, running.keys, lead, made, Step.REFER, NOW, service)
        concerns.note_child(db, running.keys, lead, made, Wish.REPORT, NOW, told=True)
        concerns.close(db, running.keys, lead, made, Closure.REFERRED, NOW)
    view = look(running, made, NOW + timedelta(days=30))
    assert (view.closure, view.wish, view.child_told, view.overdue) == (Closure.REFERRED, Wish.REPORT, True, False)
    assert view.referred_to
    with pytest.raises(Conflict), write(running.engine) as db:
        concerns.done(db, running.keys, lead, made, Step.CALL, NOW)


@pytest.mark.parametrize("name", [REDACTOR, "reviewer1", "approver", "admin"])
def test_only_leads_handle_concerns(running_on_sqlite: Stage, name: str) -> None:
    made = logged(running_on_sqlite)
    with pytest.raises((Denied, NotFound)), read(running_on_sqlite.engine) as db:
        concerns.concern(db, running_on_sqlite.policy, running_on_sqlite.people[name], made, NOW)


def test_a_concern_has_no_room_for_a_story_and_points_to_no_answer(running_on_sqlite: Stage) -> None:
    looked = inspect(running_on_sqlite.engine)
    assert {key["referred_table"] for key in looked.get_foreign_keys("concerns")} == {
        *("strands", "people", "support_services")
    }
    made = logged(running_on_sqlite)
    with read(running_on_sqlite.engine) as db:
        stored = db.get_one(Concern, made)
        assert stored.strand_id == running_on_sqlite.strands[KEY]
        assert db.get_one(Strand, stored.strand_id)
