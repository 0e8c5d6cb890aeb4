"""Helplines that come with the program are a beginning: nobody is shown one before a call was answered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consult.database import read, write
from consult.errors import Denied, Invalid
from consult.services.gate.planning import check_service
from consult.services.help import contacttests, directory, knownlines
from consult.services.participation import helplines
from tests.office import NOW, Office


@pytest.mark.parametrize("line", knownlines.known_lines(), ids=lambda line: line.name)
def test_every_line_is_a_service_that_claims_nothing(line: knownlines.KnownLine) -> None:
    service = check_service({**line.facts(), "id": "new", "name": line.name})
    assert service.hours == ()
    assert not service.round_the_clock
    assert not any(channel.free for channel in service.channels)
    assert "unverified" in service.source


def take(office: Office, place: str, by: str = "nadia") -> int:
    with write(office.engine) as db:
        return len(knownlines.take_over(db, office.keys.audit, office.people[by], place, NOW))


def test_what_is_taken_is_shown_to_nobody_and_an_answered_call_alone_changes_nothing(office: Office) -> None:
    assert take(office, "GB") == 3
    assert take(office, "GB") == 0, "what is there stays as it is"
    with read(office.engine) as db:
        assert helplines.all_services(db, NOW, office.policy) == ()
        service = next(each for each in directory.services(db) if each.name == "Childline (UK)")
        channel = service.facts["channels"][0]["id"]
    with write(office.engine) as db:
        call = office.call(service.id, channel, jurisdiction="GB")
        directory.log_contact_test(db, office.keys, office.policy, office.people["nadia"], call, NOW)
    with read(office.engine) as db:
        assert helplines.all_services(db, NOW, office.policy) == ()


def test_it_is_for_who_keeps_the_directory_and_for_places_that_are_known(office: Office) -> None:
    with pytest.raises(Denied):
        take(office, "GB", by="ali")
    with pytest.raises(Invalid, match="change"):
        take(office, "XX")


class TestCallsThatAreDue:
    @pytest.fixture
    def relied(self, office: Office) -> str:
        """A draft that relies on a service, called with success at NOW."""
        consultation = office.consultation()
        service = office.service()
        office.staffed(office.strand(consultation), [service])
        return service

    def test_a_call_is_due_seven_days_before_it_runs_out(self, office: Office, relied: str) -> None:
        def due(days: int) -> list[bool]:
            with read(office.engine) as db:
                return [call.late for call in contacttests.due(db, office.policy, NOW + timedelta(days=days))]

        assert due(22) == []
        assert due(23) == [False] * len(due(23))
        assert due(23) != []
        assert set(due(30)) == {True}

    def test_a_call_that_nobody_answered_is_due_at_once(self, office: Office, relied: str) -> None:
        with write(office.engine) as db:
            call = office.call(relied, "Childline-line", reached=False)
            nadia = office.people["nadia"]
            directory.log_contact_test(db, office.keys, office.policy, nadia, call, NOW + timedelta(days=1))
        with read(office.engine) as db:
            found = contacttests.due(db, office.policy, NOW + timedelta(days=2))
            languages = {each for service in directory.services(db) for each in service.facts["languages"]}
        assert len(languages) > 1
        assert {each.language for each in found} == languages, "nobody answered in any of them"
        assert {(each.by, each.late) for each in found} == {(None, True)}

    def test_a_service_that_no_part_relies_on_is_not_called(self, office: Office) -> None:
        office.service("Another line")
        with read(office.engine) as db:
            assert contacttests.due(db, office.policy, NOW + timedelta(days=40)) == ()
