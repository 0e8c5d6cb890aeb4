"""Written substitutes: proposed by one, accepted by two in two roles; the gate opens with a condition that is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from consult.database import read, write
from consult.errors import Conflict, Denied, Invalid
from consult.models import Evidence, Strand, StrandState
from consult.services.evidence import substitutes
from consult.services.evidence.substitutes import SubstituteValues
from safeguards.terms import Decision
from tests.office import NOW, Office

WITHOUT = "INC-01"  # EQ for children in general
DUE = NOW + timedelta(days=5)


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office.with_part_proven(engine)


@pytest.fixture
def strand_id(office: Office) -> str:
    """A part with everything proven but the inclusion plan."""
    with write(office.engine) as db:
        row = db.scalars(select(Evidence).where(Evidence.requirement == WITHOUT)).one()
        row.revoked_by, row.revoked_at, row.revoked_reason = office.people["leila"].id, NOW, "Out of date"
    return office.the_part()[1]


def values(office: Office) -> SubstituteValues:
    owner = office.people["nadia"].id
    return SubstituteValues(WITHOUT, "Two schools and a shelter invite by hand", owner, NOW + timedelta(days=60), DUE)


def propose(office: Office, strand_id: str, given: SubstituteValues | None = None, by: str = "nadia") -> str:
    with write(office.engine) as db:
        strand, who = db.get_one(Strand, strand_id), office.people[by]
        given = given or values(office)
        return substitutes.propose_substitute(db, office.keys, office.policy, who, strand, given, NOW).id


def say_yes(office: Office, strand_id: str, substitute: str, by: str, words: str | None = None) -> None:
    with write(office.engine) as db:
        strand, typed = db.get_one(Strand, strand_id), words or office.passphrases[by]
        substitutes.accept_substitute(db, office.keys, office.people[by], strand, substitute, typed, NOW)


def test_lead_and_approver_together_make_it_conditional(office: Office, strand_id: str) -> None:
    substitute = propose(office, strand_id)
    say_yes(office, strand_id, substitute, "leila")
    assert office.evaluate(strand_id).decision is Decision.INCOMPLETE, "one yes is none"
    say_yes(office, strand_id, substitute, "ines")
    evaluation = office.evaluate(strand_id)
    assert evaluation.decision is Decision.GO_WITH_CONDITIONS
    assert [condition.requirement for condition in evaluation.conditions] == [WITHOUT]
    assert evaluation.valid_until == DUE, "nobody has seen it in place yet"


@pytest.mark.parametrize("second", ["leila", "sami", "nadia", "otto"])
def test_it_takes_a_lead_and_an_independent_approver(office: Office, strand_id: str, second: str) -> None:
    substitute = propose(office, strand_id)
    say_yes(office, strand_id, substitute, "leila")
    with pytest.raises(Denied):
        say_yes(office, strand_id, substitute, second)
    assert office.evaluate(strand_id).decision is Decision.INCOMPLETE


def test_a_yes_takes_the_passphrase(office: Office, strand_id: str) -> None:
    substitute = propose(office, strand_id)
    with pytest.raises(Denied):
        say_yes(office, strand_id, substitute, "leila", "not these words")


def test_it_says_what_is_done_instead_by_whom_and_until_when(office: Office, strand_id: str) -> None:
    good = values(office)
    wrong = {"what": " ", "owner_id": "", "expires": NOW, "due": NOW + timedelta(days=90)}
    for name, value in wrong.items():
        with pytest.raises(Invalid):
            propose(office, strand_id, replace(good, **{name: value}))


def test_there_is_none_for_what_must_hold_or_holds(office: Office, strand_id: str) -> None:
    for requirement in ("TRN-01", "SAF-03"):
        with pytest.raises(Conflict):
            propose(office, strand_id, replace(values(office), requirement=requirement))


def test_seen_in_place_in_time_it_holds_until_its_end(office: Office, strand_id: str) -> None:
    substitute = propose(office, strand_id)
    for who in ("leila", "ines"):
        say_yes(office, strand_id, substitute, who)
    with write(office.engine) as db:
        strand = db.get_one(Strand, strand_id)
        with pytest.raises(Denied):
            substitutes.found_in_place(db, office.keys, office.people["nadia"], strand, substitute, NOW)
        substitutes.found_in_place(db, office.keys, office.people["sami"], strand, substitute, NOW)
    assert office.evaluate(strand_id, DUE + timedelta(minutes=1)).decision is Decision.GO_WITH_CONDITIONS


def test_taken_back_it_counts_no_more_and_says_why(office: Office, strand_id: str) -> None:
    substitute = propose(office, strand_id)
    for who in ("leila", "ines"):
        say_yes(office, strand_id, substitute, who)
    with write(office.engine) as db:
        strand = db.get_one(Strand, strand_id)
        args = (db, office.keys, office.policy, office.people["ines"], strand, substitute)
        with pytest.raises(Invalid):
            substitutes.end_substitute(*args, " ", NOW)
        substitutes.end_substitute(*args, "The shelter has closed", NOW)
    assert office.evaluate(strand_id).decision is Decision.INCOMPLETE
    with read(office.engine) as db:
        strand = db.get_one(Strand, strand_id)
        (found,) = substitutes.substitutes_of(db, office.people["nadia"], strand, office.policy)
        assert (found.ended_reason, found.waits, strand.state) == ("The shelter has closed", False, StrandState.DRAFT)
