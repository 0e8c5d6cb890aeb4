"""The decision table: each row, the order of rows, splitting, ends, and the JSON that others rely on."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from safeguards.gate import evaluate
from safeguards.planfile import parse
from safeguards.results import Evaluation, evaluation_json
from safeguards.terms import Decision
from tests.safeguards.plans import (
    AT,
    POLICY,
    TWO_PLACES,
    adult_survivors,
    ask,
    children_form,
    children_group,
    decide,
    entry,
    named,
    plan,
    plan_json,
    representatives,
    survivors_group,
)

YES: list[dict[str, Any]] = [{"person": "sol", "role": "SL"}, {"person": "ira", "role": "IA"}]
STOP: dict[str, Any] = {"scope": "consultation", "subject": "c", "at": "2026-03-02T13:00:00Z"}


def row(answer: Evaluation) -> tuple[str, str]:
    return answer.decision.value, answer.row


# ---- D1


@pytest.mark.parametrize(
    "stop",
    [
        STOP,
        {**STOP, "scope": "platform", "subject": "site"},
        {**STOP, "scope": "platform", "subject": " SITE"},
        {**STOP, "scope": "jurisdiction", "subject": "PE"},
        {**STOP, "scope": "jurisdiction", "subject": "pe"},
    ],
)
def test_d1_a_stop_refuses_what_it_reaches(stop: dict[str, Any]):
    assert row(decide(children_form(platform="Site"), stops=[stop])) == ("REFUSE", "D1")


def test_d1_a_stop_reaches_whoever_may_be_there_and_no_neighbour():
    def stopped(place: str, asked: str) -> bool:
        stop = {**STOP, "scope": "jurisdiction", "subject": place}
        places = {"jurisdictions": [asked], "emergency": [], "services": []}
        return row(decide(children_form(**places), stops=[stop])) == ("REFUSE", "D1")

    assert stopped("GB", asked="GB-SCT")
    assert stopped("GB-SCT", asked="GB"), "a child who is asked anywhere in a country may be in that part of it"
    assert stopped("gb-sct", asked="GB-SCT")
    assert not stopped("GB-SCT", asked="GB-WLS")
    assert not stopped("GB-SCT", asked="PE")
    assert not stopped("G", asked="GB")


@pytest.mark.parametrize(
    "stop",
    [
        {**STOP, "subject": "other"},
        {**STOP, "scope": "platform", "subject": "site"},
        {**STOP, "scope": "jurisdiction", "subject": "BO"},
        {**STOP, "at": "2026-03-02T14:00:01Z"},
        {**STOP, "lifted_at": "2026-03-02T13:30:00Z", "lifted_by": YES},
    ],
)
def test_d1_a_stop_elsewhere_or_lifted_by_two_does_not(stop: dict[str, Any]):
    assert row(decide(children_form(), stops=[stop])) == ("GO", "D11")


@pytest.mark.parametrize(
    "lifted_by",
    [
        [],
        YES[:1],
        YES[1:],
        [{"person": "sol", "role": "SL"}, {"person": "sol", "role": "IA"}],
    ],
)
def test_d1_a_stop_is_lifted_by_lead_and_approver_only(lifted_by: list[dict[str, Any]]):
    stop = {**STOP, "lifted_at": "2026-03-02T13:30:00Z", "lifted_by": lifted_by}
    assert row(decide(children_form(), stops=[stop])) == ("REFUSE", "D1")


def test_d1_a_stop_ends_when_it_is_lifted_and_not_before():
    lifted = {**STOP, "lifted_at": "2026-03-02T14:30:00Z", "lifted_by": YES}
    assert row(decide(children_form(), stops=[lifted])) == ("REFUSE", "D1")
    assert row(decide(children_form(), stops=[lifted], at=AT + timedelta(minutes=30))) == ("GO", "D11")


# ---- D2


@pytest.mark.parametrize(
    ("about", "subject"),
    [
        ("person", "cora"),
        ("person", "h1"),
        ("venue", "Hall "),
        ("platform", "Site"),
        ("partner", "ngo"),
        ("partner", "line"),
    ],
)
@pytest.mark.parametrize("kind", ["allegation", "serious_incident"])
def test_d2_an_open_incident_refuses_what_uses_it(about: str, subject: str, kind: str):
    incident = {"id": "i", "kind": kind, "about": about, "subject": subject, "at": "2026-03-01"}
    strand = children_group(platform="site", partners=["ngo"])
    assert row(decide(strand, incidents=[incident])) == ("REFUSE", "D2")
    assert row(decide(strand, incidents=[{**incident, "subject": "another"}])) == ("GO", "D11")
    assert row(decide(strand, incidents=[{**incident, "kind": "other"}])) == ("GO", "D11")
    assert row(decide(strand, incidents=[{**incident, "resolved_at": "2026-03-03"}])) == ("REFUSE", "D2")


# ---- D4


@pytest.mark.parametrize("finding", ["not_necessary", "already_known"])
def test_d4_published_evidence_comes_first_with_adults_beside_it(finding: str):
    record = {"SAF-02": entry("LF", "IA", finding=finding)}
    answer = decide(children_form(), [representatives("RY")], record)
    assert row(answer) == ("FALLBACK", "D4")
    assert answer.fallback is not None
    assert (answer.fallback.audience, answer.fallback.rank) == ("E", 6)
    assert (answer.fallback.beside, answer.fallback.beside_strand) == ("RY", "ry")
    alone = decide(children_form(), evidence=record)
    assert row(alone) == ("FALLBACK", "D4")
    assert alone.fallback is not None
    assert alone.fallback.beside is None


def test_d4_a_record_taken_back_says_nothing():
    found = [entry("LF", "IA"), entry("LF", "IA", finding="not_necessary", revoked=True)]
    assert row(decide(children_form(), evidence={"SAF-02": found})) == ("GO", "D11")


def test_d4_speaks_of_children_only():
    assert row(decide(adult_survivors(), evidence={"SAF-02": entry("LF", "IA", finding="not_necessary")}))[0] == "GO"


# ---- D5


def test_d5_comes_before_gaps_even_when_the_decision_is_due():
    both = {"SAF-01": entry("OM", "IA", verified_by="olu"), "SAF-03": None}
    answer = decide(children_form(), [representatives("RY")], both, now=True)
    assert row(answer) == ("INCOMPLETE", "D5")
    assert named(answer) == {"SAF-01"}


def test_d5_looks_only_at_evidence_that_could_block():
    assert row(decide(children_form(), evidence={"INC-04": entry("LF", "SL", verified_by="olu")})) == ("GO", "D11")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("GO", "D11")),
        ({"approver": {"person": "ira", "conflict": "sister of lia"}}, ("INCOMPLETE", "D5")),
        ({"approver": {"person": "lia"}}, ("INCOMPLETE", "D5")),
        ({"approver": {"person": "pia"}}, ("INCOMPLETE", "D5")),
        ({"author": "ira"}, ("INCOMPLETE", "D5")),
        ({"approver": None}, ("INCOMPLETE", "D5")),
    ],
)
def test_d5_the_approver_is_independent(changes: dict[str, Any], expected: tuple[str, str]):
    assert row(decide(survivors_group(**changes))) == expected


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ({"person": "ira", "role": "IA"}, "GO"),
        ({"person": "ira", "role": "SL"}, "INCOMPLETE"),
        ({"person": "cora", "role": "IA"}, "INCOMPLETE"),
        ({"person": "ira", "role": "IA", "digest": "of another plan"}, "INCOMPLETE"),
        ({"person": "ira", "role": "IA", "strand": "another"}, "INCOMPLETE"),
    ],
)
def test_d5_a_signature_of_the_approver_serves_too(signature: dict[str, Any], expected: str):
    signed = {"at": "2026-03-01", **signature}
    assert decide(survivors_group(approver=None), signatures=[signed]).decision.value == expected


def test_d5_the_signature_on_the_whole_plan_serves_its_parts():
    strand = survivors_group(approver=None, **TWO_PLACES)
    digest = plan(strand).plan.digest()
    signed = [{"person": "ira", "role": "IA", "at": "2026-03-01", "digest": digest}]
    answer = decide(strand, evidence={"SAF-08": [entry("LEX", "SL", subject="PE")]}, signatures=signed)
    assert [row(part) for part in answer.parts] == [("GO", "D11"), ("INCOMPLETE", "D6")]


# ---- D6, D7, D9


def test_d6_before_the_decision_date_and_d7_from_then_on():
    file = plan_json(children_form(), [representatives("RY")], {"ETH-04": None}) | {"decision_date": "2026-03-03"}
    before = datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)
    assert row(ask(parse(file), at=before)) == ("INCOMPLETE", "D6")
    assert row(ask(parse(file), at=before + timedelta(seconds=1))) == ("FALLBACK", "D7")
    assert row(ask(parse(file), at=before, now=True)) == ("FALLBACK", "D7")


def test_d7_without_anybody_who_passes_it_is_refused():
    answer = decide(children_form(), [representatives("RY", holders={})], {"ETH-04": None}, now=True)
    assert row(answer) == ("REFUSE", "D7")
    assert answer.fallback is not None
    assert answer.fallback.audience is None
    assert "opening key" in answer.fallback.skipped[0].why


def test_d7_adults_have_no_ladder():
    answer = decide(adult_survivors(), [representatives("RO")], {"SAF-03": None}, now=True)
    assert row(answer) == ("REFUSE", "D7")
    assert answer.fallback is None


@pytest.mark.parametrize(
    "holders",
    [
        {},
        {"lead": [{"id": "h1"}], "reviewer": [{"id": "h3"}, {"id": "h4"}]},
        {"lead": [{"id": "h1"}, {"id": "h1"}], "reviewer": [{"id": "h3"}, {"id": "h4"}]},
        {"lead": [{"id": "h1"}, {"id": "h2"}], "reviewer": [{"id": "h3"}]},
        {"lead": [{"id": "h1"}, {"id": "h2"}], "reviewer": [{"id": "h2"}, {"id": "h3"}]},
    ],
)
def test_d6_two_holders_of_each_half_and_nobody_of_both(holders: dict[str, Any]):
    answer = decide(children_form(holders=holders))
    assert (row(answer), named(answer)) == (("INCOMPLETE", "D6"), {"DAT-03"})


def test_d9_an_eq_gap_is_as_a_hard_one():
    gap = {"SUP-09": None}
    assert row(decide(children_form(), evidence=gap)) == ("INCOMPLETE", "D9")
    assert row(decide(children_form(), evidence=gap, now=True)) == ("REFUSE", "D9")
    answer = decide(children_form(), [representatives("RY")], gap, now=True)
    assert row(answer) == ("FALLBACK", "D9")


def test_reasons_name_every_gap_that_blocks_and_who_closes_it():
    answer = decide(children_form(), evidence={"SAF-03": None, "SUP-09": None, "INC-04": None})
    assert [(r.requirement, r.level.value) for r in answer.reasons] == [("SAF-03", "HARD"), ("SUP-09", "EQ")]
    assert [role.value for role in answer.reasons[0].who_attests] == ["LF"]
    assert [role.value for role in answer.reasons[0].who_verifies] == ["SL"]
    assert len(answer.notes) == 1


# ---- D10, D11


def equivalent(**changes: Any) -> dict[str, Any]:
    base = {"requirement": "SUP-09", "control": "the partner calls back", "accepted_by": YES, "expires": "2026-05-01"}
    return {**base, **changes}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "GO_WITH_CONDITIONS"),
        ({"accepted_by": YES[:1]}, "INCOMPLETE"),
        ({"accepted_by": [{"person": "sol", "role": "SL"}, {"person": "sol", "role": "IA"}]}, "INCOMPLETE"),
        ({"accepted_by": [YES[0], {"person": "lia", "role": "IA"}]}, "INCOMPLETE"),
        ({"accepted_by": [{"person": "lia", "role": "SL"}, YES[1]]}, "INCOMPLETE"),
        ({"accepted_by": [YES[0], {**YES[1], "at": "2026-03-03"}]}, "INCOMPLETE"),
        ({"expires": "2026-03-02T14:00:00Z"}, "INCOMPLETE"),
        ({"strand": "another"}, "INCOMPLETE"),
        ({"requirement": "SUP-08"}, "INCOMPLETE"),
        ({"due": "2026-03-02T13:00:00Z"}, "INCOMPLETE"),
        ({"due": "2026-03-02T13:00:00Z", "done_at": "2026-03-02T12:00:00Z"}, "GO_WITH_CONDITIONS"),
        ({"due": "2026-03-05"}, "GO_WITH_CONDITIONS"),
    ],
)
def test_d10_an_equivalent_needs_two_yeses_an_end_and_its_due_time(changes: dict[str, Any], expected: str):
    answer = decide(children_form(), evidence={"SUP-09": None}, equivalents=[equivalent(**changes)])
    assert answer.decision.value == expected


def test_d10_a_condition_has_owner_due_time_and_check_and_ends_the_decision():
    answer = decide(
        children_form(), evidence={"SUP-09": None}, equivalents=[equivalent(owner="pia", due="2026-03-05T00:00:00Z")]
    )
    [condition] = answer.conditions
    assert (condition.owner, condition.due) == ("pia", datetime(2026, 3, 5, tzinfo=UTC))
    assert condition.check
    assert answer.valid_until == datetime(2026, 3, 5, tzinfo=UTC)


def test_no_equivalent_exists_for_hard():
    answer = decide(children_form(), evidence={"SAF-03": None}, equivalents=[equivalent(requirement="SAF-03")])
    assert row(answer) == ("INCOMPLETE", "D6")


def test_a_decision_ends_with_the_first_thing_it_relies_on():
    ends = {"SAF-01": entry("OM", "IA", expires="2026-04-01"), "INC-04": entry("LF", "SL", expires="2026-03-03")}
    answer = decide(children_form(), evidence=ends)
    relied = [f.valid_until for f in answer.findings if f.level.value != "ADV" and f.valid_until]
    assert answer.valid_until == min(relied)
    assert answer.valid_until > datetime(2026, 3, 3, tzinfo=UTC)


def test_a_decision_ends_with_the_contact_tests():
    tests = [{**test, "at": "2026-02-10T09:00:00Z"} for test in plan_json(children_form())["record"]["contact_tests"]]
    answer = decide(children_form(), contact_tests=tests)
    assert answer.valid_until == datetime(2026, 3, 12, 9, 0, tzinfo=UTC)


# ---- fail closed


@pytest.mark.parametrize("strand", [children_form(window=None), children_group(sessions=[])], ids=["OI", "PG"])
def test_without_times_nothing_opens(strand: dict[str, Any]):
    answer = decide(strand)
    assert answer.decision is Decision.INCOMPLETE
    assert "plan" in named(answer)


def test_after_the_last_moment_nothing_opens():
    assert "plan" in named(decide(children_form(), at=datetime(2026, 3, 16, 20, 0, tzinfo=UTC)))
    assert "plan" in named(decide(children_group(), at=datetime(2026, 3, 2, 15, 30, tzinfo=UTC)))


def test_an_empty_record_opens_nothing():
    for strand in (children_form(), children_group(), survivors_group(), adult_survivors(), representatives("RO")):
        file = plan(strand)
        empty = evaluate(file.plan, type(file.record)(), POLICY, AT)
        assert empty.decision is Decision.INCOMPLETE


def test_a_time_without_zone_is_refused():
    file = plan(children_form())
    with pytest.raises(ValueError, match="zone"):
        evaluate(file.plan, file.record, POLICY, AT.replace(tzinfo=None))


# ---- what others rely on


def test_the_json_has_what_the_contract_names():
    one_place = {"SAF-08": [entry("LEX", "SL", subject="PE")]}
    answer = decide(children_form(**TWO_PLACES), [representatives("RY", **TWO_PLACES)], one_place, now=True)
    printed = json.loads(json.dumps(evaluation_json(answer)))
    assert {"decision", "row", "reasons", "conditions", "fallback", "valid_until", "parts"} <= set(printed)
    failing = printed["parts"][1]
    assert {"requirement", "level", "status", "why", "who_attests", "who_verifies", "remedy"} <= set(
        failing["reasons"][0]
    )
    assert {"audience", "rank", "skipped"} <= set(failing["fallback"])
    assert printed["parts"][0]["valid_until"].endswith("Z")
    assert printed["plan_digest"] == answer.plan.digest()
