"""Whoever is kept out of a consultation sees nothing of it, does nothing in it, and gets no half of a key."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, ConsultError, Denied, Invalid, NotFound, Refused
from consult.jobs.inclusion import renew_inclusion_keys
from consult.models import (
    Appointment,
    HelpRequest,
    HolderRole,
    InclusionShare,
    Person,
    Recusal,
    Stop,
    Strand,
    StrandHolder,
    StrandShare,
    StrandStaff,
)
from consult.services.actors import roles_in, visible_consultations, visible_strand
from consult.services.auditing import check_log
from consult.services.gate.overdue import request_readers
from consult.services.help import helpdesk
from consult.services.help.helprequests import Contact, ask_for_contact
from consult.services.holders import joining, recusal
from consult.services.participation.responding import door
from consult.services.signed import incidents, running, stopping
from safeguards.lifecycle import StrandState
from safeguards.terms import Role
from tests.scenario import LATER, NOW, close_part, open_part, row, sign
from tests.services.signed import test_running as signed_life


def keep_out(
    stage: Stage,
    name: str,
    by: str | None = None,
    reason: str = "Works for the company",
    passphrase: str | None = None,
    at: datetime = NOW,
) -> None:
    with write(stage.engine) as db:
        whom, who = stage.people[name].id, by or name
        typed = stage.passphrases[who] if passphrase is None else passphrase
        recusal.declare(db, stage.keys, stage.people[who], stage.consultation_id, whom, reason, typed, at)


def let_in(stage: Stage, by: str, passphrase: str = "") -> None:
    with write(stage.engine) as db:
        row, typed = db.scalars(select(Recusal)).one(), passphrase or stage.passphrases[by]
        recusal.lift(db, stage.keys, stage.people[by], stage.consultation_id, row.id, typed, NOW)


def test_for_whoever_is_kept_out_the_consultation_is_not_there(stage: Stage) -> None:
    keep_out(stage, "lead1")
    with read(stage.engine) as db:
        lead = stage.people["lead1"]
        assert visible_consultations(db, lead) == []
        assert roles_in(db, lead, db.get_one(Strand, stage.strands["children"])) == frozenset()
        with pytest.raises(NotFound):
            visible_strand(db, lead, stage.strands["children"])
        assert visible_consultations(db, stage.people["lead2"])
        check_log(db, stage.audit)


@pytest.mark.parametrize("by", ["lead2", "reviewer1"])
def test_a_stolen_sign_in_keeps_nobody_out(stage_on_sqlite: Stage, by: str) -> None:
    """Halves of keys go with it for good: oneself, too, is kept out with the passphrase typed again."""
    sign(stage_on_sqlite, "children")
    with pytest.raises(Denied, match="not your passphrase"):
        keep_out(stage_on_sqlite, "reviewer1", by=by, passphrase="not mine")
    with read(stage_on_sqlite.engine) as db:
        assert recusal.kept_out(db, stage_on_sqlite.people["lead2"], stage_on_sqlite.consultation_id) == ()
        assert db.get(StrandShare, (stage_on_sqlite.strands["children"], stage_on_sqlite.people["reviewer1"].id))


def test_whose_half_nobody_else_holds_is_said_before(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    sign(stage, "children")

    def told() -> list[tuple[str, tuple[str, ...]]]:
        with read(stage.engine) as db:
            everybody = recusal.can_be_kept_out(db, stage.people["lead2"], stage.consultation_id)
            return recusal.only_holders(db, stage.consultation_id, everybody)

    assert told() == []
    keep_out(stage, "reviewer1", by="lead2")
    assert told() == [(stage.people["reviewer2"].name, (row(stage, "children").name,))]


def test_a_lead_who_is_kept_out_reads_no_request_for_help_and_the_other_one_does(running_on_sqlite: Stage) -> None:
    """What a child wrote to be found by was sealed to both before."""
    stage = running_on_sqlite
    with write(stage.engine) as db:
        entrance = door(db, stage.strands["children"], NOW)
        assert entrance is not None
        ask_for_contact(db, stage.keys, stage.policy, entrance, Contact(name="Kit", how="+000", language="en"), NOW)
    keep_out(stage, "lead1", by="lead2", reason="It is about him")
    with write(stage.engine) as db:
        lead1, lead2 = stage.people["lead1"], stage.people["lead2"]
        assert (helpdesk.help_requests(db, stage.policy, lead1, NOW), helpdesk.alerts_for(db, lead1)) == ((), ())
        (view,) = helpdesk.help_requests(db, stage.policy, lead2, NOW)
        with pytest.raises(NotFound):
            helpdesk.read_request(db, stage.keys, lead1, view.id, stage.passphrases["lead1"], NOW)
        with pytest.raises(NotFound):
            helpdesk.answered(db, stage.keys, lead1, view.id, NOW)
        assert helpdesk.read_request(db, stage.keys, lead2, view.id, stage.passphrases["lead2"], NOW).how == "+000"
        request = db.get_one(HelpRequest, bytes.fromhex(view.id))
        assert request_readers(db, request) == (lead2.id,)
        db.execute(delete(Appointment).where(Appointment.person_id == lead2.id))
        db.execute(delete(StrandStaff).where(StrandStaff.person_id == lead2.id))
        db.expire_all()
        assert request_readers(db, request) == (), "nobody who leads it no more is reminded of what they can not open"


def test_whoever_is_kept_out_reads_no_more_why_it_was_stopped(running_on_sqlite: Stage) -> None:
    stage = running_on_sqlite
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        stopping.press_stop(db, stage.keys, stage.people["facilitator"], strand, "Lena shouted at a child", NOW)
        assert [each.cause for each in incidents.unseen(db, stage.people["lead1"])] == ["Lena shouted at a child"]
    keep_out(stage, "lead1", by="lead2", reason="It is about her")
    with read(stage.engine) as db:
        assert incidents.unseen(db, stage.people["lead1"]) == ()
        assert len(incidents.unseen(db, stage.people["lead2"])) == 1


def test_what_somebody_checked_who_is_kept_out_since_is_signed_anew(stage_on_sqlite: Stage) -> None:
    """Who has neither a duty nor a half leaves plan and key as they were: it is their word that stood behind it."""
    stage = stage_on_sqlite
    sign(stage, "children")
    sign(stage, "young_adults")
    signed_life.opened(stage, "children", "lead1")
    keep_out(stage, "dpl", by="lead2", at=NOW - timedelta(minutes=1))  # a clock that went back changes nothing
    with write(stage.engine) as db:
        running.sweep(db, stage.keys, stage.policy, NOW)
    paused = row(stage, "children")
    assert (paused.state, paused.finish_by) == (StrandState.SUSPENDED, None)
    assert "kept out now" in (paused.state_reason or "")
    with pytest.raises(Refused, match="was kept out"):
        signed_life.opened(stage, "young_adults", "lead1")
    signed_life.resume(stage, "children", signed_life.restart_of(stage))
    assert row(stage, "children").state == StrandState.OPEN
    with write(stage.engine) as db:
        assert running.sweep(db, stage.keys, stage.policy, LATER) == []


def test_half_a_yes_to_lift_a_stop_goes_with_who_gave_it(running_on_sqlite: Stage) -> None:
    stage = running_on_sqlite

    def says(name: str) -> Stop:
        with write(stage.engine) as db:
            strand, passphrase = db.get_one(Strand, stage.strands["children"]), stage.passphrases[name]
            return stopping.lift_stop(db, stage.keys, stage.people[name], strand, "It is mended", passphrase, NOW)

    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        stopping.press_stop(db, stage.keys, stage.people["facilitator"], strand, "A child was filmed", NOW)
    says("lead1")
    keep_out(stage, "lead1", by="lead2", reason="She filmed")
    assert says("approver").lifted_at is None
    assert says("lead2").lifted_at is not None


def test_a_lead_who_is_kept_out_does_not_sign(stage_on_sqlite: Stage) -> None:
    keep_out(stage_on_sqlite, "lead2", by="approver")
    with pytest.raises(Refused):
        sign(stage_on_sqlite, "children")


def test_duties_and_shares_go_at_once_and_what_is_open_is_paused(stage: Stage) -> None:
    open_part(stage, "children")
    lead, strand_id = stage.people["lead1"].id, stage.strands["children"]
    keep_out(stage, "lead1", by="approver")
    with write(stage.engine) as db:
        running.sweep(db, stage.keys, stage.policy, NOW)
    assert row(stage, "children").state == StrandState.SUSPENDED
    with read(stage.engine) as db:
        for table in (StrandShare, StrandHolder, StrandStaff):
            assert not db.scalars(select(table.person_id).where(table.person_id == lead)).all(), table
        assert db.scalars(select(StrandShare.person_id).where(StrandShare.strand_id == strand_id)).all()


@pytest.mark.parametrize(
    "part",
    [
        lambda strand, person: StrandStaff(strand_id=strand, person_id=person, role=Role.MODERATOR, languages=[]),
        lambda strand, person: StrandHolder(strand_id=strand, person_id=person, role=HolderRole.LEAD),
    ],
)
def test_the_database_gives_them_no_part(stage: Stage, part: object) -> None:
    assert callable(part)
    keep_out(stage, "lead1")
    with pytest.raises(Conflict), write(stage.engine) as db:
        db.add(part(stage.strands["children"], stage.people["lead1"].id))


def test_no_half_is_offered_to_whoever_is_kept_out(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    open_part(stage, "children")
    close_part(stage, "children")
    keep_out(stage, "lead1", by="approver")
    with read(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        offered = {who.name for who in joining.can_join(db, stage.people["lead2"], strand)}
    assert stage.people["lead1"].name not in offered


def test_nothing_new_is_sealed_to_an_inclusion_holder_who_is_kept_out(stage: Stage) -> None:
    open_part(stage, "children")
    with read(stage.engine) as db:
        assert db.scalars(select(InclusionShare.person_id)).all() == [stage.people["inclusion"].id]
    keep_out(stage, "inclusion")
    with write(stage.engine) as db:
        successor = db.get_one(Person, stage.people["reviewer1"].id)
        successor.appointments.append(Appointment(role=Role.INCLUSION))
    assert renew_inclusion_keys(stage.engine, stage.keys, stage.policy, NOW) == "1 made anew"
    with read(stage.engine) as db:
        newest = db.scalars(select(InclusionShare.person_id).where(InclusionShare.generation == 2)).all()
    assert newest == [stage.people["reviewer1"].id]


def test_only_some_keep_others_out_and_everybody_themselves(stage_on_sqlite: Stage) -> None:
    keep_out(stage_on_sqlite, "facilitator")
    with pytest.raises(Denied):
        keep_out(stage_on_sqlite, "lead2", by="reviewer1")
    keep_out(stage_on_sqlite, "reviewer1", by="manager")


@pytest.mark.parametrize(("by", "refusal"), [("lead1", NotFound), ("reviewer1", Denied), ("admin", NotFound)])
def test_nobody_lets_themselves_in_again_nor_does_everybody(
    stage_on_sqlite: Stage, by: str, refusal: type[ConsultError]
) -> None:
    keep_out(stage_on_sqlite, "lead1", by="approver")
    with pytest.raises(refusal):
        let_in(stage_on_sqlite, by)
    with pytest.raises(Conflict), write(stage_on_sqlite.engine) as db:
        db.execute(update(Recusal).values(lifted_by=Recusal.person_id, lifted_at=NOW))


def test_let_in_again_the_person_sees_it_without_duty_or_key(stage: Stage) -> None:
    """A sign-in that somebody stole lets nobody in either."""
    keep_out(stage, "lead1")
    with pytest.raises(Denied, match="not your passphrase"):
        let_in(stage, "lead2", "not mine")
    with read(stage.engine) as db:
        assert visible_consultations(db, stage.people["lead1"]) == []
    let_in(stage, "lead2")
    with read(stage.engine) as db:
        assert visible_consultations(db, stage.people["lead1"])
        assert not db.scalars(select(StrandHolder).where(StrandHolder.person_id == stage.people["lead1"].id)).all()
    keep_out(stage, "lead1")


@pytest.mark.parametrize(("name", "reason", "refusal"), [("lead1", " ", Invalid), ("lead2", "again", Conflict)])
def test_what_does_not_fit_is_said(stage_on_sqlite: Stage, name: str, reason: str, refusal: type[ConsultError]) -> None:
    keep_out(stage_on_sqlite, "lead2", by="approver")
    with pytest.raises(refusal):
        keep_out(stage_on_sqlite, name, by="approver", reason=reason)


def test_what_was_declared_stays_as_declared(stage: Stage) -> None:
    keep_out(stage, "lead1")
    with pytest.raises(Conflict), write(stage.engine) as db:
        db.scalars(select(Recusal)).one().reason = "Nothing"
    with pytest.raises(Conflict), write(stage.engine) as db:
        db.delete(db.scalars(select(Recusal)).one())
