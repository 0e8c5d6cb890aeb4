"""A signed strand's life: what opens, what a lapse does in the very transaction, two people for every way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, ConsultError, Denied, Invalid, Refused
from consult.models import AuditEvent, Consultation, ContactTest, Evidence, Response, Signature, Stop, Strand
from consult.services.auditing import Verb, check_log
from consult.services.desks import oversight
from consult.services.evidence import attesting
from consult.services.gate.standing import standing_of
from consult.services.help import directory
from consult.services.participation.epochs import EpochBook
from consult.services.participation.permit import Ruling
from consult.services.participation.responding import NotOpen, door_by_code
from consult.services.people import accounts
from consult.services.signed import running, stopping
from safeguards.lapse import FINISH_WITHIN
from safeguards.lifecycle import ConsultationState, Fact, StrandState
from safeguards.terms import LapseClass
from tests.scenario import LATER, NOW, beside, close_part, give, open_part, row, sign


def change(stage: Stage, key: str, work: Callable[[Session, Strand], object]) -> None:
    with write(stage.engine) as db:
        work(db, db.get_one(Strand, stage.strands[key]))


def pause(stage: Stage, key: str, by: str = "facilitator", reason: str = "The lights went out.") -> None:
    change(stage, key, lambda db, strand: running.pause(db, stage.keys, stage.people[by], strand, reason, NOW))


def opened(stage: Stage, key: str, by: str) -> None:
    who = stage.people[by]
    change(stage, key, lambda db, strand: running.open_strand(db, stage.keys, stage.policy, who, strand, NOW))


def revoke(stage: Stage, requirement: str, *, found_false: bool = False) -> None:
    def work(db: Session, strand: Strand) -> None:
        proof = next(each for each in attesting.evidence_of(db, strand) if each.requirement == requirement)
        lead = stage.people["lead1"]
        attesting.revoke(
            db, stage.keys, stage.policy, lead, strand, proof.id, "It ended.", NOW, found_false=found_false
        )

    change(stage, "children", work)


def seen(stage: Stage, key: str) -> str:
    with read(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[key])
        return oversight.run(db, stage.people["lead2"], strand, stage.policy, LATER).plan_digest


def restart_of(stage: Stage, second: str = "facilitator", **changes: object) -> stopping.Restart:
    values = {
        "cause_removed": "The lights are on.",
        "note_to_participants": "We had a break.",
        "plan_digest": seen(stage, "children"),
        "passphrase": stage.passphrases["lead2"],
        "second": beside(stage, second, LATER),
    }
    return stopping.Restart(**{**values, **changes})  # type: ignore[arg-type]


def resume(stage: Stage, key: str, restart: stopping.Restart, by: str = "lead2") -> None:
    change(
        stage,
        key,
        lambda db, strand: stopping.resume(db, stage.keys, stage.policy, stage.people[by], strand, restart, LATER),
    )


class TestOpening:
    def test_a_lead_opens_what_was_signed_and_the_consultation_runs(self, stage: Stage) -> None:
        code = open_part(stage, "children")
        assert code.isdecimal()
        assert row(stage, "children").state == StrandState.OPEN
        with read(stage.engine) as db:
            assert db.get_one(Consultation, stage.consultation_id).state == ConsultationState.RUNNING
            check_log(db, stage.keys.audit)

    @pytest.mark.parametrize("name", ["facilitator", "approver", "reviewer1", "operator", "admin"])
    def test_nobody_else_opens(self, stage_on_sqlite: Stage, name: str) -> None:
        sign(stage_on_sqlite, "children")
        with pytest.raises(Denied):
            opened(stage_on_sqlite, "children", name)

    def test_nothing_opens_unsigned(self, stage_on_sqlite: Stage) -> None:
        with pytest.raises(Conflict):
            opened(stage_on_sqlite, "children", "lead1")
        change(stage_on_sqlite, "children", lambda _, strand: setattr(strand, "state", StrandState.DECIDED))
        with pytest.raises(Refused, match="signed decision"):
            opened(stage_on_sqlite, "children", "lead1")

    def test_a_plan_that_changed_after_the_signature_does_not_open(self, stage: Stage) -> None:
        sign(stage, "children")
        change(stage, "children", lambda _, strand: setattr(strand, "facts", {**strand.facts, "minutes": 14}))
        with pytest.raises(Refused, match="the one that was signed"):
            opened(stage, "children", "lead1")
        assert row(stage, "children").state == StrandState.DECIDED

    def test_a_signature_that_ran_out_does_not_open(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        until = sign(stage, "children").valid_until
        assert until is not None
        with read(stage.engine) as db:
            strand = db.get_one(Strand, stage.strands["children"])
            before = standing_of(db, strand, stage.policy, until - timedelta(seconds=1)).facts
            after = standing_of(db, strand, stage.policy, until).facts
        assert Fact.IN_DATE in before
        assert Fact.IN_DATE not in after


class TestPausing:
    @pytest.mark.parametrize("name", ["facilitator", "lead1", "approver", "operator"])
    def test_everybody_on_duty_may_pause(self, stage_on_sqlite: Stage, name: str) -> None:
        open_part(stage_on_sqlite, "children")
        pause(stage_on_sqlite, "children", by=name)
        assert row(stage_on_sqlite, "children").state == StrandState.SUSPENDED

    @pytest.mark.parametrize("name", ["reviewer1", "admin", "dpl"])
    def test_nobody_else_may(self, stage_on_sqlite: Stage, name: str) -> None:
        open_part(stage_on_sqlite, "children")
        with pytest.raises(Denied):
            pause(stage_on_sqlite, "children", by=name)

    def test_a_pause_says_why(self, stage_on_sqlite: Stage) -> None:
        open_part(stage_on_sqlite, "children")
        with pytest.raises(Invalid):
            pause(stage_on_sqlite, "children", reason=" ")

    def test_pausing_stops_sealing_at_once_though_the_worker_still_holds_a_key(self, stage: Stage) -> None:
        open_part(stage, "children")
        epochs = EpochBook(stage.keys.row_seal)
        give(stage, "children", 1, epochs)
        pause(stage, "children")
        with pytest.raises(NotOpen):
            give(stage, "children", 1, epochs)
        with read(stage.engine) as db:
            assert len(db.scalars(select(Response)).all()) == 1


def test_a_part_that_can_not_be_judged_is_paused_and_keeps_no_other_from_being_judged(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    for key in ("young_adults", "children"):
        open_part(stage, key)
    change(stage, "young_adults", lambda _, strand: setattr(strand, "facts", {**strand.facts, "ages": "all"}))
    with write(stage.engine) as db:
        over = max(each.valid_until for each in db.scalars(select(Signature)) if each.valid_until)
        lapsed = running.sweep(db, stage.keys, stage.policy, over)
    assert {each.strand_id for each in lapsed} == {stage.strands[key] for key in ("young_adults", "children")}
    paused = row(stage, "young_adults")
    assert (paused.state, "can not be read" in (paused.state_reason or "")) == (StrandState.SUSPENDED, True)
    assert "a part can not be judged" in caplog.text


class TestResuming:
    def test_a_restart_is_signed_anew_after_a_second_persons_check(self, stage: Stage) -> None:
        open_part(stage, "children")
        pause(stage, "children")
        resume(stage, "children", restart_of(stage))
        assert row(stage, "children").state == StrandState.OPEN
        with read(stage.engine) as db:
            signed = db.scalars(select(Signature).order_by(Signature.signed_at)).all()
            verbs = list(db.scalars(select(AuditEvent.verb).order_by(AuditEvent.number)))
            assert len(signed) == 2
            assert "The lights are on." in signed[-1].note
        assert verbs[-2:] == [Verb.STRAND_SIGNED, Verb.STRAND_RESUMED]

    @pytest.mark.parametrize(
        ("missing", "error"),
        [({"cause_removed": ""}, Invalid), ({"note_to_participants": " "}, Invalid), ({"passphrase": "wrong"}, Denied)],
    )
    def test_what_a_restart_needs(self, stage_on_sqlite: Stage, missing: dict[str, str], error: type) -> None:
        stage = stage_on_sqlite
        open_part(stage, "children")
        pause(stage, "children")
        with pytest.raises(error):
            resume(stage, "children", restart_of(stage, **missing))
        assert row(stage, "children").state == StrandState.SUSPENDED

    def test_what_changed_since_the_lead_looked_is_not_signed(self, stage: Stage) -> None:
        open_part(stage, "children")
        pause(stage, "children")
        restart = restart_of(stage)
        change(stage, "children", lambda _, strand: setattr(strand, "facts", {**strand.facts, "minutes": 14}))
        with pytest.raises(Conflict, match="plan changed"):
            resume(stage, "children", restart)
        assert row(stage, "children").state == StrandState.SUSPENDED

    @pytest.mark.parametrize("second", ["lead2", "reviewer1", "admin"])
    def test_the_second_person_is_another_one_and_on_duty(self, stage_on_sqlite: Stage, second: str) -> None:
        open_part(stage_on_sqlite, "children")
        pause(stage_on_sqlite, "children")
        with pytest.raises(Denied, match="second person"):
            resume(stage_on_sqlite, "children", restart_of(stage_on_sqlite, second=second))

    def test_nothing_resumes_while_the_gate_does_not_pass(self, stage: Stage) -> None:
        open_part(stage, "children")
        revoke(stage, "DAT-03")
        with pytest.raises(Refused) as refused:
            resume(stage, "children", restart_of(stage))
        assert "DAT-03" in {reason.requirement for reason in refused.value.evaluation.reasons}


class TestLapses:
    def test_evidence_taken_back_halts_the_strand_in_the_same_transaction(self, stage: Stage) -> None:
        open_part(stage, "children")
        revoke(stage, "DAT-03")
        strand = row(stage, "children")
        assert (strand.state, strand.finish_by) == (StrandState.SUSPENDED, None)
        assert "DAT-03" in (strand.state_reason or "")

    def test_what_turns_out_untrue_halts_whatever_its_row_says(self, stage_on_sqlite: Stage) -> None:
        open_part(stage_on_sqlite, "children")
        revoke(stage_on_sqlite, "TRN-01", found_false=True)  # its row names C2 only
        assert row(stage_on_sqlite, "children").finish_by is None

    def test_a_revocation_that_fails_leaves_the_strand_open(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        open_part(stage, "children")

        def revoke_then_fail(db: Session, strand: Strand) -> None:
            proof = db.scalars(select(Evidence).where(Evidence.requirement == "DAT-03")).first()
            assert proof is not None
            attesting.revoke(db, stage.keys, stage.policy, stage.people["lead1"], strand, proof.id, "Gone.", NOW)
            raise Conflict

        with pytest.raises(Conflict):
            change(stage, "children", revoke_then_fail)
        assert row(stage, "children").state == StrandState.OPEN

    def test_a_stale_contact_test_lets_people_inside_finish(self, stage: Stage) -> None:
        with write(stage.engine) as db:
            for test in db.scalars(select(ContactTest)):
                test.tested_at = NOW - timedelta(days=20)
        open_part(stage, "children")
        late = NOW + timedelta(days=11)
        with write(stage.engine) as db:
            lapsed = {each.strand_id: each for each in running.sweep(db, stage.keys, stage.policy, late)}
        found = lapsed[stage.strands["children"]]
        assert found.lapse is LapseClass.FINISH_SAFELY
        assert row(stage, "children").finish_by == late + FINISH_WITHIN

    def test_whoever_may_still_finish_is_stopped_when_something_worse_happens(self, stage: Stage) -> None:
        """A document ran out; then evidence is taken back, and the ten minutes that were left are over."""
        with write(stage.engine) as db:
            for test in db.scalars(select(ContactTest)):
                test.tested_at = NOW - timedelta(days=20)
        open_part(stage, "children")
        late = NOW + timedelta(days=11)
        for minutes in (0, 10, 20):
            with write(stage.engine) as db:
                running.sweep(db, stage.keys, stage.policy, late + timedelta(minutes=minutes))
            assert row(stage, "children").finish_by == late + FINISH_WITHIN, "the same lapse gives no more time"

        def revoke(db: Session, strand: Strand) -> None:
            proof = db.scalars(select(Evidence).where(Evidence.requirement == "DAT-03")).first()
            assert proof is not None
            soon = late + timedelta(minutes=20)
            attesting.revoke(db, stage.keys, stage.policy, stage.people["lead1"], strand, proof.id, "Gone.", soon)

        change(stage, "children", revoke)
        strand = row(stage, "children")
        assert (strand.state, strand.finish_by) == (StrandState.SUSPENDED, None)

    @pytest.mark.parametrize("name", ["lead1", "facilitator", "reviewer2"])
    def test_somebody_the_plan_relies_on_leaves_and_the_strand_halts(self, stage: Stage, name: str) -> None:
        open_part(stage, "children")
        with write(stage.engine) as db:
            accounts.disable(db, stage.keys, f"{name}@demo.example", NOW)
            running.sweep(db, stage.keys, stage.policy, NOW)
        strand = row(stage, "children")
        assert (strand.state, strand.finish_by) == (StrandState.SUSPENDED, None)

    def test_somebody_the_plan_does_not_name_may_leave(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        open_part(stage, "children")
        with write(stage.engine) as db:
            accounts.disable(db, stage.keys, "manager@demo.example", NOW)
            assert running.sweep(db, stage.keys, stage.policy, NOW) == []

    def test_a_failed_call_to_the_service_halts(self, stage: Stage) -> None:
        open_part(stage, "children")

        def call(db: Session, _strand: Strand) -> None:
            service, soon = directory.services(db)[0], NOW + timedelta(minutes=1)
            for channel in ("harbour-phone", "harbour-chat"):
                values = directory.TestValues(
                    service_id=service.id,
                    channel=channel,
                    reached=False,
                    minutes=0,
                    language="en",
                    jurisdiction="XA",
                    free=True,
                )
                directory.log_contact_test(db, stage.keys, stage.policy, stage.people["facilitator"], values, soon)

        change(stage, "children", call)
        strand = row(stage, "children")
        assert (strand.state, strand.finish_by) == (StrandState.SUSPENDED, None)

    def test_the_sweep_changes_nothing_that_holds(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        open_part(stage, "children")
        with write(stage.engine) as db:
            assert running.sweep(db, stage.keys, stage.policy, NOW + timedelta(minutes=5)) == []
        assert row(stage, "children").state == StrandState.OPEN


class TestStopping:
    def test_a_stop_halts_every_part_and_two_people_lift_it(self, stage: Stage) -> None:
        for key in ("children", "young_adults"):
            open_part(stage, key)
        press(stage)
        assert {row(stage, key).state for key in ("children", "young_adults")} == {StrandState.STOPPED}
        lift(stage, "lead1")
        assert row(stage, "children").state == StrandState.STOPPED
        lift(stage, "approver")
        assert {row(stage, key).state for key in ("children", "young_adults")} == {StrandState.SUSPENDED}
        resume(stage, "children", restart_of(stage))
        assert row(stage, "children").state == StrandState.OPEN
        with read(stage.engine) as db:
            assert "The socket is mended." in db.scalars(select(Stop)).one().cause
            assert db.get_one(Consultation, stage.consultation_id).state == ConsultationState.RUNNING

    def test_what_was_stopped_before_it_ever_opened_lets_people_in_after_the_restart(
        self, stage_on_sqlite: Stage
    ) -> None:
        stage = stage_on_sqlite
        sign(stage, "children")
        press(stage)
        for who in ("lead1", "approver"):
            lift(stage, who)
        resume(stage, "children", restart_of(stage))
        with read(stage.engine) as db:
            entrance = door_by_code(db, row(stage, "children").entry_code or "", LATER)
        assert entrance is not None
        assert entrance.ruling is Ruling.OPEN

    @pytest.mark.parametrize("pair", [("lead1", "lead1"), ("lead1", "lead2"), ("approver", "approver")])
    def test_no_two_of_one_role_lift_it(self, stage_on_sqlite: Stage, pair: tuple[str, str]) -> None:
        stage = stage_on_sqlite
        open_part(stage, "children")
        press(stage)
        lift(stage, pair[0])
        with pytest.raises(Denied):
            lift(stage, pair[1])
        assert row(stage, "children").state == StrandState.STOPPED

    @pytest.mark.parametrize("name", ["facilitator", "operator", "admin", "reviewer1"])
    def test_nobody_else_lifts_it(self, stage_on_sqlite: Stage, name: str) -> None:
        open_part(stage_on_sqlite, "children")
        press(stage_on_sqlite)
        with pytest.raises(Denied):
            lift(stage_on_sqlite, name)

    def test_nothing_opens_while_a_stop_is_in_force(self, stage_on_sqlite: Stage) -> None:
        open_part(stage_on_sqlite, "children")
        press(stage_on_sqlite)
        with pytest.raises(ConsultError):
            sign(stage_on_sqlite, "young_adults")


def press(stage: Stage) -> None:
    change(
        stage,
        "children",
        lambda db, strand: stopping.press_stop(db, stage.keys, stage.people["operator"], strand, "", NOW),
    )


def lift(stage: Stage, by: str) -> None:
    def work(db: Session, strand: Strand) -> None:
        stopping.lift_stop(
            db, stage.keys, stage.people[by], strand, "The socket is mended.", stage.passphrases[by], LATER
        )

    change(stage, "children", work)


def test_closing_ends_it_for_good(stage: Stage) -> None:
    open_part(stage, "children")
    close_part(stage, "children")
    assert row(stage, "children").state == StrandState.CLOSED
    with pytest.raises(Conflict):
        pause(stage, "children")
    with pytest.raises(NotOpen):
        give(stage, "children", 1)
