"""The lead's desk: more is asked without returning, what changed since stands first, the promise is in plain words."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import Evidence, Person, ReviewNote, Strand
from consult.services.evidence import attesting
from consult.services.signed import signing
from tests.scenario import NOW
from tests.web.staff.desk import Desk, sentences


def part(stage: Stage, rest: str, key: str = "children") -> str:
    return f"/s/c/{stage.consultation_id}/{stage.strands[key]}/{rest}"


def test_more_is_asked_and_answered_while_the_part_stays_in_the_queue(desk: Desk, stage_on_sqlite: Stage) -> None:
    stage, lead, facilitator = stage_on_sqlite, desk.browser("lead2"), desk.browser("facilitator")
    assert lead.post(part(stage, "ask-more"), {"requirement": "SAF-03", "reason": " "}).status_code == 422
    asked = {"requirement": "SAF-03", "reason": "Who looked at the risk of shared phones?"}
    assert facilitator.post(part(stage, "ask-more"), asked).status_code == 404
    assert lead.post(part(stage, "ask-more"), asked).status_code == 303
    queue = sentences(lead.get("/s/approvals"))
    assert "More was asked" in queue
    gate = facilitator.get(part(stage, "safeguards"))
    assert "Who looked at the risk of shared phones?" in gate
    (address,) = re.findall(r'action="([^"]+/answers/[^"]+)"', gate)
    assert lead.post(address, {"answer": "I did"}).status_code == 403, "nobody answers their own question"
    assert facilitator.post(address, {"answer": "Two young advisers, on 3 March"}).status_code == 303
    assert "More was asked" not in sentences(lead.get("/s/approvals"))
    assert "Two young advisers, on 3 March" in lead.get(part(stage, "review"))
    with read(stage.engine) as db:
        assert db.get_one(Strand, stage.strands["children"]).state == "gate_pending"


def test_returned_with_a_reason_the_next_review_shows_what_changed(desk: Desk, stage_on_sqlite: Stage) -> None:
    stage, lead = stage_on_sqlite, desk.browser("lead2")
    assert "What changed since" not in lead.get(part(stage, "review"))
    reason = {"requirement": "SAF-03", "reason": "Nobody thought of shared phones"}
    assert lead.post(part(stage, "return"), reason).status_code == 303
    desk.now[0] = NOW + timedelta(hours=1)
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        assert "Nobody thought of shared phones" in (strand.state_reason or "")
        old = db.scalars(select(Evidence).where(Evidence.requirement == "SAF-03", Evidence.subject == strand.id)).one()
        approver = stage.people["approver"]
        attesting.revoke(
            db, stage.keys, stage.policy, approver, strand, old.id, "Shared phones are missing", desk.now[0]
        )
        signing.send_for_signature(db, stage.keys, stage.people["facilitator"], strand, desk.now[0])
    page = sentences(desk.browser("lead2").get(part(stage, "review")))
    assert "What changed since it was returned" in page
    assert "Evidence taken back" in page.partition("What the gate gives")[0]
    assert "Nobody thought of shared phones" in page
    with read(stage.engine) as db:
        assert db.scalars(select(ReviewNote.kind)).all() == ["return"]


def test_the_promise_names_who_answers_and_when_it_ends(desk: Desk, stage_on_sqlite: Stage) -> None:
    page = sentences(desk.browser("lead2").get(part(stage_on_sqlite, "review")))
    promise = page.partition("What you promise by signing")[2]
    assert "Lena Lead is the lead on duty and answers within 10 minutes" in promise
    assert "It ends by itself on" in promise


def test_evidence_is_accepted_or_returned_piece_by_piece_while_the_part_waits(
    desk: Desk, stage_on_sqlite: Stage
) -> None:
    stage = stage_on_sqlite
    with write(stage.engine) as db:
        strand, who = db.get_one(Strand, stage.strands["children"]), stage.people["facilitator"]
        pieces = {}
        for requirement in ("SAF-03", "SAF-14"):
            values = attesting.EvidenceValues(requirement, "", f"Newer paper for {requirement} (invented)")
            pieces[requirement] = attesting.attest(db, stage.keys, stage.policy, who, strand, values, NOW).id
    lead, facilitator = desk.browser("lead2"), desk.browser("facilitator")
    page, where = part(stage, "review"), {key: part(stage, f"review/{piece}") for key, piece in pieces.items()}
    for address in where.values():
        assert f'action="{address}/accept"' in lead.get(page)
    assert lead.post(f"{where['SAF-03']}/return", {"reason": " "}).status_code == 422
    assert facilitator.post(f"{where['SAF-03']}/accept").status_code == 404
    assert lead.post(f"{where['SAF-03']}/accept").location.endswith("#SAF-03")
    assert lead.post(f"{where['SAF-14']}/return", {"reason": "The breaks are missing"}).status_code == 303
    assert lead.post(f"{where['SAF-03']}/return", {"reason": "Too late"}).status_code == 409, "it was checked"
    assert lead.post(f"{where['SAF-03']}/burn").status_code == 404
    with read(stage.engine) as db:
        accepted, returned = (db.get_one(Evidence, pieces[key]) for key in ("SAF-03", "SAF-14"))
        assert accepted.verified_by == stage.people["lead2"].id
        assert (returned.verified_by, returned.revoked_reason) == (None, "The breaks are missing")
        assert db.get_one(Strand, stage.strands["children"]).state == "gate_pending"
    assert "The breaks are missing" in facilitator.get(part(stage, "safeguards")), "it stands with what the lead asks"


def test_what_is_missing_first_is_in_the_readers_language(desk: Desk, stage_on_sqlite: Stage) -> None:
    gap = "Readiness check made with the child"
    assert gap in sentences(desk.browser("lead2").get("/s/approvals"))
    with write(stage_on_sqlite.engine) as db:
        db.get_one(Person, stage_on_sqlite.people["lead2"].id).language = "ar"
    page = desk.browser("lead2").get("/s/approvals")
    assert gap not in sentences(page)
    assert "<bdi>" in page.partition("<main")[2]
