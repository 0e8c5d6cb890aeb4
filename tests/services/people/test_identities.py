"""Passphrases that only their owner knows, the printed code, and what neither the inviter nor a thief can do."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.errors import Denied, Invalid
from consult.models import Person
from consult.sealing.identity import LIGHT
from consult.services.beforehand import prepared
from consult.services.people import accounts, identities, onboarding, sessions
from consult.services.people.identities import Renewed
from consult.services.people.sessions import Factor
from safeguards.terms import Role
from tests.office import NOW, Office


@pytest.fixture
def office(sqlite_engine: Engine) -> Office:
    return Office.with_everybody(sqlite_engine)


def set_passphrase(office: Office, name: str, own: str = "") -> Renewed:
    with write(office.engine) as db:
        return identities.set_passphrase(db, office.keys, office.people[name], office.passphrases[name], NOW, own)


def person(office: Office, name: str) -> Person:
    with read(office.engine) as db:
        found = db.get_one(Person, office.people[name].id)
        db.expunge(found)
        return found


def invite(office: Office, name: str, role: Role) -> None:
    """Somebody with a key whom nobody has confirmed."""
    with write(office.engine) as db:
        code = office.invited(db, name, [role]).code
        office.people[name], made = onboarding.accept(db, office.keys, code, NOW, stretching=LIGHT)
        office.passphrases[name] = made.passphrase


@pytest.mark.parametrize("name", ["nadia", "leila"])
def test_a_new_passphrase_signs_in_and_the_one_before_is_dead(office: Office, name: str) -> None:
    before = office.passphrases[name]
    with write(office.engine) as db:
        token = sessions.start_session(db, office.keys, office.people[name], NOW, Factor.APP)
    made = set_passphrase(office, name)
    with read(office.engine) as db:
        assert accounts.sign_in(db, office.keys, f"{name}@example.org", made.passphrase) == office.people[name]
        assert sessions.resume_session(db, token, NOW, sessions.ABSOLUTE_LIMIT) is None
        with pytest.raises(Denied):
            accounts.sign_in(db, office.keys, f"{name}@example.org", before)


def test_a_confirmed_key_stays_the_same_under_another_passphrase(office: Office) -> None:
    before = person(office, "leila")
    made = set_passphrase(office, "leila")
    after = person(office, "leila")
    assert (after.public_key, after.confirmed_by) == (before.public_key, before.confirmed_by)
    with read(office.engine) as db:
        assert identities.unlock(db, office.keys, office.people["leila"], made.passphrase)


def test_a_key_that_nobody_confirmed_is_made_anew(office: Office) -> None:
    invite(office, "eve", Role.ANALYST)
    office.passphrases["eve"] = set_passphrase(office, "eve").passphrase
    before = person(office, "eve").public_key
    set_passphrase(office, "eve")
    assert person(office, "eve").public_key != before


def test_ones_own_passphrase_is_taken_when_it_is_as_strong(office: Office) -> None:
    own = "velvet armchair negotiates with seventeen lighthouse keepers"
    assert set_passphrase(office, "leila", own).passphrase == ""
    with read(office.engine) as db:
        assert accounts.sign_in(db, office.keys, "leila@example.org", own.upper())


@pytest.mark.parametrize(
    "own", ["correct horse battery staple", "leila@example.org", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", " "]
)
def test_a_weaker_one_is_refused_and_nothing_changes(office: Office, own: str) -> None:
    with pytest.raises(Invalid) as refused:
        set_passphrase(office, "leila", own)
    assert list(refused.value.problems) == ["own"]
    with read(office.engine) as db:
        assert accounts.sign_in(db, office.keys, "leila@example.org", office.passphrases["leila"])


@pytest.mark.parametrize("name", ["leila", "nadia"])
def test_the_printed_code_sets_a_new_passphrase_for_the_same_key(office: Office, name: str) -> None:
    printed, key = set_passphrase(office, name).recovery_code, person(office, name).public_key
    with write(office.engine) as db:
        made = identities.recover(db, office.keys, f" {name}@Example.org", printed.lower(), NOW)
    assert person(office, name).public_key == key
    with read(office.engine) as db:
        assert accounts.sign_in(db, office.keys, f"{name}@example.org", made.passphrase)
        if key:
            assert identities.unlock(db, office.keys, office.people[name], made.passphrase)
    with pytest.raises(Denied), write(office.engine) as db:
        identities.recover(db, office.keys, f"{name}@example.org", printed, NOW)
    with write(office.engine) as db:
        assert identities.recover(db, office.keys, f"{name}@example.org", made.recovery_code, NOW).passphrase


def test_a_code_that_was_printed_anew_is_the_only_one(office: Office) -> None:
    printed = set_passphrase(office, "leila")
    with write(office.engine) as db:
        again = identities.new_code(db, office.keys, office.people["leila"], printed.passphrase, NOW)
    with pytest.raises(Denied), write(office.engine) as db:
        identities.recover(db, office.keys, "leila@example.org", printed.recovery_code, NOW)
    with write(office.engine) as db:
        assert identities.recover(db, office.keys, "leila@example.org", again, NOW)


def test_somebody_elses_code_and_an_unknown_address_are_refused_alike_with_as_much_work(office: Office) -> None:
    printed, said, begun = set_passphrase(office, "leila").recovery_code, set(), []

    def recover(db: Session) -> Renewed:
        begun.append(email)
        return identities.recover(db, office.keys, email, printed, NOW)

    for email in ("sami@example.org", "nobody@example.org"):
        with pytest.raises(Denied) as refused:
            prepared(office.engine, recover)
        said.add(refused.value.message)
        assert begun.count(email) == 2, "the code was tried, between two transactions"
    assert len(said) == 1


def test_a_slip_of_the_pen_is_told_apart_from_a_wrong_code(office: Office) -> None:
    printed = set_passphrase(office, "leila").recovery_code
    slip = ("2" if printed[0] != "2" else "3") + printed[1:]
    with pytest.raises(Invalid, match="needs a change") as refused, write(office.engine) as db:
        identities.recover(db, office.keys, "leila@example.org", slip, NOW)
    assert "not right" in refused.value.problems["code"][0]


def test_what_is_shown_once_is_in_no_log_line_and_not_in_the_database(office: Office) -> None:
    made = set_passphrase(office, "leila")
    assert made.recovery_code not in repr(made)
    assert made.passphrase not in repr(made)
    stored = repr(person(office, "leila").identity)
    assert made.recovery_code.replace(" ", "") not in stored
