"""Requests for help (tier 0): they reach the leads on call, one of them is enough, and they lead to no answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, inspect, select, update

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.jobs.helpdesk import forget_help
from consult.models import (
    AuditEvent,
    Evidence,
    HelpAlert,
    HelpCopy,
    HelpRequest,
    Person,
    Response,
    Strand,
    StrandStaff,
)
from consult.sealing.helprequest import SIZE, open_help
from consult.sealing.invitation import new_page
from consult.sealing.suite import SealingError
from consult.services.actors import actor_of
from consult.services.desks.waiting import Task, waiting_for
from consult.services.gate import overdue
from consult.services.gate.overdue import due_on
from consult.services.help import helpdesk
from consult.services.help.helprequests import Contact, Offer, ask_for_contact, offer
from consult.services.participation import responding
from consult.services.people.identities import unlock
from safeguards.terms import Role
from tests.scenario import NOW, after, close_part, give, open_part
from tests.toolbox.rows import stuck

KEY = "children"
WRITTEN = Contact(name="Kit", how="+000 55 canary", when="Mondays", more="", language="en")


@pytest.fixture
def asked_on_sqlite(stage_on_sqlite: Stage) -> Stage:
    return somebody_asks(stage_on_sqlite)


def somebody_asks(stage: Stage) -> Stage:
    open_part(stage, KEY)
    give(stage, KEY, 2)
    ask(stage)
    return stage


asked = after(somebody_asks)


def ask(stage: Stage, contact: Contact = WRITTEN) -> None:
    with write(stage.engine) as db:
        entrance = responding.door(db, stage.strands[KEY], NOW)
        assert entrance is not None
        ask_for_contact(db, stage.keys, stage.policy, entrance, contact, NOW)


def test_a_second_tap_is_one_request_and_other_words_are_another(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    open_part(stage, KEY)
    page = new_page()
    for contact in (WRITTEN, WRITTEN, replace(WRITTEN, when="Tuesdays")):
        with write(stage.engine) as db:
            entrance = responding.door(db, stage.strands[KEY], NOW)
            assert entrance is not None
            ask_for_contact(db, stage.keys, stage.policy, entrance, contact, NOW, page)
    with read(stage.engine) as db:
        assert len(db.scalars(select(HelpRequest.id)).all()) == len(db.scalars(select(HelpAlert.id)).all()) == 2


def offered(stage: Stage, now=NOW) -> Offer | None:
    with read(stage.engine) as db:
        entrance = responding.door(db, stage.strands[KEY], now)
        assert entrance is not None
        return offer(db, entrance, now, stage.policy)


def only_request(stage: Stage) -> str:
    with read(stage.engine) as db:
        return db.scalars(select(HelpRequest.id)).one().hex()


def read_by(stage: Stage, name: str, passphrase: str | None = None) -> Contact:
    with write(stage.engine) as db:
        words = passphrase or stage.passphrases[name]
        return helpdesk.read_request(db, stage.keys, stage.people[name], only_request(stage), words, NOW)


def test_each_lead_on_call_reads_it_with_a_passphrase_typed(asked: Stage) -> None:
    assert read_by(asked, "lead1") == WRITTEN
    assert read_by(asked, "lead2") == WRITTEN
    with pytest.raises(Denied):
        read_by(asked, "lead1", "wrong words")


@pytest.mark.parametrize("name", ["approver", "reviewer1", "reviewer2", "facilitator", "admin", "dpl"])
def test_nobody_else_finds_it(asked_on_sqlite: Stage, name: str) -> None:
    with read(asked_on_sqlite.engine) as db:
        who = asked_on_sqlite.people[name]
        assert helpdesk.help_requests(db, asked_on_sqlite.policy, who, NOW) == ()
    with pytest.raises(NotFound):
        read_by(asked_on_sqlite, name)


def test_who_is_a_lead_there_no_more_reads_it_no_more(asked_on_sqlite: Stage) -> None:
    stage, request = asked_on_sqlite, only_request(asked_on_sqlite)
    with write(stage.engine) as db:
        lead = db.get_one(Person, stage.people["lead2"].id)
        (only,) = lead.appointments
        only.role = Role.TRANSLATION_LEAD
        db.execute(delete(StrandStaff).where(StrandStaff.person_id == lead.id))
        db.flush()
        assert helpdesk.help_requests(db, stage.policy, actor_of(lead), NOW) == ()
        assert helpdesk.alerts_for(db, actor_of(lead)) == ()
        with pytest.raises(NotFound):
            helpdesk.read_request(db, stage.keys, actor_of(lead), request, stage.passphrases["lead2"], NOW)
    assert read_by(stage, "lead1") == WRITTEN


def test_a_copy_opens_for_its_own_lead_alone(asked_on_sqlite: Stage) -> None:
    """Copies that were swapped in the database, or put under another part, open for nobody."""
    stage = asked_on_sqlite
    with stage.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER help_copies_never_updated")
        copies = connection.execute(select(HelpCopy.person_id, HelpCopy.sealed)).all()
        for (person, _), (_, other) in zip(copies, reversed(copies), strict=True):
            connection.execute(update(HelpCopy).where(HelpCopy.person_id == person).values(sealed=other))
    with pytest.raises(Conflict, match="incident"):
        read_by(stage, "lead1")


def test_it_says_who_reads_it_and_by_when(asked_on_sqlite: Stage) -> None:
    found = offered(asked_on_sqlite)
    assert found is not None
    assert (set(found.leads), found.hours, found.kept_days) == ({"Lena Lead", "Luis Lead"}, 72, 7)


def test_it_is_offered_only_where_a_lead_is_on_call(stage_on_sqlite: Stage) -> None:
    open_part(stage_on_sqlite, KEY)
    with write(stage_on_sqlite.engine) as db:
        db.execute(update(Person).where(Person.email.like("lead%")).values(active=False))
    assert offered(stage_on_sqlite) is None
    with pytest.raises(Conflict):
        ask(stage_on_sqlite)
    with read(stage_on_sqlite.engine) as db:
        assert db.scalars(select(HelpRequest)).all() == []


def test_it_is_offered_only_where_answers_in_time_are_proven(stage_on_sqlite: Stage) -> None:
    open_part(stage_on_sqlite, KEY)
    with write(stage_on_sqlite.engine) as db:
        row = db.scalars(
            select(Evidence).where(Evidence.requirement == "SUP-09", Evidence.subject == stage_on_sqlite.strands[KEY])
        ).one()
        row.revoked_by, row.revoked_at, row.revoked_reason = stage_on_sqlite.people["lead1"].id, NOW, "Nobody is there."
    assert offered(stage_on_sqlite) is None


def test_it_stays_offered_after_the_close_as_long_as_a_lead_can_be_reached(stage_on_sqlite: Stage) -> None:
    open_part(stage_on_sqlite, KEY)
    close_part(stage_on_sqlite, KEY)
    assert offered(stage_on_sqlite) is not None
    assert offered(stage_on_sqlite, NOW + timedelta(days=60)) is None


@pytest.mark.parametrize(
    "changed",
    [{"name": " "}, {"how": ""}, {"name": "x" * 61}, {"more": "x" * 501}],
    ids=["no name", "no way", "long name", "long"],
)
def test_what_is_missing_or_too_long_is_said_and_nothing_stored(
    stage_on_sqlite: Stage, changed: dict[str, str]
) -> None:
    open_part(stage_on_sqlite, KEY)
    fields = {"name": "Kit", "how": "a way", "language": "en", **changed}
    with pytest.raises(Invalid):
        ask(stage_on_sqlite, Contact(**fields))
    with read(stage_on_sqlite.engine) as db:
        assert db.scalars(select(HelpRequest)).all() == db.scalars(select(HelpAlert)).all() == []


def test_the_longest_words_of_every_script_fit(stage_on_sqlite: Stage) -> None:
    open_part(stage_on_sqlite, KEY)
    most = Contact(name="😀" * 60, how="ع" * 200, when="字" * 200, more="ع" * 500, language="ar")
    ask(stage_on_sqlite, most)
    assert read_by(stage_on_sqlite, "lead1") == most


def test_the_row_has_the_day_only_and_leads_to_no_answer(asked: Stage) -> None:
    """Not by a column, not by an id, not by its length, not by an event."""
    with read(asked.engine) as db:
        looked = inspect(asked.engine)
        points_at = {
            key["referred_table"]
            for name in ("help_requests", "help_copies", "help_alerts")
            for key in looked.get_foreign_keys(name)
        }
        assert points_at == {"strands", "people", "help_requests"}
        row = db.scalars(select(HelpRequest)).one()
        assert type(row.asked_on) is type(NOW.date())
        assert not {row.id} & set(db.scalars(select(Response.id)))
        assert {len(copy.sealed) for copy in db.scalars(select(HelpCopy))} == {SIZE + 1138}
        assert not db.scalars(select(AuditEvent).where(AuditEvent.verb.like("help.%"))).all()
        assert all(b"canary" not in copy.sealed for copy in db.scalars(select(HelpCopy)))


def test_the_alert_has_the_moment_and_goes_when_a_lead_looks(asked_on_sqlite: Stage) -> None:
    stage = asked_on_sqlite
    with read(stage.engine) as db:
        assert helpdesk.alerts_for(db, stage.people["lead2"]) == (NOW,)
        assert helpdesk.alerts_for(db, stage.people["approver"]) == ()
        first = waiting_for(db, stage.people["lead2"], stage.policy, NOW)[0]
        assert (first.task, first.request_id) == (Task.ANSWER_HELP, only_request(stage))
    read_by(stage, "lead1")
    with read(stage.engine) as db:
        assert helpdesk.alerts_for(db, stage.people["lead2"]) == ()


def test_it_is_overdue_when_the_promise_is_broken_for_whoever_asked_first_that_day(asked_on_sqlite: Stage) -> None:
    stage, policy = asked_on_sqlite, asked_on_sqlite.policy
    assert due_on(NOW.date(), 72) == NOW.date() + timedelta(days=2)
    assert due_on(NOW.date(), 24) == NOW.date()
    with read(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[KEY])
        assert [overdue.requests_overdue(db, policy, strand, NOW + timedelta(days=days)) for days in (0, 2, 3)] == [
            0,
            0,
            1,
        ]
    with write(stage.engine) as db:
        helpdesk.answered(db, stage.keys, stage.people["lead1"], only_request(stage), NOW)
    with read(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[KEY])
        assert overdue.requests_overdue(db, policy, strand, NOW + timedelta(days=30)) == 0
        assert all(each.task is not Task.ANSWER_HELP for each in waiting_for(db, stage.people["lead2"], policy, NOW))
    with pytest.raises(Conflict), write(stage.engine) as db:
        helpdesk.answered(db, stage.keys, stage.people["lead2"], only_request(stage), NOW)


def test_what_was_answered_is_destroyed_when_its_time_is_over(asked: Stage) -> None:
    run = lambda days: forget_help(asked.engine, asked.keys, asked.policy, NOW + timedelta(days=days))  # noqa: E731
    assert run(400) == "0 destroyed"  # nobody who waits is forgotten
    first = only_request(asked)
    ask(asked, replace(WRITTEN, when="Tuesdays"))
    with write(asked.engine) as db:
        for each in db.scalars(select(HelpRequest.id)).all():
            helpdesk.answered(db, asked.keys, asked.people["lead1"], each.hex(), NOW)
    assert run(6) == "0 destroyed"
    with stuck(asked.engine, "DELETE", HelpRequest.id, bytes.fromhex(first)), pytest.raises(Conflict, match="1 were"):
        run(7)
    assert only_request(asked) == first
    assert run(7) == "1 destroyed", "the page says: deleted 7 days after they have answered you"
    with read(asked.engine) as db:
        assert db.scalars(select(HelpRequest)).all() == db.scalars(select(HelpCopy)).all() == []


def test_a_lead_who_reads_it_still_opens_no_answer(asked_on_sqlite: Stage) -> None:
    """Promise 8: with his own key and every row, what he has is his copies and nothing else."""
    stage = asked_on_sqlite
    assert read_by(stage, "lead1") == WRITTEN
    with write(stage.engine) as db:
        private = unlock(db, stage.keys, stage.people["lead1"], stage.passphrases["lead1"])
        for answer in db.scalars(select(Response)):
            with pytest.raises(SealingError):
                open_help(private, answer.id, answer.strand_id, stage.people["lead1"].id, answer.sealed)


def test_nothing_is_sealed_to_a_lead_whose_key_nobody_confirmed(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    open_part(stage, KEY)
    with write(stage.engine) as db:
        before = responding.door(db, stage.strands[KEY], NOW)
        assert before is not None
        offered = offer(db, before, NOW, stage.policy)
        assert offered is not None
        on_call = db.scalars(select(Person).where(Person.name.in_(offered.leads))).all()
        for lead in on_call:
            lead.confirmed_by = lead.confirmed_at = lead.confirmation_seal = None
        db.flush()
        assert offer(db, before, NOW, stage.policy) is None
        with pytest.raises(Conflict):
            ask_for_contact(db, stage.keys, stage.policy, before, WRITTEN, NOW)
