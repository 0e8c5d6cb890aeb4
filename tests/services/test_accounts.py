"""People and sign-in: one refusal for every wrong sign-in, sessions that end, roles that never meet in one person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from consult.database import connect, read, write
from consult.errors import Denied, Invalid
from consult.models import Person
from consult.sealing.identity import LIGHT
from consult.sealing.suite import SealingError
from consult.services import accounts, identities
from safeguards.terms import Role
from tests.factories import swap_key
from tests.office import NOW, Office


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[Engine]:
    engine = connect(migrated_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office.with_everybody(engine)


def test_the_right_passphrase_signs_in_whatever_the_case_of_the_address(office: Office) -> None:
    with read(office.engine) as db:
        who = accounts.sign_in(db, office.keys, "  Nadia@Example.ORG ", office.passphrases["nadia"])
    assert who == office.people["nadia"]


def test_every_wrong_sign_in_says_the_same(office: Office) -> None:
    sentences = set()
    with read(office.engine) as db:
        for email, passphrase in (
            ("nadia@example.org", "wrong"),
            ("nadia@example.org", office.passphrases["omar"]),
            ("nobody@example.org", office.passphrases["nadia"]),
            ("", ""),
        ):
            with pytest.raises(Denied) as refused:
                accounts.sign_in(db, office.keys, email, passphrase)
            sentences.add(refused.value.message)
    assert len(sentences) == 1


def test_there_is_one_first_administrator(office: Office) -> None:
    with pytest.raises(Denied), write(office.engine) as db:
        accounts.add_first_administrator(db, office.keys, "Eve", "eve@example.org", NOW, stretching=LIGHT)


@pytest.mark.parametrize("name", ["nadia", "leila", "otto"])
def test_only_an_administrator_adds_people(office: Office, name: str) -> None:
    with pytest.raises(Denied), write(office.engine) as db:
        accounts.add_person(
            db, office.keys, office.people[name], "Eve", "eve@example.org", [Role.ANALYST], NOW, stretching=LIGHT
        )


@pytest.mark.parametrize(
    ("name", "email", "roles", "field"),
    [
        (" ", "eve@example.org", [Role.ANALYST], "name"),
        ("Eve", "eve", [Role.ANALYST], "email"),
        ("Eve", "NADIA@example.org", [Role.ANALYST], "email"),
        ("Eve", "eve@example.org", [], "roles"),
        ("Eve", "eve@example.org", [Role.ADMINISTRATOR, Role.SAFEGUARDING_LEAD], "roles"),
        ("Eve", "eve@example.org", [Role.ADMINISTRATOR, Role.REDACTOR], "roles"),
        ("Eve", "eve@example.org", [Role.SAFEGUARDING_LEAD, Role.ANALYST], "roles"),
    ],
)
def test_what_does_not_fit_is_named(office: Office, name: str, email: str, roles: list[Role], field: str) -> None:
    with pytest.raises(Invalid) as refused, write(office.engine) as db:
        accounts.add_person(db, office.keys, office.people["admin"], name, email, roles, NOW, stretching=LIGHT)
    assert list(refused.value.problems) == [field]


def session(office: Office, name: str = "nadia") -> bytes:
    with write(office.engine) as db:
        return accounts.start_session(db, office.keys, office.people[name], NOW)


@pytest.mark.parametrize(
    ("later", "stays"),
    [(timedelta(minutes=14), True), (timedelta(minutes=15), False), (timedelta(hours=11), False)],
)
def test_a_session_left_alone_ends(office: Office, later: timedelta, stays: bool) -> None:
    token = session(office)
    with read(office.engine) as db:
        who = accounts.resume_session(db, token, NOW + later, timedelta(minutes=15))
    assert (who is not None) == stays


def test_a_session_in_use_ends_after_a_day_of_work(office: Office) -> None:
    token = session(office)
    idle = timedelta(minutes=15)
    for minutes in range(0, 600, 10):
        now = NOW + timedelta(minutes=minutes)
        with write(office.engine) as db:
            assert accounts.resume_session(db, token, now, idle) is not None
            accounts.touch_session(db, token, now)
    with read(office.engine) as db:
        assert accounts.resume_session(db, token, NOW + timedelta(hours=10), idle) is None


def test_signing_out_ends_it_on_the_server(office: Office) -> None:
    token = session(office)
    with write(office.engine) as db:
        accounts.end_session(db, office.keys, token, NOW)
    with read(office.engine) as db:
        assert accounts.resume_session(db, token, NOW, timedelta(minutes=15)) is None


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
    with read(office.engine) as db:
        assert accounts.resume_session(db, token, NOW, timedelta(minutes=15)) is None
        with pytest.raises(Denied):
            accounts.sign_in(db, office.keys, "nadia@example.org", office.passphrases["nadia"])


def test_holders_have_a_key_and_others_do_not(office: Office) -> None:
    with read(office.engine) as db:
        with_key = {name for name, who in office.people.items() if db.get_one(Person, who.id).public_key}
    assert with_key == {"leila", "sami", "rosa", "ali", "ines"}


def test_a_key_that_was_swapped_in_the_database_is_refused(office: Office) -> None:
    with write(office.engine) as db:
        thief, victim = (db.get_one(Person, office.people[name].id) for name in ("ali", "leila"))
        swap_key(db, victim.id, thief.public_key)
    with read(office.engine) as db, pytest.raises(SealingError):
        identities.checked_public_key(office.keys, db.get_one(Person, office.people["leila"].id))


def test_a_new_passphrase_is_not_shown_in_a_log_line(office: Office) -> None:
    made = accounts.NewAccount("id", office.passphrases["nadia"])
    assert office.passphrases["nadia"] not in repr(made)
