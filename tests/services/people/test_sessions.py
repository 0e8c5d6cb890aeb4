"""Sign-ins on the server: they need both steps, they end by themselves, and they can be ended from elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from consult.database import read, write
from consult.errors import NotFound
from consult.models import Person
from consult.services.people import sessions
from consult.services.people.sessions import Factor, SignIn
from tests.office import NOW, Office

IDLE = timedelta(minutes=15)


def session(office: Office, name: str = "nadia", later: timedelta = timedelta()) -> bytes:
    with write(office.engine) as db:
        return sessions.start_session(db, office.keys, office.people[name], NOW + later, Factor.PASSKEY)


def resumed(office: Office, token: bytes, later: timedelta = timedelta()) -> SignIn | None:
    with read(office.engine) as db:
        return sessions.resume_session(db, token, NOW + later, IDLE)


@pytest.mark.parametrize(
    ("later", "stays"),
    [(timedelta(minutes=14), True), (timedelta(minutes=15), False), (timedelta(hours=11), False)],
)
def test_a_session_left_alone_ends(office: Office, later: timedelta, stays: bool) -> None:
    assert (resumed(office, session(office), later) is not None) == stays


def test_a_session_in_use_ends_after_a_day_of_work(office: Office) -> None:
    token = session(office)
    for minutes in range(0, 600, 10):
        now = NOW + timedelta(minutes=minutes)
        with write(office.engine) as db:
            assert sessions.resume_session(db, token, now, IDLE) is not None
            sessions.touch_session(db, token, now)
    assert resumed(office, token, sessions.ABSOLUTE_LIMIT) is None


def test_the_passphrase_alone_gives_a_sign_in_without_a_factor_for_ten_minutes(office: Office) -> None:
    with write(office.engine) as db:
        token = sessions.begin_session(db, office.people["nadia"], NOW)
    half = resumed(office, token)
    assert half is not None
    assert half.factor is None
    assert resumed(office, token, timedelta(minutes=10)) is None
    with pytest.raises(NotFound), write(office.engine) as db:
        sessions.complete_session(db, office.keys, token, NOW + timedelta(minutes=10), Factor.APP)


def test_the_second_step_gives_another_token_and_kills_the_first(office: Office) -> None:
    """Whoever planted or saw the cookie before the second step has nothing after it."""
    with write(office.engine) as db:
        first = sessions.begin_session(db, office.people["nadia"], NOW)
        second = sessions.complete_session(db, office.keys, first, NOW, Factor.APP)
    whole = resumed(office, second)
    assert resumed(office, first) is None
    assert whole is not None
    assert whole.factor is Factor.APP
    with pytest.raises(NotFound), write(office.engine) as db:
        sessions.complete_session(db, office.keys, second, NOW, Factor.APP)


def test_signing_out_ends_it_on_the_server(office: Office) -> None:
    token = session(office)
    with write(office.engine) as db:
        sessions.end_session(db, office.keys, token, NOW)
    assert resumed(office, token) is None


def test_the_list_has_ones_own_sign_ins_and_each_can_be_ended_from_another(office: Office) -> None:
    old, here, others = session(office), session(office, later=timedelta(minutes=1)), session(office, "omar")
    nadia = office.people["nadia"]
    with read(office.engine) as db:
        listed = sessions.sessions_of(db, nadia, here, NOW + timedelta(minutes=2), IDLE)
    assert [(each.current, each.started_at) for each in listed] == [(True, NOW + timedelta(minutes=1)), (False, NOW)]
    with write(office.engine) as db:
        sessions.end_one_session(db, office.keys, nadia, listed[1].name, NOW)
    assert resumed(office, old) is None
    assert resumed(office, here) is not None
    with read(office.engine) as db:
        (foreign,) = sessions.sessions_of(db, office.people["omar"], others, NOW, IDLE)
    for name in (foreign.name, "", "zz", "00"):
        with pytest.raises(NotFound), write(office.engine) as db:
            sessions.end_one_session(db, office.keys, nadia, name, NOW)


def test_the_token_itself_is_not_in_the_database(office: Office) -> None:
    token = session(office)
    with read(office.engine) as db:
        stored = [bytes(row[0]) for row in db.execute(text("SELECT token_hash FROM staff_sessions"))]
    assert stored
    assert token not in stored


def test_a_disabled_person_is_out_at_once(office: Office) -> None:
    token = session(office)
    with write(office.engine) as db:
        db.get_one(Person, office.people["nadia"].id).active = False
    assert resumed(office, token) is None
