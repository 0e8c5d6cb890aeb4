"""Opening answers: a lead and a reviewer, in one browser, once, on record; anything else opens nothing."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import delete, select, update

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.models import (
    AuditEvent,
    Epoch,
    OpeningMode,
    OpeningRequest,
    Person,
    Release,
    ResponseShare,
    Strand,
    StrandKey,
    StrandShare,
)
from consult.services.auditing import Verb, check_log
from consult.services.holders import recusal
from consult.services.opening import reading
from consult.services.opening.openings import RequestStatus, askable, openings
from consult.services.signed import stopping
from safeguards.lifecycle import StrandState
from tests.factories import swap_key
from tests.scenario import COOKIE, NOW, ask, close_part, give, grant, make, open_part, row

LEADS, REVIEWERS = ("lead1", "lead2"), ("reviewer1", "reviewer2")
ENOUGH = 6  # young adults have a threshold of 5: the total is shown, and counting takes no time


def opened_by_nobody(stage: Stage) -> bool:
    with read(stage.engine) as db:
        used = db.scalars(select(OpeningRequest).where(OpeningRequest.used_at.is_not(None))).all()
        releases = db.scalars(select(Release)).all()
    return not used and not releases and row(stage, "young_adults").state == StrandState.CLOSED


def test_a_lead_and_a_reviewer_make_the_tables_and_it_is_on_record(closed: Stage) -> None:
    request = ask(closed, "young_adults")
    grant(closed, request)
    release = make(closed, request)
    assert release.respondent_class == "young_adult"
    assert row(closed, "young_adults").state == StrandState.RELEASED
    with read(closed.engine) as db:
        stored = db.get_one(OpeningRequest, request)
        assert (stored.used_at, stored.wrapped_private) == (NOW, None)
        verbs = list(db.scalars(select(AuditEvent.verb).where(AuditEvent.subject == request)))
        check_log(db, closed.keys.audit)
    assert verbs == [Verb.OPENING_ASKED, Verb.OPENING_GRANTED, Verb.OPENING_USED]


@pytest.mark.parametrize(("lead", "reviewer"), list(product(LEADS, REVIEWERS)))
def test_every_lead_and_every_reviewer_open_together(closed_on_sqlite: Stage, lead: str, reviewer: str) -> None:
    request = ask(closed_on_sqlite, "young_adults", by=reviewer)
    grant(closed_on_sqlite, request, by=lead)
    assert make(closed_on_sqlite, request, by=reviewer).content


@pytest.mark.parametrize("name", ["lead1", "facilitator", "approver", "admin", "operator", "dpl"])
def test_only_a_reviewer_who_holds_a_half_asks(closed_on_sqlite: Stage, name: str) -> None:
    with pytest.raises(Denied, match="reviewer"):
        ask(closed_on_sqlite, "young_adults", by=name)


@pytest.mark.parametrize("name", ["reviewer1", "reviewer2", "facilitator", "approver", "admin"])
def test_two_reviewers_open_nothing_and_nobody_but_a_lead_grants(closed_on_sqlite: Stage, name: str) -> None:
    request = ask(closed_on_sqlite, "young_adults")
    with pytest.raises(Denied, match="lead"):
        grant(closed_on_sqlite, request, by=name)
    assert opened_by_nobody(closed_on_sqlite)


@pytest.mark.parametrize("name", [*LEADS, "reviewer2", "admin"])
def test_a_granted_request_is_its_reviewers_alone(closed_on_sqlite: Stage, name: str) -> None:
    request = ask(closed_on_sqlite, "young_adults")
    grant(closed_on_sqlite, request)
    with pytest.raises(NotFound):
        make(closed_on_sqlite, request, by=name)
    assert opened_by_nobody(closed_on_sqlite)


def test_without_a_grant_a_reviewer_opens_nothing(closed: Stage) -> None:
    with pytest.raises(Conflict, match="granted"):
        make(closed, ask(closed, "young_adults"))
    assert opened_by_nobody(closed)


def test_another_browser_can_not_use_the_request(closed: Stage) -> None:
    request = ask(closed, "young_adults")
    grant(closed, request)
    with pytest.raises(Conflict, match="signed in again"):
        make(closed, request, cookie=bytes(32))
    assert opened_by_nobody(closed)


def test_a_wrong_passphrase_opens_nothing(closed_on_sqlite: Stage) -> None:
    stage = closed_on_sqlite
    request = ask(stage, "young_adults")
    stage.passphrases = {**stage.passphrases, "reviewer1": "wrong", "lead2": "wrong"}
    with pytest.raises(Denied):
        grant(stage, request, by="lead2")
    grant(stage, request)
    with pytest.raises(Denied):
        make(stage, request)
    assert opened_by_nobody(stage)


def test_a_request_is_used_once(closed_on_sqlite: Stage) -> None:
    request = ask(closed_on_sqlite, "young_adults")
    grant(closed_on_sqlite, request)
    make(closed_on_sqlite, request)
    with pytest.raises(Conflict, match="over"):
        make(closed_on_sqlite, request)


def test_a_refused_request_is_over_also_after_it_was_granted(closed: Stage) -> None:
    request = ask(closed, "young_adults")
    grant(closed, request)
    with write(closed.engine) as db:
        reading.refuse(db, closed.keys, closed.people["lead2"], request, NOW)
    with pytest.raises(Conflict, match="over"):
        make(closed, request)
    assert opened_by_nobody(closed)


def test_what_a_lead_granted_ends_when_that_lead_is_kept_out(closed: Stage) -> None:
    """The half that was granted would open until new ones are drawn: the grant is over, and another lead may grant."""
    request = ask(closed, "young_adults")
    grant(closed, request)
    with write(closed.engine) as db:
        by, out = closed.people["approver"], closed.people["lead1"].id
        passphrase = closed.passphrases["approver"]
        recusal.declare(db, closed.keys, by, closed.consultation_id, out, "A conflict", passphrase, NOW)
    with pytest.raises(Conflict, match="Ask again"):
        make(closed, request)
    assert opened_by_nobody(closed)
    with read(closed.engine) as db:
        (seen,) = openings(db, closed.people["reviewer1"], NOW)
        assert (seen.status, seen.may_make) == (RequestStatus.OVER, False)
        assert [each.mode for each in askable(db, closed.people["reviewer1"], NOW)] == [OpeningMode.TABLES]
    again = ask(closed, "young_adults")
    grant(closed, again, by="lead2")
    assert make(closed, again)


@pytest.mark.parametrize(
    ("reason", "hours", "error"), [(" ", 8, Invalid), ("Why", 0, Invalid), ("Why", 24 * 7 + 1, Invalid)]
)
def test_a_request_says_why_and_ends(closed_on_sqlite: Stage, reason: str, hours: int, error: type) -> None:
    stage = closed_on_sqlite
    ends = NOW + timedelta(hours=hours)
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["young_adults"])
        with pytest.raises(error):
            reading.ask(db, stage.keys, stage.people["reviewer1"], strand, reason, ends, COOKIE, NOW)


def test_an_open_part_is_not_opened(stage_on_sqlite: Stage) -> None:
    open_part(stage_on_sqlite, "young_adults")
    give(stage_on_sqlite, "young_adults", 1)
    with pytest.raises(Conflict, match="closed"):
        ask(stage_on_sqlite, "young_adults")


def test_nothing_is_opened_while_a_stop_is_in_force(closed_on_sqlite: Stage) -> None:
    stage = closed_on_sqlite
    request = ask(stage, "young_adults")
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["young_adults"])
        stopping.press_stop(db, stage.keys, stage.people["operator"], strand, "", NOW)
    with pytest.raises(Conflict, match="emergency stop"):
        grant(stage, request)


CORRUPTED = {
    "the wrapped key": update(StrandKey).values(wrapped_private=b"\0" * 64),
    "the public key": update(StrandKey).values(public_key=b"\0" * 1216),
    "a share": update(StrandShare).values(sealed=b"\0" * 64),
    "the generation": update(StrandKey).values(generation=2),
}


@pytest.mark.parametrize("what", CORRUPTED)
def test_a_corrupted_key_row_is_named_and_nothing_is_half_opened(closed: Stage, what: str) -> None:
    request = ask(closed, "young_adults")
    grant(closed, request)
    with write(closed.engine) as db:
        db.execute(CORRUPTED[what])
    with pytest.raises(Conflict, match=r"Nothing was opened\. Row .* of table strand_"):
        make(closed, request)
    assert opened_by_nobody(closed)


def test_a_swapped_identity_key_of_a_lead_is_named(closed_on_sqlite: Stage) -> None:
    stage = closed_on_sqlite
    request = ask(stage, "young_adults")
    with write(stage.engine) as db:
        other = db.get_one(Person, stage.people["lead2"].id)
        swap_key(db, stage.people["lead1"].id, other.public_key)
    with pytest.raises(Conflict, match="of table people"):
        grant(stage, request)


@pytest.mark.parametrize("table", [Epoch, ResponseShare])
def test_one_changed_row_of_answers_stops_the_whole_opening(closed_on_sqlite: Stage, table: type) -> None:
    stage = closed_on_sqlite
    request = ask(stage, "young_adults")
    grant(stage, request)
    with write(stage.engine) as db:
        db.connection().exec_driver_sql("DROP TRIGGER response_shares_never_updated")
        if table is Epoch:
            db.execute(update(Epoch).values(sealed_key=b"\0" * 1200))
        else:
            one = select(ResponseShare.response_id).limit(1).scalar_subquery()
            db.execute(update(ResponseShare).where(ResponseShare.response_id == one).values(share=bytes(16)))
    with pytest.raises(Conflict, match="Nothing was opened"):
        make(stage, request)
    assert opened_by_nobody(stage)


def test_an_answer_whose_share_is_gone_stops_the_opening_and_is_not_left_out(closed: Stage) -> None:
    request = ask(closed, "young_adults")
    grant(closed, request)
    with write(closed.engine) as db:
        one = select(ResponseShare.response_id).limit(1).scalar_subquery()
        db.execute(delete(ResponseShare).where(ResponseShare.response_id == one))
    with pytest.raises(Conflict, match=r"Nothing was opened.* share"):
        make(closed, request)
    assert opened_by_nobody(closed)


def test_what_one_person_has_opens_nothing(closed_on_sqlite: Stage) -> None:
    """A reviewer who also edits the database can not grant himself his own request."""
    stage = closed_on_sqlite
    request = ask(stage, "young_adults")
    with write(stage.engine) as db:
        own = db.get_one(OpeningRequest, request)
        own.granted_by, own.granted_at, own.sealed_half = stage.people["lead1"].id, NOW, b"\0" * 1200
    with pytest.raises(Conflict, match="Nothing was opened"):
        make(stage, request)
    assert opened_by_nobody(stage)


def test_close_part_twice_is_refused(closed_on_sqlite: Stage) -> None:
    with pytest.raises(Conflict):
        close_part(closed_on_sqlite, "young_adults")
