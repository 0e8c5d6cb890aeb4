"""Accounts: one refusal for every wrong sign-in, and roles that never meet in one person."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from consult.database import read, write
from consult.errors import Conflict, Denied, Invalid
from consult.models import Appointment, AuditEvent, Person
from consult.sealing.suite import SealingError
from consult.services.auditing import Verb
from consult.services.holders import appointing
from consult.services.people import accounts, identities
from safeguards.terms import Role
from tests.factories import swap_key
from tests.office import NOW, Office


def test_the_right_passphrase_signs_in_whatever_the_case_of_the_address(office: Office) -> None:
    with read(office.engine) as db:
        who = accounts.sign_in(db, office.keys, "  Nadia@Example.ORG ", office.passphrases["nadia"])
    assert who == office.people["nadia"]


def test_every_wrong_sign_in_says_the_same(office: Office) -> None:
    sentences = set()
    with write(office.engine) as db:
        office.invited(db, "invited", [Role.ANALYST])
    with read(office.engine) as db:
        for email, passphrase in (
            ("nadia@example.org", "wrong"),
            ("nadia@example.org", office.passphrases["omar"]),
            ("nobody@example.org", office.passphrases["nadia"]),
            ("invited@example.org", ""),
            ("", ""),
        ):
            with pytest.raises(Denied) as refused:
                accounts.sign_in(db, office.keys, email, passphrase)
            sentences.add(refused.value.message)
    assert len(sentences) == 1


def test_many_wrong_passphrases_are_on_record_for_somebody_known_only(office: Office) -> None:
    with write(office.engine) as db:
        accounts.note_refusals(db, office.keys, "Leila@example.org", 5, NOW)
        accounts.note_refusals(db, office.keys, "nobody@example.org", 5, NOW)
    with read(office.engine) as db:
        events = db.scalars(select(AuditEvent).where(AuditEvent.verb == Verb.SIGN_IN_REFUSED))
        found = [(event.subject, event.facts) for event in events]
    assert found == [(office.people["leila"].id, {"step": 1, "tries": 5})]


@pytest.mark.parametrize("name", ["nadia", "leila", "otto"])
def test_only_an_administrator_ends_an_account_and_never_the_own(office: Office, name: str) -> None:
    admin, rosa = office.people["admin"], office.people["rosa"].id
    assert not accounts.may_end(office.people[name], rosa).ok
    assert not accounts.may_end(admin, admin.id).ok
    assert accounts.may_end(admin, rosa).ok


def test_a_disabled_person_does_not_sign_in(office: Office) -> None:
    with write(office.engine) as db:
        accounts.disable(db, office.keys, "nadia@example.org", NOW, office.people["admin"].id)
    with read(office.engine) as db, pytest.raises(Denied):
        accounts.sign_in(db, office.keys, "nadia@example.org", office.passphrases["nadia"])


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("admin", Role.SAFEGUARDING_LEAD),
        ("admin", Role.ANALYST),
        ("admin", Role.INCLUSION),
        ("leila", Role.ADMINISTRATOR),
        ("rosa", Role.ADMINISTRATOR),
        ("leila", Role.REDACTOR),
        ("ali", Role.SAFEGUARDING_LEAD),
    ],
)
def test_roles_that_must_not_meet_do_not_meet_in_one_consultation(office: Office, name: str, role: Role) -> None:
    consultation = office.consultation()
    manager, person, words = office.people["otto"], office.people[name].id, office.passphrases["otto"]
    with pytest.raises(Invalid), write(office.engine) as db:
        appointing.appoint(db, office.keys, manager, consultation, person, role, words, NOW)


@pytest.mark.parametrize(("name", "role"), [("admin", Role.SAFEGUARDING_LEAD), ("leila", Role.ADMINISTRATOR)])
def test_the_database_keeps_an_administrator_from_becoming_lead_as_well(office: Office, name: str, role: Role) -> None:
    consultation = office.consultation()
    for where in (None, consultation):
        with pytest.raises(Conflict), write(office.engine) as db:
            db.add(Appointment(person_id=office.people[name].id, role=role, consultation_id=where))
    with write(office.engine) as db:
        person = office.people[name].id
        db.add(Appointment(person_id=person, role=Role.MODERATOR, consultation_id=consultation))
    with pytest.raises(Conflict), write(office.engine) as db:
        db.execute(update(Appointment).where(Appointment.role == Role.MODERATOR).values(role=role))


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
