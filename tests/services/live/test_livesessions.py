"""Live sessions: no session, no answer; who may note what; nothing starts before its pre-check has passed."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.models import LiveSession, Notice, Response, SessionNote, Strand, StrandSalt
from consult.sealing.receipt import new_receipt
from consult.services.auditing import check_log
from consult.services.help import directory
from consult.services.live import livesessions
from consult.services.live.livesessions import SessionDesk
from consult.services.participation import responding
from consult.services.participation.epochs import EpochBook
from consult.services.participation.permit import Ruling
from consult.services.participation.responding import NotOpen
from consult.services.participation.strandface import Door, door, door_by_code
from consult.services.safekeeping.forgetting import end_withdrawals
from consult.services.signed import running, stopping
from safeguards.livesession import Note, Phase, Register
from tests.meetings import HERE, act, at, begun, closed, live_part, now_in, prepared, started
from tests.scenario import elsewhere
from tests.toolbox.postgresql import Server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def part(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The same on both kinds of database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("on_sqlite")
        return
    server: Server = request.getfixturevalue("postgresql_server")
    ready: Stage = request.getfixturevalue("sent_on_postgresql")
    name = f"live_{random.getrandbits(40):x}"
    server.create(name, str(ready.engine.url.database))
    copied = elsewhere(ready, server.url(name))
    yield live_part(copied)
    copied.engine.dispose()
    server.drop(name)


def entrance(stage: Stage, session_id: str, minutes: float) -> Door:
    with read(stage.engine) as db:
        found = door(db, stage.strands["meeting"], at(minutes), stage.policy, session_id)
        assert found is not None
        return found


def give(stage: Stage, through: Door, minutes: float) -> None:
    sent = responding.Submission(
        assented=True, band="13_14", language="en", answers={}, profile={}, receipt=new_receipt()
    )
    with write(stage.engine) as db:
        responding.give(db, EpochBook(stage.keys.row_seal), stage.keys, through, sent, at(minutes))


def answers(stage: Stage) -> int:
    with read(stage.engine) as db:
        return db.scalar(select(func.count()).select_from(Response)) or 0


class TestNoSessionNoAnswer:
    def test_an_open_part_that_meets_is_shut_to_whoever_has_no_session(self, on_sqlite: Stage) -> None:
        with read(on_sqlite.engine) as db:
            by_code = door_by_code(db, on_sqlite.codes["meeting"], at(5), on_sqlite.policy)
        assert by_code is not None
        for found in (by_code, entrance(on_sqlite, "", 5), entrance(on_sqlite, "unknown", 5)):
            assert found.ruling is Ruling.SHUT
            assert found.session_id == ""
            with pytest.raises(NotOpen):
                give(on_sqlite, found, 5)
        assert answers(on_sqlite) == 0

    def test_the_code_of_a_session_that_runs_lets_in_and_answers_are_stored(self, part: Stage) -> None:
        session_id, code = started(part)
        with read(part.engine) as db:
            found = door_by_code(db, f"{code[:4]} {code[4:]}", at(1), part.policy)
        assert found is not None
        assert (found.ruling, found.session_id) == (Ruling.OPEN, session_id)
        give(part, found, 1)
        assert answers(part) == 1

    def test_a_pause_between_the_page_and_the_send_takes_nothing(self, part: Stage) -> None:
        session_id, _ = started(part)
        through = entrance(part, session_id, 1)
        act(part, session_id, 2, SessionDesk.pause)
        with pytest.raises(NotOpen):
            give(part, through, 3)
        assert entrance(part, session_id, 3).ruling is Ruling.PAUSED
        act(part, session_id, 4, SessionDesk.go_on)
        give(part, through, 5)
        assert answers(part) == 1

    def test_the_session_of_another_part_opens_nothing(self, on_sqlite: Stage) -> None:
        session_id, _ = started(on_sqlite)
        other = live_part(on_sqlite)
        assert entrance(other, session_id, 1).ruling is Ruling.SHUT

    def test_a_part_that_was_paused_shuts_its_session(self, on_sqlite: Stage) -> None:
        session_id, _ = started(on_sqlite)
        with write(on_sqlite.engine) as db:
            strand = db.get_one(Strand, on_sqlite.strands["meeting"])
            running.pause(db, on_sqlite.keys, on_sqlite.people["lead1"], strand, "A reason", at(2))
        assert entrance(on_sqlite, session_id, 3).ruling is Ruling.SHUT

    def test_an_emergency_stop_shuts_it_and_it_can_only_be_closed(self, on_sqlite: Stage) -> None:
        session_id, _ = started(on_sqlite)
        act(on_sqlite, session_id, 1, SessionDesk.rest)
        with write(on_sqlite.engine) as db:
            strand = db.get_one(Strand, on_sqlite.strands["meeting"])
            stopping.press_stop(db, on_sqlite.keys, on_sqlite.people["facilitator"], strand, "Smoke", at(2))
        assert entrance(on_sqlite, session_id, 3).ruling is Ruling.SHUT
        with pytest.raises(Conflict):
            act(on_sqlite, session_id, 3, SessionDesk.go_on)
        closed(on_sqlite, session_id, 4)

    def test_a_service_that_is_not_reached_shuts_the_session_at_once(self, on_sqlite: Stage) -> None:
        session_id, _ = started(on_sqlite)
        service = on_sqlite.services[0]
        call = directory.TestValues(
            service, "harbour-phone", reached=False, minutes=0, language="en", jurisdiction="XA", free=True
        )
        with write(on_sqlite.engine) as db:
            who = on_sqlite.people["facilitator"]
            directory.log_contact_test(db, on_sqlite.keys, on_sqlite.policy, who, call, at(5))
        assert entrance(on_sqlite, session_id, 6).ruling is Ruling.SHUT

    def test_the_end_takes_the_code_away(self, on_sqlite: Stage) -> None:
        session_id, code = started(on_sqlite)
        closed(on_sqlite, session_id, 40)
        with read(on_sqlite.engine) as db:
            assert door_by_code(db, code, at(41), on_sqlite.policy) is None
            check_log(db, on_sqlite.keys.audit)
        assert entrance(on_sqlite, session_id, 41).ruling is Ruling.SHUT

    def test_answers_can_be_taken_back_for_seven_days_after_the_last_session(self, on_sqlite: Stage) -> None:
        session_id, _ = started(on_sqlite)
        last = entrance(on_sqlite, session_id, 1).take_back_until
        assert last is not None
        assert (last - at(0).date()).days == 7
        for days, found in ((7, True), (8, False)):
            with write(on_sqlite.engine) as db:
                end_withdrawals(db, on_sqlite.keys, on_sqlite.policy, at(days * 24 * 60))
                salt = select(StrandSalt.strand_id).where(StrandSalt.strand_id == on_sqlite.strands["meeting"])
                assert (db.scalar(salt) is not None) is found


class TestThePreCheck:
    def test_it_begins_half_an_hour_before_and_once(self, on_sqlite: Stage) -> None:
        with pytest.raises(Conflict, match="half an hour"):
            begun(on_sqlite, -31)
        assert begun(on_sqlite, -30) == begun(on_sqlite, -10)

    def test_it_needs_an_open_part(self, stage_on_sqlite: Stage) -> None:
        stage = live_part(stage_on_sqlite, opened=False)
        with pytest.raises(Conflict, match="not open"):
            begun(stage)

    def test_nothing_starts_before_it_passes(self, on_sqlite: Stage) -> None:
        session_id = begun(on_sqlite)
        for key in HERE:
            act(on_sqlite, session_id, -20, SessionDesk.check_in, key)
        with pytest.raises(Conflict, match="pre-check"):
            act(on_sqlite, session_id, 0, SessionDesk.start)
        with read(on_sqlite.engine) as db:
            assert db.get_one(LiveSession, session_id).code is None

    def test_proof_that_was_taken_back_after_the_signature_stops_the_start(self, on_sqlite: Stage) -> None:
        session_id = prepared(on_sqlite)
        with write(on_sqlite.engine) as db:
            strand = db.get_one(Strand, on_sqlite.strands["meeting"])
            strand.facts = {**strand.facts, "minutes": 44}
        with pytest.raises(Conflict, match="pre-check"):
            act(on_sqlite, session_id, 0, SessionDesk.start)

    def test_only_people_of_the_signed_team_check_in(self, on_sqlite: Stage) -> None:
        session_id = begun(on_sqlite)
        with pytest.raises(Denied, match="signed plan"):
            act(on_sqlite, session_id, -20, SessionDesk.check_in, "approver")

    def test_somebody_checks_in_on_the_same_device_with_an_own_passphrase(self, on_sqlite: Stage) -> None:
        session_id, word = begun(on_sqlite), on_sqlite.passphrases["lead2"]
        with pytest.raises(Denied):
            act(on_sqlite, session_id, -20, lambda desk: desk.check_in_beside("lead2@demo.example", word + "x"))
        act(on_sqlite, session_id, -20, lambda desk: desk.check_in_beside("lead2@demo.example", word))
        assert now_in(on_sqlite, session_id, -20).present == (on_sqlite.people["lead2"].id,)

    def test_nobody_is_back_who_never_came(self, on_sqlite: Stage) -> None:
        session_id, lead = begun(on_sqlite), on_sqlite.people["lead2"].id
        with pytest.raises(Conflict):
            act(on_sqlite, session_id, -20, lambda desk: desk.come_back(lead))

    def test_the_lead_who_is_called_is_on_duty_and_does_not_note_it(self, on_sqlite: Stage) -> None:
        session_id, people = begun(on_sqlite), on_sqlite.people
        for called, by in (("approver", "facilitator"), ("lead1", "lead1")):
            with pytest.raises(Invalid):
                act(on_sqlite, session_id, -20, lambda desk, who=called: desk.call(people[who].id, answered=True), by)

    @pytest.mark.parametrize("by", ["operator", "manager", "reviewer1"])
    def test_it_is_for_adults_on_duty(self, on_sqlite: Stage, by: str) -> None:
        session_id = begun(on_sqlite)
        for work in (lambda desk: desk.count(Register(8, 13, 15)), SessionDesk.start):
            with pytest.raises((Denied, NotFound)):
                act(on_sqlite, session_id, -20, work, by)

    def test_a_lead_does_not_start_it(self, on_sqlite: Stage) -> None:
        session_id = prepared(on_sqlite)
        with pytest.raises(Denied):
            act(on_sqlite, session_id, 0, SessionDesk.start, "lead2")


class TestTheCourse:
    def test_an_adult_leaves_comes_back_in_time_and_it_goes_on(self, on_sqlite: Stage) -> None:
        session_id, _ = started(on_sqlite)
        lead = on_sqlite.people["lead2"].id
        act(on_sqlite, session_id, 10, lambda desk: desk.leave(lead))
        assert now_in(on_sqlite, session_id, 10).phase is Phase.PAUSED
        with pytest.raises(Conflict, match="missing"):
            act(on_sqlite, session_id, 11, SessionDesk.go_on)
        act(on_sqlite, session_id, 15, lambda desk: desk.come_back(lead))
        act(on_sqlite, session_id, 16, SessionDesk.go_on)
        assert now_in(on_sqlite, session_id, 16).phase is Phase.RUNNING

    def test_an_adult_who_is_not_back_in_ten_minutes_ends_it(self, on_sqlite: Stage) -> None:
        session_id, _ = started(on_sqlite)
        lead = on_sqlite.people["lead2"].id
        act(on_sqlite, session_id, 10, lambda desk: desk.leave(lead))
        assert entrance(on_sqlite, session_id, 19).ruling is Ruling.PAUSED
        assert entrance(on_sqlite, session_id, 20).ruling is Ruling.SHUT
        act(on_sqlite, session_id, 21, lambda desk: desk.come_back(lead))
        with pytest.raises(Conflict):
            act(on_sqlite, session_id, 22, SessionDesk.go_on)
        closed(on_sqlite, session_id, 25)

    def test_a_child_says_that_something_is_wrong_and_nobody_keeps_who(self, part: Stage) -> None:
        session_id, _ = started(part)
        for _ in range(2):
            with write(part.engine) as db:
                assert livesessions.something_wrong(db, part.keys, part.policy, session_id, at(5))
        with read(part.engine) as db:
            wrong = select(SessionNote.by_id, SessionNote.person_id).where(SessionNote.note == Note.WRONG)
            assert [tuple(row) for row in db.execute(wrong)] == [(None, None)]
            told = {row.person_id for row in db.scalars(select(Notice).where(Notice.matter == "session_wrong"))}
        assert told == {part.people["lead1"].id, part.people["lead2"].id}
        assert entrance(part, session_id, 6).ruling is Ruling.PAUSED
        lead = part.people["lead1"].id
        with pytest.raises(Conflict):
            act(part, session_id, 6, SessionDesk.go_on)
        act(part, session_id, 7, lambda desk: desk.call(lead, answered=True))
        act(part, session_id, 8, SessionDesk.go_on)
        assert entrance(part, session_id, 8).ruling is Ruling.OPEN

    def test_a_session_that_is_over_can_not_be_wrong(self, on_sqlite: Stage) -> None:
        session_id, _ = started(on_sqlite)
        closed(on_sqlite, session_id, 30)
        with write(on_sqlite.engine) as db:
            assert not livesessions.something_wrong(db, on_sqlite.keys, on_sqlite.policy, session_id, at(31))
            assert not livesessions.something_wrong(db, on_sqlite.keys, on_sqlite.policy, "unknown", at(31))

    def test_it_does_not_end_before_the_closing_routine_is_done(self, on_sqlite: Stage) -> None:
        session_id, _ = started(on_sqlite)
        act(on_sqlite, session_id, 40, SessionDesk.close)
        with pytest.raises(Conflict, match="closing routine"):
            act(on_sqlite, session_id, 41, SessionDesk.end)
        assert entrance(on_sqlite, session_id, 41).ruling is Ruling.FINISHING

    @pytest.mark.parametrize("register", [Register(-1, 13, 15), Register(3, 15, 13), Register(3, 13, 400)])
    def test_a_register_is_a_count_with_ages(self, on_sqlite: Stage, register: Register) -> None:
        session_id = begun(on_sqlite)
        with pytest.raises(Invalid):
            act(on_sqlite, session_id, -20, lambda desk: desk.count(register))
