"""Who may sign what: never looser than the gate, never the author, only the plan that was seen, and no key before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, ConsultError, Denied, Invalid, Refused
from consult.models import Appointment, AuditEvent, FallbackDebt, Signature, Strand, StrandKey, StrandShare
from consult.sealing.identity import LIGHT
from consult.sealing.suite import generate_key_pair
from consult.services.actors import Actor
from consult.services.auditing import check_log
from consult.services.gate.gating import judge
from consult.services.keys.keystore import stored_key
from consult.services.people import onboarding
from consult.services.signed import signing
from safeguards.lifecycle import StrandState
from safeguards.terms import Decision, Role
from tests.factories import swap_key
from tests.scenario import NOW, beside, digest_of, row, sign

EARLIER = NOW - timedelta(minutes=1)


def keys_of(stage: Stage, key: str) -> int:
    with read(stage.engine) as db:
        rows = select(func.count()).select_from(StrandKey).where(StrandKey.strand_id == stage.strands[key])
        return db.scalar(rows) or 0


def test_signing_makes_the_key_and_nothing_before_does(stage: Stage) -> None:
    assert keys_of(stage, "children") == 0
    signature = sign(stage, "children")
    assert (signature.decision, signature.row) == (Decision.GO, "D11")
    assert signature.valid_until is not None
    assert row(stage, "children").state == StrandState.DECIDED
    with read(stage.engine) as db:
        key = stored_key(db, stage.keys.row_seal, stage.strands["children"])
        check_log(db, stage.keys.audit)
    assert {share.holder_id for share in key.shares} == {
        stage.people[name].id for name in ("lead1", "lead2", "reviewer1", "reviewer2")
    }


def test_a_lead_whom_nobody_but_the_inviter_knows_signs_nothing(stage_on_sqlite: Stage) -> None:
    """An administrator who makes up a lead, and proofs that two such accounts give each other, opens nothing."""
    stage = stage_on_sqlite
    with write(stage.engine) as db:
        admin, roles = stage.people["admin"], {Role.SAFEGUARDING_LEAD}
        invited = onboarding.invite(db, stage.keys, admin, "Mal Made-Up", "mal@demo.example", roles, NOW)
        stage.people["mal"], made = onboarding.accept(db, stage.keys, invited.code, NOW, stretching=LIGHT)
        stage.passphrases["mal"] = made.passphrase
    with pytest.raises(Refused, match="confirm your key first"):
        sign(stage, "children", by="mal")
    assert keys_of(stage, "children") == 0


@pytest.mark.parametrize("decision", [Decision.REFUSE, Decision.GO_WITH_CONDITIONS])
def test_a_stricter_decision_may_be_signed(stage_on_sqlite: Stage, decision: Decision) -> None:
    signature = sign(stage_on_sqlite, "children", decision, note="The rooms are not ready.")
    assert signature.decision == decision
    assert keys_of(stage_on_sqlite, "children") == int(decision.opens)
    expected = StrandState.DECIDED if decision.opens else StrandState.REFUSED
    assert row(stage_on_sqlite, "children").state == expected


def test_a_looser_decision_is_refused_and_nothing_is_stored(stage: Stage) -> None:
    with pytest.raises(Refused, match="never looser") as refused:
        sign(stage, "child_survivors", Decision.GO, decide_now=True)
    assert refused.value.evaluation.decision is Decision.FALLBACK
    assert keys_of(stage, "child_survivors") == 0
    assert row(stage, "child_survivors").state == StrandState.GATE_PENDING


@pytest.mark.parametrize("name", ["facilitator", "approver", "reviewer1", "admin", "manager"])
def test_only_a_lead_signs(stage_on_sqlite: Stage, name: str) -> None:
    with pytest.raises(Refused, match="Only a safeguarding lead"):
        sign(stage_on_sqlite, "children", by=name)


def test_the_author_does_not_sign_though_he_is_a_lead(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    author = stage.people["facilitator"]
    leading = Actor(author.id, author.name, "en", author.roles | {Role.SAFEGUARDING_LEAD}, frozenset())
    stage.people["leading author"] = leading
    with pytest.raises(Refused, match="another lead"):
        sign(stage, "children", by="leading author", passphrase=stage.passphrases["facilitator"])


def test_a_facilitating_lead_does_not_sign(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    lead = stage.people["lead2"]
    stage.people["lead2"] = Actor(
        lead.id, lead.name, "en", lead.roles, frozenset({(stage.consultation_id, Role.MODERATOR)})
    )
    with pytest.raises(Refused, match="another lead"):
        sign(stage, "children")


def test_what_changed_since_it_was_looked_at_is_not_signed(stage: Stage) -> None:
    seen = digest_of(stage, "children")
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        strand.facts = {**strand.facts, "minutes": 13}
    with pytest.raises(Conflict, match="plan changed"):
        sign(stage, "children", digest=seen)
    assert keys_of(stage, "children") == 0


def test_a_wrong_passphrase_signs_nothing(stage_on_sqlite: Stage) -> None:
    with pytest.raises(Denied, match="not your passphrase"):
        sign(stage_on_sqlite, "children", passphrase="jaga viva semu krege breklo konu")
    assert row(stage_on_sqlite, "children").state == StrandState.GATE_PENDING
    with read(stage_on_sqlite.engine) as db:
        assert db.scalars(select(Signature)).all() == []


def test_an_incomplete_gate_is_no_decision_to_sign(stage_on_sqlite: Stage) -> None:
    with pytest.raises(Refused, match="no decision"):
        sign(stage_on_sqlite, "child_survivors", Decision.INCOMPLETE)


def test_a_swapped_public_key_of_a_holder_stops_the_signature(stage: Stage) -> None:
    with write(stage.engine) as db:
        swap_key(db, stage.people["lead1"].id, generate_key_pair().public)
    # the fingerprint of a holder stands in the plan, so the plan is another one already; signed anew, the seal is wrong
    with pytest.raises(Conflict, match="key of this part can not be made"):
        sign(stage, "children")
    assert keys_of(stage, "children") == 0
    assert row(stage, "children").state == StrandState.GATE_PENDING


def test_a_fallback_keeps_its_debt_and_the_adults_go_their_own_way(stage: Stage) -> None:
    signature = sign(stage, "child_survivors", Decision.FALLBACK, decide_now=True)
    assert signature.valid_until is None
    assert row(stage, "child_survivors").state == StrandState.FALLEN_BACK
    with read(stage.engine) as db:
        debt = db.get_one(FallbackDebt, stage.strands["child_survivors"])
        assert debt.stand_in_id == stage.strands["adult_survivors"]
        assert debt.ask_children_by > NOW.date()
        verbs = set(db.scalars(select(AuditEvent.verb).where(AuditEvent.subject == stage.strands["child_survivors"])))
    assert "strand.fell_back" in verbs
    assert row(stage, "adult_survivors").state == StrandState.GATE_PENDING


def test_a_fallback_without_anybody_prepared_is_refused(stage_on_sqlite: Stage) -> None:
    with pytest.raises(Refused, match="No adults are prepared"):
        sign(stage_on_sqlite, "children", Decision.FALLBACK)


def test_returning_needs_a_reason_that_the_facilitator_then_reads(stage: Stage) -> None:
    def give_back(reason: str, by: str = "lead1") -> None:
        with write(stage.engine) as db:
            strand = db.get_one(Strand, stage.strands["children"])
            signing.return_to_draft(db, stage.keys, stage.people[by], strand, reason, NOW)

    with pytest.raises(Invalid):
        give_back("  ")
    with pytest.raises(Denied):
        give_back("Because", by="reviewer1")
    give_back("The clinic has to confirm in writing.")
    assert row(stage, "children").state == StrandState.DRAFT
    assert row(stage, "children").state_reason == "The clinic has to confirm in writing."
    with pytest.raises(Conflict):
        give_back("Once more")


def test_deciding_anew_destroys_the_key_that_sealed_nothing(stage: Stage) -> None:
    sign(stage, "children")
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        signing.decide_anew(db, stage.keys, stage.people["lead1"], strand, "A new venue.", NOW)
    assert keys_of(stage, "children") == 0
    with read(stage.engine) as db:
        assert db.scalars(select(StrandShare)).all() == []
    sign(stage, "children")
    assert keys_of(stage, "children") == 1


def test_a_clock_that_went_back_lets_nobody_sign_in_vain(stage: Stage) -> None:
    """The newest signature counts, by its time: one signed under a wrong clock would leave the older one there."""
    sign(stage, "children")
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        signing.decide_anew(db, stage.keys, stage.people["lead1"], strand, "A new venue.", NOW)
    with read(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        digest = judge(db, strand, stage.policy, EARLIER).plan.digest()
    lead, passphrase = stage.people["lead2"], stage.passphrases["lead2"]
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        with pytest.raises(Conflict, match="clock"):
            signing.sign(db, stage.keys, stage.policy, lead, strand, Decision.REFUSE, digest, passphrase, EARLIER)
    assert row(stage, "children").state == StrandState.GATE_PENDING


class TestTwoSignatures:
    """Children who survived are asked only when the independent approver signs beside the lead."""

    def test_the_lead_alone_is_not_enough(self, proven: Stage) -> None:
        with pytest.raises(Denied, match="Two people sign"):
            sign(proven, "child_survivors")
        assert keys_of(proven, "child_survivors") == 0

    @pytest.mark.parametrize("name", ["lead1", "lead2", "facilitator", "reviewer1", "admin"])
    def test_nobody_else_stands_in_for_the_approver(self, proven: Stage, name: str) -> None:
        second = beside(proven, name)
        with pytest.raises(Denied, match="independent approver"):
            sign(proven, "child_survivors", countersigner=second)

    @pytest.mark.parametrize(
        ("name", "role", "says"),
        [
            ("approver", Role.MODERATOR, "The gate is stricter"),  # nobody is left who could take a complaint
            ("lead2", Role.INDEPENDENT_APPROVER, "independent approver"),
        ],
    )
    def test_the_approver_is_independent_and_not_the_signer(
        self, proven: Stage, name: str, role: Role, says: str
    ) -> None:
        with write(proven.engine) as db:
            place = proven.consultation_id
            db.add(Appointment(person_id=proven.people[name].id, role=role, consultation_id=place))
        second = beside(proven, name)
        with pytest.raises(ConsultError, match=says):
            sign(proven, "child_survivors", countersigner=second)

    def test_a_wrong_passphrase_of_the_approver_signs_nothing(self, proven: Stage) -> None:
        with pytest.raises(Denied):
            sign(proven, "child_survivors", countersigner=beside(proven, "approver", passphrase="wrong"))
        assert keys_of(proven, "child_survivors") == 0

    @pytest.mark.parametrize("code", ["", "000000", "7kq2m-x9tbd"])
    def test_the_approvers_passphrase_without_a_code_signs_nothing(self, proven: Stage, code: str) -> None:
        with pytest.raises(Denied, match="code does not fit"):
            sign(proven, "child_survivors", countersigner=beside(proven, "approver", code=code))
        assert keys_of(proven, "child_survivors") == 0

    def test_both_together_sign(self, proven: Stage) -> None:
        second = beside(proven, "approver")
        signature = sign(proven, "child_survivors", countersigner=second)
        assert signature.second_by == proven.people["approver"].id
        assert signature.valid_until is not None
        assert signature.valid_until < NOW + timedelta(days=60)
        assert keys_of(proven, "child_survivors") == 1
