"""Answers set apart: nobody opens or counts them until two people say the same; in time, or they are destroyed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, Invalid
from consult.jobs import JOBS
from consult.models import (
    AuditEvent,
    Epoch,
    Evidence,
    OpeningMode,
    Profile,
    ProfileShare,
    Quarantine,
    QuarantinedEpoch,
    Response,
    ResponseShare,
    Strand,
    TriageClock,
    Verdict,
)
from consult.services.auditing import Verb
from consult.services.desks.waiting import Task, waiting_for
from consult.services.evidence import attesting
from consult.services.opening import triage, unsealing
from consult.services.opening.quarantine import set_apart
from consult.services.participation import responding
from consult.services.participation.epochs import EpochBook
from consult.services.report import counting, livecoverage, quarantinedesk, reporting, said
from safeguards.lifecycle import StrandState
from tests.scenario import NOW, ask, closed_with, give, grant, make, open_part, row
from tests.services.snapshots import refresh

KEY = "children"
TEN_DAYS, FORTNIGHT = NOW + timedelta(days=10), NOW + timedelta(days=14)


def proof(stage: Stage, requirement: str) -> str:
    """A piece of evidence for it that counts for the part."""
    with read(stage.engine) as db:
        counting = attesting.evidence_of(db, db.get_one(Strand, stage.strands[KEY]))
        return min(each.id for each in counting if each.requirement == requirement and each.verified_at)


def found_false(stage: Stage, requirement: str, now: datetime = NOW) -> None:
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[KEY])
        attesting.revoke(
            db,
            stage.keys,
            stage.policy,
            stage.people["lead1"],
            strand,
            proof(stage, requirement),
            "It was not true.",
            now,
            found_false=True,
        )


def by_hand(stage: Stage, by: str = "lead1", cause: str = "SAF-17", why: str = "The link was posted.") -> str:
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[KEY])
        return quarantinedesk.set_apart_by_hand(
            db, stage.keys, stage.policy, stage.people[by], strand, cause, why, stage.passphrases[by], NOW
        ).id


def says(stage: Stage, by: str, verdict: Verdict, now: datetime = NOW, passphrase: str = "") -> None:
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[KEY])
        each = db.scalars(select(Quarantine).where(Quarantine.ended_at.is_(None))).first()
        assert each is not None
        words = passphrase or stage.passphrases[by]
        quarantinedesk.decide(db, stage.keys, stage.people[by], strand, each.id, verdict, words, now)


def rows(stage: Stage, model: type) -> int:
    with read(stage.engine) as db:
        return db.scalar(select(func.count()).select_from(model)) or 0


def causes(stage: Stage) -> list[str]:
    with read(stage.engine) as db:
        return list(
            db.scalars(select(Quarantine.cause).where(Quarantine.ended_at.is_(None)).order_by(Quarantine.cause))
        )


def tables(stage: Stage) -> str:
    request = ask(stage, KEY)
    grant(stage, request)
    return make(stage, request).content


def test_a_false_certificate_halts_the_part_and_sets_apart_what_was_sent(stage: Stage) -> None:
    open_part(stage, KEY)
    give(stage, KEY, 3)
    found_false(stage, "TRN-09")
    assert row(stage, KEY).state == StrandState.SUSPENDED
    assert causes(stage) == ["TRN-09"]
    with read(stage.engine) as db:
        each = db.scalars(select(Quarantine)).one()
        assert each.decide_by == FORTNIGHT
        assert set(db.scalars(select(QuarantinedEpoch.epoch_id))) == set(db.scalars(select(Epoch.id)))
        assert db.scalars(select(AuditEvent).where(AuditEvent.verb == Verb.SET_APART)).one().facts["cause"] == "TRN-09"


def test_what_casts_no_doubt_on_answers_sets_nothing_apart(stage_on_sqlite: Stage) -> None:
    open_part(stage_on_sqlite, KEY)
    give(stage_on_sqlite, KEY, 3)
    found_false(stage_on_sqlite, "SAF-18")
    assert row(stage_on_sqlite, KEY).state == StrandState.SUSPENDED
    assert causes(stage_on_sqlite) == []


def test_found_after_the_close_it_still_holds_everything_back(stage_on_sqlite: Stage) -> None:
    closed_with(stage_on_sqlite, KEY, 40)
    request = ask(stage_on_sqlite, KEY)
    grant(stage_on_sqlite, request)
    found_false(stage_on_sqlite, "ETH-04")  # the guardians' consent, proven of the participants of this part
    with pytest.raises(Conflict, match="set apart"):
        make(stage_on_sqlite, request)
    with pytest.raises(Conflict, match="set apart"):
        ask(stage_on_sqlite, KEY, by="reviewer2", mode=OpeningMode.READ)


def test_even_without_that_rule_no_answer_in_doubt_goes_to_an_opening(stage_on_sqlite: Stage) -> None:
    open_part(stage_on_sqlite, KEY)
    give(stage_on_sqlite, KEY, 3)
    by_hand(stage_on_sqlite)
    with read(stage_on_sqlite.engine) as db:
        assert db.execute(unsealing._of(stage_on_sqlite.strands[KEY])).all() == []


def test_evidence_that_ran_out_before_the_part_opened_casts_no_doubt_on_it(stage_on_sqlite: Stage) -> None:
    closed_with(stage_on_sqlite, KEY, 3)
    old = proof(stage_on_sqlite, "TRN-09")
    with write(stage_on_sqlite.engine) as db:
        each = db.get_one(Evidence, old)
        copied = {c.name: getattr(each, c.name) for c in Evidence.__table__.columns}
        copied |= {"id": "older", "expires": NOW - timedelta(days=1)}
        db.add(Evidence(**copied))
    with write(stage_on_sqlite.engine) as db:
        strand = db.get_one(Strand, stage_on_sqlite.strands[KEY])
        args = (db, stage_on_sqlite.keys, stage_on_sqlite.policy, stage_on_sqlite.people["lead1"], strand)
        attesting.revoke(*args, "older", "It was not true.", NOW, found_false=True)
    assert causes(stage_on_sqlite) == []


def test_by_hand_an_open_part_stops_first(stage: Stage) -> None:
    open_part(stage, KEY)
    give(stage, KEY, 3)
    by_hand(stage)
    assert row(stage, KEY).state == StrandState.SUSPENDED
    assert causes(stage) == ["SAF-17"]


@pytest.mark.parametrize(
    ("by", "cause", "why", "refusal"),
    [
        ("facilitator", "SAF-17", "The link was posted.", Denied),
        ("reviewer1", "SAF-17", "The link was posted.", Denied),
        ("lead1", "SAF-18", "The drill failed.", Invalid),
        ("lead1", "SAF-17", " ", Invalid),
    ],
)
def test_who_may_not_and_what_is_no_cause_sets_nothing_apart(
    stage_on_sqlite: Stage, by: str, cause: str, why: str, refusal: type[Exception]
) -> None:
    open_part(stage_on_sqlite, KEY)
    give(stage_on_sqlite, KEY, 1)
    with pytest.raises(refusal):
        by_hand(stage_on_sqlite, by, cause, why)
    assert (causes(stage_on_sqlite), row(stage_on_sqlite, KEY).state) == ([], StrandState.OPEN)


def test_cleared_by_two_everything_counts_again(stage: Stage) -> None:
    closed_with(stage, KEY, 40)
    by_hand(stage, by="approver")
    says(stage, "lead1", Verdict.CLEAR)
    assert causes(stage) == ["SAF-17"]
    says(stage, "approver", Verdict.CLEAR)
    assert causes(stage) == []
    assert '"tables"' in tables(stage)


def test_one_person_or_two_who_differ_decide_nothing(stage_on_sqlite: Stage) -> None:
    closed_with(stage_on_sqlite, KEY, 3)
    by_hand(stage_on_sqlite)
    says(stage_on_sqlite, "lead1", Verdict.CLEAR)
    says(stage_on_sqlite, "approver", Verdict.DESTROY)
    assert causes(stage_on_sqlite) == ["SAF-17"]
    with pytest.raises(Denied):
        says(stage_on_sqlite, "lead2", Verdict.DESTROY)
    with pytest.raises(Denied):
        says(stage_on_sqlite, "lead1", Verdict.DESTROY, passphrase="not mine")
    assert rows(stage_on_sqlite, Response) == 3
    says(stage_on_sqlite, "lead1", Verdict.DESTROY)
    assert rows(stage_on_sqlite, Response) == 0


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE quarantines SET outcome = 'clear', ended_at = '2030-01-08 00:00:00'",
        "DELETE FROM quarantined_epochs",
        "DELETE FROM quarantines",
        "UPDATE quarantines SET decide_by = '2040-01-01 00:00:00'",
    ],
)
def test_the_database_itself_clears_nothing_without_two(stage: Stage, attack: str) -> None:
    closed_with(stage, KEY, 2)
    by_hand(stage)
    with pytest.raises(IntegrityError), stage.engine.begin() as connection:
        connection.exec_driver_sql(attack)


def test_what_was_decided_stays_decided(stage: Stage) -> None:
    closed_with(stage, KEY, 2)
    by_hand(stage)
    for name in ("lead1", "approver"):
        says(stage, name, Verdict.CLEAR)
    with pytest.raises(IntegrityError, match="stays on record"), stage.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE quarantines SET outcome = 'destroy'")


def test_nobody_decides_in_time_and_all_of_it_is_destroyed_and_on_record(stage: Stage) -> None:
    open_part(stage, KEY)
    give(stage, KEY, 5)
    JOBS["counts"](stage.engine, stage.keys, stage.policy, NOW)
    by_hand(stage)
    end = JOBS["quarantines_end"]
    assert end(stage.engine, stage.keys, stage.policy, TEN_DAYS) == "0 ended"
    assert end(stage.engine, stage.keys, stage.policy, FORTNIGHT) == "1 ended"
    assert [rows(stage, each) for each in (Response, ResponseShare, Profile, ProfileShare, Epoch)] == [0] * 5
    with read(stage.engine) as db:
        event = db.scalars(select(AuditEvent).where(AuditEvent.verb == Verb.DOUBTED_DESTROYED)).one()
        assert event.facts["responses"] == 5
        assert counting.missing(db) == []


def test_a_second_cause_for_the_same_answers_ends_with_them(stage_on_sqlite: Stage) -> None:
    closed_with(stage_on_sqlite, KEY, 2)
    by_hand(stage_on_sqlite)
    by_hand(stage_on_sqlite, cause="DAT-02")
    with pytest.raises(Conflict, match="already"):
        by_hand(stage_on_sqlite)
    for name in ("lead1", "approver"):
        says(stage_on_sqlite, name, Verdict.DESTROY)
    assert causes(stage_on_sqlite) == []


def test_after_a_restart_new_answers_are_taken_under_a_new_key_and_are_not_in_doubt(stage: Stage) -> None:
    open_part(stage, KEY)
    book = EpochBook(stage.keys.row_seal)
    give(stage, KEY, 2, book)
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[KEY])
        set_apart(db, stage.keys, stage.policy, strand, "SAF-17", "The link was posted.", "sweep", NOW)
    give(stage, KEY, 3, book, seed=2)  # a worker that still holds the old one begins another
    with read(stage.engine) as db:
        assert len(db.execute(unsealing._of(stage.strands[KEY])).all()) == 3


def test_the_database_itself_refuses_an_answer_to_an_epoch_in_doubt(stage: Stage) -> None:
    open_part(stage, KEY)
    give(stage, KEY, 1)
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[KEY])
        set_apart(db, stage.keys, stage.policy, strand, "SAF-17", "The link was posted.", "sweep", NOW)
        epoch = db.scalars(select(Epoch.id)).one()
    with pytest.raises(IntegrityError, match="set apart"), stage.engine.begin() as connection:
        connection.execute(
            insert(Response).values(id=b"another", strand_id=stage.strands[KEY], epoch_id=epoch, sealed=b"x")
        )


def test_what_is_in_doubt_waits_for_two_people_and_not_for_a_reader(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    open_part(stage, KEY)
    give(stage, KEY, 12)
    by_hand(stage)
    assert rows(stage, TriageClock) == 0
    with read(stage.engine) as db:
        assert triage.backlogs(db, stage.people["reviewer2"], stage.policy, NOW) == ()
    for name in ("lead1", "approver"):
        says(stage, name, Verdict.CLEAR)
    with read(stage.engine) as db:
        (again,) = triage.backlogs(db, stage.people["reviewer2"], stage.policy, NOW)
        assert again.at_least == 10


def test_a_receipt_takes_back_what_is_in_doubt(stage_on_sqlite: Stage) -> None:
    open_part(stage_on_sqlite, KEY)
    first, *_ = give(stage_on_sqlite, KEY, 2)
    by_hand(stage_on_sqlite)
    with write(stage_on_sqlite.engine) as db:
        assert responding.take_back(db, stage_on_sqlite.keys, first)
    assert rows(stage_on_sqlite, Response) == 1


def test_a_report_that_counted_them_is_shown_to_nobody_until_it_is_cleared(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    closed_with(stage, KEY, 40)
    tables(stage)
    with read(stage.engine) as db:
        (card,) = reporting.releases(db, stage.people["lead1"])
    by_hand(stage)
    with read(stage.engine) as db:
        assert reporting.releases(db, stage.people["lead1"]) == ()
        with pytest.raises(Conflict, match="set apart"):
            reporting.release_text(db, stage.people["lead1"], card.id)
    with write(stage.engine) as db, pytest.raises(Conflict, match="set apart"):
        said.publish(db, stage.keys.audit, stage.people["lead1"], card.id, read_with_some=True, now=NOW)
    for name in ("lead1", "approver"):
        says(stage, name, Verdict.DESTROY)
    with read(stage.engine) as db:
        assert reporting.releases(db, stage.people["lead1"]) == ()


@pytest.mark.parametrize("verdict", [Verdict.CLEAR, Verdict.DESTROY])
def test_a_snapshot_that_counted_them_is_shown_to_nobody_until_it_is_cleared(
    stage_on_sqlite: Stage, verdict: Verdict
) -> None:
    stage = stage_on_sqlite
    open_part(stage, KEY)
    give(stage, KEY, 40)
    refresh(stage)

    def seen() -> tuple[bool, bool]:
        with read(stage.engine) as db:
            strand = row(stage, KEY)
            try:
                taken = bool(livecoverage.snapshot_text(db, strand, 1))
            except Conflict:
                taken = False
            return livecoverage.shown(db, strand, "en") is not None, taken

    assert seen() == (True, True)
    by_hand(stage)
    assert seen() == (False, False)
    for name in ("lead1", "approver"):
        says(stage, name, verdict)
    shown, taken = seen()
    assert shown is (verdict is Verdict.CLEAR)
    assert not (taken and not shown)


def test_both_people_find_it_first_on_their_desk_until_each_has_spoken(stage_on_sqlite: Stage) -> None:
    closed_with(stage_on_sqlite, KEY, 2)
    by_hand(stage_on_sqlite)

    def waits(name: str) -> bool:
        with read(stage_on_sqlite.engine) as db:
            found = waiting_for(db, stage_on_sqlite.people[name], stage_on_sqlite.policy, NOW)
        return Task.DECIDE_APART in {each.task for each in found}

    assert waits("lead1")
    assert waits("approver")
    assert not waits("reviewer1")
    says(stage_on_sqlite, "lead1", Verdict.CLEAR)
    assert not waits("lead1")
    assert waits("approver")
