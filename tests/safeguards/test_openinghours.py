"""Hours in local time against the slow way: looking at the clock on the wall at every moment."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from safeguards.openinghours import gaps, open_spans
from safeguards.plan import Hours, Weekday
from tests.safeguards.opening import weekly


def open_by_the_wall(hours: Iterable[Hours], zone: ZoneInfo, moment: datetime) -> bool:
    """The slow way: look at the clock on the wall, and at yesterday's hours that run past midnight."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    for each in hours:
        for back in (0, 1):
            day = (local - timedelta(days=back)).date()
            opens = datetime(day.year, day.month, day.day) + timedelta(minutes=each.open)  # noqa: DTZ001 - wall time
            length = each.close - each.open if each.close > each.open else each.close - each.open + 24 * 60
            if list(Weekday)[day.weekday()] in each.days and opens <= local < opens + timedelta(minutes=length):
                return True
    return False


def minutes_between(start: datetime, end: datetime, step: int) -> list[datetime]:
    return [start + timedelta(minutes=minute) for minute in range(0, int((end - start).total_seconds() // 60), step)]


CHANGES = [
    ("Europe/Madrid", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Madrid", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),  # half an hour
    ("Asia/Kathmandu", datetime(2026, 4, 4, 18, 15, tzinfo=UTC)),  # midnight, at a quarter past; never a change
]


@example((Hours(days=(Weekday.MON, Weekday.SAT), open=105, close=105),), CHANGES[2], 2, 1)
@settings(max_examples=150, deadline=None)
@given(weekly, st.sampled_from(CHANGES), st.integers(1, 11), st.integers(1, 11))
def test_hours_agree_with_the_clock_on_the_wall_around_its_changes(
    hours: tuple[Hours, ...], change: tuple[str, datetime], before: int, after: int
) -> None:
    name, moment = change
    start, end = moment - timedelta(minutes=37 * before), moment + timedelta(minutes=37 * after)
    spans = open_spans(hours, name, start, end)
    for minute in minutes_between(start, end, 1):
        inside = any(since <= minute < until for since, until in spans)
        assert inside == open_by_the_wall(hours, ZoneInfo(name), minute), minute


@settings(max_examples=15, deadline=None)
@given(weekly, weekly, st.sampled_from(["Europe/Madrid", "Asia/Kathmandu"]), st.integers(0, 6))
def test_coverage_over_a_week_agrees_with_looking_at_every_moment(
    wanted: tuple[Hours, ...], hours: tuple[Hours, ...], there: str, days: int
) -> None:
    start = datetime(2026, 10, 19, 7, 20, tzinfo=UTC) + timedelta(days=days)
    end = start + timedelta(days=7)
    missed = gaps(open_spans(wanted, "Europe/Madrid", start, end), open_spans(hours, there, start, end))
    for moment in minutes_between(start, end, 5):
        asked = open_by_the_wall(wanted, ZoneInfo("Europe/Madrid"), moment)
        alone = asked and not open_by_the_wall(hours, ZoneInfo(there), moment)
        assert alone == any(since <= moment < until for since, until in missed), moment


def test_the_night_when_the_clock_goes_back_is_an_hour_longer() -> None:
    night = (Hours(days=(Weekday.SAT,), open=22 * 60, close=6 * 60),)
    ((opens, closes),) = open_spans(
        night, "Europe/Madrid", datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC)
    )
    assert closes - opens == timedelta(hours=9)
