"""Protection keeps as much as it safely can: near the cheapest possible choice, and nothing hidden needlessly."""

import pytest

from consult.inclusion.utility import CASES, Case, beside_optimum, beside_optimum_of, beside_threshold


def test_small_tables_lose_little_more_than_the_cheapest_choice() -> None:
    """The cheapest passes the audit; ours does not tell a small count either by which partner would not do."""
    told = beside_optimum(cases=12, seed=2)
    assert 1.0 <= told["people"] <= 1.3
    assert 1.0 <= told["cells"] <= 1.4


def test_a_large_population_loses_little_beside_a_threshold_alone() -> None:
    told = beside_threshold(1_100, seed=1)
    assert told["tables_dropped"] == 0
    assert told["hidden_share_threshold"] <= told["hidden_share_release"] < 0.03


def test_a_table_that_comes_back_by_the_largest_group_is_not_counted_with_those_that_are_dropped() -> None:
    told = beside_threshold(140, seed=1)
    assert told["tables"] == 10
    assert told["tables_by_largest"] > 0
    assert 0 < told["tables_dropped"] + told["tables_by_largest"] < 10
    assert told["hidden_share_release"] < 0.571, "what was hidden before they came back"


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES[:2], ids=lambda case: case.name)
def test_the_documented_cases_withhold_at_most_three_tenths_more_cells_than_any_safe_choice(case: Case) -> None:
    told = beside_optimum_of(case, work=120)
    assert told["withheld_cells"] > 0
    assert 1.0 <= told["cells"] <= 1.3
