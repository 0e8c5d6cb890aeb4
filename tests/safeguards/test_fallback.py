"""The ladder of representatives: its ranks, who never stands in, what is skipped and why, the debt."""

from dataclasses import replace
from typing import Any

import pytest

from safeguards.fallback import LADDERS, NEVER
from safeguards.results import Evaluation, Fallback
from safeguards.terms import Audience, RepresentativeClass
from tests.safeguards.plans import (
    LINE,
    POLICY,
    WINDOW,
    adult_survivors,
    ask,
    children_form,
    decide,
    harm_individual,
    plan,
    representatives,
    survivors_group,
)

RANKS = {  # as the table of representatives names them, G / S / H
    "RY": (1, 2, None),
    "A": (3, 1, None),
    "RO": (2, 3, None),
    "RP": (4, 4, 1),
    "RC": (5, None, None),
    "E": (6, 5, 2),
}
GAP: dict[str, Any] = {"ETH-04": None}


def adults(kind: str, **changes: Any) -> dict[str, Any]:
    return adult_survivors(**changes) if kind == "A" else representatives(kind, **changes)


def taken(answer: Evaluation) -> Fallback:
    assert answer.fallback is not None
    return answer.fallback


@pytest.mark.parametrize(("audience", "column"), [("G", 0), ("S", 1), ("H", 2)])
def test_the_ladders_have_the_ranks_of_the_table(audience: str, column: int):
    ladder = LADDERS[Audience(audience)]
    assert {rung.value: rank for rank, rung in enumerate(ladder, 1)} == {
        kind: ranks[column] for kind, ranks in RANKS.items() if ranks[column] is not None
    }
    assert ladder[-1] is RepresentativeClass.EVIDENCE
    assert set(NEVER[Audience(audience)]).isdisjoint(ladder)


@pytest.mark.parametrize(
    ("strand", "column"), [(children_form(), 0), (survivors_group(), 1), (harm_individual(), 2)], ids=["G", "S", "H"]
)
@pytest.mark.parametrize("kind", ["RY", "A", "RO", "RP", "RC"])
def test_each_kind_stands_in_where_the_table_ranks_it_and_nowhere_else(strand: Any, column: int, kind: str):
    answer = decide(strand, [adults(kind, also_survivors=kind == "RY")], GAP, now=True)
    rank = RANKS[kind][column]
    if rank is None:
        assert answer.decision.value == "REFUSE"
        assert kind in {rung.audience.value for rung in taken(answer).skipped}
    else:
        assert answer.decision.value == "FALLBACK"
        assert (taken(answer).audience, taken(answer).rank) == (kind, rank)


def test_the_best_rung_that_passes_is_taken_and_the_others_say_why_not():
    short_of_holders = adults("RY", holders={})
    answer = decide(children_form(), [adults("RP"), adults("A"), short_of_holders], GAP, now=True)
    assert (taken(answer).audience, taken(answer).strand) == ("A", "a")
    skipped = {rung.audience.value: rung for rung in taken(answer).skipped}
    assert set(skipped) == {"RY", "RO"}
    assert (skipped["RY"].rank, skipped["RY"].strand) == (1, "ry")
    assert POLICY.requirements["DAT-03"].title in skipped["RY"].why
    assert skipped["RO"].why == "nobody was proposed"


@pytest.mark.parametrize("requirement", ["REP-01", "REP-02", "REP-04"])
@pytest.mark.parametrize("kind", ["A", "RO"])
def test_who_stands_in_needs_mandate_briefing_and_a_plan_to_ask_children(kind: str, requirement: str):
    answer = decide(children_form(), [adults(kind)], {**GAP, requirement: None}, now=True)
    assert answer.decision.value == "REFUSE"
    assert any(POLICY.requirements[requirement].title in rung.why for rung in taken(answer).skipped)


def test_a_candidate_is_looked_at_as_standing_in_whether_it_says_so_or_not():
    file = plan(children_form(), [adults("A")], {**GAP, "REP-01": None})
    quiet = replace(file, candidates=tuple(replace(each, fallback_for="") for each in file.candidates))
    assert ask(quiet, now=True).decision.value == "REFUSE"


def test_adult_survivors_asked_for_themselves_need_no_mandate():
    assert decide(adult_survivors(), evidence={"REP-01": None, "REP-04": None}).decision.value == "GO"


def test_young_adults_stand_in_for_survivors_only_as_survivors():
    answer = decide(survivors_group(), [adults("RY")], GAP, now=True)
    assert answer.decision.value == "REFUSE"
    assert any("survivors themselves" in rung.why for rung in taken(answer).skipped)


def test_every_refused_candidate_is_named_even_when_another_of_its_kind_passes():
    answer = decide(children_form(), [adults("RY", holders={}), adults("RY", id="ry2")], GAP, now=True)
    assert taken(answer).strand == "ry2"
    assert [rung.strand for rung in taken(answer).skipped] == ["ry"]


def test_children_never_stand_in_for_children():
    answer = decide(survivors_group(), [children_form()], GAP, now=True)
    assert answer.decision.value == "REFUSE"
    assert [(rung.audience, rung.strand) for rung in taken(answer).skipped if rung.strand] == [("G", "g")]


def test_where_nobody_stands_in_is_a_part_of_its_own():
    strand = children_form(languages=["es", "quz"], services=[{**LINE, "languages": ["es", "quz"]}])
    answer = decide(strand, [adults("RY")], GAP, now=True)
    assert (answer.decision.value, answer.row) == ("REFUSE", "D7")
    assert [(part.plan.strand.languages, part.decision.value) for part in answer.parts] == [
        (("es",), "FALLBACK"),
        (("quz",), "REFUSE"),
    ]


def test_beside_the_matrix_where_nobody_is_asked_is_said():
    strand = survivors_group(mode="OI", sessions=[], window=WINDOW, languages=["es", "quz"])
    answer = decide(strand, [adults("A")])
    assert (answer.decision.value, answer.row) == ("FALLBACK", "D3")
    assert taken(answer).nobody_for == ("quz",)
    assert any("quz" in note for note in answer.notes)


def test_adults_elsewhere_do_not_stand_in():
    abroad = adults(
        "RY",
        jurisdictions=["BO"],
        services=[{**LINE, "jurisdictions": ["BO"]}],
        emergency=[{"jurisdiction": "BO", "number": "110", "round_the_clock": True}],
    )
    answer = decide(children_form(), [abroad], GAP, now=True)
    assert answer.decision.value == "REFUSE"
    assert any("none of the places" in rung.why for rung in taken(answer).skipped)


def test_adults_are_looked_at_for_the_languages_they_share():
    spanish_line = adults("RY", languages=["es", "quz"])
    answer = decide(children_form(), [spanish_line], GAP, now=True)
    assert (answer.decision.value, taken(answer).strand) == ("FALLBACK", "ry")


def test_a_stop_reaches_the_candidates_too():
    stop = {"scope": "platform", "subject": "site", "at": "2026-03-01"}
    answer = decide(children_form(), [adults("RY", platform="site")], GAP, now=True, stops=[stop])
    assert answer.decision.value == "REFUSE"


def test_a_fallback_is_a_debt_with_a_day_or_a_reason():
    dated = decide(children_form(), [adults("RY", ask_children_by="2026-09-01")], GAP, now=True)
    debt = taken(dated).debt
    assert debt is not None
    assert (debt.strand, str(debt.ask_children_by)) == ("g", "2026-09-01")
    assert not any("set the day" in note for note in dated.notes)
    undated = decide(children_form(), [adults("RY")], GAP, now=True)
    assert any("set the day" in note for note in undated.notes)


def test_waiting_is_offered_first_wherever_children_are_not_asked():
    for answer in (
        decide(children_form(), evidence=GAP),
        decide(children_form(), [adults("RY")], GAP, now=True),
        decide(children_form(), evidence=GAP, now=True),
    ):
        assert answer.options[0].startswith("wait until ready")
        assert "published" in answer.options[-1]
