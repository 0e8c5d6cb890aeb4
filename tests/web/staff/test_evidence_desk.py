"""The evidence desk: records kept once for each person, ends seen in time, substitutes proposed and accepted."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from consult.database import read, write
from consult.models import Evidence, EvidenceDocument, Strand
from safeguards.terms import Decision
from tests.office import NOW, Office
from tests.web.staff.desk import Desk, sentences

CERTIFICATE = b"Certificate of an invented course, 3 March 2029\n"


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office.with_part_proven(engine)


@pytest.fixture
def part(office: Office) -> tuple[str, str]:
    """Everything proven, for two weeks from next week."""
    consultation_id, strand_id = office.the_part()
    return strand_id, f"/s/c/{consultation_id}/{strand_id}"


def take_back(office: Office, requirement: str, subject: str | None = None) -> None:
    with write(office.engine) as db:
        rows = select(Evidence).where(Evidence.requirement == requirement)
        for row in db.scalars(rows.where(Evidence.subject == subject) if subject else rows):
            row.revoked_by, row.revoked_at, row.revoked_reason = office.people["leila"].id, NOW, "Out of date"


def records(office: Office, name: str, requirement: str = "") -> str:
    person = f"/s/evidence/people/{office.people[name].id}"
    return f"{person}/{requirement}" if requirement else person


def unmet(office: Office, strand_id: str) -> set[str]:
    evaluation = office.evaluate(strand_id)
    return {finding.requirement for finding in evaluation.findings if not finding.met}


def test_a_record_is_kept_once_and_counts_for_every_part(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    other = office.strand(office.consultation())
    office.staffed(other, [])
    take_back(office, "TRN-01", office.people["rosa"].id)
    assert all("TRN-01" in unmet(office, strand_id) for strand_id in (part[0], other))
    otto, leila = desk.browser("otto"), desk.browser("leila")
    where = records(office, "rosa", "TRN-01")
    assert otto.post(f"{where}/attest", {"statement": "Course of 2029", "dated": "2029-06-03"}).status_code == 303
    assert "You attested this yourself" in sentences(otto.get(where))
    with read(office.engine) as db:
        row = db.scalars(select(Evidence).where(Evidence.statement == "Course of 2029")).one()
        evidence_id = row.id
        assert row.expires
        assert row.expires.date().isoformat() == "2030-06-03", "a yearly update is asked, counted from its own day"
    assert leila.post(f"{where}/verify", {"evidence_id": evidence_id}).status_code == 303
    assert not any("TRN-01" in unmet(office, strand_id) for strand_id in (part[0], other))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"dated": "2027-01-01"}, "too old to count"),
        ({"dated": "2031-01-01"}, "still to come"),
        ({"dated": "2030-01-01", "updated": "2031-01-01"}, "still to come"),
        ({"statement": " "}, "Say what you have seen"),
    ],
)
def test_what_can_not_count_is_said_beside_its_field(
    desk: Desk, office: Office, part: tuple[str, str], typed: dict[str, str], told: str
) -> None:
    where = records(office, "nadia", "TRN-01")
    answer = desk.browser("otto").post(f"{where}/attest", {"statement": "Course", **typed})
    assert (answer.status_code, told in sentences(answer.text)) == (422, True)


def test_a_certificate_about_a_person_is_hashed_and_not_kept(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    otto, where = desk.browser("otto"), records(office, "nadia", "TRN-09")
    for at in (where, f"{part[1]}/safeguards/TRN-09"):
        sent = {
            "token": otto.form_token,
            "subject": office.people["nadia"].id,
            "statement": "Seen",
            "document": (io.BytesIO(CERTIFICATE), "check.txt"),
        }
        assert otto.client.post(f"{at}/attest", data=sent, content_type="multipart/form-data").status_code == 303
    with read(office.engine) as db:
        hashed = select(Evidence.id).where(Evidence.document_digest == hashlib.sha256(CERTIFICATE).hexdigest())
        assert len(db.scalars(hashed).all()) == 2
        assert db.scalars(select(EvidenceDocument.id)).all() == []


def test_records_are_for_those_who_work_with_the_person(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    """Omar works on another consultation only; whoever attests nothing here still may not."""
    consultation = office.consultation("omar")
    own = f"/s/c/{consultation}/{office.strand(consultation, 'omar')}/safeguards/TRN-01"
    omar = desk.browser("omar")
    omar.get(records(office, "rosa"), status=404)
    assert "Seen on paper" in desk.browser("nadia").get(f"{part[1]}/safeguards/TRN-01")
    assert "Seen on paper" not in omar.get(own)
    nadia, where = desk.browser("nadia"), records(office, "rosa", "TRN-01")
    assert "Your roles do not attest this" in sentences(nadia.get(where))
    assert nadia.post(f"{where}/attest", {"statement": "I say so"}).status_code == 403


def test_a_false_certificate_closes_what_relied_on_it(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    where, rosa = records(office, "rosa", "TRN-01"), office.people["rosa"].id
    with read(office.engine) as db:
        rows = select(Evidence.id).where(Evidence.requirement == "TRN-01", Evidence.subject == rosa)
        evidence_id = db.scalars(rows).one()
    values = {"evidence_id": evidence_id, "reason": "The school knows of no such course", "found_false": "y"}
    assert desk.browser("leila").post(f"{where}/revoke", values).status_code == 303
    assert "found to be untrue" in sentences(desk.browser("otto").get(records(office, "rosa")))
    assert office.evaluate(part[0]).decision is Decision.INCOMPLETE


def test_what_ends_within_thirty_days_stands_there_with_what_it_closes_and_where_to_renew_it(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    take_back(office, "TRN-10", office.people["nadia"].id)
    evidence_id = office.attested(
        part[0], "TRN-10", "otto", office.people["nadia"].id, expires=NOW + timedelta(days=12)
    )
    office.verified(part[0], evidence_id, "leila")
    page = desk.browser("leila").get("/s/evidence")
    told = sentences(page)
    assert "Code of conduct" in told
    assert "Sat 16 March 2030" in told
    assert "Children 13 to 17" in told
    links = re.findall(r'href="([^"]+)">Renew<', page)
    assert records(office, "nadia", "TRN-10") in links
    for link in links:
        desk.browser("leila").get(link)
    desk.now[0] = NOW + timedelta(days=13)
    assert "Code of conduct" not in sentences(desk.browser("leila").get("/s/evidence")).partition("People")[0]


def test_a_substitute_from_proposal_to_the_second_yes(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    take_back(office, "INC-01")
    nadia = desk.browser("nadia")
    gate = nadia.get(f"{base}/safeguards")
    assert f"{base}/substitutes?for=INC-01" in gate
    values = {
        "requirement": "INC-01",
        "what": "Two schools invite by hand",
        "owner": office.people["nadia"].id,
        "expires": "2030-05-01",
    }
    assert nadia.post(f"{base}/substitutes", {**values, "requirement": "TRN-01"}).status_code == 422
    assert nadia.post(f"{base}/substitutes", values).status_code == 303
    for name in ("leila", "ines"):
        browser = desk.browser(name)
        (accept,) = re.findall(r'action="([^"]+/accept)"', browser.get(f"{base}/substitutes"))
        assert browser.post(accept, {"passphrase": "wrong"}).status_code == 403
        assert browser.post(accept, {"passphrase": office.passphrases[name]}).status_code == 303
    assert office.evaluate(strand_id).decision is Decision.GO_WITH_CONDITIONS
    assert "Accepted substitute" in sentences(nadia.get(f"{base}/substitutes"))
    with read(office.engine) as db:
        assert db.get_one(Strand, strand_id).state == "draft"
