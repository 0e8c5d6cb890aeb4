"""A certificate that runs out in the middle of the window closes the part within one sweep; people are told kindly."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, text

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import Evidence, Strand, StrandState
from consult.services.signed import running
from tests.scenario import NOW, open_part
from tests.web.participate.walk import Walk
from tests.web.staff.desk import Desk

ENDS = NOW + timedelta(days=3)


def test_it_closes_within_one_sweep_and_says_so(desk: Desk, stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    facilitator = stage.people["facilitator"].id
    with stage.engine.begin() as connection:
        # The same certificate, with an end of its own: past the guard that what was checked stays as it was checked.
        connection.execute(text("DROP TRIGGER evidence_verification_is_final"))
    with write(stage.engine) as db:
        mine = select(Evidence).where(Evidence.requirement == "TRN-01", Evidence.subject == facilitator)
        db.scalars(mine).one().expires = ENDS
    code = open_part(stage, "children")
    desk.now[0] = ENDS - timedelta(minutes=1)
    inside = Walk(desk.app)
    inside.begin(code=code)
    desk.now[0] = ENDS + timedelta(minutes=1)
    assert "This is closed right now." in Walk(desk.app).post("/", {"code": code}).text, "nobody begins, sweep or not"
    with write(stage.engine) as db:
        (lapsed,) = running.sweep(db, stage.keys, stage.policy, desk.now[0])
    assert lapsed.strand_id == stage.strands["children"]
    with read(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        assert strand.state == StrandState.SUSPENDED
        assert strand.finish_by == desk.now[0] + timedelta(minutes=30), "a document ran out: who is inside may finish"
    assert inside.get("/c/q/1").request.path == "/c/q/1"
    desk.now[0] += timedelta(minutes=31)
    ended = inside.get("/c/q/1")
    assert "We have deleted what you wrote" in ended.text
    assert inside.cookies == {}
