"""Roles given and ended: by another person than their owner, and none of them leads anybody alone to a key."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.models import AuditEvent, Person, StrandHolder, StrandShare
from consult.services import appointing
from consult.services.actors import actor_of
from consult.services.auditing import Verb
from safeguards.lifecycle import StrandState
from safeguards.terms import Role
from tests.office import Office
from tests.scenario import NOW, open_part, row


def change(place: Office | Stage, who: str, *roles: Role, by: str = "admin", passphrase: str = "") -> None:
    with write(place.engine) as db:
        words = passphrase or place.passphrases[by]
        person = place.people[who].id
        appointing.set_roles(db, place.keys, place.policy, place.people[by], person, roles, words, NOW)


def roles_of(place: Office | Stage, who: str) -> frozenset[Role]:
    with read(place.engine) as db:
        return actor_of(db.get_one(Person, place.people[who].id)).roles


def test_an_administrator_changes_somebodys_roles_and_both_halves_of_it_are_on_record(office: Office) -> None:
    change(office, "nadia", Role.MODERATOR)
    assert roles_of(office, "nadia") == {Role.MODERATOR}
    with read(office.engine) as db:
        events = select(AuditEvent).where(AuditEvent.verb.in_((Verb.PERSON_APPOINTED, Verb.PERSON_DISMISSED)))
        told = [(each.verb, each.facts["role"]) for each in db.scalars(events.order_by(AuditEvent.number))]
    assert told == [(Verb.PERSON_APPOINTED, Role.MODERATOR), (Verb.PERSON_DISMISSED, Role.LEAD_FACILITATOR)]


@pytest.mark.parametrize(
    ("who", "roles", "by", "passphrase", "refusal"),
    [
        ("admin", [Role.ADMINISTRATOR, Role.ORGANISATION_MANAGER], "admin", "", Denied),
        ("nadia", [Role.SAFEGUARDING_LEAD], "leila", "", Denied),
        ("nadia", [Role.MODERATOR], "otto", "", Denied),
        ("nadia", [Role.MODERATOR], "admin", "not mine", Denied),
        ("nadia", [], "admin", "", Invalid),
        ("nadia", [Role.SAFEGUARDING_LEAD, Role.REDACTOR], "admin", "", Invalid),
        ("nadia", [Role.ADMINISTRATOR, Role.ANALYST], "admin", "", Invalid),
        ("nadia", [Role.LEGAL_EXPERT], "admin", "", Invalid),
    ],
)
def test_nobody_climbs(
    office: Office, who: str, roles: list[Role], by: str, passphrase: str, refusal: type[Exception]
) -> None:
    before = roles_of(office, who)
    with pytest.raises(refusal):
        change(office, who, *roles, by=by, passphrase=passphrase)
    assert roles_of(office, who) == before


def test_for_a_role_that_opens_something_the_key_is_confirmed_again(office: Office) -> None:
    change(office, "ines", Role.INDEPENDENT_APPROVER, Role.ORGANISATION_MANAGER)
    with read(office.engine) as db:
        assert db.get_one(Person, office.people["ines"].id).confirmed_by is not None
    change(office, "ines", Role.REDACTOR)
    with read(office.engine) as db:
        assert db.get_one(Person, office.people["ines"].id).confirmed_by is None


def test_whoever_holds_a_half_gets_no_other_role_with_a_key(stage_on_sqlite: Stage) -> None:
    open_part(stage_on_sqlite, "children")
    with pytest.raises(Invalid):
        change(stage_on_sqlite, "lead1", Role.SAFEGUARDING_LEAD, Role.INCLUSION)
    assert row(stage_on_sqlite, "children").state == StrandState.OPEN


def test_a_role_that_ends_takes_the_halves_with_it_and_open_parts_pause(stage: Stage) -> None:
    open_part(stage, "children")
    change(stage, "reviewer2", Role.TRANSLATION_LEAD)
    gone = stage.people["reviewer2"].id
    with read(stage.engine) as db:
        for table in (StrandShare, StrandHolder):
            assert db.scalars(select(table).where(table.person_id == gone)).all() == []
    assert row(stage, "children").state == StrandState.SUSPENDED


def appoint(office: Office, where: str, who: str, role: Role, by: str = "otto") -> None:
    with write(office.engine) as db:
        person, words = office.people[who].id, office.passphrases[by]
        appointing.appoint(db, office.keys, office.people[by], where, person, role, words, NOW)


def test_a_manager_appoints_to_one_consultation_and_ends_it(office: Office) -> None:
    here, elsewhere = office.consultation(), office.consultation()
    appoint(office, here, "lina", Role.MODERATOR)
    with read(office.engine) as db:
        who = actor_of(db.get_one(Person, office.people["lina"].id))
        (shown,) = appointing.appointed(db, office.people["otto"], here)
    assert Role.MODERATOR in who.roles_for(here)
    assert Role.MODERATOR not in who.roles_for(elsewhere)
    with pytest.raises(Conflict):
        appoint(office, here, "lina", Role.MODERATOR)
    with write(office.engine) as db, pytest.raises(NotFound):
        appointing.dismiss(db, office.keys, office.policy, office.people["otto"], elsewhere, shown.id, NOW)
    with write(office.engine) as db:
        appointing.dismiss(db, office.keys, office.policy, office.people["otto"], here, shown.id, NOW)
    with read(office.engine) as db:
        assert appointing.appointed(db, office.people["otto"], here) == ()


@pytest.mark.parametrize(
    ("who", "role", "by", "refusal"),
    [
        ("lina", Role.SAFEGUARDING_LEAD, "otto", Invalid),
        ("lina", Role.ADMINISTRATOR, "otto", Invalid),
        ("otto", Role.MODERATOR, "otto", Denied),
        ("lina", Role.MODERATOR, "nadia", Denied),
        ("lina", Role.MODERATOR, "admin", NotFound),
    ],
)
def test_to_one_consultation_nobody_appoints_more_than_they_may(
    office: Office, who: str, role: Role, by: str, refusal: type[Exception]
) -> None:
    where = office.consultation()
    with pytest.raises(refusal):
        appoint(office, where, who, role, by)
