"""Written substitutes: two people in two roles accept one, and then the gate opens with a condition."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.errors import Denied, Invalid
from consult.models import Evidence, Strand
from consult.services.substitutes import accept_equivalent
from safeguards.terms import Decision
from tests.office import NOW, Office

WITHOUT = "INC-01"  # EQ for children in general


@pytest.fixture
def strand_id(office: Office) -> str:
    """A part with everything proven but the inclusion plan."""
    strand_id = office.strand(office.consultation())
    office.staffed(strand_id, [office.service()])
    office.proven(strand_id)
    with write(office.engine) as db:
        row = db.scalars(select(Evidence).where(Evidence.requirement == WITHOUT)).one()
        row.revoked_by, row.revoked_at, row.revoked_reason = office.people["leila"].id, NOW, "Out of date"
    return strand_id


def accept(
    office: Office,
    strand_id: str,
    lead: str = "leila",
    approver: str = "ines",
    what: str = "Two schools and a shelter invite by hand",
    expires: datetime = NOW + timedelta(days=60),
) -> None:
    with write(office.engine) as db:
        accept_equivalent(
            db, office.keys, office.policy, office.people[lead], office.people[approver], db.get_one(Strand, strand_id),
            WITHOUT, what, expires, NOW + timedelta(days=5), NOW,
        )  # fmt: skip


def test_lead_and_approver_together_make_it_conditional(office: Office, strand_id: str) -> None:
    assert office.evaluate(strand_id).decision is Decision.INCOMPLETE
    accept(office, strand_id)
    evaluation = office.evaluate(strand_id)
    assert evaluation.decision is Decision.GO_WITH_CONDITIONS
    assert [condition.requirement for condition in evaluation.conditions] == [WITHOUT]


@pytest.mark.parametrize(
    ("lead", "approver"), [("nadia", "ines"), ("leila", "leila"), ("leila", "sami"), ("ines", "leila")]
)
def test_it_takes_a_lead_and_an_independent_approver(office: Office, strand_id: str, lead: str, approver: str) -> None:
    with pytest.raises(Denied):
        accept(office, strand_id, lead, approver)
    with read(office.engine) as db:
        assert office.evaluate(strand_id).decision is Decision.INCOMPLETE
        assert db.get_one(Strand, strand_id).state == "draft"


def test_it_says_what_is_done_instead_and_until_when(office: Office, strand_id: str) -> None:
    with pytest.raises(Invalid):
        accept(office, strand_id, what=" ")
    with pytest.raises(Invalid):
        accept(office, strand_id, expires=NOW)
