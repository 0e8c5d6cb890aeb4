"""Failed sign-ins: a wait that grows, for all workers together, and no address in the database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from consult.database import read, write
from consult.models import SignInTries
from consult.sealing.root import RootKeys
from consult.services.people.attempts import admit, forget_tries, passed
from tests.factories import NOW

KEYS = RootKeys.from_root(bytes(range(32)))
WHO = "leila@example.org"
TOO_SOON = timedelta(seconds=1)


def tried(engine: Engine, at: datetime, who: str = WHO) -> int | None:
    with write(engine) as db:
        return admit(db, KEYS, who, at)


def kept(engine: Engine) -> list[bytes]:
    with read(engine) as db:
        return list(db.scalars(select(SignInTries.name)))


def test_the_wait_grows_from_fifteen_seconds_to_five_minutes_and_an_hour_forgets(engine: Engine) -> None:
    at = NOW
    for n, wait in enumerate((0, 0, 0, 15, 30, 60, 120, 240, 300, 300), start=1):
        assert tried(engine, at) == n
        if wait:
            assert tried(engine, at + timedelta(seconds=wait) - TOO_SOON) is None
        at += timedelta(seconds=wait)
    assert tried(engine, at + timedelta(hours=1)) == 1


def test_sent_all_at_once_they_are_no_more_than_sent_one_after_the_other(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: tried(engine, NOW), range(12)))
    assert sorted(each for each in given if each) == [1, 2, 3, 4]


def test_one_address_keeps_no_other_waiting_however_it_is_typed(engine: Engine) -> None:
    assert [tried(engine, NOW, who) for who in (WHO, WHO.upper(), f" {WHO}", WHO)] == [1, 2, 3, 4]
    assert tried(engine, NOW) is None
    assert tried(engine, NOW, "lei.la@example.org") == 1


def test_a_passphrase_that_fits_begins_anew(engine: Engine) -> None:
    for _ in range(4):
        tried(engine, NOW)
    with write(engine) as db:
        passed(db, KEYS, WHO)
    assert kept(engine) == []


def test_no_address_is_kept_and_nothing_longer_than_an_hour(engine: Engine) -> None:
    tried(engine, NOW)
    (name,) = kept(engine)
    assert WHO.encode() not in name
    with write(engine) as db:
        other = RootKeys.from_root(bytes(32))
        assert admit(db, other, WHO, NOW) == 1, "without the configuration the name is another one"
    with write(engine) as db:
        assert forget_tries(db, NOW + timedelta(minutes=59)) == 0
        assert forget_tries(db, NOW + timedelta(hours=1)) == 2
    assert kept(engine) == []


def test_however_many_addresses_somebody_tries_the_table_stays_small(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consult.services.people.attempts._MOST", 3)
    for n in range(6):
        tried(engine, NOW + timedelta(seconds=n), f"nobody{n}@example.org")
    assert len(kept(engine)) <= 4
    assert tried(engine, NOW + timedelta(seconds=7), "nobody5@example.org") == 2, "the oldest went"
