"""The running check: it opens only inside what was signed, and a missing fact opens nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.models import StrandState
from consult.services.participation.permit import Ruling, RunningPermit, inside_hours
from safeguards.plan import Hours, Weekday, Window

OPENS = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
CLOSES = datetime(2026, 6, 30, 20, 0, tzinfo=UTC)
END = datetime(2026, 6, 20, 12, 0, tzinfo=UTC)
PERMIT = RunningPermit(StrandState.OPEN, True, END, Window(opens=OPENS, closes=CLOSES))  # noqa: FBT003

moments = st.integers(-7 * 24 * 60, 35 * 24 * 60).map(lambda minutes: OPENS + timedelta(minutes=minutes))
permits = st.builds(
    RunningPermit,
    state=st.sampled_from(StrandState),
    signed_to_open=st.booleans(),
    valid_until=st.none() | moments,
    window=st.none() | st.just(PERMIT.window),
    finish_by=st.none() | moments,
)


@given(permits, moments)
def test_open_means_open_signed_in_date_and_in_the_window(permit: RunningPermit, now: datetime) -> None:
    if permit.ruling(now) is Ruling.OPEN:
        assert permit.state == StrandState.OPEN
        assert permit.signed_to_open
        assert permit.valid_until is not None
        assert now < permit.valid_until
        assert OPENS <= now < CLOSES


@given(permits, moments)
def test_finishing_means_running_or_suspended_and_before_the_end_of_finishing(
    permit: RunningPermit, now: datetime
) -> None:
    if permit.ruling(now) is Ruling.FINISHING:
        assert permit.state in (StrandState.OPEN, StrandState.SUSPENDED)
        assert permit.signed_to_open
        assert permit.finish_by is not None
        assert now < permit.finish_by


@given(permits, moments)
def test_a_fact_less_never_opens_more(permit: RunningPermit, now: datetime) -> None:
    order = [Ruling.OPEN, Ruling.FINISHING, Ruling.SHUT]
    for less in (
        replace(permit, valid_until=None),
        replace(permit, window=None),
        replace(permit, finish_by=None),
        replace(permit, signed_to_open=False),
    ):
        assert order.index(less.ruling(now)) >= order.index(permit.ruling(now))


@pytest.mark.parametrize(
    ("now", "ruling"),
    [
        (OPENS - timedelta(seconds=1), Ruling.SHUT),
        (OPENS, Ruling.OPEN),
        (END - timedelta(seconds=1), Ruling.OPEN),
        (END, Ruling.SHUT),
    ],
)
def test_the_edges(now: datetime, ruling: Ruling) -> None:
    assert PERMIT.ruling(now) is ruling


WEEKDAYS = Hours(days=(Weekday.MON, Weekday.FRI), open=14 * 60, close=20 * 60)
NIGHT = Hours(days=(Weekday.FRI,), open=22 * 60, close=2 * 60)


@pytest.mark.parametrize(
    ("hours", "local", "inside"),
    [
        (WEEKDAYS, (1, 14, 0), True),  # Monday 1 June
        (WEEKDAYS, (1, 13, 59), False),
        (WEEKDAYS, (1, 20, 0), False),
        (WEEKDAYS, (2, 15, 0), False),  # Tuesday
        (NIGHT, (5, 23, 0), True),  # Friday
        (NIGHT, (6, 1, 59), True),  # the night into Saturday
        (NIGHT, (6, 2, 0), False),
        (NIGHT, (5, 1, 0), False),  # the night into Friday is Thursday's
    ],
)
def test_hours_are_local_and_may_end_the_next_day(hours: Hours, local: tuple[int, int, int], inside: bool) -> None:
    day, hour, minute = local
    lima = datetime(2026, 6, day, hour, minute, tzinfo=UTC) + timedelta(hours=5)
    assert inside_hours((hours,), "America/Lima", lima) is inside


def test_every_minute_of_a_round_the_clock_day_is_inside() -> None:
    always = (Hours(days=tuple(Weekday), open=0, close=24 * 60),)
    for hour, minute in product(range(24), (0, 59)):
        assert inside_hours(always, "UTC", datetime(2026, 6, 3, hour, minute, tzinfo=UTC))
