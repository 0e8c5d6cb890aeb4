"""Roles given and ended: by another person than their owner, and none of them leads anybody alone to a key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.models import Appointment, AuditEvent, Person, Strand, StrandHolder, StrandShare, StrandStaff
from consult.services.actors import actor_of
from consult.services.auditing import Verb
from consult.services.gate.gating import judge
from consult.services.gate.standing import standing_of
from consult.services.holders import appointing, leaving
from consult.services.setup import teams
from safeguards.lifecycle import Fact, StrandState
from safeguards.terms import Decision, Role
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


@pytest.mark.parametrize("role", [Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER, Role.REDACTOR, Role.ANALYST])
def test_whoever_sets_a_part_up_makes_nobody_a_lead_or_a_reviewer_of_it(office_on_sqlite: Office, role: Role) -> None:
    """Who signs it would be whom its author chose."""
    office = office_on_sqlite
    strand_id = office.strand(office.consultation())
    lina, nadia = office.people["lina"], office.people["nadia"]
    with write(office.engine) as db:
        version = db.get_one(Strand, strand_id).version
        with pytest.raises(Invalid):
            teams.name_staff(db, office.keys.audit, nadia, strand_id, version, [(lina.id, role, ("en",))], NOW)
        teams.name_staff(db, office.keys.audit, nadia, strand_id, version, [(lina.id, Role.MODERATOR, ("en",))], NOW)


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


def answer(stage: Stage, key: str) -> tuple[Decision, set[str]]:
    """What the gate gives at the next evaluation, and what it names."""
    with read(stage.engine) as db:
        found = judge(db, db.get_one(Strand, stage.strands[key]), stage.policy, NOW).evaluation
    return found.decision, {each.requirement for each in found.reasons}


def end_account(stage: Stage, who: str) -> None:
    with write(stage.engine) as db:
        email = db.get_one(Person, stage.people[who].id).email or ""
        leaving.end_account(db, stage.keys, stage.policy, email, NOW)


def end_role(stage: Stage, who: str) -> None:
    change(stage, who, Role.TRANSLATION_LEAD)


@pytest.mark.parametrize("end", [end_role, end_account])
def test_a_lead_on_duty_who_ends_shuts_the_part_and_the_gate_refuses_it(
    stage: Stage, end: Callable[[Stage, str], None]
) -> None:
    open_part(stage, "children")
    end(stage, "lead1")
    decision, missing = answer(stage, "children")
    assert not decision.opens
    assert "SAF-06" in missing
    assert row(stage, "children").state == StrandState.SUSPENDED


@pytest.mark.parametrize("end", [end_role, end_account])
@pytest.mark.parametrize("who", ["facilitator", "approver"])
def test_whoever_delivers_or_approves_and_ends_leaves_a_plan_that_is_not_the_signed_one(
    stage_on_sqlite: Stage, who: str, end: Callable[[Stage, str], None]
) -> None:
    stage = stage_on_sqlite
    open_part(stage, "children")
    end(stage, who)
    strand = row(stage, "children")
    assert strand.state == StrandState.SUSPENDED
    with read(stage.engine) as db:
        assert Fact.SAME_PLAN not in standing_of(db, strand, stage.policy, NOW).facts


@pytest.mark.parametrize("end", [end_role, end_account])
def test_a_part_that_needs_the_approver_is_refused_without(proven: Stage, end: Callable[[Stage, str], None]) -> None:
    assert answer(proven, "child_survivors")[0].opens
    end(proven, "approver")
    assert not answer(proven, "child_survivors")[0].opens


def test_a_role_that_ends_in_one_consultation_ends_its_duties_there_alone(stage_on_sqlite: Stage) -> None:
    """And a duty stays where another appointment still gives the role."""
    stage = stage_on_sqlite
    who = stage.people["manager"].id
    with write(stage.engine) as db:
        for key in ("children", "adult_survivors"):
            db.add(StrandStaff(strand_id=stage.strands[key], person_id=who, role=Role.MODERATOR, languages=["en"]))
        person = db.get_one(Person, who)
        person.appointments.append(Appointment(role=Role.MODERATOR, consultation_id=stage.consultation_id))
    with write(stage.engine) as db:
        teams.end_duties(db, db.get_one(Person, who), Role.MODERATOR)
        assert len(db.scalars(select(StrandStaff).where(StrandStaff.person_id == who)).all()) == 2
    with write(stage.engine) as db:
        made = db.scalars(select(Appointment).where(Appointment.person_id == who, Appointment.role == "MOD")).one()
        boss = replace(stage.people["admin"], roles=frozenset({Role.ORGANISATION_MANAGER, Role.ANALYST}))
        appointing.dismiss(db, stage.keys, stage.policy, boss, stage.consultation_id, made.id, NOW)
        assert db.scalars(select(StrandStaff).where(StrandStaff.person_id == who)).all() == []
