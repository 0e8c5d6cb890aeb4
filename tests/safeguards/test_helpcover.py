"""The picture of help over time says what SUP-02 says, and its local days follow the wall clock."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeguards.helpcover import Cover, covers
from safeguards.measures import check
from safeguards.planfile import PlanFile
from tests.safeguards import plans

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def plan(service: plans.Json, window: plans.Json) -> PlanFile:
    return plans.plan(plans.children_form(services=[{**plans.LINE, **service}], window={**plans.WINDOW, **window}))


def cover(service: plans.Json, window: plans.Json) -> Cover:
    (found,) = covers(plan(service, window).plan.strand, plans.POLICY)
    return found


clocks = st.integers(0, 23).map(lambda hour: f"{hour:02}:00")
services = st.fixed_dictionaries(
    {
        "round_the_clock": st.booleans(),
        "timezone": st.sampled_from(["America/Lima", "Europe/Paris", "Asia/Kathmandu"]),
        "hours": st.lists(
            st.fixed_dictionaries(
                {"days": st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True), "open": clocks, "close": clocks}
            ),
            max_size=2,
        ),
    }
)


@given(services, st.sampled_from(["America/Lima", "Europe/Paris"]))
@settings(max_examples=60, deadline=None)
def test_nothing_is_missing_in_the_picture_where_the_gate_finds_no_gap(service: plans.Json, zone: str) -> None:
    hours = [{"days": WEEKDAYS[:5], "open": "14:00", "close": "18:00"}]
    window = {"hours": hours, "timezone": zone, "opens": "2026-03-20T08:00:00Z", "closes": "2026-04-03T20:00:00Z"}
    file = plan(service, window)
    measured = check("SUP-02", file.plan, file.record, plans.POLICY, plans.AT)
    assert measured is not None
    (found,) = covers(file.plan.strand, plans.POLICY)
    assert found.whole is ("no service answers" not in measured.why)


def test_the_tail_is_drawn_and_neighbours_that_look_the_same_are_one_row() -> None:
    found = cover({}, {"opens": "2026-03-02T05:00:00Z", "closes": "2026-03-05T05:00:00Z"})
    assert [(day.first.day, day.last.day, day.tail) for day in found.days] == [(2, 4, False), (5, 7, True)]
    assert found.days[0].asked == ((0, 1440),)
    assert found.whole


@pytest.mark.parametrize(
    ("day", "helped"),
    [
        (date(2026, 3, 27), (540, 1020)),  # Paris is one hour ahead of UTC, Lima five behind: 09:00 there is 03:00
        (date(2026, 3, 30), (540, 1020)),  # two hours ahead: the same hours on the same wall
    ],
)
def test_hours_stay_on_the_wall_when_clocks_change(day: date, helped: tuple[int, int]) -> None:
    service = {
        "round_the_clock": False,
        "timezone": "Europe/Paris",
        "hours": [{"days": WEEKDAYS[:5], "open": "09:00", "close": "17:00"}],
    }
    window = {"timezone": "Europe/Paris", "opens": "2026-03-26T23:00:00Z", "closes": "2026-04-02T22:00:00Z"}
    found = cover(service, window)
    (row,) = [each for each in found.days if each.first <= day <= each.last]
    assert row.helped == (helped,)
    assert row.missing == ((0, helped[0]), (helped[1], 1440))


def test_a_foreign_line_moves_against_the_wall_when_only_one_clock_changes() -> None:
    service = {
        "round_the_clock": False,
        "timezone": "America/Lima",
        "hours": [{"days": WEEKDAYS, "open": "09:00", "close": "17:00"}],
    }
    window = {"timezone": "Europe/Paris", "opens": "2026-03-26T23:00:00Z", "closes": "2026-04-02T22:00:00Z"}
    rows = cover(service, window).days
    before = next(each for each in rows if each.first <= date(2026, 3, 27) <= each.last)
    after = next(each for each in rows if each.first <= date(2026, 3, 30) <= each.last)
    assert (before.helped, after.helped) == (((900, 1380),), ((960, 1440),))


def test_languages_that_nobody_speaks_are_a_picture_of_their_own() -> None:
    strand = plans.plan(plans.children_form(languages=["es", "quz"])).plan.strand
    found = {cells.cells[0][0]: cells.whole for cells in covers(strand, plans.POLICY)}
    assert found == {"es": True, "quz": False}


def test_without_a_time_there_is_no_picture() -> None:
    strand = plans.plan(plans.children_form(window=None)).plan.strand
    assert covers(strand, plans.POLICY) == ()
