"""Whom a part wants to hear: saved before it closes, kept with the release, never moved to where the arrow hit."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.inclusion.coverage import Reference, Target
from consult.jobs.needs import forget_needs
from consult.models import AdjustmentRequest, AuditEvent, Release, Strand, StrandCount
from consult.services.auditing import Verb
from consult.services.evidence import adjustments
from consult.services.report import circumstances
from consult.services.signed import running, stopping
from consult.services.tables import coverageplans
from consult.services.tables.coverageplans import Planned
from tests.scenario import NOW, ask, close_part, closed_with, give, grant, make, open_part
from tests.toolbox.rows import stuck

GIRLS = Target((("gender", "girl"),), 30)
YOUNG_GIRLS = Target((("age", "13_15"), ("gender", "girl")), 20)
PLACES = Reference.of("location", "Census 2024", {"city": 700, "countryside": 280, "camp": 20})
AGES_AND_PLACES = Reference(
    "Census 2024", {(("age", "13_15"), ("location", "camp")): 20, (("age", "16_17"), ("location", "camp")): 30}
)


def save(stage: Stage, key: str, plan: Planned, by: str = "facilitator", version: int = 0) -> None:
    with write(stage.engine) as db:
        who = stage.people[by]
        coverageplans.save(db, stage.keys.audit, who, stage.strands[key], version, plan, NOW)


def stored(stage: Stage, key: str) -> Planned:
    with read(stage.engine) as db:
        return coverageplans.planned(db, stage.strands[key])


def test_a_plan_is_kept_as_it_was_saved_and_on_record(stage: Stage) -> None:
    save(stage, "children", Planned((GIRLS, YOUNG_GIRLS), (PLACES, AGES_AND_PLACES), 250))
    kept = stored(stage, "children")
    assert (kept.targets, kept.references, kept.invited) == ((GIRLS, YOUNG_GIRLS), (PLACES, AGES_AND_PLACES), 250)
    with read(stage.engine) as db:
        event = db.query(AuditEvent).order_by(AuditEvent.number.desc()).first()
        assert event is not None
        assert (event.verb, event.facts) == (Verb.COVERAGE_PLANNED, {"targets": 2})


def test_a_population_of_two_groups_is_kept_and_one_of_before_is_still_read() -> None:
    people = {(("gender", "girl"), ("location", "camp")): 20, (("gender", "boy"), ("location", "camp")): 30}
    plan = Planned((GIRLS,), (PLACES,)).with_population(("gender", "location"), Reference("Census 2024", people))
    assert plan.groups[:1] == (GIRLS.group,)
    assert set(plan.groups) >= set(people)
    assert plan.with_population(("gender", "location"), None).references == (PLACES,)
    old = {"targets": [], "references": [{"dimension": "location", "source": "Census", "people": {"camp": 5}}]}
    assert coverageplans.read_plan(old) == ((), (Reference("Census", {(("location", "camp"),): 5}),))


def test_the_second_of_two_who_save_is_told(stage_on_sqlite: Stage) -> None:
    save(stage_on_sqlite, "children", Planned((GIRLS,)))
    with pytest.raises(Conflict, match="Somebody else saved this"):
        save(stage_on_sqlite, "children", Planned((YOUNG_GIRLS,)))
    assert stored(stage_on_sqlite, "children").targets == (GIRLS,)
    save(stage_on_sqlite, "children", Planned((YOUNG_GIRLS,)), version=stored(stage_on_sqlite, "children").version)
    assert stored(stage_on_sqlite, "children").targets == (YOUNG_GIRLS,)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (Planned((Target((("gender", "unheard_of"),), 5),)), "One of the groups is not among those"),
        (Planned((Target((("shoe_size", "40"),), 5),)), "One of the groups is not among those"),
        (Planned((Target((("gender", "girl"),), 0),)), "Write 1 or more for a group"),
        (Planned((GIRLS, GIRLS)), "stands here twice"),
        (Planned((Target((("gender", "boy"), ("gender", "girl")), 5),)), "choose groups of two kinds"),
        (Planned((), (Reference.of("location", " ", {"city": 5, "camp": 5}),)), "where"),
        (Planned((), (Reference.of("location", "Census", {"city": 5}),)), "at least two groups of one kind"),
        (Planned((), (Reference.of("location", "Census", {"city": 5, "moon": 5}),)), ""),
    ],
)
def test_a_plan_that_can_not_be_compared_is_refused_whole(stage_on_sqlite: Stage, plan: Planned, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        save(stage_on_sqlite, "children", plan)
    assert said in refused.value.problems[""][0]
    assert stored(stage_on_sqlite, "children") == Planned()


def test_nobody_knows_how_many_child_survivors_there_are(stage_on_sqlite: Stage) -> None:
    ages = Reference.of("age", "A guess", {"13_15": 5, "16_17": 5})
    with pytest.raises(Invalid) as refused:
        save(stage_on_sqlite, "child_survivors", Planned((), (ages,)))
    assert "reference population is not given" in refused.value.problems[""][0]


@pytest.mark.parametrize("by", ["reviewer1", "lead1", "admin"])
def test_only_who_sets_it_up_plans(stage_on_sqlite: Stage, by: str) -> None:
    with pytest.raises(Denied):
        save(stage_on_sqlite, "children", Planned((GIRLS,)), by=by)


def test_no_goal_moves_after_the_close(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    open_part(stage, "young_adults")
    save(stage, "young_adults", Planned((Target((("age", "18_24"),), 20),)))
    close_part(stage, "young_adults")
    with pytest.raises(Denied, match="closed"):
        save(stage, "young_adults", Planned((Target((("age", "18_24"),), 1),)), version=1)


def test_what_can_be_planned_for_is_what_tables_count(stage_on_sqlite: Stage) -> None:
    with read(stage_on_sqlite.engine) as db:
        found = {
            each.key: [choice.code for choice in each.choices]
            for each in coverageplans.countable(db.get_one(Strand, stage_on_sqlite.strands["children"]))
        }
    assert found["age"] == ["13_15", "16_17"]
    assert found["language"] == ["en", "fr", "ar"]
    assert "prefer_not" not in found["location"]
    assert found["location"][-1] == "outside_city"


def test_a_release_keeps_plan_counters_needs_and_safeguards(stage_on_sqlite: Stage) -> None:
    stage, key = stage_on_sqlite, "young_adults"
    save(stage, key, Planned((Target((("age", "18_24"),), 20),), invited=40))
    with write(stage.engine) as db:
        strand, who = db.get_one(Strand, stage.strands[key]), stage.people["facilitator"]
        for _ in range(7):
            adjustments.note(db, stage.keys.audit, who, strand, "device", "borrowed_device", date(2030, 1, 20), NOW)
        for what, n in (("came", 41), ("assented", 14), ("stopped", 3)):
            db.add(StrandCount(strand_id=strand.id, what=what, n=n))
    closed_with(stage, key, 32)
    request = ask(stage, key)
    grant(stage, request)
    setting = make(stage, request).setting
    assert setting["coverage"]["targets"] == [{"group": [["age", "18_24"]], "least": 20}]
    assert (setting["coverage"]["invited"], setting["coverage"]["saved_on"]) == (40, NOW.date().isoformat())
    lots = "whole lots of five adults beside the 32 who sent, who came and said yes"
    assert setting["arrivals"] == {"came": 37, "assented": 32, "stopped": 0}, lots
    assert setting["adjustments"] == {"asked": 5, "barriers": {"device": 5}, "outcomes": {"open": 5}}
    held = {each["id"] for each in setting["safeguards"]["in_place"]}
    with read(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[key])
        applying = {rule.id for rule, _ in stage.policy.applying(circumstances.plan_of(db, strand).strand)}
    missing = {each["id"] for each in setting["safeguards"]["missing"]}
    assert held | missing == applying
    assert held
    assert setting["safeguards"]["halts"] == []


def test_halts_are_days_and_classes_without_words(stage_on_sqlite: Stage) -> None:
    stage, key = stage_on_sqlite, "young_adults"
    open_part(stage, key)
    give(stage, key, 1)
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[key])
        running.pause(db, stage.keys, stage.people["lead1"], strand, "Rosa heard something.", NOW)
    with write(stage.engine) as db:
        stopping.press_stop(db, stage.keys, stage.people["lead1"], db.get_one(Strand, strand.id), "Story.", NOW)
    with read(stage.engine) as db:
        found = circumstances.safeguards(db, stage.policy, db.get_one(Strand, strand.id), None)["halts"]
    assert found == [{"from": NOW.date().isoformat(), "class": "C1", "until": None}]


# ---- the register of needs


def note(stage: Stage, barrier: str = "device", need: str = "transport", day: date | None = date(2030, 1, 20)) -> str:
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        who = stage.people["facilitator"]
        return adjustments.note(db, stage.keys.audit, who, strand, barrier, need, day, NOW).id


def test_a_need_is_codes_and_a_day_and_the_record_of_it_says_neither(stage: Stage) -> None:
    note(stage)
    with read(stage.engine) as db:
        event = db.query(AuditEvent).order_by(AuditEvent.number.desc()).first()
        assert event is not None
        assert (event.verb, event.facts) == (Verb.ADJUSTMENT_NOTED, {})


@pytest.mark.parametrize(
    ("barrier", "need", "day"),
    [
        ("Amina has epilepsy", "breaks", date(2030, 1, 20)),
        ("device", "a red phone", date(2030, 1, 20)),
        ("device", "breaks", None),
    ],
)
def test_nobodys_words_come_into_the_register(
    stage_on_sqlite: Stage, barrier: str, need: str, day: date | None
) -> None:
    with pytest.raises(Invalid):
        note(stage_on_sqlite, barrier, need, day)
    with read(stage_on_sqlite.engine) as db:
        assert adjustments.register(db, stage_on_sqlite.strands["children"]) == ()


def test_a_line_goes_thirty_days_after_its_day(stage: Stage) -> None:
    def forget(day: int) -> str:
        return forget_needs(stage.engine, stage.keys, stage.policy, datetime(2030, 2, day, tzinfo=UTC))

    first, _ = note(stage), note(stage, "data_cost")
    assert forget(19) == "0 forgotten"
    with stuck(stage.engine, "DELETE", AdjustmentRequest.id, first), pytest.raises(Conflict, match="1 were"):
        forget(20)
    with read(stage.engine) as db:
        assert [each.id for each in adjustments.register(db, stage.strands["children"])] == [first]
    assert forget(20) == "1 forgotten"


def test_an_answer_is_given_in_the_part_it_belongs_to(stage_on_sqlite: Stage) -> None:
    stage, request = stage_on_sqlite, note(stage_on_sqlite)
    who = stage.people["facilitator"]
    with write(stage.engine) as db:
        adjustments.answer(
            db, stage.keys.audit, who, db.get_one(Strand, stage.strands["children"]), request, "provided", NOW
        )
    with read(stage.engine) as db:
        (row,) = adjustments.register(db, stage.strands["children"])
        assert row.outcome == "provided"
    for key, outcome in (("young_adults", "provided"), ("children", "cured")):
        with write(stage.engine) as db, pytest.raises((NotFound, Invalid)):
            adjustments.answer(db, stage.keys.audit, who, db.get_one(Strand, stage.strands[key]), request, outcome, NOW)


def test_no_release_no_frozen_anything(stage_on_sqlite: Stage) -> None:
    with read(stage_on_sqlite.engine) as db:
        strand = db.get_one(Strand, stage_on_sqlite.strands["children"])
        assert coverageplans.frozen(db, strand) is None
        assert adjustments.frozen(db, strand, 10) is None
        assert db.query(Release).count() == 0
