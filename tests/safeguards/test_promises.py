"""Promises to those who answered: when they fall due, when they count as broken, and what that stops."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeguards import policyfile
from safeguards.promises import Promise, Stage, may_begin_another, promises

POLICY = policyfile.default()
CLOSED = date(2030, 3, 1)
PROMISED = date(2030, 6, 1)
DAYS = st.dates(date(2030, 1, 1), date(2033, 1, 1))


def due(**changes: object) -> dict[Stage, date | None]:
    values = {"closed": CLOSED, "promised": PROMISED, "kept": {}, "policy": POLICY, **changes}
    return {each.stage: each.due for each in promises(**values)}  # type: ignore[arg-type]


def test_what_was_said_is_due_after_sixty_days_and_what_came_of_it_after_a_year() -> None:
    found = due()
    assert found[Stage.SAID] == CLOSED + timedelta(days=60)
    assert found[Stage.IMPACT] == CLOSED + timedelta(days=365)


def test_answers_are_due_on_the_day_that_people_read_before_they_answered_and_never_after_180_days() -> None:
    assert due()[Stage.ANSWERS] == PROMISED
    assert due(promised=date(2032, 1, 1))[Stage.ANSWERS] == CLOSED + timedelta(days=180)


def test_while_somebody_can_still_answer_only_the_day_that_was_named_is_owed() -> None:
    assert due(closed=None) == {Stage.SAID: None, Stage.ANSWERS: PROMISED, Stage.IMPACT: None}


@given(DAYS, DAYS, DAYS)
def test_a_promise_is_missed_as_soon_as_its_day_is_over_and_stays_missed(day: date, kept: date, today: date) -> None:
    unkept, late = Promise(Stage.SAID, day, None), Promise(Stage.SAID, day, kept)
    assert unkept.missed(today) == unkept.overdue(today) == (today > day)
    assert late.missed(today) == (kept > day)
    assert not late.overdue(today)


@pytest.mark.parametrize(("overdue", "may"), [(0, True), (1, True), (2, False), (3, False)])
def test_two_overdue_promises_stop_a_new_consultation(overdue: int, may: bool) -> None:
    broken = [Promise(Stage.SAID, CLOSED, None)] * overdue
    kept_late = [Promise(Stage.SAID, CLOSED, PROMISED)] * 5
    assert may_begin_another([*broken, *kept_late], date(2031, 1, 1), POLICY) is may
