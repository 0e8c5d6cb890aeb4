"""A promise that is not kept in time shuts the gate by itself: requests for help (SUP-09), complaints (ACC-03)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import NotFound
from consult.jobs import JOBS
from consult.models import ComplaintOutcome, Person, Strand
from consult.sealing.invitation import new_code
from consult.services.gate.complaintroute import recipients
from consult.services.gate.gating import judge
from consult.services.help import complaints, helpdesk
from consult.services.people import identities
from safeguards.lifecycle import StrandState
from tests.scenario import NOW, open_part, row
from tests.services.help.test_helprequests import KEY, only_request, somebody_asks

ELEVEN_DAYS = NOW + timedelta(days=11)


def swept(stage: Stage, now: datetime) -> Strand:
    JOBS["lapses"](stage.engine, stage.keys, stage.policy, now)
    return row(stage, KEY)


def lacking(stage: Stage, now: datetime) -> set[str]:
    with read(stage.engine) as db:
        evaluation = judge(db, db.get_one(Strand, stage.strands[KEY]), stage.policy, now).evaluation
    return {each.requirement for each in evaluation.reasons}


def test_a_request_for_help_that_waits_too_long_ends_new_starts_until_it_is_answered(stage: Stage) -> None:
    somebody_asks(stage)
    in_time, late = NOW + timedelta(days=2), NOW + timedelta(days=3)
    assert swept(stage, in_time).state == StrandState.OPEN
    strand = swept(stage, late)
    assert strand.state == StrandState.SUSPENDED
    assert "requests for help wait" in (strand.state_reason or "")
    assert strand.finish_by == late + timedelta(minutes=30)  # C2: people inside may finish
    assert "SUP-09" in lacking(stage, late)
    with write(stage.engine) as db:
        helpdesk.answered(db, stage.keys, stage.people["lead1"], only_request(stage), late)
    assert "SUP-09" not in lacking(stage, late)


@pytest.mark.parametrize("written_in_the_part", [True, False])
def test_a_complaint_that_waits_too_long_does_the_same(stage_on_sqlite: Stage, written_in_the_part: bool) -> None:
    stage = stage_on_sqlite
    open_part(stage, KEY)
    where = stage.strands[KEY] if written_in_the_part else None
    with write(stage.engine) as db:
        complaints.complain(db, stage.keys, "They laughed at me.", new_code(), where, NOW, stage.policy)
    assert "ACC-03" not in lacking(stage, NOW + timedelta(days=10))
    assert "ACC-03" in lacking(stage, ELEVEN_DAYS)


def test_a_way_to_complain_that_nobody_can_read_is_none_until_the_next_can_and_what_was_lost_is_answered(
    stage_on_sqlite: Stage,
) -> None:
    stage, who = stage_on_sqlite, stage_on_sqlite.people["approver"]
    open_part(stage, KEY)
    where, words = stage.strands[KEY], "We are sorry: please write it again."
    with write(stage.engine) as db:
        given = complaints.complain(db, stage.keys, "They laughed at me.", new_code(), where, NOW, stage.policy)
        assert [each.id for each in recipients(db, stage.consultation_id)] == [who.id]
        person = db.get_one(Person, who.id)
        confirmed = person.confirmed_by, person.confirmed_at, person.confirmation_seal
        made = identities.start_anew(db, stage.keys, who, stage.passphrases["approver"], NOW)
        assert recipients(db, stage.consultation_id) == []
    assert "ACC-03" in lacking(stage, NOW)
    with write(stage.engine) as db:
        person = db.get_one(Person, who.id)
        person.confirmed_by, person.confirmed_at, person.confirmation_seal = confirmed
    assert "ACC-03" in lacking(stage, NOW), "one can be taken again, and one is lost"
    with write(stage.engine) as db:
        (view,) = complaints.complaints(db, who, NOW)
        assert not view.readable
        with pytest.raises(NotFound):
            complaints.read_words(db, stage.keys, who, view.id, made.passphrase, NOW)
        assert complaints.complaints(db, stage.people["lead1"], NOW) == []
        complaints.answer(db, stage.keys, who, view.id, ComplaintOutcome.PASSED_ON, words, NOW)
        reply = complaints.reply_for(db, stage.keys, given.code)
    assert reply is not None
    assert reply.words == words
    assert "ACC-03" not in lacking(stage, NOW)


def test_a_request_that_nobody_can_read_shuts_at_once_and_a_lead_of_the_part_sees_it(stage_on_sqlite: Stage) -> None:
    stage = somebody_asks(stage_on_sqlite)
    leads = [stage.people[name] for name in ("lead1", "lead2")]
    request_id = only_request(stage)
    with write(stage.engine) as db:
        for who, name in zip(leads, ("lead1", "lead2"), strict=True):
            assert "SUP-09" not in lacking(stage, NOW)
            identities.start_anew(db, stage.keys, who, stage.passphrases[name], NOW)
    assert "SUP-09" in lacking(stage, NOW)
    with write(stage.engine) as db:
        (view,) = helpdesk.help_requests(db, stage.policy, leads[0], NOW)
        assert (view.id, view.readable) == (request_id, False)
        assert helpdesk.help_requests(db, stage.policy, stage.people["facilitator"], NOW) == ()
        with pytest.raises(NotFound):
            helpdesk.read_request(db, stage.keys, leads[0], request_id, stage.passphrases["lead1"], NOW)
        helpdesk.answered(db, stage.keys, leads[0], request_id, NOW)
    assert "SUP-09" not in lacking(stage, NOW)
