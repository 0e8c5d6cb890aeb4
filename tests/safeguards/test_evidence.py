"""Evidence: attested, verified by somebody else, unchanged, in date, for everybody it is about."""

from datetime import UTC, datetime
from typing import Any

import pytest

from safeguards.policy import Requirement
from safeguards.results import Evaluation, Status
from safeguards.terms import Level
from safeguards.validity import add_months
from tests.safeguards.plans import (
    AT,
    EVIDENCE,
    LINE,
    POLICY,
    STAFF,
    adult_survivors,
    children_form,
    children_group,
    decide,
    entry,
    harm_individual,
    named,
    plan,
    representatives,
    survivors_group,
)

EVERY = [
    children_form(),
    children_group(),
    children_group(uses_interpreters=True),
    children_form(ages=[10, 12]),
    survivors_group(),
    harm_individual(),
    adult_survivors(),
    representatives("RO", fallback_for="g"),
    children_form(mode="RM", sessions=children_group()["sessions"], window=None),
]


def where_it_binds(requirement: Requirement) -> Any:
    """A plan that passes and that the requirement binds as strictly as it ever does."""
    ranks = {Level.HARD: 0, Level.EQUIVALENT: 1, Level.ADVISORY: 2}
    bound = [(strand, requirement.level_for(plan(strand).plan.strand)) for strand in EVERY]
    return min(((s, level) for s, level in bound if level), key=lambda pair: ranks[pair[1]])[0]


def status_of(answer: Evaluation, requirement: str) -> Status:
    return next(finding.status for finding in answer.findings if finding.requirement == requirement)


@pytest.mark.parametrize("requirement", POLICY.requirements.values(), ids=lambda requirement: requirement.id)
def test_every_requirement_passes_with_evidence_and_fails_without(requirement: Requirement):
    strand = where_it_binds(requirement)
    attest, verify = requirement.attest[0].value, requirement.verify[0].value
    held = decide(strand, evidence={requirement.id: entry(attest, verify, **_locked(strand, requirement.id))})
    assert status_of(held, requirement.id) is Status.MET
    assert held.decision.opens
    without = decide(strand, evidence={requirement.id: None})
    assert status_of(without, requirement.id) is Status.MISSING
    finding = next(f for f in without.findings if f.requirement == requirement.id)
    assert finding.remedy
    assert finding.who_attests == requirement.attest
    assert (requirement.id in named(without)) is (finding.level is not Level.ADVISORY)
    assert without.decision.opens is (finding.level is Level.ADVISORY)


def _locked(strand: Any, requirement: str) -> dict[str, str]:
    questions = plan(strand).plan.strand.questions
    return {"digest": questions.locked_digest} if requirement == "SAF-15" and questions else {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Status.MET),
        ({"verified_by": "", "verified_as": None, "verified_at": None}, Status.UNVERIFIED),
        ({"verified_at": "2026-03-02T14:00:01Z"}, Status.UNVERIFIED),
        ({"verified_at": "2026-02-19T00:00:00Z"}, Status.UNVERIFIED),
        ({"attested_at": "2026-03-02T14:00:01Z", "verified_at": "2026-03-02T14:00:02Z"}, Status.MISSING),
        ({"attested_as": "LF"}, Status.WRONG_ROLE),
        ({"verified_as": "SL"}, Status.WRONG_ROLE),
        ({"verified_by": "olu"}, Status.FOUR_EYES),
        ({"entered_by": "vera"}, Status.FOUR_EYES),
        ({"verified_by": "cora"}, Status.FOUR_EYES),
        ({"expires": "2026-03-02T14:00:00Z"}, Status.EXPIRED),
        ({"expires": "2026-03-02T14:00:01Z"}, Status.MET),
        ({"attested_at": "2024-03-02T14:00:00Z"}, Status.EXPIRED),
        ({"attested_at": "2024-03-02T14:00:01Z"}, Status.MET),
        ({"revoked": True}, Status.REVOKED),
        ({"found_false": True}, Status.FOUND_FALSE),
        ({"missing": True}, Status.MISSING),
    ],
)
def test_what_is_wrong_with_one_piece_is_said(changes: dict[str, Any], expected: Status):
    answer = decide(children_form(), evidence={"SAF-01": {**entry("OM", "IA"), **changes}})
    assert status_of(answer, "SAF-01") is expected
    assert answer.decision.opens is (expected is Status.MET)


def test_the_facilitator_verifies_only_where_the_rule_asks_the_facilitator():
    answer = decide(children_form(), evidence={"SAF-06": entry("SL", "LF", verified_by="lia")})
    assert status_of(answer, "SAF-06") is Status.MET


def test_training_needs_its_yearly_update():
    old = entry("OM", "SL", attested_at="2025-02-20T09:00:00Z")
    assert status_of(decide(children_form(), evidence={"TRN-01": old}), "TRN-01") is Status.EXPIRED
    updated = {**old, "updated_at": "2026-01-10T00:00:00Z"}
    answer = decide(children_form(), evidence={"TRN-01": updated})
    assert status_of(answer, "TRN-01") is Status.MET
    assert next(f for f in answer.findings if f.requirement == "TRN-01").valid_until == datetime(
        2027, 1, 10, tzinfo=UTC
    )


def test_drills_count_for_90_days_where_the_risk_is_higher():
    drill = entry("LF", "SL", attested_at="2025-12-01T00:00:00Z", verified_at="2025-12-02T00:00:00Z")
    assert status_of(decide(children_group(), evidence={"TRN-04": drill}), "TRN-04") is Status.MET
    assert status_of(decide(survivors_group(), evidence={"TRN-04": drill}), "TRN-04") is Status.EXPIRED


def test_the_emergency_stop_is_drilled_within_30_days_before_the_first_session():
    drill = entry("TEC", "SL", attested_at="2026-01-30T00:00:00Z", verified_at="2026-01-30T00:00:00Z")
    assert status_of(decide(children_form(), evidence={"SAF-18": drill}), "SAF-18") is Status.MET
    assert status_of(decide(children_group(), evidence={"SAF-18": drill}), "SAF-18") is Status.EXPIRED


def test_an_agreement_outlasts_the_close_by_the_tail():
    def status(expires: str) -> Status:
        return status_of(decide(children_form(), evidence={"SUP-01": entry("SVC", "SL", expires=expires)}), "SUP-01")

    assert status("2026-03-19T19:59:59Z") is Status.TOO_SHORT
    assert status("2026-03-19T20:00:00Z") is Status.MET


@pytest.mark.parametrize(
    ("strand", "short", "enough"),
    [
        (survivors_group(), "2026-05-31T15:29:59Z", "2026-05-31T15:30:00Z"),
        (adult_survivors(), "2026-04-15T19:59:59Z", "2026-04-15T20:00:00Z"),
    ],
)
def test_support_goes_on_after_the_close_for_as_long_as_the_policy_says(
    strand: dict[str, Any], short: str, enough: str
):
    def status(expires: str) -> Status:
        return status_of(decide(strand, evidence={"SUP-08": entry("SVC", "SL", expires=expires)}), "SUP-08")

    assert status(short) is Status.TOO_SHORT
    assert status(enough) is Status.MET


def test_everybody_listed_is_covered_and_nobody_listed_is_no_cover():
    one = [entry("OM", "SL", subject=member["person"]) for member in STAFF[1:]]
    answer = decide(children_form(), evidence={"TRN-09": one})
    assert "lia" in next(finding.why for finding in answer.findings if finding.requirement == "TRN-09")
    alone = decide(children_form(staff=[], duty=None))
    assert status_of(alone, "TRN-01") is Status.MISSING
    assert not alone.decision.opens


def test_people_without_contact_need_no_background_check():
    back_office = {"person": "dan", "roles": ["DPL"], "contact": False, "raw_answers": False}
    checks = [entry("OM", "SL"), {"subject": "dan", "missing": True}]
    answer = decide(children_form(staff=[*STAFF, back_office]), evidence={"TRN-09": checks, "TRN-01": checks})
    assert answer.decision.opens
    unsaid = {"person": "dan", "roles": ["DPL"]}
    assert not decide(children_form(staff=[*STAFF, unsaid]), evidence={"TRN-09": checks}).decision.opens


def test_the_entry_for_one_outweighs_the_entry_for_all_in_both_directions():
    bad_for_one = [entry("OM", "SL"), entry("OM", "SL", subject="lia", expires="2026-03-01")]
    assert not decide(children_form(), evidence={"TRN-01": bad_for_one}).decision.opens
    bad_for_all = [entry("OM", "SL", expires="2026-03-01")]
    good_for_each = [entry("OM", "SL", subject=member["person"]) for member in STAFF]
    assert decide(children_form(), evidence={"TRN-01": bad_for_all + good_for_each}).decision.opens


def test_no_proof_for_one_outweighs_proof_for_the_same_one():
    both = [entry("OM", "IA"), {"missing": True}]
    assert not decide(children_form(), evidence={"SAF-01": both}).decision.opens


def test_an_entry_of_another_strand_counts_there_only():
    elsewhere = {"SAF-03": [entry("LF", "SL", strand="a")]}
    assert named(decide(children_form(), [adult_survivors()], elsewhere)) == {"SAF-03"}
    gap_there = {"SAF-03": [entry("LF", "SL"), {"strand": "a", "missing": True}]}
    assert decide(children_form(), [adult_survivors()], gap_there).decision.opens


def test_who_reads_raw_answers_is_trained_too():
    reader = {"person": "rana", "roles": ["RED"], "contact": False, "languages": ["es"]}
    training = [entry("OM", "SL"), {"subject": "rana", "missing": True}]
    assert named(decide(children_form(staff=[*STAFF, reader]), evidence={"TRN-01": training})) == {"TRN-01"}


def test_the_drill_is_for_who_meets_a_telling_first():
    drill = [entry("LF", "SL"), {"subject": "lia", "missing": True}]
    assert named(decide(children_group(), evidence={"TRN-04": drill})) == {"TRN-04"}
    assert decide(children_form(), evidence={"TRN-04": drill}).decision.opens
    assert named(decide(children_form(), evidence={"TRN-04": [{**drill[0], "subject": "lia"}]})) == {"TRN-04"}


def test_the_latest_of_two_good_pieces_counts():
    two = [entry("OM", "IA", expires="2026-03-05"), entry("OM", "IA", expires="2026-06-05")]
    answer = decide(children_form(), evidence={"SAF-01": two})
    assert next(f.valid_until for f in answer.findings if f.requirement == "SAF-01") == datetime(2026, 6, 5, tzinfo=UTC)


def test_a_locked_question_set_counts_only_as_it_was_signed_off():
    answer = decide(children_form(), evidence={"SAF-15": entry("LF", "SL")})
    assert status_of(answer, "SAF-15") is Status.CHANGED
    signed = _locked(children_form(), "SAF-15")
    edited = children_form(questions={"items": [{"id": "Q27", "topic": "T0", "text": "What should leaders do?"}]})
    assert decide(children_form(), evidence={"SAF-15": entry("LF", "SL", **signed)}).decision.opens
    assert not decide(edited, evidence={"SAF-15": entry("LF", "SL", **signed)}).decision.opens


def test_texts_and_releases_count_only_as_they_were_checked():
    strand = children_form(texts={"es": "abc"})
    assert status_of(decide(strand, evidence={"ETH-02": entry("TL", "SL", digest="old")}), "ETH-02") is Status.CHANGED
    assert status_of(decide(strand, evidence={"ETH-02": entry("TL", "SL", digest="abc")}), "ETH-02") is Status.MET
    tested = entry("TEC", "DPL", release="1.0")
    assert status_of(decide(strand, evidence={"DAT-02": tested}, release="1.0"), "DAT-02") is Status.MET
    assert status_of(decide(strand, evidence={"DAT-02": tested}, release="1.1"), "DAT-02") is Status.CHANGED


def test_safety_texts_alone_leave_only_an_eq_gap():
    texts = entry("TL", "SL", safety_texts_only=True)
    answer = decide(children_form(), evidence={"INC-05": texts})
    assert (answer.row, named(answer)) == ("D9", {"INC-05"})
    assert decide(children_form(), evidence={"INC-05": None}).row == "D6"
    stale = {**texts, "expires": "2026-03-01"}
    assert decide(children_form(), evidence={"INC-05": stale}).row == "D6"


@pytest.mark.parametrize(
    ("code", "strand", "expected"),
    [
        ("W1", children_form(ages=[15, 17]), True),
        ("W1", children_form(ages=[14, 17], services=[LINE]), False),
        ("W1", children_form(ages=[15, 17], topics=["T2"]), False),
        ("W3", children_form(), False),
        ("W4", children_form(topics=["T0"], questions={"items": [{"id": "q", "topic": "T0", "text": "?"}]}), True),
        ("W4", children_form(), False),
    ],
)
def test_each_waiver_has_its_own_conditions(code: str, strand: Any, expected: bool):
    approved = [{"person": p, "role": r} for p, r in (("sol", "SL"), ("ira", "IA"), ("board", "EB"))]
    waiver = {"code": code, "law_allows": True, "approved_by": approved}
    answer = decide(strand, evidence={"ETH-04": entry("LF", "SL", waiver=waiver)})
    assert (status_of(answer, "ETH-04") is Status.MET) is expected


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [("2026-01-31", 1, "2026-02-28"), ("2024-02-29", 12, "2025-02-28"), ("2026-12-15", 1, "2027-01-15")],
)
def test_months_end_on_the_same_day_or_the_last(start: str, months: int, end: str):
    assert add_months(datetime.fromisoformat(start), months) == datetime.fromisoformat(end)


def test_the_default_entry_stands_for_every_requirement_that_has_no_key():
    assert decide(children_form(), evidence={"*": {**EVIDENCE, "verified_by": ""}}).row == "D6"
    assert decide(children_form(), evidence={"*": {**EVIDENCE, "verified_by": "olu"}}).row == "D5"
    assert decide(children_form(), evidence={"*": None}).row == "D6"
    assert decide(children_form(), at=AT).row == "D11"


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ({"ages": [10, 12]}, Status.NOT_FULFILLED),
        ({"ages": [10, 12], "guardian_age": 12}, Status.NOT_FULFILLED),
        ({"ages": [10, 12], "guardian_age": 13}, Status.MET),
        ({"ages": [10, 17], "guardian_age": 13}, Status.MET),
        ({"ages": [13, 17]}, Status.MET),
    ],
)
def test_under_13_a_form_of_ones_own_asks_for_the_guardians_code(plan: dict[str, Any], expected: Status) -> None:
    strand = children_form(**plan, topics=["T0", "T1"])
    assert status_of(decide(strand, evidence={"ETH-04": entry("LF", "SL")}), "ETH-04") is expected
