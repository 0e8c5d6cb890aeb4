"""The plan file: what is written comes back, every problem has its place and mend, the digest is of what is signed."""

import json
from dataclasses import replace
from typing import Any

import pytest

from safeguards.planfile import SCHEMA, PlanError, parse, schema, to_json
from safeguards.terms import AgeBand
from tests.safeguards.plans import (
    adult_survivors,
    children_form,
    children_group,
    harm_individual,
    plan,
    plan_json,
    representatives,
    survivors_group,
)

EVERY = [children_form(), children_group(), survivors_group(), harm_individual(), adult_survivors()]


def problems(raw: Any) -> dict[str, str]:
    with pytest.raises(PlanError) as refusal:
        parse(raw)
    return {problem.path: f"{problem.wrong}; {problem.mend}" for problem in refusal.value.problems}


def changed(**changes: Any) -> Any:
    raw = plan_json(children_form())
    raw["strand"] |= changes
    return raw


@pytest.mark.parametrize("strand", EVERY, ids=lambda strand: strand["id"] + strand["mode"])
def test_what_is_written_comes_back(strand: Any):
    file = plan(strand, [representatives("RY"), adult_survivors(id="b")])
    again = to_json(file)
    assert parse(json.loads(json.dumps(again))) == file


def test_every_problem_is_named_at_once_with_its_place_and_mend():
    raw = plan_json(children_form(topics=["T9"], colour="red"))
    del raw["strand"]["languages"]
    raw["record"]["evidence"]["SAF-99"] = None
    raw["strand"]["window"]["opens"] = "2026-03-02T08:00:00"
    found = problems(raw)
    assert set(found) == {
        "$.strand.topics[0]",
        "$.strand.colour",
        "$.strand.languages",
        "$.strand.window.opens",
    }
    assert "T0, T1, T2, T3" in found["$.strand.topics[0]"]
    assert all("; " in words for words in found.values())


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"ages": [15, 13]}, "$.strand.ages"),
        ({"bands": ["16_17"]}, "$.strand.bands"),
        ({"topics": []}, "$.strand.topics"),
        ({"mode": []}, "$.strand.mode"),
        ({"representatives": "RY"}, "$.strand.representatives"),
        ({"audience": "R", "ages": [18, 24]}, "$.strand.representatives"),
        ({"window": {"opens": "2026-03-03", "closes": "2026-03-02"}}, "$.strand.window.closes"),
        ({"window": {"opens": "2026-03-03", "closes": "2026-03-04", "timezone": "Lima"}}, "$.strand.window.timezone"),
        ({"duty": {"lead": "nobody"}}, "$.strand.duty"),
        ({"staff": [{"person": "sol", "roles": []}]}, "$.strand.staff[0].roles"),
        ({"staff": [{"person": "sol", "roles": ["SL"]}] * 2}, "$.strand.staff"),
        ({"sessions": [{"id": "1", "starts": "2026-03-02", "ends": "2026-03-02"}]}, "$.strand.sessions[0].ends"),
        ({"mode": ["PG", "PI"], "sessions": [{"id": "1", "starts": "2026-03-02", "ends": "2026-03-03"}]},
         "$.strand.sessions[0].mode"),
        ({"minutes": -1}, "$.strand.minutes"),
        ({"minutes": True}, "$.strand.minutes"),
        ({"ages": [13]}, "$.strand.ages"),
        ({"audience": None}, "$.strand.audience"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(changes: dict[str, Any], place: str):
    assert place in problems(changed(**changes))


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ({"evidence": {"SAF-99": None}}, "$.record.evidence.SAF-99"),
        ({"evidence": {"TRN-01": {"attested_by": "olu", "attested_at": "2026-02-01"}}},
         "$.record.evidence.TRN-01[0].attested_as"),
        ({"evidence": {"TRN-01": {"attested_by": "o", "attested_as": "OM", "attested_at": "2026-02-01",
                                  "verified_by": "v"}}}, "$.record.evidence.TRN-01[0].verified_at"),
        ({"evidence": {"TRN-01": {"subject": "lai", "missing": True}}}, "$.record.evidence.TRN-01[0].subject"),
        ({"evidence": {"TRN-01": {"strand": "z", "missing": True}}}, "$.record.evidence.TRN-01[0].strand"),
        ({"evidence": {"*": {"attested_by": "o", "attested_at": "2026-02-01", "attested_as": "OM"}}},
         "$.record.evidence.*[0]"),
        ({"contact_tests": [{"channel": "x", "at": "2026-02-01", "reached": True}]},
         "$.record.contact_tests[0].channel"),
        ({"equivalents": [{"requirement": "TRN-99", "control": "x", "accepted_by": [], "expires": "2026-03-01"}]},
         "$.record.equivalents[0].requirement"),
    ],
)  # fmt: skip
def test_a_name_that_points_nowhere_is_refused(record: dict[str, Any], place: str):
    raw = plan_json(children_form())
    raw["record"] |= record
    assert place in problems(raw)


@pytest.mark.parametrize("raw", [None, [], "plan", {}, {"schema": "gate-plan/2"}, {"schema": 1}])
def test_another_file_is_refused_in_one_line(raw: Any):
    assert list(problems(raw)) == ["$.schema"]


def test_ages_follow_from_bands_and_audience():
    raw = changed(bands=["13_14", "15"])
    del raw["strand"]["ages"]
    assert parse(raw).plan.strand.ages == (13, 15)
    young = representatives("RY")
    del young["ages"]
    assert parse(plan_json(young)).plan.strand.ages == (18, 24)
    assert plan(children_form(ages=[12, 13])).plan.strand.age_bands == (AgeBand.B10_12, AgeBand.B13_14)


def test_a_candidate_takes_people_places_and_help_from_the_strand():
    short = {"id": "a", "audience": "A", "mode": "OI", "topics": ["T1"]}
    file = parse(plan_json(children_form()) | {"candidates": [short]})
    [candidate] = file.candidates
    assert candidate.staff == file.plan.strand.staff
    assert candidate.window == file.plan.strand.window
    assert candidate.questions is None
    assert candidate.fallback_for == "g"


def test_the_digest_is_of_the_plan_and_nothing_else():
    one = plan(children_form())
    assert one.plan.digest() == plan(children_form(), evidence={"SAF-01": None}, release="2").plan.digest()
    assert one.plan.digest() != plan(children_form(minutes=13)).plan.digest()
    holders = {"lead": [{"id": "h1", "fingerprint": "changed"}, {"id": "h2"}], "reviewer": [{"id": "h3"}]}
    assert one.plan.digest() != plan(children_form(holders=holders)).plan.digest()


def test_the_hash_of_the_questions_follows_their_words():
    questions = plan(children_form()).plan.strand.questions
    assert questions is not None
    edited = replace(questions, items=(replace(questions.items[0], text="Other words?"), *questions.items[1:]))
    assert edited.locked_digest != questions.locked_digest
    assert replace(questions, digest="signed").locked_digest == "signed"


def test_the_schema_describes_every_field():
    described = schema()
    assert described["properties"]["schema"]["const"] == SCHEMA
    undescribed = [
        f"{name}.{key}"
        for name, definition in described["$defs"].items()
        for key, field in definition["properties"].items()
        if not field.get("description")
    ]
    assert not undescribed
