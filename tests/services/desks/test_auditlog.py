"""The audit log holds nobody's words, shows what was changed or removed, and is read within one's scope."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text

from consult.commands.loghead import note_head, noted_head
from consult.database import read, write
from consult.demo.setup import Stage
from consult.jobs import JOBS
from consult.models import AuditEvent, Consultation, Evidence, Person, Response, Strand, SupportService
from consult.sealing.suite import SealingError
from consult.services.auditing import Head, Verb, check_log, head
from consult.services.desks.auditlog import log_page
from consult.services.holders import recusal
from consult.services.participation import responding
from consult.services.report.counting import missing
from tests.scenario import NOW, give, open_part

WEEK = timedelta(days=7)


def unguarded(stage: Stage, statement: str) -> None:
    """What somebody does who can write the database: the guards go first."""
    with stage.engine.begin() as connection:
        for name in ("never_updated", "never_deleted", "without_gaps"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS audit_events_{name}")
        connection.execute(text(statement))


def test_no_event_holds_a_word_that_anybody_wrote(stage_on_sqlite: Stage) -> None:
    open_part(stage_on_sqlite, "children")
    with read(stage_on_sqlite.engine) as db:
        words = {"Seen for the demonstration", "Signed in the demonstration"}
        for column in (Person.name, Person.email, Consultation.title, Strand.name, SupportService.name):
            words |= set(db.scalars(select(column)))
        words |= set(db.scalars(select(Evidence.statement)))
        said = " ".join(str(facts) for facts in db.scalars(select(AuditEvent.facts)))
        values = [value for facts in db.scalars(select(AuditEvent.facts)) for value in facts.values()]
    assert [word for word in words if word and word in said] == []
    assert [value for value in values if isinstance(value, str) and len(value) > 64] == []


def test_a_changed_event_is_named(stage_on_sqlite: Stage) -> None:
    unguarded(stage_on_sqlite, "UPDATE audit_events SET actor = 'nobody' WHERE number = 7")
    with read(stage_on_sqlite.engine) as db, pytest.raises(SealingError, match=r"Event 7 of .* was changed"):
        check_log(db, stage_on_sqlite.audit)


def test_a_removed_event_is_named(stage_on_sqlite: Stage) -> None:
    unguarded(stage_on_sqlite, "DELETE FROM audit_events WHERE number = 7")
    with read(stage_on_sqlite.engine) as db, pytest.raises(SealingError, match=r"Event 7 of .* was removed"):
        check_log(db, stage_on_sqlite.audit)


def test_an_end_that_was_cut_off_shows_against_the_noted_head(stage_on_sqlite: Stage, tmp_path: Path) -> None:
    with read(stage_on_sqlite.engine) as db:
        newest = head(db)
    note_head(tmp_path, newest)
    unguarded(stage_on_sqlite, f"DELETE FROM audit_events WHERE number > {newest.number - 3}")
    with read(stage_on_sqlite.engine) as db:
        check_log(db, stage_on_sqlite.audit)  # the chain alone can not show it
        with pytest.raises(SealingError, match=f"Event {newest.number - 2} to event {newest.number}"):
            check_log(db, stage_on_sqlite.audit, noted_head(tmp_path))
        note_head(tmp_path, head(db))
    assert noted_head(tmp_path) == newest, "the note of the longer log stays"


def test_a_note_that_was_damaged_or_belongs_to_another_log_is_a_breach(stage_on_sqlite: Stage, tmp_path: Path) -> None:
    assert noted_head(tmp_path) is None
    damaged = []
    for content in (b"nonsense", b"", b"\xff\xaa"):
        (tmp_path / "audit-head").write_bytes(content)
        damaged.append(noted_head(tmp_path))
    with read(stage_on_sqlite.engine) as db:
        for noted in (*damaged, Head(3, bytes(32))):
            with pytest.raises(SealingError, match="not the one that was noted"):
                check_log(db, stage_on_sqlite.audit, noted)


def test_jobs_that_end_at_the_same_moment_leave_a_whole_note(tmp_path: Path) -> None:
    def note(number: int) -> Head | None:
        note_head(tmp_path, Head(number, bytes(32)))
        return noted_head(tmp_path)

    with ThreadPoolExecutor(4) as jobs:
        found = list(jobs.map(note, range(1, 101)))
    assert all(each and each.link == bytes(32) for each in found)
    assert noted_head(tmp_path) == Head(100, bytes(32))


def test_answers_that_are_gone_show_and_those_taken_back_do_not(stage: Stage) -> None:
    open_part(stage, "children")
    receipts = give(stage, "children", 5)
    count = JOBS["counts"]
    assert count(stage.engine, stage.keys, stage.policy, NOW) == "1 counted"
    assert count(stage.engine, stage.keys, stage.policy, NOW) == "0 counted", "once a week"
    with write(stage.engine) as db:
        assert responding.take_back(db, stage.keys, receipts[0])
    for now, counted in ((NOW, "0 counted"), (NOW + WEEK, "1 counted")):
        assert count(stage.engine, stage.keys, stage.policy, now) == counted
        with read(stage.engine) as db:
            assert missing(db) == []
    with write(stage.engine) as db:
        first = db.scalars(select(Response.id).limit(1)).one()
        db.execute(delete(Response).where(Response.id == first))
    with read(stage.engine) as db:
        (sentence,) = missing(db)
        check_log(db, stage.audit)
        facts = db.scalars(select(AuditEvent.facts).where(AuditEvent.verb == Verb.RESPONSES_COUNTED)).all()
    assert "1 answers that were there in week 2030-W02 are gone" in sentence
    assert facts == [
        {"week": "2030-W01", "responses": 5, "withdrawn": 0},
        {"week": "2030-W02", "responses": 4, "withdrawn": 1},
    ]


def test_the_log_is_read_within_ones_scope_and_without_anybodys_coming_and_going(stage_on_sqlite: Stage) -> None:
    lead = stage_on_sqlite.people["lead1"]
    with read(stage_on_sqlite.engine) as db:
        page = log_page(db, lead)
        older = log_page(db, lead, page.older)
        assert page.lines[0].number > page.lines[-1].number > older.lines[0].number
        assert {line.verb for line in page.lines} & {Verb.SIGNED_IN, Verb.SIGNED_OUT} == set()
        assert any("Young people" in line.about for line in (*page.lines, *older.lines))
        assert log_page(db, stage_on_sqlite.people["facilitator"]).lines, "the own consultation"
    with write(stage_on_sqlite.engine) as db:
        where, typed = stage_on_sqlite.consultation_id, stage_on_sqlite.passphrases["lead1"]
        recusal.declare(db, stage_on_sqlite.keys, lead, where, lead.id, "Interest", typed, NOW)
    with read(stage_on_sqlite.engine) as db:
        number, seen = None, []
        while True:
            page = log_page(db, lead, number)
            seen += page.lines
            if page.older is None:
                break
            number = page.older
    assert seen
    assert not [line for line in seen if line.verb.startswith(("strand.", "consultation.", "evidence."))]
