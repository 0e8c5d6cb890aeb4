"""Counters of tries: they hold a flood up, tell addresses apart only in memory, and forget."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.server import environment
from consult.services.participation.throttle import WINDOW, Throttle, Tried
from tests.web.participate.world import NOW

HERE, ELSEWHERE = "203.0.113.7", "203.0.113.8"


def test_so_many_tries_and_no_more_until_the_time_is_over() -> None:
    throttle = Throttle(3)
    assert [throttle.count(Tried.START, HERE, NOW) for _ in range(5)] == [True, True, True, False, False]
    assert not throttle.allows(Tried.START, HERE, NOW + WINDOW - timedelta(seconds=1))
    assert throttle.allows(Tried.START, HERE, NOW + WINDOW)


def test_one_address_and_one_kind_of_try_holds_up_no_other() -> None:
    throttle = Throttle(1)
    assert throttle.count(Tried.START, HERE, NOW)
    assert throttle.count(Tried.START, ELSEWHERE, NOW)
    assert throttle.count(Tried.SEND, HERE, NOW)
    assert not throttle.count(Tried.START, HERE, NOW)


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
def test_all_workers_together_allow_no_more_mistakes_than_one(workers: int) -> None:
    """Whoever tries codes reaches now one worker, now the other."""
    throttles = [Throttle(120, workers) for _ in range(workers)]
    for what in (Tried.WRONG_CODE, Tried.TAKE_BACK, Tried.SIGN_IN, Tried.CONTACT):
        allowed = sum(throttle.count(what, HERE, NOW) for throttle in throttles for _ in range(50))
        assert 40 - workers < allowed <= 40
    assert sum(throttles[0].count(Tried.START, HERE, NOW) for _ in range(130)) == 120, "a class may reach one alone"


def test_the_server_tells_its_workers_how_many_they_are() -> None:
    assert environment({"CONSULT_WORKERS": "1", "CONSULT_TRIES": "90"}, 4) == {
        "CONSULT_WORKERS": "4",
        "CONSULT_TRIES": "90",
        "MALLOC_ARENA_MAX": "2",
        "PYTHONOPTIMIZE": "2",
    }


def test_asking_counts_nothing() -> None:
    throttle = Throttle(1)
    assert all(throttle.allows(Tried.START, HERE, NOW) for _ in range(9))


def test_a_network_of_the_sixth_version_is_one_visitor_and_what_is_no_address_is_one_too() -> None:
    throttle = Throttle(1)
    assert throttle.count(Tried.START, "2001:db8:1:2::1", NOW)
    assert not throttle.count(Tried.START, "2001:db8:1:2:ffff::9", NOW)
    assert throttle.count(Tried.START, "2001:db8:1:3::1", NOW)
    assert throttle.count(Tried.START, "::ffff:203.0.113.7", NOW)
    assert not throttle.count(Tried.START, HERE, NOW)
    assert throttle.count(Tried.START, "nonsense", NOW)
    assert not throttle.count(Tried.START, "other nonsense", NOW)


@given(st.ip_addresses())
def test_no_address_is_kept_and_the_same_one_has_another_name_after_the_time(address: object) -> None:
    throttle = Throttle(10)
    throttle.count(Tried.SEND, str(address), NOW)
    first = dict(throttle._counts)
    written = repr(vars(throttle))
    assert str(address) not in written
    assert ip_address(str(address)).packed not in b"".join(first)
    throttle.count(Tried.SEND, str(address), NOW + WINDOW)
    assert len(throttle._counts) == 1
    assert not set(throttle._counts) & set(first)
