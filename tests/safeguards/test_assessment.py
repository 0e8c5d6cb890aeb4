"""The self-assessment: means of whole requirements, and the floor that no total lifts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeguards.assessment import FLOOR, INDICATORS, Requirement, assess

ALL_GOOD = dict.fromkeys(INDICATORS, 3)
SCORES = st.dictionaries(st.sampled_from(sorted(INDICATORS)), st.integers(0, 3))


def test_every_requirement_has_its_indicators() -> None:
    assert set(INDICATORS.values()) == set(Requirement)
    assert len(INDICATORS) == 28


@pytest.mark.parametrize("indicator", [key for key, row in INDICATORS.items() if row in FLOOR])
def test_one_zero_in_voluntary_or_safe_is_not_acceptable_whatever_the_rest(indicator: str) -> None:
    assert assess({**ALL_GOOD, indicator: 0}).acceptable is False
    assert assess({indicator: 0}).acceptable is False
    assert assess({**ALL_GOOD, indicator: 1}).acceptable is True


@pytest.mark.parametrize("indicator", [key for key, row in INDICATORS.items() if row not in FLOOR])
def test_a_zero_elsewhere_lowers_its_mean_only(indicator: str) -> None:
    result = assess({**ALL_GOOD, indicator: 0})
    assert result.acceptable is True
    assert result.means[INDICATORS[indicator]] < 3


@given(SCORES)
def test_a_mean_is_given_only_for_what_is_scored_as_a_whole(scores: dict[str, int]) -> None:
    result = assess(scores)
    for row in Requirement:
        of_row = [key for key, one in INDICATORS.items() if one is row]
        if all(key in scores for key in of_row):
            assert result.means[row] == pytest.approx(sum(scores[key] for key in of_row) / len(of_row))
        else:
            assert row not in result.means


@pytest.mark.parametrize("scores", [{"2.1": 4}, {"2.1": -1}, {"10.1": 1}])
def test_what_is_no_score_is_refused(scores: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no score"):
        assess(scores)
