"""The stop of a platform or a place: what it holds, beside other stops and other parts."""

from __future__ import annotations

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import Consultation, Stop, Strand
from consult.services.gate.standing import covered_by, stops_in_force
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


def test_a_place_stops_and_its_emergency_pauses_whoever_is_asked_anywhere_in_its_country(
    stage_on_sqlite: Stage,
) -> None:
    """X27 the other way round: a form for the whole country is answered in that part of it too."""
    stage, keys, operator = stage_on_sqlite, stage_on_sqlite.keys, stage_on_sqlite.people["operator"]
    open_part(stage, "children")
    open_part(stage, "young_adults")
    with write(stage.engine) as db:
        country = db.get_one(Strand, stage.strands["children"]).facts["jurisdictions"][0]
        local = db.get_one(Strand, stage.strands["child_survivors"])
        local.facts = {**local.facts, "jurisdictions": [f"{country}-01", f"{country}-02"]}
    with write(stage.engine) as db:
        stopping.press_wide(db, keys, operator, StopScope.ALERT, f"{country}-01", "An earthquake", NOW)
    assert row(stage, "children").state == StrandState.SUSPENDED
    assert row(stage, "young_adults").state == StrandState.OPEN
    with write(stage.engine) as db:
        local = db.get_one(Strand, stage.strands["child_survivors"])
        local.facts = {**local.facts, "jurisdictions": [f"{country}-02"]}
        stop = Stop(
            scope=StopScope.JURISDICTION, subject=f"{country}-01", cause="", pressed_by=operator.id, pressed_at=NOW
        )
        db.add(stop)
        db.flush()
        covered = {each.id for each in covered_by(db, stop)}
        assert covered == set(stage.strands.values()) - {local.id}
        assert stops_in_force(db, db.get_one(Strand, stage.strands["young_adults"])) == [stop]
        assert stops_in_force(db, local) == []


def test_a_stop_goes_by_the_name_however_it_was_typed_and_a_country_by_its_parts(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    typed = {"children": "Big Blue", "young_adults": "big  blue"}
    with write(stage.engine) as db:
        for key, name in typed.items():
            strand = db.get_one(Strand, stage.strands[key])
            strand.facts = {**strand.facts, "platform": name, "jurisdictions": ["KE-30"]}
    operator = stage.people["operator"]
    with write(stage.engine) as db:
        known = stopping.stoppable(db, operator)
        assert [each for _, each in known if each.startswith(("B", "b"))] == ["Big Blue"]
        assert (StopScope.JURISDICTION, "KE") in known
        first = stopping.press_wide(db, stage.keys, operator, StopScope.PLATFORM, "Big Blue", "Overheard", NOW)
        again = stopping.press_wide(db, stage.keys, operator, StopScope.PLATFORM, "big blue", "Overheard", NOW)
        assert again.id == first.id
        stopping.press_wide(db, stage.keys, operator, StopScope.JURISDICTION, "KE", "A flood", NOW)
        for key in typed:
            assert len(stops_in_force(db, db.get_one(Strand, stage.strands[key]))) == 2
