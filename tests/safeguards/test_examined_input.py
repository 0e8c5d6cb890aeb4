"""What cannot be meant is refused at its place: blank, named twice, backwards, elsewhere, out of the calendar."""

import pytest

from safeguards.planfile import PlanError, parse
from safeguards.policyfile import PolicyError, load
from tests.safeguards.plans import (
    LINE,
    SESSION,
    STAFF,
    WINDOW,
    Json,
    children_form,
    children_group,
    plan_json,
    survivors_group,
)


def refused_at(raw: Json) -> set[str]:
    with pytest.raises(PlanError) as refusal:
        parse(raw)
    return {problem.path for problem in refusal.value.problems}


@pytest.mark.parametrize(
    ("strand", "place"),
    [
        (children_form(id=" "), "$.strand.id"),
        (children_form(languages=["es", ""]), "$.strand.languages[1]"),
        (children_form(languages=["es", "es"]), "$.strand.languages"),
        (children_form(mode=["OI", "OI"]), "$.strand.mode"),
        (children_form(holders={"lead": [{"id": ""}]}), "$.strand.holders.lead[0].id"),
        (children_form(staff=[*STAFF, {"person": "", "roles": ["LF"]}]), "$.strand.staff[4].person"),
        (children_form(staff=[*STAFF, {"person": "x", "roles": ["LF"], "relatives_of": ["lio"]}]),
         "$.strand.staff[4].relatives_of"),
        (children_form(services=[{**LINE, "ages": [25, 6]}]), "$.strand.services[0].ages"),
        (children_form(window={**WINDOW, "hours": [{"days": [], "open": "09:00", "close": "10:00"}]}),
         "$.strand.window.hours[0].days"),
        (children_group(sessions=[{**SESSION, "ages": [15, 13]}]), "$.strand.sessions[0].ages"),
        (children_group(sessions=[{**SESSION, "ages": [8, 10]}]), "$.strand.sessions[0].ages"),
        (children_group(sessions=[{**SESSION, "mode": "OG"}]), "$.strand.sessions[0].mode"),
        (survivors_group(approver={"person": " "}), "$.strand.approver.person"),
    ],
)  # fmt: skip
def test_what_is_blank_twice_backwards_or_elsewhere_is_refused(strand: Json, place: str):
    assert refused_at(plan_json(strand)) == {place}


def test_an_equivalent_says_what_is_done_instead():
    empty = {
        "requirement": "ACC-02",
        "control": " ",
        "accepted_by": [{"person": "sol", "role": "SL"}, {"person": "ira", "role": "IA"}],
        "expires": "2026-04-01",
    }
    assert refused_at(plan_json(children_form(), equivalents=[empty])) == {"$.record.equivalents[0].control"}


@pytest.mark.parametrize(
    "text",
    [
        "[parameters]\nP-TAIL = 1000000000000",
        "[requirements.SAF-01]\nvalidity = { days = 99999999999 }",
        "[requirements.SAF-03]\nvalidity = { months = 99999999 }",
        "[requirements.SAF-01]\nattest = 3",
    ],
)
def test_a_policy_with_numbers_that_run_out_of_the_calendar_is_refused(text: str):
    with pytest.raises(PolicyError, match=r"10000|list"):
        load(text)
