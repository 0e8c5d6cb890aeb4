"""A population as a CSV file: what is written is read back, what is wrong is said by its place, all or nothing."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.services.tables.populationfile import (
    MOST_BYTES,
    Named,
    Problem,
    Unreadable,
    read_population,
    write_template,
)

AGE = Named("age", "Age", {"13_15": "13 to 15", "16_17": "16 to 17"})
PLACE = Named("location", "Kind of place", {"city": "In a city", "camp": "In a camp"})
LOVE = Named("sogi", "LGBTQ+", {"yes": "Yes", "no": "No"})
KNOWN = (AGE, PLACE, LOVE)
PAIRS = [(("age", age), ("location", place)) for age in AGE.categories for place in PLACE.categories]


def problems(text: str | bytes) -> list[Problem]:
    with pytest.raises(Unreadable) as refused:
        read_population(text if isinstance(text, bytes) else text.encode(), KNOWN)
    return list(refused.value.problems)


@given(st.lists(st.integers(0, 10**9), min_size=4, max_size=4).filter(any))
def test_a_template_that_was_filled_in_says_what_was_written_into_it(people: list[int]) -> None:
    wanted = dict(zip(PAIRS, people, strict=True))
    found = read_population(write_template((AGE, PLACE), wanted), KNOWN)
    assert (found.dimensions, dict(found.people), found.shares) == (("age", "location"), wanted, False)


def test_an_empty_template_has_a_row_for_every_group_and_its_words() -> None:
    rows = list(csv.reader(io.StringIO(write_template((AGE, PLACE), {}).decode("utf-8-sig"))))
    assert rows[0] == ["age", "location", "people", "in words"]
    assert rows[1] == ["13_15", "city", "", "13 to 15 · In a city"]
    assert len(rows) == 5


def test_no_cell_of_a_template_is_a_formula() -> None:
    told = Named("region", "Region", {"a": "=1+1", "b": "North"})
    assert "'=1+1" in write_template((told,), {}).decode()


@pytest.mark.parametrize(
    "text",
    [
        "location,people\ncity,700\ncamp,20\n",
        "\ufefflocation;people\r\ncity;700\r\ncamp;20\r\n",
        "Kind of place\tPEOPLE\nIn a city\t700\nin a CAMP\t20\n",
        "in words,people,location\nwhatever,700,city\n\n,20,camp\n",
    ],
)
def test_the_same_is_read_as_spreadsheet_programs_write_it(text: str) -> None:
    found = read_population(text.encode(), KNOWN)
    assert dict(found.people) == {(("location", "city"),): 700, (("location", "camp"),): 20}


def test_a_group_without_a_number_is_left_out() -> None:
    found = read_population(b"age,location,people\n13_15,city,5\n13_15,camp,\n16_17,camp,0\n", KNOWN)
    assert dict(found.people) == {PAIRS[0]: 5, PAIRS[3]: 0}


@pytest.mark.parametrize(
    "text", ["location,share\ncity,97.5\ncamp,2.5\n", 'location,share\ncity,"97,5 %"\ncamp,2.5%\n']
)
def test_shares_are_kept_as_people_out_of_ten_thousand(text: str) -> None:
    found = read_population(text.encode(), KNOWN)
    assert found.shares
    assert dict(found.people) == {(("location", "city"),): 9750, (("location", "camp"),): 250}


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, "", "column of numbers"),
        ("people\n5\n", 1, "", "one column, or two"),
        ("location,people\n", 1, "people", "at least two groups"),
        ("location,people\ncity,0\ncamp,0\n", 3, "people", "at least two groups"),
        ("location,people\ncity,700\nmoon,20\n", 3, "location", "no such group"),
        ("location,people\ncity,700\n\ncamp,about 20\n", 4, "people", "whole number"),
        ("location,people\ncity,7 00\ncamp,-1\n", 2, "people", "whole number"),
        ("location,people\ncity,٧\ncamp,1\n", 2, "people", "whole number"),
        ("location,people\ncity,700\ncamp\n", 3, "", "not as many columns"),
        ("location,people\ncity,700\ncamp,20\ncity,1\n", 4, "", "twice"),
        ("location,shoe size,people\ncity,40,1\n", 1, "shoe size", "no such thing"),
        ("location,city\ncity,1\n", 1, "", "column of numbers"),
        ("location,people,share\ncity,1,1\n", 1, "", "column of numbers"),
        ("location,location,people\ncity,camp,1\n", 1, "", "one column, or two"),
        ("sogi,location,people\nyes,camp,1\n", 1, "", "never put together"),
        ("location,share\ncity,60\ncamp,30\n", 3, "share", "100 per cent"),
        ("location,share\ncity,NaN\ncamp,100\n", 2, "share", "per cent"),
        ("location,share\ncity,1e400\ncamp,100\n", 2, "share", "per cent"),
        ('location,people\ncity,"7"00\n', 2, "", "quotation mark"),
        (b"location,people\ncity,1\ncamp,\xff\n", 3, "", "UTF-8"),
        (b"x" * (MOST_BYTES + 1), 1, "", "larger than"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str | bytes, line: int, column: str, words: str) -> None:
    assert any((each.line, each.column) == (line, column) and words in each.why for each in problems(text))


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = problems("age,location,people\n13_15,moon,many\n12,city,5\n16_17,camp,x\n")
    assert [(each.line, each.column) for each in found] == [(2, "location"), (2, "people"), (3, "age"), (4, "people")]


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_be_read_or_refused(content: bytes) -> None:
    try:
        found = read_population(b"location,people\n" + content, KNOWN)
    except Unreadable:
        return
    assert len(found.people) > 1
