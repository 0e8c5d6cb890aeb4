"""What the program finds out about itself is evidence: of one release, looked at by a person, gone when it fails."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied
from consult.models import Strand, StrandState
from consult.services.evidence import programchecks
from consult.services.evidence.programchecks import Result, verify_run
from consult.services.gate.programruns import newest_runs
from safeguards.results import Status
from tests.office import NOW, Office
from tests.scenario import NOW as OPENED
from tests.scenario import open_part


@pytest.fixture
def strand_id(office: Office) -> str:
    return office.strand(office.consultation())


def standing(office: Office, strand_id: str, requirement: str, days: int = 0) -> Status:
    found = office.evaluate(strand_id, NOW + timedelta(days=days)).findings
    return next(f.status for f in found if f.requirement == requirement)


def ran(office: Office, requirement: str, *, passed: bool = True, days: int = 0, version: str = "") -> str:
    with write(office.engine) as db:
        result = Result(requirement, passed, ("All of it.",) if passed else ("The button is gone.",))
        at = NOW + timedelta(days=days)
        programchecks.record_results(db, office.keys, office.policy, [result], at, version=version)
        return newest_runs(db)[requirement].id


def look(office: Office, run_id: str, name: str) -> None:
    with write(office.engine) as db:
        verify_run(db, office.keys, office.policy, office.people[name], run_id, NOW)


def test_it_counts_once_a_person_has_looked_at_it(office: Office, strand_id: str) -> None:
    assert standing(office, strand_id, "SAF-12") is Status.MISSING
    run_id = ran(office, "SAF-12")
    assert standing(office, strand_id, "SAF-12") is Status.UNVERIFIED
    with pytest.raises(Denied):
        look(office, run_id, "tara")
    look(office, run_id, "leila")
    assert standing(office, strand_id, "SAF-12") is Status.MET
    assert standing(office, strand_id, "SAF-12", days=31) is Status.EXPIRED
    ran(office, "SAF-12", days=20)
    assert standing(office, strand_id, "SAF-12", days=31) is Status.MET, "the yes holds for the same release"
    with pytest.raises(Conflict):
        look(office, run_id, "sami")


def test_a_failure_outweighs_the_yes_and_takes_a_new_one(office: Office, strand_id: str) -> None:
    look(office, ran(office, "SAF-12"), "leila")
    with pytest.raises(Conflict):
        look(office, ran(office, "SAF-12", passed=False, days=1), "leila")
    assert standing(office, strand_id, "SAF-12", days=1) is not Status.MET
    mended = ran(office, "SAF-12", days=2)
    assert standing(office, strand_id, "SAF-12", days=2) is Status.UNVERIFIED
    look(office, mended, "sami")


def test_another_release_is_looked_at_anew(office: Office, strand_id: str) -> None:
    look(office, ran(office, "DAT-02", version="0.0.1"), "dora")
    assert standing(office, strand_id, "DAT-02") is Status.CHANGED
    ran(office, "DAT-02", days=1)
    assert standing(office, strand_id, "DAT-02", days=1) is Status.UNVERIFIED


def test_nobody_s_word_stands_in_for_it(office: Office, strand_id: str) -> None:
    with pytest.raises(Denied):
        office.attested(strand_id, "SAF-12", "tara")


def test_a_failing_check_closes_an_open_part_in_the_same_moment(stage: Stage) -> None:
    open_part(stage, "children")
    with write(stage.engine) as db:
        results = [Result("SAF-12", passed=False, found=("The page of a question has no way to leave.",))]
        lapsed = programchecks.record_results(db, stage.keys, stage.policy, results, OPENED + timedelta(minutes=1))
    assert [each.strand_id for each in lapsed] == [stage.strands["children"]]
    with read(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        assert (strand.state, strand.finish_by) == (StrandState.SUSPENDED, None)
        assert "no way to leave" in (strand.state_reason or "")
