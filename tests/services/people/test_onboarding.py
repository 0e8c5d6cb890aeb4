"""Invitations: one-time links that end, and passphrases that nobody but their owner ever sees."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from consult.database import read, write
from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.models import Person
from consult.sealing.identity import LIGHT
from consult.services.people import accounts, identities, onboarding
from consult.services.people.onboarding import INVITATION_LIMIT, Invited
from safeguards.terms import Role
from tests.office import NOW, Office


@pytest.fixture
def office(sqlite_engine: Engine) -> Office:
    return Office.with_everybody(sqlite_engine)


@pytest.fixture
def eve(office: Office) -> Invited:
    """Somebody invited as a lead."""
    with write(office.engine) as db:
        return office.invited(db, "eve", [Role.SAFEGUARDING_LEAD])


def accept(office: Office, code: str, later: timedelta = timedelta()) -> identities.Renewed:
    with write(office.engine) as db:
        return onboarding.accept(db, office.keys, code, NOW + later, stretching=LIGHT)[1]


def test_whoever_is_invited_has_neither_passphrase_nor_key_before_they_come(office: Office, eve: Invited) -> None:
    with read(office.engine) as db:
        person = db.get_one(Person, eve.person_id)
        assert (person.identity, person.public_key) == (None, None)
        assert person.added_by == office.people["admin"].id


def test_the_link_gives_a_passphrase_to_its_owner_once(office: Office, eve: Invited) -> None:
    made = accept(office, eve.code)
    with read(office.engine) as db:
        who = accounts.sign_in(db, office.keys, "eve@example.org", made.passphrase)
        assert identities.unlock(db, office.keys, who, made.passphrase), "a lead has a key from the first day"
    with pytest.raises(NotFound):
        accept(office, eve.code)


@pytest.mark.parametrize("typed", [str.upper, lambda code: code.replace("-", " "), lambda code: f" {code} "])
def test_a_code_may_be_typed_as_people_type(office: Office, eve: Invited, typed: object) -> None:
    assert callable(typed)
    with read(office.engine) as db:
        assert onboarding.guest(db, office.keys, typed(eve.code), NOW).name == "Eve Able"


def test_a_link_ends(office: Office, eve: Invited) -> None:
    with read(office.engine) as db:
        assert onboarding.guest(db, office.keys, eve.code, NOW + INVITATION_LIMIT - timedelta(seconds=1))
    with pytest.raises(NotFound):
        accept(office, eve.code, INVITATION_LIMIT)


def test_the_code_of_a_link_is_not_stored(office: Office, eve: Invited) -> None:
    plain = eve.code.replace("-", "")
    with read(office.engine) as db:
        stored = bytes(db.execute(text("SELECT code_digest FROM account_invitations")).scalar_one())
    assert plain.encode() not in stored
    assert eve.code not in repr(eve)


def test_a_new_link_ends_the_one_before(office: Office, eve: Invited) -> None:
    with write(office.engine) as db:
        again = onboarding.invite_again(db, office.keys, office.people["admin"], eve.person_id, NOW)
    with pytest.raises(NotFound):
        accept(office, eve.code)
    assert accept(office, again.code).passphrase


def test_nobody_makes_a_new_passphrase_for_somebody_who_has_joined(office: Office) -> None:
    """An administrator's link for a lead would be a way into what the lead holds."""
    with pytest.raises(Conflict), write(office.engine) as db:
        onboarding.invite_again(db, office.keys, office.people["admin"], office.people["leila"].id, NOW)


def test_an_ended_account_has_no_link_any_more(office: Office, eve: Invited) -> None:
    with write(office.engine) as db:
        accounts.disable(db, office.keys, "eve@example.org", NOW, office.people["admin"].id)
    with pytest.raises(NotFound):
        accept(office, eve.code)


def test_the_first_administrator_is_invited_at_the_server_until_somebody_has_joined(sqlite_engine: Engine) -> None:
    office = Office(sqlite_engine)
    with write(sqlite_engine) as db:
        lost = onboarding.invite_first_administrator(db, office.keys, "Ada", "ada@example.org", NOW)
        found = onboarding.invite_first_administrator(db, office.keys, "Ada", "ada@example.org", NOW)
    with pytest.raises(NotFound):
        accept(office, lost.code)
    accept(office, found.code)
    with pytest.raises(Denied), write(sqlite_engine) as db:
        onboarding.invite_first_administrator(db, office.keys, "Eve", "eve@example.org", NOW)


def test_the_link_of_a_witness_is_made_at_the_server_alone(office: Office) -> None:
    """Whoever has a link can join: an administrator would vouch for those whom he invites."""
    with write(office.engine) as db:
        lost, found = (
            onboarding.invite_witness(db, office.keys, "Ivo", "ivo@example.org", Role.ORGANISATION_MANAGER, NOW)
            for _ in range(2)
        )
    assert lost.person_id == found.person_id
    with pytest.raises(Denied, match="at the server"), write(office.engine) as db:
        onboarding.invite_again(db, office.keys, office.people["admin"], found.person_id, NOW)
    with pytest.raises(NotFound):
        accept(office, lost.code)
    assert accept(office, found.code).passphrase


@pytest.mark.parametrize("name", ["nadia", "leila", "otto"])
def test_only_an_administrator_invites(office: Office, eve: Invited, name: str) -> None:
    with pytest.raises(Denied), write(office.engine) as db:
        onboarding.invite(db, office.keys, office.people[name], "Mia", "mia@example.org", [Role.ANALYST], NOW)
    with pytest.raises(Denied), write(office.engine) as db:
        onboarding.invite_again(db, office.keys, office.people[name], eve.person_id, NOW)


@pytest.mark.parametrize(
    ("name", "email", "roles", "field"),
    [
        (" ", "eve@example.org", [Role.ANALYST], "name"),
        ("Eve", "eve", [Role.ANALYST], "email"),
        ("Eve", "eve@example.org, mal@example.org", [Role.ANALYST], "email"),
        ("Eve", "eve@example.org\nBcc: mal@example.org", [Role.ANALYST], "email"),
        ("Eve", "NADIA@example.org", [Role.ANALYST], "email"),
        ("Eve", "eve@example.org", [], "roles"),
        ("Eve", "eve@example.org", [Role.ADMINISTRATOR, Role.SAFEGUARDING_LEAD], "roles"),
        ("Eve", "eve@example.org", [Role.ADMINISTRATOR, Role.REDACTOR], "roles"),
        ("Eve", "eve@example.org", [Role.ADMINISTRATOR, Role.INCLUSION], "roles"),
        ("Eve", "eve@example.org", [Role.SAFEGUARDING_LEAD, Role.ANALYST], "roles"),
    ],
)
def test_what_does_not_fit_is_named(office: Office, name: str, email: str, roles: list[Role], field: str) -> None:
    with pytest.raises(Invalid) as refused, write(office.engine) as db:
        onboarding.invite(db, office.keys, office.people["admin"], name, email, roles, NOW)
    assert list(refused.value.problems) == [field]
