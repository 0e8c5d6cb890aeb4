"""Holders are confirmed by somebody other than their inviter, from those added at the server on."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from consult.database import read, write
from consult.errors import Denied, Invalid
from consult.models import Person, Strand
from consult.sealing.identity import LIGHT
from consult.sealing.rowseal import row_seal
from consult.sealing.suite import SealingError
from consult.services.gate.planning import plan_of
from consult.services.keys import confirming
from consult.services.keys.keystore import check_all_keys
from consult.services.people import identities, onboarding
from consult.services.setup import teams
from safeguards.terms import Role
from tests.office import NOW, Office


@pytest.fixture
def office(sqlite_engine: Engine) -> Office:
    return Office.with_everybody(sqlite_engine)


def arrive(office: Office, name: str, role: Role, by: str = "admin") -> None:
    """Somebody is invited by an administrator and sets a passphrase; nobody confirms."""
    with write(office.engine) as db:
        who, email = office.people[by], f"{name}@example.org"
        code = onboarding.invite(db, office.keys, who, f"{name.capitalize()} Able", email, [role], NOW).code
        office.people[name], made = onboarding.accept(db, office.keys, code, NOW, stretching=LIGHT)
        office.passphrases[name] = made.passphrase


def confirm(office: Office, name: str, by: str, heard: str | None = None) -> None:
    with write(office.engine) as db:
        said = confirming.fingerprint_of(db, office.keys, office.people[name]) if heard is None else heard
        confirming.confirm_holder(
            db, office.keys, office.people[by], office.people[name].id, said, office.passphrases[by], NOW
        )


@pytest.mark.parametrize("by", ["otto", "leila", "rosa"])
def test_a_witness_or_a_confirmed_holder_confirms(office: Office, by: str) -> None:
    arrive(office, "eve", Role.ANALYST)
    confirm(office, "eve", by)
    with read(office.engine) as db:
        assert confirming.confirmed_key(office.keys, db.get_one(Person, office.people["eve"].id))


@pytest.mark.parametrize(
    ("by", "why"), [("admin", "You invited"), ("eve", "themselves"), ("nadia", "confirmed, or was added at the server")]
)
def test_the_inviter_oneself_and_people_whom_nobody_vouched_for_confirm_nobody(
    office: Office, by: str, why: str
) -> None:
    arrive(office, "eve", Role.ANALYST)
    with pytest.raises(Denied, match=why):
        confirm(office, "eve", by)


def test_one_administrator_gets_no_key_however_many_accounts_he_invites(office: Office) -> None:
    """Promise 5: his own people can vouch for each other as often as they like."""
    mine = {f"puppet{n}": role for n, role in enumerate((*(Role.SAFEGUARDING_LEAD,) * 2, *(Role.ANALYST,) * 2))}
    mine["puppet4"] = Role.INDEPENDENT_APPROVER
    for name, role in mine.items():
        arrive(office, name, role)
    # nor when another administrator of his own invites them, or one whom that one invited
    for name, role, by in (
        ("second", Role.ADMINISTRATOR, "admin"),
        ("third", Role.ADMINISTRATOR, "second"),
        ("puppet5", Role.SAFEGUARDING_LEAD, "second"),
        ("puppet6", Role.REDACTOR, "third"),
    ):
        arrive(office, name, role, by)
    mine |= {"puppet5": Role.SAFEGUARDING_LEAD, "puppet6": Role.REDACTOR}
    for name in mine:
        for by in ("admin", "second", "third", *mine):
            with pytest.raises(Denied):
                confirm(office, name, by)
    with read(office.engine) as db:
        assert not {who.id for people in teams.available_holders(db).values() for who in people} & {
            office.people[name].id for name in mine
        }


def test_the_fingerprint_has_to_be_the_one_of_the_key(office: Office) -> None:
    arrive(office, "eve", Role.ANALYST)
    with read(office.engine) as db:
        another = confirming.fingerprint_of(db, office.keys, office.people["rosa"])
    for heard in ("", "0000", another):
        with pytest.raises(Invalid) as refused:
            confirm(office, "eve", "otto", heard)
        assert list(refused.value.problems) == ["fingerprint"]
    with read(office.engine) as db:
        right = confirming.fingerprint_of(db, office.keys, office.people["eve"])
    confirm(office, "eve", "otto", right.upper().replace(" ", "-"))


def test_a_wrong_passphrase_confirms_nobody(office: Office) -> None:
    arrive(office, "eve", Role.ANALYST)
    office.passphrases["otto"] = "wrong"
    with pytest.raises(Denied, match="not your passphrase"):
        confirm(office, "eve", "otto")


def test_who_is_not_confirmed_is_on_no_plan_and_can_not_be_named(office: Office) -> None:
    consultation = office.consultation()
    strand_id = office.strand(consultation)
    office.staffed(strand_id)
    with write(office.engine) as db:
        row = db.get_one(Person, office.people["sami"].id)
        row.confirmed_by = row.confirmed_at = row.confirmation_seal = None
    answer = office.evaluate(strand_id)
    assert "1 of at least 2 people hold the lead's half" in " ".join(each.why for each in answer.reasons)
    with read(office.engine) as db:
        row = db.get_one(Person, office.people["sami"].id)
        with pytest.raises(SealingError, match="not confirmed"):
            confirming.confirmed_key(office.keys, row)
        strand = db.get_one(Strand, strand_id)
        assert [holder.id for holder in plan_of(db, strand).strand.holders.lead] == [office.people["leila"].id]
    with pytest.raises(Invalid, match="needs a change"):
        office.staffed(strand_id)


@pytest.mark.parametrize("forged", ["a seal of nothing", "the seal of another key"])
def test_a_confirmation_written_into_the_database_is_found(office: Office, forged: str) -> None:
    arrive(office, "eve", Role.ANALYST)
    with write(office.engine) as db:
        row, other = (db.get_one(Person, office.people[name].id) for name in ("eve", "rosa"))
        row.confirmed_by, row.confirmed_at = other.confirmed_by, other.confirmed_at
        row.confirmation_seal = (
            other.confirmation_seal if forged.startswith("the") else row_seal(office.keys.row_seal, "x", "y", {}, 1)
        )
    with read(office.engine) as db:
        with pytest.raises(SealingError, match="changed outside"):
            confirming.confirmed_key(office.keys, db.get_one(Person, office.people["eve"].id))
        with pytest.raises(SealingError, match="of table people"):
            check_all_keys(db, office.keys)


def test_a_new_key_is_unconfirmed(office: Office) -> None:
    arrive(office, "eve", Role.ANALYST)
    with write(office.engine) as db:
        identities.set_passphrase(db, office.keys, office.people["eve"], office.passphrases["eve"], NOW)
        assert db.get_one(Person, office.people["eve"].id).confirmed_by is None
