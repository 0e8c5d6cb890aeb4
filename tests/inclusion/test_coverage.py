"""Coverage: nothing is said that published cells do not say, and nothing is read into few people."""

from itertools import product
from math import factorial, prod
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.inclusion.coverage import (
    Coverage,
    Reach,
    Reference,
    Standing,
    Target,
    coverage,
    expected_similarity,
    similarity,
    wilson,
)
from consult.inclusion.dimensions import Dimension, InvalidInput
from consult.inclusion.gathered import is_tie, original_name
from consult.inclusion.lots import lots
from consult.inclusion.release import build_release

AGE = Dimension("age", ("10_12", "13_15", "prefer_not"))
PLACE = Dimension("place", ("north", "south", "east"))


def released(counts: dict[tuple[str, str], int]) -> dict[str, object]:
    rows = [{"age": age, "place": place} for (age, place), n in counts.items() for _ in range(n)]
    return build_release("r", "s", "child", 10, (AGE, PLACE), rows, [("age",), ("place",), ("age", "place")]).json


def document(**counts: int | None) -> dict[str, object]:
    """A release of one dimension as it is published; None is withheld."""
    known = [n for n in counts.values() if n is not None]
    total = sum(known) if len(known) == len(counts) else 400
    cells = [{"at": [name], "count": n} for name, n in counts.items()]
    tables = [{"dimensions": ["g"], "cells": [*cells, {"at": ["*"], "count": total}]}]
    return {"k": 10, "dimensions": [{"name": "g", "categories": list(counts)}], "tables": tables}


def standing(found: Coverage, label: str) -> Standing | None:
    return next(row.standing for row in found.rows if row.group == (("g", label),))


@pytest.mark.parametrize(
    ("count", "base", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_examples(count: int, base: int, low: float, high: float) -> None:
    """Newcombe 1998, table I, method 3."""
    share = wilson(count, base)
    assert (round(share.low, 4), round(share.high, 4)) == (low, high)


@given(st.integers(1, 5000).flatmap(lambda base: st.tuples(st.integers(0, base), st.just(base))))
def test_an_interval_holds_its_share_and_mirrors(pair: tuple[int, int]) -> None:
    count, base = pair
    share, other = wilson(count, base), wilson(base - count, base)
    assert 0 <= share.low <= share.point <= share.high <= 1
    assert share.low == pytest.approx(1 - other.high, abs=1e-9)
    assert (share.low == 0, share.high == 1) == (count == 0, count == base)
    if count < base:
        more = wilson(count + 1, base)
        assert share.low < more.low
        assert share.high < more.high


@given(st.integers(1, 5000).flatmap(lambda base: st.tuples(st.integers(0, base), st.just(base))))
def test_an_interval_ends_where_the_score_test_would_just_not_be_surprised(pair: tuple[int, int]) -> None:
    """(x - np)² = z² np(1 - p) at both ends, with z from the normal distribution: no formula of an interval."""
    count, base = pair
    share, squared = wilson(count, base), NormalDist().inv_cdf(0.975) ** 2
    for end in (share.low, share.high):
        assert (count - base * end) ** 2 == pytest.approx(squared * base * end * (1 - end), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(("count", "base"), [(0, 0), (1, 0), (-1, 5), (6, 5)])
def test_nobody_is_no_base_for_a_share(count: int, base: int) -> None:
    with pytest.raises(InvalidInput):
        wilson(count, base)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=3), st.integers(1, 7))
def test_expected_similarity_is_the_mean_over_every_possible_draw(parts: list[int], people: int) -> None:
    reference = [part / sum(parts) for part in parts]
    mean = 0.0
    for draw in product(range(people + 1), repeat=len(parts)):
        if sum(draw) == people:
            ways = factorial(people) / prod(factorial(n) for n in draw)
            chance = ways * prod(q**n for q, n in zip(reference, draw, strict=True))
            mean += chance * similarity([n / people for n in draw], reference)
    assert expected_similarity(people, reference) == pytest.approx(mean)


def test_expected_similarity_of_many_people_needs_no_huge_numbers() -> None:
    assert 0.999 < expected_similarity(1_000_000, [0.5, 0.3, 0.2]) < 1
    assert expected_similarity(999, [0.5, 0.5]) == pytest.approx(expected_similarity(1000, [0.5, 0.5]), rel=1e-3)


@given(
    st.integers(1, 300),
    st.integers(1, 300),
    st.integers(1, 1000),
    st.integers(1, 1000),
)
def test_under_heard_only_when_the_upper_bound_says_so(one: int, other: int, here: int, there: int) -> None:
    found = coverage(document(a=one, b=other), references=[Reference.of("g", "census", {"a": here, "b": there})])
    for row in found.rows:
        if row.standing in (Standing.UNDER_HEARD, Standing.HEARD_MORE):
            assert row.share is not None
            assert row.expected is not None
            under, over = row.share.high < row.expected, row.share.low > row.expected
            assert (under, over) == (row.standing is Standing.UNDER_HEARD, row.standing is Standing.HEARD_MORE)


@given(st.integers(10, 400), st.integers(0, 99), st.data())
def test_too_few_to_tell_where_not_even_half_of_a_share_could_have_been_seen(
    people: int, percent: int, data: st.DataObject
) -> None:
    """In line claims something: of as many people, half as many as expected in the group would be under-heard."""
    heard = data.draw(st.integers(0, people))
    census = [Reference.of("g", "census", {"a": percent, "b": 100 - percent})]
    said, halved = (
        standing(coverage(document(a=count, b=people - count), references=census), "a")
        for count in (heard, people * percent // 200)
    )
    assert said in (Standing.UNDER_HEARD, Standing.HEARD_MORE) or (said is Standing.IN_LINE) is (
        halved is Standing.UNDER_HEARD
    )


def test_a_perfect_small_sample_finds_nobody_missing() -> None:
    """Twenty people in five equal groups, where the lowest rate over the highest already cries wolf."""
    people = dict.fromkeys("abcde", 1000)
    found = coverage(document(a=4, b=4, c=4, d=4, e=4), references=[Reference.of("g", "census", people)])
    assert {row.standing for row in found.rows} == {Standing.TOO_FEW}
    assert found.similarities[0].value == pytest.approx(1)
    assert found.similarities[0].expected < 0.85


def test_enough_people_say_more_than_too_few_to_tell() -> None:
    reference = [Reference.of("g", "census", {"a": 500, "b": 500})]
    assert standing(coverage(document(a=100, b=100), references=reference), "a") is Standing.IN_LINE
    assert standing(coverage(document(a=20, b=180), references=reference), "a") is Standing.UNDER_HEARD
    assert standing(coverage(document(a=20, b=180), references=reference), "b") is Standing.HEARD_MORE
    assert standing(coverage(document(a=5, b=7), references=reference), "a") is Standing.TOO_FEW


def test_a_withheld_count_is_never_called_missing() -> None:
    found = coverage(
        document(a=None, b=None, c=350),
        [Target((("g", "a"),), 10), Target((("g", "c"),), 400)],
        [Reference.of("g", "census", {"a": 100, "b": 100, "c": 10})],
    )
    assert [row.standing for row in found.rows] == [Standing.WITHHELD, Standing.HEARD_MORE, Standing.WITHHELD]
    assert [(row.reach, row.missing) for row in found.rows[:2]] == [(Reach.WITHHELD, None), (Reach.BELOW, 50)]
    assert found.similarities == ()


@settings(deadline=None, max_examples=40)  # a whole release is made and audited for each example
@given(
    st.dictionaries(
        st.sampled_from([(age, place) for age in AGE.categories for place in PLACE.categories]),
        st.integers(0, 60),
        min_size=1,
    )
)
def test_every_number_of_the_grid_is_a_published_cell(counts: dict[tuple[str, str], int]) -> None:
    if not sum(counts.values()):
        return
    release = released(counts)
    groups = [(("age", age), ("place", place)) for age in AGE.categories for place in PLACE.categories]
    groups += [(("age", age),) for age in AGE.categories]
    found = coverage(release, [Target(group, 12) for group in groups])
    published = {
        frozenset(
            (original_name(name), label)
            for name, label in zip(table["dimensions"], cell["at"], strict=True)
            if label != "*"
        ): cell["count"]
        for table in release["tables"]  # type: ignore[attr-defined]
        if not is_tie(table["dimensions"])
        for cell in table["cells"]
    }
    for row in found.rows:
        shown = published.get(frozenset(row.group))
        assert row.count == shown
        assert (row.reach in (Reach.WITHHELD, Reach.NOT_SHOWN)) is (shown is None)
        assert (row.reach is Reach.BELOW) is (shown is not None and shown < 12)


def test_a_count_in_lots_is_below_a_plan_only_when_no_count_in_its_lot_reaches_it() -> None:
    release = document(a=20, b=40)
    for table in release["tables"]:  # type: ignore[attr-defined]
        for cell in table["cells"]:
            cell["in_lots_of"] = 20
    wider = {"g": {"ab": ("a", "b")}}
    targets = [Target((("g", "a"),), 39), Target((("g", "b"),), 72), Target((("g", "ab"),), 98)]
    found = coverage(release, targets, wider=wider)
    assert [(row.reach, row.missing) for row in found.rows] == [(Reach.OPEN, 0), (Reach.BELOW, 13), (Reach.OPEN, 0)]


def test_a_wide_group_is_the_sum_of_its_published_parts() -> None:
    release = document(a=20, b=15, c=None, d=None)
    wider = {"g": {"ab": ("a", "b"), "bc": ("b", "c")}}
    found = coverage(release, [Target((("g", "ab"),), 30), Target((("g", "bc"),), 5)], wider=wider)
    assert [(row.count, row.reach) for row in found.rows] == [(35, Reach.REACHED), (None, Reach.WITHHELD)]


def test_a_group_without_a_table_is_said_to_be_without_one() -> None:
    found = coverage(document(a=20, b=15), [Target((("g", "a"), ("h", "x")), 5), Target((("g", "z"),), 5)])
    assert [row.reach for row in found.rows] == [Reach.NOT_SHOWN, Reach.NOT_SHOWN]


def test_who_prefers_not_to_say_is_apart_from_who_was_not_asked() -> None:
    (silence,) = coverage(document(a=50, prefer_not=12, skipped=None, not_asked=30)).silences
    assert silence.counts == {"prefer_not": 12, "skipped": None, "not_asked": 30}
    (silence,) = coverage(document(a=50, prefer_not=12)).silences
    assert silence.counts == {"prefer_not": 12}


def test_a_reference_follows_the_release_into_a_wider_view() -> None:
    reference = Reference.of("g", "census", {"a": 30, "b": 20, "c": 50})
    found = coverage(document(ab=40, c=60), references=[reference], wider={"g": {"ab": ("a", "b")}})
    assert [(row.group, row.expected) for row in found.rows] == [((("g", "ab"),), 0.5), ((("g", "c"),), 0.5)]


def crossed(**counts: int | None) -> dict[str, object]:
    """A release of g by h: "a_x" counts who is in a and in x. Margins are published, whatever the cells are."""
    rows = {tuple(name.split("_")): n for name, n in counts.items()}
    one, other = (list(dict.fromkeys(each[place] for each in rows)) for place in (0, 1))
    hidden = 12
    sums = {
        **{(a, "*"): sum(n or hidden for at, n in rows.items() if at[0] == a) for a in one},
        **{("*", x): sum(n or hidden for at, n in rows.items() if at[1] == x) for x in other},
        ("*", "*"): sum(n or hidden for n in rows.values()),
    }
    cells = [{"at": list(at), "count": n} for at, n in {**rows, **sums}.items()]
    dimensions = [{"name": "g", "categories": one}, {"name": "h", "categories": other}]
    return {"k": 10, "dimensions": dimensions, "tables": [{"dimensions": ["g", "h"], "cells": cells}]}


def population(**people: int) -> Reference:
    pairs = {name: tuple(name.split("_")) for name in people}
    return Reference("census", {(("g", pairs[n][0]), ("h", pairs[n][1])): people[n] for n in people})


EVEN = population(a_x=250, a_y=250, b_x=250, b_y=250)


def test_a_population_of_two_groups_at_once_is_compared_group_by_group() -> None:
    found = coverage(crossed(a_x=60, a_y=60, b_x=15, b_y=65), references=[EVEN])
    row = next(row for row in found.rows if row.group == (("g", "b"), ("h", "x")))
    assert row.share is not None
    assert (row.count, row.share.base, row.expected, row.standing) == (15, 200, 0.25, Standing.UNDER_HEARD)
    assert row.share.high < 0.25
    assert [each.dimensions for each in found.similarities] == [("g", "h")]


def test_a_withheld_group_hides_itself_and_not_what_its_margins_tell_of_the_others() -> None:
    found = coverage(crossed(a_x=60, a_y=60, b_x=None, b_y=68), references=[EVEN])
    by_group = {tuple(label for _, label in row.group): row for row in found.rows}
    assert by_group["b", "x"].standing is Standing.WITHHELD
    assert by_group["b", "x"].share is None
    known = by_group["a", "x"].share
    assert known is not None
    assert (known.base, known.point) == (200, 0.3)
    assert found.similarities == ()


def test_margins_of_people_whom_the_population_leaves_out_are_no_base() -> None:
    """Where y is in no crossing of the population, nobody knows how many of those withheld are in x."""
    part = population(a_x=250, b_x=250)
    whole = coverage(crossed(a_x=60, a_y=60, b_x=None, b_y=68), references=[part])
    shares = {row.group[0][1]: row.share for row in whole.rows}
    assert shares["a"] is not None
    assert shares["a"].base == 72
    fewer = coverage(crossed(a_x=60, a_y=60, b_x=None, b_y=68, c_x=20, c_y=20), references=[part])
    assert [row.standing for row in fewer.rows] == [Standing.WITHHELD, Standing.WITHHELD]


def test_too_few_to_tell_is_said_of_two_groups_at_once_too() -> None:
    found = coverage(crossed(a_x=6, a_y=6, b_x=4, b_y=6), references=[EVEN])
    assert {row.standing for row in found.rows} == {Standing.TOO_FEW}


def test_a_population_of_two_groups_follows_the_release_into_a_wider_view() -> None:
    reference = population(a_x=20, b_x=30, a_y=10, b_y=40)
    found = coverage(crossed(ab_x=40, ab_y=60), references=[reference], wider={"g": {"ab": ("a", "b")}})
    assert [(row.group[1][1], row.expected, row.count) for row in found.rows] == [("x", 0.5, 40), ("y", 0.5, 60)]


@pytest.mark.parametrize(
    ("targets", "references"),
    [
        ([Target((), 5)], []),
        ([Target((("g", "a"),), 0)], []),
        ([Target((("g", "a"), ("g", "b")), 5)], []),
        ([Target((("g", "a"),), 5), Target((("g", "a"),), 6)], []),
        ([], [Reference.of("g", "census", {"a": 5})]),
        ([], [Reference.of("g", "census", {"a": 0, "b": 0})]),
        ([], [Reference.of("g", "census", {"a": 5, "b": 5}), Reference.of("g", "other", {"a": 5, "b": 5})]),
        ([], [Reference("census", {(("h", "x"), ("g", "a")): 5, (("h", "y"), ("g", "a")): 5})]),
        ([], [Reference("census", {(("g", "a"), ("h", "x")): 5, (("g", "b"),): 5})]),
    ],
)
def test_plans_that_say_nothing_are_refused(targets: list[Target], references: list[Reference]) -> None:
    with pytest.raises(InvalidInput):
        coverage(document(a=20, b=15), targets, references)


@given(st.integers(0, 10_000), st.integers(1, 50))
def test_lots_are_whole_and_never_more(count: int, k: int) -> None:
    assert lots(count, k) % k == 0
    assert 0 <= count - lots(count, k) < k


def test_a_planned_pair_is_read_where_planned_groups_stand_alone() -> None:
    """By every gender the table is too fine to be there, or withheld; by those that were planned for it is not."""
    release = {
        "k": 10,
        "dimensions": [
            {"name": "age", "categories": ["13_15", "16_17"]},
            {"name": "gender", "categories": ["girl", "boy", "another"]},
            {"name": "gender:planned", "categories": ["girl", "others"]},
        ],
        "tables": [
            {"dimensions": ["gender"], "cells": [{"at": ["girl"], "count": 30}, {"at": ["boy"], "count": None}]},
            {
                "dimensions": ["age", "gender:planned"],
                "cells": [{"at": ["13_15", "girl"], "count": 18}, {"at": ["13_15", "others"], "count": 12}],
            },
        ],
    }
    groups = [(("age", "13_15"), ("gender", each)) for each in ("girl", "boy")]
    girls, boys = coverage(release, [Target(group, 20) for group in groups]).rows
    assert (girls.count, girls.standing) == (18, None)
    assert boys.count is None
