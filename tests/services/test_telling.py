"""People are told what concerns them, in the transaction of what happened, and by e-mail without a word of it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.config import MailServer
from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, NotFound
from consult.jobs.notices import reminders
from consult.models import (
    AdjustmentRequest,
    Complaint,
    ContactTest,
    Evidence,
    MailWaiting,
    Notice,
    Person,
    Recusal,
    Strand,
)
from consult.services import mailing, telling
from consult.services.actors import roles_in
from consult.services.evidence import adjustments
from consult.services.mailing import send_waiting, try_server
from consult.services.signed import running, signing, stopping
from safeguards.telling import TELLINGS, Matter, stage_of
from safeguards.terms import Decision, Role
from tests.scenario import NOW, open_part, row, sign
from tests.toolbox.mailserver import Mailbox, mail_server
from tools.draw_notices import PAGE, page

ADDRESS = "https://ideas.example.org"


def told(stage: Stage, matter: Matter) -> set[str]:
    """Who has a notice of it that waits, by the stage's names."""
    names = {who.id: name for name, who in stage.people.items()}
    with read(stage.engine) as db:
        rows = db.scalars(select(Notice).where(Notice.matter == matter, Notice.done_on.is_(None)))
        return {names[each.person_id] for each in rows}


def change(stage: Stage, work: Callable[[Session, Strand], object], key: str = "children") -> None:
    with write(stage.engine) as db:
        work(db, db.get_one(Strand, stage.strands[key]))


def pause(stage: Stage) -> None:
    lead = stage.people["lead1"]
    change(stage, lambda db, strand: running.pause(db, stage.keys, lead, strand, "The line is dead.", NOW))


def remind(stage: Stage, days: float = 0) -> str:
    return reminders(stage.engine, stage.keys, stage.policy, NOW + timedelta(days=days))


def listed(stage: Stage, name: str, days: int = 0) -> list[Matter]:
    with read(stage.engine) as db:
        return [each.matter for each in telling.notices(db, stage.people[name], NOW + timedelta(days=days))]


class TestWhatHappened:
    def test_a_pause_is_told_to_the_leads_and_the_team_and_not_to_whoever_paused(self, stage: Stage) -> None:
        open_part(stage, "children")
        pause(stage)
        assert {"facilitator", "lead2", "approver"} <= told(stage, Matter.PAUSED)
        assert told(stage, Matter.PAUSED).isdisjoint({"lead1", "admin", "reviewer1", "dpl", "manager"})
        assert Matter.PAUSED in listed(stage, "facilitator")

    def test_a_lapse_tells_in_its_own_transaction_or_not_at_all(self, stage: Stage) -> None:
        open_part(stage, "children")

        def lapse_then_fail(db: Session, strand: Strand) -> None:
            for proof in db.scalars(select(Evidence).where(Evidence.requirement == "DAT-03")):
                proof.revoked_by, proof.revoked_at, proof.revoked_reason = proof.verified_by, NOW, "Gone"
            assert running.sweep(db, stage.keys, stage.policy, NOW)
            raise Conflict

        with pytest.raises(Conflict):
            change(stage, lapse_then_fail)
        assert told(stage, Matter.PAUSED) == set()

    def test_a_stop_reaches_lead_approver_and_the_head_of_the_organisation(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        open_part(stage, "children")
        who = stage.people["facilitator"]
        change(stage, lambda db, strand: stopping.press_stop(db, stage.keys, who, strand, "Fire", NOW))
        assert {"lead1", "lead2", "approver", "manager"} <= told(stage, Matter.STOPPED)

    def test_what_is_over_waits_for_nobody(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        assert Matter.SENT in listed(stage, "lead2")
        lead = stage.people["lead1"]
        change(stage, lambda db, strand: signing.return_to_draft(db, stage.keys, lead, strand, "Add a line", NOW))
        in_children = [each for each in told_rows(stage, "lead2") if each.strand_id == stage.strands["children"]]
        assert Matter.SENT not in {each.matter for each in in_children}
        assert Matter.RETURNED in listed(stage, "facilitator")

    def test_the_team_reads_what_was_decided_on_which_part_until_it_opens(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        sign(stage, "children")
        (notice,) = (each for each in told_rows(stage, "facilitator") if each.matter == Matter.DECIDED)
        assert (notice.strand_id, notice.decision) == (stage.strands["children"], Decision.GO)
        lead = stage.people["lead1"]
        change(stage, lambda db, strand: running.open_strand(db, stage.keys, stage.policy, lead, strand, NOW))
        assert Matter.DECIDED not in listed(stage, "facilitator")

    def test_whoever_is_kept_out_is_not_told(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        open_part(stage, "children")
        with write(stage.engine) as db:
            db.add(
                Recusal(
                    consultation_id=stage.consultation_id,
                    person_id=stage.people["approver"].id,
                    reason="A cousin",
                    declared_by=stage.people["approver"].id,
                    declared_at=NOW,
                )
            )
        pause(stage)
        assert "approver" not in told(stage, Matter.PAUSED)

    def test_putting_away_is_for_ones_own_and_takes_earlier_reminders_along(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        (first, *_) = told_rows(stage, "lead2")
        with pytest.raises(NotFound), write(stage.engine) as db:
            telling.mark_seen(db, stage.people["facilitator"], [first.id], NOW)
        with write(stage.engine) as db:
            telling.mark_seen(db, stage.people["lead2"], [first.id], NOW)
        assert first.id not in {each.id for each in told_rows(stage, "lead2")}


def told_rows(stage: Stage, name: str) -> tuple[telling.NoticeView, ...]:
    with read(stage.engine) as db:
        return telling.notices(db, stage.people[name], NOW)


def test_duties_are_those_that_rights_go_by(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    with read(stage.engine) as db:
        duties = telling.Duties(db)
        for key in ("children", "adult_survivors"):
            strand = row(stage, key)
            for role in Role:
                expected = {who.id for who in stage.people.values() if role in roles_in(db, who, strand)}
                assert duties.holders([role], strand.consultation_id, [strand.id]) == expected, role


class TestReminders:
    def test_each_is_put_down_once_and_again_nearer_the_day(self, stage: Stage) -> None:
        with write(stage.engine) as db:
            strand = db.get_one(Strand, stage.strands["children"])
            day = (NOW + timedelta(days=9)).date()
            who = stage.people["facilitator"]
            adjustments.note(db, stage.keys.audit, who, strand, "hearing", "captions", day, NOW)
        remind(stage)
        assert told(stage, Matter.NEED) == set()
        assert remind(stage, 2) != "0 put down"
        assert "facilitator" in told(stage, Matter.NEED)
        assert remind(stage, 2.2) == "0 put down"
        remind(stage, 7)
        with read(stage.engine) as db:
            rows = db.scalars(select(Notice).where(Notice.matter == Matter.NEED)).all()
            mine = [each for each in rows if each.person_id == stage.people["facilitator"].id]
            assert sorted(each.told_on for each in mine) == [(NOW + timedelta(days=n)).date() for n in (2, 7)]

    def test_one_goes_by_itself_when_its_matter_is_done(self, stage: Stage) -> None:
        with write(stage.engine) as db:
            strand = db.get_one(Strand, stage.strands["children"])
            who = stage.people["facilitator"]
            adjustments.note(db, stage.keys.audit, who, strand, "hearing", "captions", NOW.date(), NOW)
        remind(stage)
        assert told(stage, Matter.NEED)
        with write(stage.engine) as db:
            for each in db.scalars(select(AdjustmentRequest)):
                each.outcome = "provided"
        remind(stage)
        assert told(stage, Matter.NEED) == set()

    def test_a_part_that_can_not_be_read_ends_no_reminder_and_keeps_no_other_from_its_own(
        self, stage: Stage, caplog: pytest.LogCaptureFixture
    ) -> None:
        def need(db: Session, strand: Strand) -> None:
            who = stage.people["facilitator"]
            adjustments.note(db, stage.keys.audit, who, strand, "hearing", "captions", NOW.date(), NOW)

        def spoil(_db: Session, strand: Strand) -> None:
            strand.facts = {**strand.facts, "window": {**strand.facts["window"], "timezone": "Nowhere"}}

        change(stage, need)
        remind(stage)
        change(stage, spoil)
        change(stage, need, "adult_survivors")
        with pytest.raises(Conflict, match="1 can not be looked at"):
            remind(stage)
        assert "what is due can not be told" in caplog.text
        with read(stage.engine) as db:
            waiting = select(Notice.strand_id).where(Notice.matter == Matter.NEED, Notice.done_on.is_(None))
            assert set(db.scalars(waiting)) == {stage.strands[key] for key in ("children", "adult_survivors")}

    def test_contact_tests_that_get_too_old_while_people_can_answer(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        with write(stage.engine) as db:
            for test in db.scalars(select(ContactTest)):
                test.tested_at = NOW - timedelta(days=20)
        remind(stage, 2)
        assert told(stage, Matter.CONTACT_TEST) == set()
        remind(stage, 3)
        assert "facilitator" in told(stage, Matter.CONTACT_TEST)

    def test_a_complaint_is_for_those_it_is_sealed_to_alone(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        with write(stage.engine) as db:
            complaint = Complaint(
                received_on=NOW.date(),
                due_on=NOW.date() + timedelta(days=10),
                code_digest=b"c",
                reply_public=b"p",
                reply_private=b"q",
            )
            db.add(complaint)
            db.flush()
            db.execute(
                Complaint.metadata.tables["complaint_copies"]
                .insert()
                .values(complaint_id=complaint.id, person_id=stage.people["approver"].id, sealed=b"s")
            )
        remind(stage)
        assert told(stage, Matter.COMPLAINT) == {"approver"}


@pytest.mark.parametrize(("left", "stage"), [(31, None), (30, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-5, 0)])
def test_which_reminder_is_on(left: int, stage: int | None) -> None:
    today = date(2030, 3, 30)
    assert stage_of(Matter.PROMISE, today + timedelta(days=left), today) == stage


def test_everything_is_told_to_somebody() -> None:
    assert set(TELLINGS) == set(Matter)
    assert [matter for matter, telling in TELLINGS.items() if not telling.told and not telling.named] == []


def test_the_reference_says_who_is_told_what() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "draw it again: python -m tools.draw_notices"


class TestMail:
    @pytest.fixture
    def box(self) -> Iterator[Mailbox]:
        with mail_server() as found:
            yield found

    @staticmethod
    def server(box: Mailbox, **changes: object) -> MailServer:
        return MailServer(**{"host": "127.0.0.1", "port": box.port, "sender": "site@example.org", **changes})  # type: ignore[arg-type]

    @staticmethod
    def waiting(stage: Stage) -> dict[str, int]:
        with read(stage.engine) as db:
            return {each.person_id: each.tries for each in db.scalars(select(MailWaiting))}

    def test_one_mail_a_person_and_never_a_word_of_what_it_is(self, stage: Stage, box: Mailbox) -> None:
        open_part(stage, "children")
        pause(stage)
        people = set(self.waiting(stage))
        sent = send_waiting(stage.engine, self.server(box), ADDRESS, NOW)
        assert sent.failed == 0
        assert self.waiting(stage) == {}
        with read(stage.engine) as db:
            addresses = set(db.scalars(select(Person.email).where(Person.id.in_(people))))
            names = list(db.scalars(select(Person.name)))
            parts = list(db.scalars(select(Strand.name)))
        assert len(box.arrived) == len(addresses)
        assert {to for to, _ in box.arrived} == addresses
        for _, mail in box.arrived:
            words = " ".join([str(mail["Subject"]), str(mail.get_payload(decode=True), "utf-8")])
            assert "Something waits for you" in words
            assert f"{ADDRESS}/s/" in words
            assert [each for each in (*names, *parts, "online safe", "paused", "dead") if each in words] == []
        assert send_waiting(stage.engine, self.server(box), ADDRESS, NOW) == mailing.Sent(0, 0)

    def test_what_fails_is_tried_again_later_and_the_others_get_theirs(self, stage: Stage, box: Mailbox) -> None:
        with read(stage.engine) as db:
            lead, address = db.execute(select(Person.id, Person.email).where(Person.email.like("lead2@%"))).one()
        box.refuses.add(address)
        sent = send_waiting(stage.engine, self.server(box), ADDRESS, NOW)
        assert sent.sent >= 1
        assert self.waiting(stage) == {lead: 1}
        assert send_waiting(stage.engine, self.server(box), ADDRESS, NOW) == mailing.Sent(0, 0)
        box.refuses.clear()
        assert send_waiting(stage.engine, self.server(box), ADDRESS, NOW + timedelta(minutes=5)).sent == 1

    @pytest.mark.parametrize("address", ["léa@demo.example", "lead2@demo.example\nBcc: all@demo.example"])
    def test_an_address_that_no_server_takes_keeps_nobody_elses_mail_back(
        self, stage_on_sqlite: Stage, box: Mailbox, address: str
    ) -> None:
        stage = stage_on_sqlite
        with write(stage.engine) as db:
            wrong = sorted(self.waiting(stage))[0]
            db.get_one(Person, wrong).email = address
        expected = len(self.waiting(stage)) - 1
        assert send_waiting(stage.engine, self.server(box), ADDRESS, NOW) == mailing.Sent(expected, 1)
        assert self.waiting(stage) == {wrong: 1}

    def test_nothing_is_lost_while_the_server_is_away(self, stage_on_sqlite: Stage, box: Mailbox) -> None:
        stage, box.broken = stage_on_sqlite, True
        before = set(self.waiting(stage))
        assert send_waiting(stage.engine, self.server(box), ADDRESS, NOW).sent == 0
        assert set(self.waiting(stage)) == before
        assert try_server(self.server(box)) != ""

    def test_whoever_has_left_gets_none(self, stage_on_sqlite: Stage, box: Mailbox) -> None:
        stage = stage_on_sqlite
        with write(stage.engine) as db:
            db.get_one(Person, stage.people["lead2"].id).active = False
        send_waiting(stage.engine, self.server(box), ADDRESS, NOW)
        assert "lead2@demo.example" not in {to for to, _ in box.arrived}
        assert self.waiting(stage) == {}

    def test_the_server_is_tried_without_sending(self, box: Mailbox) -> None:
        box.password = base64.b64encode(b"\0site\0a secret").decode()
        assert try_server(self.server(box, user="site", password="a secret")) == ""
        assert "name and password" in try_server(self.server(box, user="site", password="another"))
        assert "no encryption" in try_server(self.server(box, starttls=True))
        assert box.arrived == []
