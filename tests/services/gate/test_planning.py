"""The record that the gate is given: what was attested, checked and taken back."""

from __future__ import annotations

from datetime import timedelta

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import Signature, Strand
from consult.services.evidence import attesting
from consult.services.gate.fallbacks import fallbacks_in_a_row
from consult.services.gate.gating import judge
from safeguards.terms import Decision
from tests.scenario import LATER, NOW, open_part, row, sign


def test_a_part_that_is_signed_again_does_not_end_a_row_of_fallbacks(stage_on_sqlite: Stage) -> None:
    """X38: the third in a row needs the independent approver."""
    stage = stage_on_sqlite
    first = sign(stage, "children")
    columns = {each.key: getattr(first, each.key) for each in Signature.__table__.columns}

    def signed(key: str, decision: Decision, days: int) -> Signature:
        when = {"signed_at": NOW + timedelta(days=days), "id": f"{key}-{days}"}
        about = {"strand_id": stage.strands[key], "audience": row(stage, key).audience}
        return Signature(**{**columns, **when, **about, "decision": decision})

    with write(stage.engine) as db:
        db.add(signed("child_survivors", Decision.FALLBACK, 1))
        db.add(signed("adult_survivors", Decision.FALLBACK, 2))
        db.add(signed("children", Decision.GO, 3))
        db.flush()
        assert fallbacks_in_a_row(db, db.get_one(Strand, stage.strands["young_adults"])) == 2
        db.add(signed("adult_survivors", Decision.GO, 4))
        db.flush()
        assert fallbacks_in_a_row(db, db.get_one(Strand, stage.strands["young_adults"])) == 0


def test_who_finds_that_asking_is_not_necessary_ends_it_until_that_is_taken_back(stage_on_sqlite: Stage) -> None:
    """D4 at once and unchecked, and whatever is attested and checked afterwards."""
    stage = stage_on_sqlite
    open_part(stage, "children")

    def found(finding: str, minutes: int) -> str:
        values = attesting.EvidenceValues("SAF-02", "", "Searched three libraries", finding=finding)
        with write(stage.engine) as db:
            strand, at = db.get_one(Strand, stage.strands["children"]), NOW + timedelta(minutes=minutes)
            by = stage.people["facilitator"]
            return attesting.attest(db, stage.keys, stage.policy, by, strand, values, at).id

    def said() -> str:
        with read(stage.engine) as db:
            return judge(db, db.get_one(Strand, stage.strands["children"]), stage.policy, LATER).evaluation.row

    needless = found("already_known", 1)
    assert "SAF-02" in (row(stage, "children").state_reason or "")
    needed = found("necessary", 2)
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        attesting.verify(db, stage.keys, stage.policy, stage.people["approver"], strand, needed, LATER)
    assert said() == "D4"
    with write(stage.engine) as db:
        strand, lead = db.get_one(Strand, stage.strands["children"]), stage.people["lead1"]
        attesting.revoke(db, stage.keys, stage.policy, lead, strand, needless, "It was another question.", LATER)
    assert said() == "D11"
