"""The policy changes by two people, never under a floor, and what no longer passes is paused in the same moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.models import AuditEvent, ContactTest, PolicyOutcome, PolicyProposal, Strand
from consult.services import policychanges, telling
from consult.services.auditing import Verb
from consult.services.gate.planning import plan_of
from consult.services.gate.standing import standing_of
from consult.services.policyinforce import in_force, is_on_record, no_longer_possible
from consult.services.signed import running
from safeguards.lifecycle import Fact, StrandState
from safeguards.policyfile import default
from safeguards.telling import Matter
from tests.scenario import NOW, close_part, open_part, row, sign

LEAD, APPROVER = "lead1", "approver"
TEST = {"default": 10, "S": 7, "H": 7}


def proposed(stage: Stage, parameter: str = "P-TEST", cases: dict[str, int] | None = None, by: str = LEAD) -> str:
    with write(stage.engine) as db:
        given = TEST if cases is None else cases
        who, passphrase = stage.people[by], stage.passphrases[by]
        return policychanges.propose(db, stage.keys, who, parameter, given, "Calls go stale.", passphrase, NOW).id


def decided(stage: Stage, proposal: str, outcome: PolicyOutcome = PolicyOutcome.APPROVED, by: str = APPROVER) -> int:
    with write(stage.engine) as db:
        who, passphrase = stage.people[by], stage.passphrases[by]
        return len(policychanges.decide(db, stage.keys, who, proposal, outcome, passphrase, NOW))


def number(stage: Stage, key: str = "P-TEST", case: str = "default") -> int:
    with read(stage.engine) as db:
        return in_force(db).p(key, case)


def age_the_tests(stage: Stage, days: int) -> None:
    with write(stage.engine) as db:
        for test in db.scalars(select(ContactTest)):
            test.tested_at = NOW - timedelta(days=days)


class TestTwoPeople:
    def test_a_proposal_changes_nothing_and_the_other_role_puts_it_in_force(self, stage: Stage) -> None:
        proposal = proposed(stage)
        assert number(stage) == 30
        decided(stage, proposal)
        assert number(stage) == 10
        assert number(stage, "P-RATIO", "6_9") == 6
        with read(stage.engine) as db:
            policy = in_force(db)
            assert policy.digest != default().digest
            assert is_on_record(db)
            verbs = db.scalars(
                select(AuditEvent.verb).where(AuditEvent.subject == proposal).order_by(AuditEvent.number)
            )
            assert list(verbs) == [Verb.POLICY_PROPOSED, Verb.POLICY_DECIDED]
            (told,) = telling.notices(db, stage.people["manager"], NOW)
            assert (told.matter, told.parameter) == (Matter.POLICY_DECIDED, "P-TEST")

    @pytest.mark.parametrize("by", ["facilitator", "manager", "admin", "operator", "reviewer1"])
    def test_nobody_else_proposes(self, stage_on_sqlite: Stage, by: str) -> None:
        with pytest.raises(Denied):
            proposed(stage_on_sqlite, by=by)

    @pytest.mark.parametrize("by", [LEAD, "lead2", "manager", "admin"])
    def test_not_by_oneself_and_not_by_another_of_the_same_role(self, stage_on_sqlite: Stage, by: str) -> None:
        proposal = proposed(stage_on_sqlite)
        with pytest.raises(Denied):
            decided(stage_on_sqlite, proposal, by=by)
        assert number(stage_on_sqlite) == 30

    def test_an_approver_proposes_and_a_lead_decides(self, stage_on_sqlite: Stage) -> None:
        decided(stage_on_sqlite, proposed(stage_on_sqlite, by=APPROVER), by="lead2")
        assert number(stage_on_sqlite) == 10

    def test_refused_and_withdrawn_change_nothing_and_make_way_for_another(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        first = proposed(stage)
        with pytest.raises(Conflict):
            proposed(stage, "P-ADV", {"default": 2})
        decided(stage, first, PolicyOutcome.REFUSED)
        second = proposed(stage, "P-ADV", {"default": 2})
        with pytest.raises(Denied):
            decided(stage, second, PolicyOutcome.WITHDRAWN, by=APPROVER)
        decided(stage, second, PolicyOutcome.WITHDRAWN, by=LEAD)
        with pytest.raises(Conflict):
            decided(stage, second)
        assert number(stage) == 30
        assert number(stage, "P-ADV") == 3

    def test_a_wrong_passphrase_stores_nothing(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        stage.passphrases[LEAD] = "not it"
        with pytest.raises(Denied):
            proposed(stage)
        with read(stage.engine) as db:
            assert db.scalars(select(PolicyProposal)).all() == []


class TestFloors:
    @pytest.mark.parametrize(
        ("key", "cases", "field"),
        [
            ("P-TEST", {"default": 31, "S": 7, "H": 7}, "default"),
            ("P-TEST", {"default": 30, "S": 8, "H": 7}, "S"),
            ("P-TAIL", {"default": 71}, "default"),
            ("P-RATIO", {"6_9": 0, "10_12": 8, "13_17": 10, "OG": 6, "S": 2, "H": 2}, "6_9"),
            ("P-TEST", {"default": 20}, "S"),
            ("P-TAIL", {"default": 72}, ""),
        ],
    )
    def test_no_number_passes_its_floor(
        self, stage_on_sqlite: Stage, key: str, cases: dict[str, int], field: str
    ) -> None:
        with pytest.raises(Invalid) as refused:
            proposed(stage_on_sqlite, key, cases)
        assert field in refused.value.problems

    def test_there_is_no_other_parameter(self, stage_on_sqlite: Stage) -> None:
        with pytest.raises(NotFound):
            proposed(stage_on_sqlite, "P-NOTHING", {"default": 1})

    def test_a_number_that_a_later_program_does_not_allow_counts_as_its_floor(self, stage_on_sqlite: Stage) -> None:
        """What was agreed on under an older program is read by a newer one whose floors are stricter."""
        stage = stage_on_sqlite
        decided(stage, proposed(stage))
        with stage.engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER policy_proposals_frozen")
            looser = '{"P-TEST": {"default": 300}, "P-GONE": {"default": 1}}'
            connection.exec_driver_sql("UPDATE policy_proposals SET numbers = ?", (looser,))
        assert number(stage) == 30
        with read(stage.engine) as db:
            assert len(no_longer_possible(db)) == 2
            assert not is_on_record(db)


class TestWhatItDoes:
    def test_the_parts_are_shown_before_and_paused_with_the_yes(self, stage: Stage) -> None:
        age_the_tests(stage, 20)
        open_part(stage, "children")
        proposal = proposed(stage)
        with read(stage.engine) as db:
            shown, unseen = policychanges.affected(db, stage.people[APPROVER], proposal, NOW)
        children = next(each for each in shown if each.strand_id == stage.strands["children"])
        assert children.pauses
        assert children.may_finish
        assert "Contact channels tested" in {title for title, _ in children.missing}
        assert unseen == 0
        assert row(stage, "children").state == StrandState.OPEN
        assert decided(stage, proposal) == 1
        assert row(stage, "children").state == StrandState.SUSPENDED

    def test_what_still_passes_goes_on_and_nothing_is_signed_anew(self, stage: Stage) -> None:
        open_part(stage, "children")
        assert decided(stage, proposed(stage, "P-TEST", {"default": 29, "S": 7, "H": 7})) == 0
        assert row(stage, "children").state == StrandState.OPEN

    def test_what_was_signed_under_the_old_policy_does_not_open_under_the_new(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        age_the_tests(stage, 20)
        sign(stage, "children")
        decided(stage, proposed(stage))
        with read(stage.engine) as db:
            strand = db.get_one(Strand, stage.strands["children"])
            assert Fact.GATE_PASSES not in standing_of(db, strand, in_force(db), NOW).facts

    def test_the_linter_measures_by_the_policy_in_force(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        open_part(stage, "children")
        assert decided(stage, proposed(stage, "P-READ", {"6_9": 3, "10_12": 4, "13_17": 1, "adults": 8})) == 1
        with read(stage.engine) as db:
            questions = plan_of(db, db.get_one(Strand, stage.strands["children"])).strand.questions
        assert questions is not None
        assert questions.lint_errors

    def test_what_participants_were_told_does_not_become_looser_while_answers_are_kept(
        self, stage_on_sqlite: Stage
    ) -> None:
        stage = stage_on_sqlite
        decided(stage, proposed(stage, "P-WD", {"form": 28, "live": 7}))
        looser = {"form": 14, "live": 7}
        sign(stage, "children")
        with pytest.raises(Conflict, match="promised"):
            proposed(stage, "P-WD", looser)
        proposed(stage, "P-ADV", {"default": 2})

    def test_a_promise_made_after_the_proposal_stops_its_approval(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        decided(stage, proposed(stage, "P-WD", {"form": 28, "live": 7}))
        proposal = proposed(stage, "P-WD", {"form": 14, "live": 7})
        sign(stage, "children")
        with pytest.raises(Conflict, match="promised"):
            decided(stage, proposal)

    def test_a_sweep_reads_the_policy_in_force(self, stage_on_sqlite: Stage) -> None:
        stage = stage_on_sqlite
        open_part(stage, "children")
        decided(stage, proposed(stage))
        later = NOW + timedelta(days=11)
        with write(stage.engine) as db:
            assert running.sweep(db, stage.keys, in_force(db), later) != []
        close_part(stage, "children")


def test_history_shows_each_change_against_what_was_in_force_before_it(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    decided(stage, proposed(stage))
    decided(stage, proposed(stage, "P-TEST", {"default": 20, "S": 7, "H": 7}))
    with read(stage.engine) as db:
        newest, oldest = policychanges.proposals(db, stage.people[LEAD])
    assert [(each.before, each.after, each.stricter) for each in oldest.changes] == [(30, 10, True)]
    assert [(each.before, each.after, each.stricter) for each in newest.changes] == [(10, 20, False)]
