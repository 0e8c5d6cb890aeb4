"""A call to a service counts when two people stand behind the number: nobody alone brings one or keeps it (SUP-04)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.errors import Denied, Invalid, NotFound
from consult.models import Appointment, AuditEvent, ContactTest, Notice, Person
from consult.sealing.identity import LIGHT
from consult.services.help import contacttests, directory
from consult.services.help.directory import TestView
from consult.services.people import onboarding
from safeguards.telling import Matter
from safeguards.terms import Audience, Role
from tests.office import NOW, Office

LINE = "Childline-line"


def note(office: Office, service_id: str, by: str, days: float, **changes: object) -> bool:
    """Whether a call, noted so many days from now, counts at once."""
    at = NOW + timedelta(days=days)
    with write(office.engine) as db:
        call = office.call(service_id, LINE, **changes)
        return not directory.log_contact_test(db, office.keys, office.policy, office.people[by], call, at).waits


def waiting(office: Office, service_id: str) -> tuple[TestView, ...]:
    with read(office.engine) as db:
        return directory.service(db, service_id).waiting


def told(office: Office) -> set[str]:
    with read(office.engine) as db:
        rows = select(Notice.person_id).where(Notice.matter == Matter.CALL_WAITS, Notice.done_on.is_(None))
        return set(db.scalars(rows))


class TestWhoStandsBehindACall:
    """The service was called by nadia now, and leila confirmed it."""

    def test_who_calls_in_time_needs_nobody_until_two_were_of_the_same_person(self, office: Office) -> None:
        service = office.service()
        assert note(office, service, "nadia", 29)
        assert not note(office, service, "nadia", 58), "nobody else for two calls"
        assert not note(office, service, "omar", 58), "whom the administrator invited who invited nadia"
        assert note(office, service, "sami", 59)
        assert note(office, service, "nadia", 80), "two who take turns wait for nobody"

    @pytest.mark.parametrize("days", [30, 200])
    def test_one_that_ran_out_is_not_brought_back_alone(self, office_on_sqlite: Office, days: int) -> None:
        service = office_on_sqlite.service()
        assert not note(office_on_sqlite, service, "omar", days)
        assert not note(office_on_sqlite, service, "omar", days + 1), "however often"
        assert note(office_on_sqlite, service, "sami", days + 2), "another who called stands behind it"

    def test_after_a_call_that_failed_another_person_is_needed(self, office_on_sqlite: Office) -> None:
        service = office_on_sqlite.service()
        assert note(office_on_sqlite, service, "omar", 1, reached=False), "a failed one counts from anybody"
        assert not note(office_on_sqlite, service, "omar", 2)
        assert not note(office_on_sqlite, service, "omar", 2, language="fr"), "nobody answered in any language"

    def test_parts_that_need_it_weekly_need_it_renewed_weekly(self, office_on_sqlite: Office) -> None:
        office = office_on_sqlite
        service = office.service()
        assert note(office, service, "omar", 8), "the control: no such part relies on it yet"
        office.staffed(office.strand(office.consultation(), audience=Audience.CHILD_SURVIVORS), [service])
        assert not note(office, service, "nadia", 16)


def test_another_person_confirms_it_on_record_and_the_notice_ends(office: Office) -> None:
    service, later = office.service(), NOW + timedelta(days=40)
    assert told(office) == set()
    note(office, service, "nadia", 40)
    (call,) = waiting(office, service)
    leads = {office.people[name].id for name in ("leila", "sami")}
    assert told(office) == leads, "not who noted it"

    def confirm(by: str, calls: list[str], at: datetime = later) -> int:
        with write(office.engine) as db:
            return directory.confirm_tests(db, office.keys, office.policy, office.people[by], service, calls, at)

    for by, calls, refused in (
        ("nadia", [call.id], Denied),
        ("tara", [call.id], Denied),
        ("leila", [], Invalid),
        ("leila", ["nowhere"], NotFound),
    ):
        with pytest.raises(refused):
            confirm(by, calls)
    assert waiting(office, service) == (call,)
    assert (confirm("leila", [call.id]), confirm("leila", [call.id])) == (1, 1), "twice is once"
    assert waiting(office, service) == ()
    assert told(office) == set()
    with read(office.engine) as db:
        stored = db.get_one(ContactTest, call.id)
        assert (stored.confirmed_by, stored.tested_at) == (office.people["leila"].id, later)
        last = db.scalars(select(AuditEvent.verb).order_by(AuditEvent.number.desc()).limit(2)).all()
    assert last == ["service.test_confirmed", "service.tested"]


def test_the_list_of_calls_says_which_was_made_and_waits(office_on_sqlite: Office) -> None:
    office = office_on_sqlite
    consultation, service = office.consultation(), office.service()
    office.staffed(office.strand(consultation), [service])

    def line(days: float) -> contacttests.Call:
        with read(office.engine) as db:
            found = contacttests.due(db, office.policy, NOW + timedelta(days=days))
            return next(each for each in found if (each.channel, each.language) == ("116", "en"))

    assert (line(31).late, line(31).waits) == (True, False)
    note(office, service, "nadia", 31)
    assert (line(32).late, line(32).waits) == (True, True)
    office.stand_behind(service, at=NOW + timedelta(days=32))
    assert (line(60).late, line(60).by) == (False, NOW + timedelta(days=61)), "it counts from the day of the call"


def arrives(office: Office, name: str, role: Role, days: float = 0) -> None:
    """The administrator invites somebody, who joins so many days from now."""
    at, admin = NOW + timedelta(days=days), office.people["admin"]
    with write(office.engine) as db:
        invited = onboarding.invite(db, office.keys, admin, name, f"{name}@example.org", [role], at)
        who, made = onboarding.accept(db, office.keys, invited.code, at, stretching=LIGHT)
        office.people[name], office.passphrases[name] = who, made.passphrase


def leave(office: Office, *names: str) -> None:
    with write(office.engine) as db:
        for name in names:
            db.get_one(Person, office.people[name].id).active = False


def confirmed(office: Office, service_id: str, by: str) -> bool:
    """Whether that person can confirm all that waits."""
    calls = [each.id for each in waiting(office, service_id)]
    with write(office.engine) as db:
        who, at = office.people[by], NOW + timedelta(days=60)
        return directory.confirm_tests(db, office.keys, office.policy, who, service_id, calls, at) > 0


def test_where_one_person_notes_calls_those_confirm_whom_no_administrator_invited(office_on_sqlite: Office) -> None:
    office = office_on_sqlite
    service = office.service()
    leave(office, "omar", "leila", "sami")
    note(office, service, "nadia", 40)
    assert told(office) == {office.people[name].id for name in ("ines", "otto")}, "who invited nadia invited dora"
    with read(office.engine) as db:
        (call,) = directory.waiting_calls(db, office.people["nadia"], directory.service(db, service))
    assert (call.ruling.ok, call.others) == (False, ("Ines Able", "Otto Able"))
    assert confirmed(office, service, "otto")
    assert waiting(office, service) == ()


class TestAnotherAccountOfTheSamePerson:
    def test_one_made_after_the_call_neither_confirms_it_nor_stands_behind_the_next(
        self, office_on_sqlite: Office
    ) -> None:
        office = office_on_sqlite
        service = office.service()
        note(office, service, "nadia", 40)
        leave(office, "nadia")
        arrives(office, "nadia2", Role.LEAD_FACILITATOR, 41)
        with pytest.raises(Denied, match="joined after"):
            confirmed(office, service, "nadia2")
        assert not note(office, service, "nadia2", 42), "nor does it count as the call of another"
        assert confirmed(office, service, "leila")

    def test_who_invites_people_and_notes_calls_is_confirmed_by_no_account_of_their_own(
        self, office_on_sqlite: Office
    ) -> None:
        office = office_on_sqlite
        service, admin = office.service(), office.people["admin"]
        with write(office.engine) as db:
            db.add(Appointment(person_id=admin.id, role=Role.LEAD_FACILITATOR))
            db.flush()
            office.people["admin"] = replace(admin, roles=admin.roles | {Role.LEAD_FACILITATOR})
        arrives(office, "second", Role.CO_FACILITATOR)
        for days, noted_by, other in ((40, "admin", "second"), (41, "second", "admin")):
            assert not note(office, service, noted_by, days)
            with pytest.raises(Denied, match="invited the other"):
                confirmed(office, service, other)
        assert not note(office, service, "admin", 42), "nor does a call of the one stand behind one of the other"
        arrives(office, "third", Role.CO_FACILITATOR)
        assert not note(office, service, "second", 43)
        with pytest.raises(Denied, match="invited you both"):
            confirmed(office, service, "third")
        assert confirmed(office, service, "leila"), "whose key somebody else has confirmed"
