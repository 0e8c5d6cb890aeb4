"""Reading own words after the close: a redactor and a lead together, as often as needed, each time on record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, NotFound
from consult.models import AuditEvent, OpeningMode, OpeningRequest, Response, Strand
from consult.services.auditing import Verb
from consult.services.gate.planning import form_of
from consult.services.opening import reading
from consult.services.opening.openings import askable, opening
from consult.services.opening.ownwords import OwnWords, text_questions
from consult.services.participation import responding
from consult.services.signed import stopping
from safeguards.lifecycle import StrandState
from tests.scenario import COOKIE, NOW, ask, close_part, give, grant, make, open_part, row

KEY, REDACTOR, ANALYST = "young_adults", "reviewer2", "reviewer1"


def granted(stage: Stage) -> str:
    request = ask(stage, KEY, by=REDACTOR, mode=OpeningMode.READ)
    grant(stage, request)
    return request


def words(stage: Stage, request: str, by: str = REDACTOR, cookie: bytes = COOKIE, now=NOW) -> tuple[OwnWords, ...]:
    """As a page does it: read first, on record before anything is shown."""
    with read(stage.engine) as db:
        found = reading.read_words(db, stage.keys, stage.people[by], request, stage.passphrases[by], cookie, now)
    with write(stage.engine) as db:
        reading.use(db, stage.keys, stage.people[by], request, now)
    return found


def test_a_redactor_reads_what_people_wrote_and_by_which_answer(closed: Stage) -> None:
    found = words(closed, granted(closed))
    with read(closed.engine) as db:
        stored = set(db.scalars(select(Response.id).where(Response.strand_id == closed.strands[KEY])))
        asked = text_questions(form_of(db.get_one(Strand, closed.strands[KEY])))
    assert found
    assert {each.response for each in found} <= stored
    assert all(set(each.texts) <= set(asked) and set(each.texts.values()) == {"Invented words."} for each in found)
    assert row(closed, KEY).state == StrandState.OPENED
    assert "Invented" not in repr(found)


def test_reading_goes_on_until_the_end_and_every_time_is_on_record(closed: Stage) -> None:
    request = granted(closed)
    assert words(closed, request) == words(closed, request, now=NOW + timedelta(hours=23))
    with pytest.raises(Conflict, match="over"):
        words(closed, request, now=NOW + timedelta(hours=24))
    with read(closed.engine) as db:
        verbs = list(db.scalars(select(AuditEvent.verb).where(AuditEvent.subject == request)))
    assert verbs == [Verb.OPENING_ASKED, Verb.OPENING_GRANTED, Verb.OPENING_USED, Verb.OPENING_USED]


def test_an_analyst_sees_tables_only(closed_on_sqlite: Stage) -> None:
    with pytest.raises(Denied, match="redactor"):
        ask(closed_on_sqlite, KEY, by=ANALYST, mode=OpeningMode.READ)
    with read(closed_on_sqlite.engine) as db:
        offered = {
            who: {each.mode for each in askable(db, closed_on_sqlite.people[who], NOW)} for who in (ANALYST, REDACTOR)
        }
    everything = {OpeningMode.TABLES, OpeningMode.READ, OpeningMode.TRIAGE}
    assert offered == {ANALYST: {OpeningMode.TABLES}, REDACTOR: everything}


def test_a_grant_for_tables_reads_nothing_and_a_grant_to_read_makes_no_tables(closed_on_sqlite: Stage) -> None:
    stage = closed_on_sqlite
    tables = ask(stage, KEY, by=REDACTOR)
    grant(stage, tables)
    with pytest.raises(Conflict, match="something else"):
        words(stage, tables)
    with pytest.raises(Conflict, match="something else"):
        make(stage, granted(stage), by=REDACTOR)
    assert row(stage, KEY).state == StrandState.CLOSED


def test_a_mode_that_was_changed_in_the_database_opens_nothing(closed_on_sqlite: Stage) -> None:
    """The lead's half is sealed to the mode that he read."""
    stage = closed_on_sqlite
    tables = ask(stage, KEY, by=REDACTOR)
    grant(stage, tables)
    with stage.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER opening_requests_terms_are_fixed")
        connection.exec_driver_sql("UPDATE opening_requests SET mode = 'read'")
    with pytest.raises(Conflict, match="incident"):
        words(stage, tables)


@pytest.mark.parametrize("by", ["lead1", ANALYST, "facilitator", "admin"])
def test_nobody_else_reads_with_the_request(closed_on_sqlite: Stage, by: str) -> None:
    with pytest.raises(NotFound):
        words(closed_on_sqlite, granted(closed_on_sqlite), by=by)


def test_nothing_is_read_without_a_grant_in_another_browser_or_under_a_stop(closed_on_sqlite: Stage) -> None:
    stage = closed_on_sqlite
    with pytest.raises(Conflict, match="granted"):
        words(stage, ask(stage, KEY, by=REDACTOR, mode=OpeningMode.READ))
    request = granted(stage)
    with pytest.raises(Conflict, match="signed in again"):
        words(stage, request, cookie=bytes(32))
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[KEY])
        stopping.press_stop(db, stage.keys, stage.people["lead1"], strand, "Somebody saw something.", NOW)
    with pytest.raises(Conflict, match="stop"):
        words(stage, request)


def test_reading_goes_on_after_the_release(closed_on_sqlite: Stage) -> None:
    stage = closed_on_sqlite
    tables = ask(stage, KEY)
    grant(stage, tables)
    make(stage, tables)
    assert words(stage, granted(stage))
    assert row(stage, KEY).state == StrandState.RELEASED


def test_while_a_part_is_open_nobody_asks_to_read(stage_on_sqlite: Stage) -> None:
    open_part(stage_on_sqlite, KEY)
    give(stage_on_sqlite, KEY, 2)
    with pytest.raises(Conflict, match="closed"):
        ask(stage_on_sqlite, KEY, by=REDACTOR, mode=OpeningMode.READ)


def test_what_was_taken_back_is_read_by_nobody(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    open_part(stage, KEY)
    receipts = give(stage, KEY, 6)
    with write(stage.engine) as db:
        assert all(responding.take_back(db, stage.keys, each) for each in receipts)
    close_part(stage, KEY)
    assert words(stage, granted(stage)) == ()


def test_a_request_to_read_says_so_to_the_lead_and_to_its_reviewer(closed_on_sqlite: Stage) -> None:
    stage, request = closed_on_sqlite, granted(closed_on_sqlite)
    words(stage, request)
    with read(stage.engine) as db:
        mine = opening(db, stage.people[REDACTOR], request, NOW)
        theirs = opening(db, stage.people["lead1"], request, NOW)
        used = db.get_one(OpeningRequest, request).used_at
    assert (mine.mode, mine.may_read, mine.may_make, used) == ("read", True, False, NOW)
    assert (theirs.may_read, theirs.may_refuse) == (False, True)
