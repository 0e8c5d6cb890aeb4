"""Evidence: who may attest, who may check, and that nobody checks their own word, by rule and in the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from consult.database import read, write
from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.models import Evidence, Strand, StrandState
from consult.services.evidence import attesting
from consult.services.help import directory
from consult.services.signed import running, signing
from safeguards.results import Status
from safeguards.terms import Decision, Role
from tests.office import NOW, PLACE, Office


@pytest.fixture
def strand_id(office: Office) -> str:
    return office.strand(office.consultation())


def standing(office: Office, strand_id: str, requirement: str) -> Status:
    return next(f.status for f in office.evaluate(strand_id).findings if f.requirement == requirement)


def test_one_attests_another_checks_and_it_holds(office: Office, strand_id: str) -> None:
    assert standing(office, strand_id, "SAF-01") is Status.MISSING
    evidence_id = office.attested(strand_id, "SAF-01", "otto")
    assert standing(office, strand_id, "SAF-01") is Status.UNVERIFIED
    office.verified(strand_id, evidence_id, "ines")
    assert standing(office, strand_id, "SAF-01") is Status.MET


@pytest.mark.parametrize(
    ("requirement", "name"), [("SAF-01", "nadia"), ("SAF-01", "leila"), ("SAF-03", "ali"), ("SAF-08", "tara")]
)
def test_who_may_not_attest_is_refused(office: Office, strand_id: str, requirement: str, name: str) -> None:
    with pytest.raises(Denied):
        office.attested(strand_id, requirement, name)


def test_an_outside_signatory_is_named_and_a_third_person_checks(office: Office, strand_id: str) -> None:
    with pytest.raises(Invalid) as refused:
        office.attested(strand_id, "SAF-08", "leila", PLACE)
    assert list(refused.value.problems) == ["outside_person"]
    evidence_id = office.attested(strand_id, "SAF-08", "leila", PLACE, outside_person="Adv. Mwangi")
    with read(office.engine) as db:
        row = db.get_one(Evidence, evidence_id)
        assert (row.outside_person, row.attested_as) == ("Adv. Mwangi", Role.LEGAL_EXPERT)
    with pytest.raises(Denied):
        office.verified(strand_id, evidence_id, "leila")
    office.verified(strand_id, evidence_id, "sami")


def test_nobody_checks_their_own_word(office: Office, strand_id: str) -> None:
    """TRN-02 is attested by the organisation manager; here somebody who is also the approver tries both."""
    both = office.people["otto"]
    with write(office.engine) as db:
        db.execute(
            text("INSERT INTO appointments (id, person_id, role) VALUES ('x', :person, 'IA')"), {"person": both.id}
        )
    office.people["otto"] = replace(both, roles=both.roles | {Role.INDEPENDENT_APPROVER})
    evidence_id = office.attested(strand_id, "SAF-01", "otto")
    with pytest.raises(Denied):
        office.verified(strand_id, evidence_id, "otto")


def test_the_database_refuses_it_too(office: Office, strand_id: str) -> None:
    evidence_id = office.attested(strand_id, "SAF-01", "otto")
    own_word = "UPDATE evidence SET verified_by = attested_by, verified_at = attested_at, verified_as = 'IA'"
    with pytest.raises(Conflict), write(office.engine) as db:
        db.execute(text(own_word + " WHERE id = :id"), {"id": evidence_id})


def test_whoever_facilitates_checks_nothing_but_the_call_to_the_lead(office: Office, strand_id: str) -> None:
    letter = office.attested(strand_id, "SAF-01", "otto")
    with pytest.raises(Denied):
        office.verified(strand_id, letter, "nadia")
    on_duty = office.attested(strand_id, "SAF-06", "leila")
    office.verified(strand_id, on_duty, "nadia")


def test_nobody_checks_what_is_about_themselves(office: Office, strand_id: str) -> None:
    office.staffed(strand_id)
    evidence_id = office.attested(strand_id, "TRN-01", "otto", office.people["leila"].id)
    with pytest.raises(Denied):
        office.verified(strand_id, evidence_id, "leila")
    office.verified(strand_id, evidence_id, "sami")


def test_evidence_of_another_consultation_is_not_there(office: Office, strand_id: str) -> None:
    elsewhere = office.strand(office.consultation())
    evidence_id = office.attested(elsewhere, "SAF-03", "nadia")
    with pytest.raises(NotFound):
        office.verified(strand_id, evidence_id, "leila")


def test_evidence_about_somebody_is_there_where_they_serve_and_nowhere_else(office: Office, strand_id: str) -> None:
    """Neither to be read, nor to be checked or taken back by way of a part that has nothing to do with them."""
    elsewhere = office.strand(office.consultation())
    office.staffed(elsewhere)
    evidence_id = office.attested(elsewhere, "TRN-01", "otto", office.people["rosa"].id)
    with pytest.raises(NotFound):
        office.verified(strand_id, evidence_id, "leila")
    with pytest.raises(NotFound):
        revoke(office, strand_id, evidence_id, "leila")
    with read(office.engine) as db:
        seen = {each: attesting.evidence_of(db, db.get_one(Strand, each)) for each in (strand_id, elsewhere)}
        assert {each: [row.id for row in rows] for each, rows in seen.items()} == {
            strand_id: [],
            elsewhere: [evidence_id],
        }
    office.verified(elsewhere, evidence_id, "leila")


def test_what_is_proven_of_one_part_without_meetings_says_nothing_of_another(office_on_sqlite: Office) -> None:
    """Whoever is on duty, what was offered and asked there: nobody has looked at it here."""
    office = office_on_sqlite
    here = office.strand(office.consultation())
    office.staffed(here, [office.service()])
    office.proven(here)
    elsewhere = office.strand(office.consultation())
    office.staffed(elsewhere)
    for requirement in ("SAF-06", "SAF-11", "SAF-14", "SAF-16", "INC-02"):
        assert standing(office, here, requirement) is Status.MET
        assert standing(office, elsewhere, requirement) is Status.MISSING, requirement


def test_what_is_empty_over_or_no_hash_is_refused_by_name(office: Office, strand_id: str) -> None:
    with pytest.raises(Invalid) as refused:
        office.attested(strand_id, "SAF-01", "otto", expires=NOW, document_digest="abc")
    assert set(refused.value.problems) == {"expires", "document_digest"}


def test_it_is_checked_once(office: Office, strand_id: str) -> None:
    evidence_id = office.attested(strand_id, "SAF-01", "otto")
    office.verified(strand_id, evidence_id, "ines")
    with pytest.raises(Conflict):
        office.verified(strand_id, evidence_id, "ines")


def revoke(office: Office, strand_id: str, evidence_id: str, by: str, reason: str = "It was withdrawn") -> None:
    with write(office.engine) as db:
        strand = db.get_one(Strand, strand_id)
        attesting.revoke(db, office.keys, office.policy, office.people[by], strand, evidence_id, reason, NOW)


def test_what_was_checked_took_the_place_of_an_older_proof_and_taken_back_it_leaves_none(
    office_on_sqlite: Office,
) -> None:
    office = office_on_sqlite
    strand_id = office.strand(office.consultation())

    def attested(minutes: int) -> str:
        with write(office.engine) as db:
            strand, values = db.get_one(Strand, strand_id), attesting.EvidenceValues("SAF-01", "", "Seen on paper")
            at = NOW - timedelta(minutes=10 - minutes)
            return attesting.attest(db, office.keys, office.policy, office.people["otto"], strand, values, at).id

    def holds() -> bool:
        return standing(office, strand_id, "SAF-01") is Status.MET

    office.verified(strand_id, attested(0), "ines")
    unchecked, checked = attested(1), attested(2)
    assert holds()
    revoke(office, strand_id, unchecked, "otto", "A slip of the pen")
    assert holds()
    office.verified(strand_id, checked, "ines")
    assert holds()
    revoke(office, strand_id, checked, "leila", "It was forged")
    assert not holds()
    office.verified(strand_id, attested(3), "ines")
    assert holds()


def test_taking_back_needs_a_reason_and_a_right(office: Office, strand_id: str) -> None:
    evidence_id = office.attested(strand_id, "SAF-01", "otto")
    with pytest.raises(Denied):
        revoke(office, strand_id, evidence_id, "nadia")
    with pytest.raises(Invalid):
        revoke(office, strand_id, evidence_id, "otto", "  ")
    revoke(office, strand_id, evidence_id, "otto")
    assert standing(office, strand_id, "SAF-01") is Status.REVOKED


def opened(office: Office) -> str:
    strand_id = office.strand(office.consultation())
    office.staffed(strand_id, [office.service()])
    office.proven(strand_id)
    evaluation = office.evaluate(strand_id)
    with write(office.engine) as db:
        strand = db.get_one(Strand, strand_id)
        signing.send_for_signature(db, office.keys, office.people["nadia"], strand, NOW)
        signing.sign(
            db, office.keys, office.policy, office.people["leila"], strand, Decision.GO, evaluation.plan.digest(),
            office.passphrases["leila"], NOW,
        )  # fmt: skip
        running.open_strand(db, office.keys, office.policy, office.people["leila"], strand, NOW)
    return strand_id


def test_taking_back_what_an_open_part_relies_on_shuts_it_at_once(office: Office) -> None:
    strand_id = opened(office)
    with read(office.engine) as db:
        relied_on = db.scalars(select(Evidence.id).where(Evidence.requirement == "SAF-18")).one()
    revoke(office, strand_id, relied_on, "leila")
    with read(office.engine) as db:
        assert db.get_one(Strand, strand_id).state == StrandState.SUSPENDED


def test_a_call_that_nobody_answers_shuts_what_relies_on_the_service(office: Office) -> None:
    strand_id = opened(office)
    with write(office.engine) as db:
        found = directory.services(db)[0]
        for channel in found.facts["channels"]:
            call = office.call(found.id, channel["id"], reached=False, minutes=10)
            directory.log_contact_test(
                db, office.keys, office.policy, office.people["nadia"], call, NOW + timedelta(minutes=1)
            )
    with read(office.engine) as db:
        assert db.get_one(Strand, strand_id).state == StrandState.SUSPENDED


@pytest.mark.parametrize("wrong", [{"channel": "nowhere"}, {"language": "sw"}, {"jurisdiction": "PE"}, {"minutes": -1}])
def test_a_call_fits_the_service(office: Office, wrong: dict[str, object]) -> None:
    service_id = office.service()
    right = {
        "channel": "Childline-line",
        "reached": True,
        "minutes": 1,
        "language": "en",
        "jurisdiction": PLACE,
        "free": True,
    }
    call = directory.TestValues(service_id, **{**right, **wrong})  # type: ignore[arg-type]
    with pytest.raises(Invalid) as refused, write(office.engine) as db:
        directory.log_contact_test(db, office.keys, office.policy, office.people["nadia"], call, NOW)
    assert set(refused.value.problems) == set(wrong)


def test_a_service_that_somebody_changed_is_not_overwritten_unseen(office: Office) -> None:
    service_id = office.service()
    with read(office.engine) as db:
        seen = directory.service(db, service_id)
    facts = dict(seen.facts)
    with write(office.engine) as db:
        directory.change_service(
            db, office.keys, office.policy, office.people["nadia"], service_id, seen.seen, "Childline now", facts, NOW
        )
    with pytest.raises(Conflict), write(office.engine) as db:
        directory.change_service(
            db, office.keys, office.policy, office.people["leila"], service_id, seen.seen, "Another", facts, NOW
        )
