"""Child survivors and children who caused harm: no page of ours takes an answer, their service supplies totals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, Invalid
from consult.inclusion.supplied import shown
from consult.models import Evidence, Purpose, Quarantine, Response, Strand, SuppliedTotals
from consult.sealing.receipt import new_receipt
from consult.services.evidence import attesting
from consult.services.gate.planning import form_of
from consult.services.participation import invitations, responding
from consult.services.participation.epochs import EpochBook
from consult.services.participation.strandface import door, door_by_code
from consult.services.report import quarantinedesk, reporting, supplied, suppliedreports
from consult.services.safekeeping.retention import end_retention
from consult.services.signed import running, stopping
from safeguards.terms import SPECIALIST, Decision, Mode
from tests.scenario import NOW, after, beside, close_part, open_part, row, sign, survivors_proven

PART = "child_survivors"
LATER = NOW + timedelta(minutes=1)


def signed_and_open(stage: Stage) -> Stage:
    survivors_proven(stage)
    sign(stage, PART, Decision.GO, countersigner=beside(stage, "approver"))
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[PART])
        running.open_strand(db, stage.keys, stage.policy, stage.people["lead1"], strand, NOW)
    return stage


opened = after(signed_and_open)
"""The survivors' part, signed by two and open."""


def enter(stage: Stage, people: int, counts: supplied.Counts, by: str = "manager", passphrase: str = "") -> None:
    with write(stage.engine) as db:
        strand, who = db.get_one(Strand, stage.strands[PART]), stage.people[by]
        given_passphrase = passphrase or stage.passphrases[by]
        supplied.enter(db, stage.keys, who, strand, people, counts, given_passphrase, LATER)


def confirm(stage: Stage, by: str = "lead1", looked_at: str = "") -> None:
    with write(stage.engine) as db:
        strand, who = db.get_one(Strand, stage.strands[PART]), stage.people[by]
        found = supplied.see(db, who, strand)
        digest = looked_at or (found.seen if found else "")
        supplied.confirm(db, stage.keys, stage.policy, who, strand, digest, stage.passphrases[by], LATER)


def seen(stage: Stage, by: str) -> supplied.Supplied | None:
    with read(stage.engine) as db:
        return supplied.see(db, stage.people[by], db.get_one(Strand, stage.strands[PART]))


def totals(stage: Stage, n: int) -> dict[str, dict[str, int]]:
    """Every option of the first question that can be counted, so many times."""
    question = supplied.countable(form_of(row(stage, PART)))[0]
    return {question.id: dict.fromkeys(question.option_ids, n)}


def make_a_card(stage: Stage, strand_id: str) -> None:
    with write(stage.engine) as db:
        strand = db.get_one(Strand, strand_id)
        invitations.issue(db, stage.keys, stage.people["facilitator"], strand, 1, Purpose.ENTRY, NOW)


def put(stage: Stage, thing: Response | SuppliedTotals) -> None:
    with write(stage.engine) as db:
        db.add(thing)


def test_no_way_leads_to_an_answer_whatever_mode_or_state_is_stored(stage_on_sqlite: Stage) -> None:
    """The property: mode × state of a part that was signed and opened, and each of the ways in."""
    stage = signed_and_open(stage_on_sqlite)
    open_part(stage, "children")
    with read(stage.engine) as db:
        inside = door(db, stage.strands["children"], NOW, stage.policy)
    assert inside is not None
    strand_id, code = stage.strands[PART], row(stage, PART).entry_code or ""
    for mode, state in product(Mode, ("suspended", "decided", "closed", "open")):
        with write(stage.engine) as db:
            db.execute(update(Strand).where(Strand.id == strand_id).values(mode=mode, state=state))
        with read(stage.engine) as db:
            assert door(db, strand_id, NOW, stage.policy) is None, (mode, state)
            assert door_by_code(db, code, NOW, stage.policy) is None
        with pytest.raises(Conflict):
            make_a_card(stage, strand_id)
        for audience in SPECIALIST:  # somebody kept a door from a version that had one
            kept = replace(inside, strand_id=strand_id, audience=audience, mode=mode)
            sent = responding.Submission(
                assented=True, band=inside.bands[0], language="en", answers={}, profile={}, receipt=new_receipt()
            )
            with pytest.raises(responding.NotOpen), write(stage.engine) as db:
                responding.give(db, EpochBook(stage.keys.row_seal), stage.keys, kept, sent, NOW)
    with read(stage.engine) as db:
        assert db.scalars(select(Response.id)).all() == []


def test_the_database_refuses_such_an_answer(opened: Stage) -> None:
    with pytest.raises(Conflict, match="refused") as refused:
        put(opened, Response(id=b"x" * 16, strand_id=opened.strands[PART], epoch_id=b"0" * 16, sealed=b"x"))
    assert "asked by their service alone" in str(refused.value.__cause__)


def test_the_service_enters_a_lead_signs_beside_it_and_then_it_stays(opened: Stage) -> None:
    enter(opened, 60, totals(opened, 10))
    looking = seen(opened, "facilitator")
    assert looking is not None
    assert (looking.people, looking.counts, looking.shown) == (None, {}, None), "nobody else reads what is not signed"
    before = seen(opened, "lead1")
    assert (looking.seen, before is not None) == ("", True)
    enter(opened, 60, totals(opened, 9))
    with pytest.raises(Conflict, match="other totals since you looked"):
        confirm(opened, looked_at=before.seen if before else "")
    enter(opened, 60, totals(opened, 10))
    with pytest.raises(Denied):
        confirm(opened, "manager")
    with pytest.raises(Denied):
        confirm(opened, "facilitator")
    confirm(opened)
    with pytest.raises(Denied, match="stay as they are"):
        enter(opened, 61, totals(opened, 10))
    for change in ("UPDATE supplied_totals SET people = 1", "DELETE FROM supplied_totals"):
        with pytest.raises(Conflict, match="refused"), write(opened.engine) as db:
            db.execute(text(change))
    found = seen(opened, "facilitator")
    assert found is not None
    assert found.shown is not None
    assert (found.shown.people, found.shown.tables) == (60, totals(opened, 10))


def test_only_the_services_practitioner_enters_and_only_numbers_that_can_be(opened: Stage) -> None:
    for who in ("facilitator", "lead1", "approver"):
        with pytest.raises(Denied):
            enter(opened, 60, totals(opened, 10), by=who)
    with pytest.raises(Denied):
        enter(opened, 60, totals(opened, 10), passphrase="not it")
    for people, n in ((0, 0), (5, 6), (-1, 1)):
        with pytest.raises(Invalid):
            enter(opened, people, totals(opened, n))
    assert seen(opened, "lead1") is None


def test_nothing_is_taken_before_two_have_signed_the_part_nor_for_children_in_general(stage_on_sqlite: Stage) -> None:
    survivors_proven(stage_on_sqlite)
    with pytest.raises(Denied, match="readiness"):
        enter(stage_on_sqlite, 60, totals(stage_on_sqlite, 10))
    with write(stage_on_sqlite.engine) as db:
        strand = db.get_one(Strand, stage_on_sqlite.strands["children"])
        assert not supplied.may_enter(db, stage_on_sqlite.people["manager"], strand).ok
    whose, who = stage_on_sqlite.strands["children"], stage_on_sqlite.people["manager"].id
    with pytest.raises(Conflict, match="refused"):
        put(stage_on_sqlite, SuppliedTotals(strand_id=whose, people=1, counts={}, entered_by=who, entered_at=NOW))


def test_what_was_entered_goes_at_the_end_of_keeping_and_what_singles_nobody_out_stays(stage_on_sqlite: Stage) -> None:
    stage = signed_and_open(stage_on_sqlite)
    enter(stage, 60, totals(stage, 12))
    confirm(stage)
    before = seen(stage, "reviewer1")
    assert before is not None
    close_part(stage, PART)
    with write(stage.engine) as db:
        kept = timedelta(days=stage.policy.p("P-RETAIN-RAW"))
        assert end_retention(db, stage.keys, stage.policy, LATER + kept - timedelta(minutes=1)) == []
        assert [each.strand_id for each in end_retention(db, stage.keys, stage.policy, LATER + kept)] == [
            stage.strands[PART]
        ]
    with read(stage.engine) as db:
        assert db.scalars(select(SuppliedTotals)).all() == []
        report = suppliedreports.report_of(db, stage.people["reviewer1"], stage.strands[PART])
    assert report is not None
    assert report.shown == before.shown
    assert seen(stage, "reviewer1") is None


def test_nothing_is_entered_or_signed_while_a_stop_is_in_force_or_the_part_is_paused(stage_on_sqlite: Stage) -> None:
    stage = signed_and_open(stage_on_sqlite)
    enter(stage, 60, totals(stage, 10))
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[PART])
        running.pause(db, stage.keys, stage.people["lead1"], strand, "Nobody is there.", LATER)
    with pytest.raises(Denied, match="once the part is signed and open"):
        confirm(stage)
    close_part(stage, PART)
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[PART])
        stopping.press_stop(db, stage.keys, stage.people["lead1"], strand, "Something is wrong.", LATER)
    with pytest.raises(Denied, match="emergency stop"):
        enter(stage, 60, totals(stage, 11))
    with pytest.raises(Denied, match="emergency stop"):
        confirm(stage, looked_at="x")


def test_totals_in_doubt_are_shown_to_nobody_and_go_when_they_are_not_cleared(stage: Stage) -> None:
    signed_and_open(stage)
    enter(stage, 60, totals(stage, 10))
    confirm(stage)
    lead, strand_id = stage.people["lead1"], stage.strands[PART]
    with write(stage.engine) as db:
        strand = db.get_one(Strand, strand_id)
        proof = select(Evidence.id).where(Evidence.requirement == "TRN-09", Evidence.verified_at.is_not(None))
        why = (str(db.scalars(proof).first()), "It was not true.", LATER)
        attesting.revoke(db, stage.keys, stage.policy, lead, strand, *why, found_false=True)
    with write(stage.engine) as db:
        assert (suppliedreports.reports(db, lead), suppliedreports.report_of(db, lead, strand_id)) == ((), None)
        assert reporting.is_hidden(db, strand_id)
        with pytest.raises(Conflict, match="set apart"):
            suppliedreports.totals_text(db, lead, strand_id)
        (doubt,) = db.scalars(select(Quarantine.id).where(Quarantine.strand_id == strand_id))
        assert quarantinedesk.end_overdue(db, stage.keys, doubt, LATER + timedelta(days=60))
    with read(stage.engine) as db:
        assert db.scalars(select(SuppliedTotals)).all() == []
        assert suppliedreports.report_of(db, lead, strand_id) is None
    with pytest.raises(Denied):
        enter(stage, 60, totals(stage, 10))


@pytest.mark.parametrize("words", ["DELETE FROM supplied_releases", "UPDATE supplied_releases SET digest = 'x'"])
def test_the_database_keeps_a_frozen_report_of_totals_as_it_is(stage: Stage, words: str) -> None:
    signed_and_open(stage)
    enter(stage, 60, totals(stage, 10))
    confirm(stage)
    with pytest.raises(Conflict, match="refused"), write(stage.engine) as db:
        db.execute(text(words))


options = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 60), min_size=1)


@given(st.integers(1, 90), st.dictionaries(st.sampled_from("QR"), options), st.integers(3, 12))
def test_no_shown_number_and_none_that_follows_from_one_is_small(
    people: int, counts: dict[str, dict[str, int]], k: int
) -> None:
    for most in (1, 2, 3):
        found = shown(people, counts, dict.fromkeys(counts, most), k)
        assert (found.people is None) is (people < k)
        assert not found.tables or people >= 3 * k
        for key, table in found.tables.items():
            assert table == counts[key]
            not_given = people * most - sum(table.values())
            gave_fewer = -(-not_given // most)  # so many people at the least, and as many can have given none
            follows = [*table.values(), *(people - n for n in table.values()), *([gave_fewer] if not_given else [])]
            assert all(n >= k for n in follows)
