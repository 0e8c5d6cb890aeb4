"""The stop of a platform or a place: what it holds, beside other stops and other parts."""

from __future__ import annotations

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import Consultation, Strand
from consult.services.signed import stopping
from safeguards.lifecycle import ConsultationState, StrandState
from safeguards.record import StopScope
from tests.scenario import NOW, close_part, open_part, row


def test_what_another_stop_holds_stays_stopped_and_its_consultation_is_not_over(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    open_part(stage, "children")
    with write(stage.engine) as db:
        place = db.get_one(Strand, stage.strands["children"]).facts["jurisdictions"][0]
        elsewhere = db.get_one(Strand, stage.strands["young_adults"])
        elsewhere.facts, elsewhere.state = {**elsewhere.facts, "jurisdictions": ["KE"]}, StrandState.SUSPENDED
    with write(stage.engine) as db:
        operator = stage.people["operator"]
        wide = stopping.press_wide(db, stage.keys, operator, StopScope.JURISDICTION, place, "A flood", NOW).id
    assert row(stage, "young_adults").state == StrandState.SUSPENDED
    close_part(stage, "young_adults")
    with read(stage.engine) as db:
        assert db.get_one(Consultation, stage.consultation_id).state == ConsultationState.RUNNING
    with write(stage.engine) as db:
        children = db.get_one(Strand, stage.strands["children"])
        stopping.press_stop(db, stage.keys, operator, children, "Somebody listened in", NOW)
    for name in ("lead1", "approver"):
        with write(stage.engine) as db:
            typed = stage.passphrases[name]
            stopping.lift_wide(db, stage.keys, stage.people[name], wide, "The water is gone", typed, NOW)
    assert row(stage, "children").state == StrandState.STOPPED
    for name in ("lead1", "approver"):
        with write(stage.engine) as db:
            strand, typed = db.get_one(Strand, stage.strands["children"]), stage.passphrases[name]
            stopping.lift_stop(db, stage.keys, stage.people[name], strand, "Nobody did", typed, NOW)
    assert row(stage, "children").state == StrandState.SUSPENDED
