"""The record that the gate is given: what was attested, checked and taken back."""

from __future__ import annotations

from datetime import timedelta

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import Strand
from consult.services.evidence import attesting
from consult.services.gate.gating import judge
from tests.scenario import LATER, NOW, open_part, row


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
