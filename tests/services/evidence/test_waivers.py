"""Waivers of guardian consent: who proposes, who agrees, what the gate then says, and where codes are asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from consult.database import read, write
from consult.errors import Conflict, Denied, Invalid
from consult.models import GuardianWaiver, Recusal, Strand
from consult.services.evidence import waivers
from consult.services.evidence.waivers import WaiverValues
from consult.services.gate.planning import record_of
from consult.services.participation.strandface import Door, door
from safeguards.results import Status
from safeguards.terms import Topic
from tests.office import NOW, PLACE, Office

LETTER = "Ethics board of the region, letter 12 of 2030"


@pytest.fixture
def strand_id(office: Office) -> str:
    """A part for 15 to 17 about safety, whose children bring a guardian's code."""
    found = office.strand(office.consultation())
    office.staffed(found, [office.service()])
    with write(office.engine) as db:
        row = db.get_one(Strand, found)
        row.facts = {**row.facts, "ages": [15, 17], "topics": [str(Topic.SAFETY)], "guardian_age": 18}
        kept = [q for q in row.form["questions"] if q["topic"] in {"T0", "T1"}]
        row.form = {**row.form, "questions": kept, "easy": {}}
    return found


def proposed(office: Office, strand_id: str, by: str = "nadia", **changes: Any) -> str:
    values = {"jurisdiction": PLACE, "code": "W1", "grounds": "They ask a helpline by themselves.", "law_allows": True}
    with write(office.engine) as db:
        row = db.get_one(Strand, strand_id)
        return waivers.propose(db, office.keys, office.people[by], row, WaiverValues(**values | changes), NOW).id


def agreed(office: Office, strand_id: str, waiver_id: str, by: str, board: str = "") -> None:
    with write(office.engine) as db:
        row = db.get_one(Strand, strand_id)
        waivers.agree(db, office.keys, office.people[by], row, waiver_id, board, NOW)


def revoked(office: Office, strand_id: str, waiver_id: str, by: str = "leila") -> None:
    with write(office.engine) as db:
        row = db.get_one(Strand, strand_id)
        waivers.revoke(db, office.keys, office.policy, office.people[by], row, waiver_id, "The law changed", NOW)


def standing(office: Office, strand_id: str) -> Status:
    found = office.evaluate(strand_id)
    gaps = {reason.requirement: reason.status for reason in found.reasons}
    return gaps.get("ETH-04", Status.MET)


def test_the_gate_takes_it_when_lead_board_and_approver_agreed_and_not_before(office: Office, strand_id: str) -> None:
    assert standing(office, strand_id) is Status.MISSING
    waiver = proposed(office, strand_id)
    assert standing(office, strand_id) is Status.MISSING
    agreed(office, strand_id, waiver, "leila", LETTER)
    assert standing(office, strand_id) is Status.MISSING
    agreed(office, strand_id, waiver, "ines")
    assert standing(office, strand_id) is Status.MET
    revoked(office, strand_id, waiver)
    assert standing(office, strand_id) is Status.MISSING


def test_lead_first_then_the_approver_and_nobody_who_proposed_or_facilitates(office: Office, strand_id: str) -> None:
    for name in ("omar", "leila", "ines", "admin"):
        with pytest.raises(Denied):
            proposed(office, strand_id, by=name)
    waiver = proposed(office, strand_id)
    for name in ("nadia", "ines", "otto"):
        with pytest.raises(Denied):
            agreed(office, strand_id, waiver, name, LETTER)
    with pytest.raises(Invalid) as refused:
        agreed(office, strand_id, waiver, "leila")
    assert list(refused.value.problems) == ["board"]
    agreed(office, strand_id, waiver, "leila", LETTER)
    for name in ("leila", "sami", "nadia"):
        with pytest.raises(Denied):
            agreed(office, strand_id, waiver, name)
    agreed(office, strand_id, waiver, "ines")
    with pytest.raises(Conflict):
        agreed(office, strand_id, waiver, "ines")


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({"law_allows": False}, "permission by the law of the place"),
        ({"code": "W2", "support_worker": True}, "an independent adult"),
        ({"code": "W2", "independent_adult": True}, "the child's support worker"),
        ({"code": "W3"}, "an independent adult"),
        ({"code": "W4"}, "questions about life online only"),
    ],
)
def test_what_its_kind_needs_is_said_when_it_is_proposed(
    office: Office, strand_id: str, changes: dict[str, Any], lacking: str
) -> None:
    with pytest.raises(Invalid) as refused:
        proposed(office, strand_id, **changes)
    assert lacking in refused.value.problems["code"][0]


def test_another_place_still_needs_its_own_proof(office: Office, strand_id: str) -> None:
    with write(office.engine) as db:
        row = db.get_one(Strand, strand_id)
        row.facts = {**row.facts, "jurisdictions": [PLACE, "UG"]}
    waiver = proposed(office, strand_id)
    agreed(office, strand_id, waiver, "leila", LETTER)
    agreed(office, strand_id, waiver, "ines")
    assert standing(office, strand_id) is Status.MISSING
    office.verified(strand_id, office.attested(strand_id, "ETH-04", "nadia"), "leila")
    assert standing(office, strand_id) is Status.MET


def test_consent_that_one_part_has_proves_nothing_for_another(office: Office, strand_id: str) -> None:
    other = office.strand(office.consultation())
    office.verified(strand_id, office.attested(strand_id, "ETH-04", "nadia"), "leila")
    with read(office.engine) as db:
        here, there = (record_of(db, db.get_one(Strand, each), NOW) for each in (strand_id, other))
    assert [each.strand for each in here.entries("ETH-04")] == [strand_id]
    assert there.entries("ETH-04") == ()


def test_after_the_signature_nobody_loosens_it(office: Office, strand_id: str) -> None:
    waiver = proposed(office, strand_id)
    agreed(office, strand_id, waiver, "leila", LETTER)
    with write(office.engine) as db:
        db.get_one(Strand, strand_id).state = "decided"
    with pytest.raises(Denied):
        agreed(office, strand_id, waiver, "ines")
    with pytest.raises(Denied):
        proposed(office, strand_id)


def test_the_database_keeps_it_as_it_was_agreed(office: Office, strand_id: str) -> None:
    waiver = proposed(office, strand_id)
    agreed(office, strand_id, waiver, "leila", LETTER)
    for attack in (
        "everyone = NOT everyone",
        "grounds = 'another'",
        "expires = '2031-01-01'",
        "board = 'another'",
        "lead_id = proposed_by",
        "approver_id = lead_id, approver_at = lead_at",
        "approver_id = proposed_by, approver_at = lead_at",
    ):
        with pytest.raises(Conflict), write(office.engine) as db:
            db.execute(text(f"UPDATE guardian_waivers SET {attack}"))
    with read(office.engine) as db:
        assert db.get_one(GuardianWaiver, waiver).approver_id is None


def face(office: Office, strand_id: str) -> Door:
    """What a participant meets, as if it were signed."""
    with write(office.engine) as db:
        author = office.people["nadia"].id
        db.execute(
            text(
                "INSERT INTO signatures (id, strand_id, author_id, audience, plan_digest, decision, row, evaluation,"
                " note, valid_until, signed_by, signed_at) SELECT 's', :strand, :author, 'G', '00', 'GO', 'D11', '{}',"
                " '', '2030-06-01 09:00:00.000000+00:00', :lead, '2030-03-04 09:00:00.000000+00:00'"
                " WHERE NOT EXISTS (SELECT 1 FROM signatures)"
            ),
            {"strand": strand_id, "author": author, "lead": office.people["leila"].id},
        )
    with read(office.engine) as db:
        found = door(db, strand_id, NOW, office.policy)
    assert found is not None
    return found


def test_codes_are_asked_exactly_where_no_waiver_for_everybody_stands(office: Office, strand_id: str) -> None:
    whole = proposed(office, strand_id, expires=NOW + timedelta(days=30))
    single = proposed(office, strand_id, everyone=False)
    for waiver in (whole, single):
        agreed(office, strand_id, waiver, "leila", LETTER)
    agreed(office, strand_id, single, "ines")
    assert face(office, strand_id).needs_guardian("15", PLACE, NOW), "a waiver for single children takes no code away"
    agreed(office, strand_id, whole, "ines")
    assert not face(office, strand_id).needs_guardian("15", PLACE, NOW)
    assert face(office, strand_id).needs_guardian("15", "UG", NOW)
    assert face(office, strand_id).needs_guardian("15", PLACE, NOW + timedelta(days=31)), "it has ended"
    with write(office.engine) as db:
        row = db.get_one(Strand, strand_id)
        out, by = office.people["ines"].id, office.people["leila"].id
        about = {"consultation_id": row.consultation_id, "person_id": out, "declared_by": by, "declared_at": NOW}
        db.add(Recusal(reason="A conflict", **about))
    assert face(office, strand_id).needs_guardian("15", PLACE, NOW), "who agreed is kept out"
    with write(office.engine) as db:
        db.execute(update(Recusal).values(lifted_by=by, lifted_at=NOW))
    assert not face(office, strand_id).needs_guardian("15", PLACE, NOW)
    revoked(office, strand_id, whole)
    assert face(office, strand_id).needs_guardian("15", PLACE, NOW)
