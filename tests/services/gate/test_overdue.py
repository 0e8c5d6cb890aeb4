"""A promise that is not kept in time shuts the gate by itself: requests for help (SUP-09), complaints (ACC-03)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from consult.database import read, write
from consult.demo.setup import Stage
from consult.jobs import JOBS
from consult.models import Strand
from consult.sealing.invitation import new_code
from consult.services.gate.gating import judge
from consult.services.help import complaints, helpdesk
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
