"""Counting: every person once in every table, from rows or from codes, and bad rows named without their answers."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.inclusion.dimensions import Dimension, InvalidInput
from consult.inclusion.tabulate import encode, tabulate, tabulate_codes
from tests.inclusion.people import AGE, GENDER

PEOPLE = st.lists(st.tuples(st.sampled_from(AGE.categories), st.sampled_from(GENDER.categories)))


@given(PEOPLE)
@settings(max_examples=30)
def test_counts_are_those_of_counting_one_by_one(people: list[tuple[str, str]]) -> None:
    rows = [{"age_band": age, "gender": gender} for age, gender in people]
    tables = tabulate(iter(rows), [AGE, GENDER], [("age_band",), ("age_band", "gender")])
    expected = Counter(people)
    for index, age in enumerate(AGE.categories):
        assert [expected[age, gender] for gender in GENDER.categories] == tables.counts["age_band", "gender"][
            index
        ].tolist()
    assert tables.counts[("age_band",)].sum() == tables.total == len(people)


def test_chunks_of_codes_add_up() -> None:
    chunk = {"age_band": np.array([0, 1, 1], dtype=np.uint8), "gender": np.array([2, 0, 0], dtype=np.uint8)}
    tables = tabulate_codes([chunk, chunk], [AGE, GENDER], [("age_band", "gender")])
    assert tables.counts["age_band", "gender"].tolist() == [[0, 0, 2], [4, 0, 0]]


def test_a_bad_row_is_named_by_place_and_never_quoted() -> None:
    rows = [{"age_band": "13_15", "gender": "girl"}] * 70_000
    rows.append({"age_band": "13_15", "gender": "my own secret word"})
    with pytest.raises(InvalidInput, match="row 70001: dimension 'gender'") as refused:
        list(encode(rows, [AGE, GENDER]))
    assert "secret" not in str(refused.value)
    with pytest.raises(InvalidInput, match="row 1: dimension 'gender' has no value"):
        list(encode([{"age_band": "13_15"}], [AGE, GENDER]))


def test_codes_out_of_range_and_of_different_lengths_are_refused() -> None:
    ages = np.array([0, 1])
    with pytest.raises(InvalidInput, match="outside 0 to 2"):
        tabulate_codes([{"age_band": ages, "gender": np.array([0, 3])}], [AGE, GENDER], [])
    with pytest.raises(InvalidInput, match="differ in length"):
        tabulate_codes([{"age_band": ages, "gender": np.array([0])}], [AGE, GENDER], [])


def test_the_coarse_view_adds_up_the_categories_of_a_group() -> None:
    fine = Dimension("age_band", ("13_14", "15", "16_17"), groups={"13_15": ("13_14", "15")})
    rows = [{"age_band": "13_14"}] * 4 + [{"age_band": "15"}] * 2 + [{"age_band": "16_17"}] * 3
    coarse = tabulate(rows, [fine], [("age_band",)]).view({"age_band": fine.coarse()})
    assert coarse.dimensions["age_band"].categories == ("13_15", "16_17")
    assert coarse.counts[("age_band",)].tolist() == [6, 3]
