"""Complaints: sealed to people outside the team, one for each form, answered to whoever kept the code."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.models import Appointment, Complaint, ComplaintCopy, ComplaintOutcome, StrandStaff
from consult.sealing.invitation import new_code, new_page
from consult.sealing.suite import generate_key_pair
from consult.services.gate import complaintroute
from consult.services.help import complaints
from consult.services.holders import appointing, recusal
from consult.services.people import identities, onboarding
from safeguards import policyfile
from safeguards.terms import Role
from tests.factories import swap_key
from tests.office import NOW, Office
from tests.toolbox.waiting import until_it_waits

POLICY = policyfile.default()
_APPROVER = Role.INDEPENDENT_APPROVER
WORDS = "Somebody laughed at my answer. canary"


def given(office: Office, words: str = WORDS, page: str = "", strand_id: str | None = None) -> complaints.Given:
    with write(office.engine) as db:
        return complaints.complain(db, office.keys, words, page or new_page(), strand_id, NOW, POLICY)


def waiting(office: Office, name: str) -> list[complaints.ComplaintView]:
    with read(office.engine) as db:
        return complaints.complaints(db, office.people[name], NOW)


def approver(office: Office) -> str:
    return next(name for name, who in office.people.items() if who.has(Role.INDEPENDENT_APPROVER))


def test_it_is_read_by_the_independent_approver_alone_and_due_in_ten_days(office: Office) -> None:
    taken = given(office)
    assert taken.due_on == (NOW + timedelta(days=10)).date()
    name = approver(office)
    (view,) = waiting(office, name)
    assert not view.overdue
    with write(office.engine) as db:
        words = complaints.read_words(db, office.keys, office.people[name], view.id, office.passphrases[name], NOW)
    assert words == WORDS
    for other in ("leila", "nadia", "rosa", "admin"):
        assert waiting(office, other) == []
        with write(office.engine) as db, pytest.raises(NotFound):
            complaints.read_words(db, office.keys, office.people[other], view.id, office.passphrases[other], NOW)
    with write(office.engine) as db, pytest.raises(Denied):
        complaints.read_words(db, office.keys, office.people[name], view.id, "wrong words", NOW)


def test_the_same_words_of_one_page_at_the_same_moment_are_one_complaint(office: Office) -> None:
    page, words = new_page(), (WORDS, f" {WORDS}\n")
    with ThreadPoolExecutor(1) as pool, office.engine.connect() as watching:
        with write(office.engine) as db:
            first = complaints.complain(db, office.keys, words[0], page, None, NOW, POLICY)
            second = pool.submit(given, office, words[1], page)
            until_it_waits(watching, second)
        assert second.result() == first
    with read(office.engine) as db:
        (row,) = db.scalars(select(Complaint))
        assert [each.complaint_id for each in db.scalars(select(ComplaintCopy))] == [row.id]
        assert complaints.reply_for(db, office.keys, first.code) == complaints.Reply(first.due_on)


def test_a_key_that_was_changed_from_outside_gets_no_copy_and_keeps_nobody_from_complaining(
    office_on_sqlite: Office,
) -> None:
    office = office_on_sqlite
    with write(office.engine) as db:
        admin = office.people["admin"]
        joining = onboarding.invite(db, office.keys, admin, "Ivy Able", "ivy@example.org", {_APPROVER}, NOW)
        office.joined(db, "ivy", joining)
        swap_key(db, office.people["ines"].id, generate_key_pair().public)
    given(office)
    assert (len(waiting(office, "ivy")), waiting(office, "ines")) == (1, [])
    with write(office.engine) as db:
        swap_key(db, office.people["ivy"].id, generate_key_pair().public)
    with pytest.raises(Conflict):
        given(office)


def test_nothing_of_it_stands_in_clear_and_its_length_tells_nothing(office: Office) -> None:
    given(office)
    given(office, "No.")
    with read(office.engine) as db:
        copies = db.scalars(select(ComplaintCopy.sealed)).all()
        replies = db.scalars(select(Complaint.reply)).all()
    assert len({len(each) for each in copies}) == 1
    assert b"canary" not in b"".join(copies)
    assert replies == [None, None]


def test_a_form_sent_twice_is_one_complaint_and_other_words_from_it_are_another(office: Office) -> None:
    page = new_page()
    first, second = given(office, page=page), given(office, f" {WORDS}\r\n", page=page)
    assert first == second
    assert len(waiting(office, approver(office))) == 1
    changed = given(office, "He laughed at all of us.", page=page)
    assert changed.code != first.code
    assert given(office).code not in {first.code, changed.code}, "the same words from another form are another one"
    name = approver(office)
    with write(office.engine) as db:
        who, passphrase = office.people[name], office.passphrases[name]
        ids = [each.id for each in waiting(office, name)]
        read_by = sorted(complaints.read_words(db, office.keys, who, each, passphrase, NOW) for each in ids)
    assert read_by == ["He laughed at all of us.", WORDS, WORDS]


def test_only_the_code_reads_the_answer(office: Office) -> None:
    taken = given(office)
    name = approver(office)
    (view,) = waiting(office, name)
    with read(office.engine) as db:
        assert complaints.reply_for(db, office.keys, taken.code) == complaints.Reply(taken.due_on)
        assert complaints.reply_for(db, office.keys, new_code()) is None
    with write(office.engine) as db:
        complaints.answer(
            db, office.keys, office.people[name], view.id, ComplaintOutcome.UPHELD, "You are right. We changed it.", NOW
        )
    with read(office.engine) as db:
        found = complaints.reply_for(db, office.keys, taken.code.upper().replace("-", " "))
        stored = db.scalars(select(Complaint.reply)).one()
    assert found is not None
    assert found.words == "You are right. We changed it."
    assert b"right" not in (stored or b"")
    with write(office.engine) as db, pytest.raises(Conflict):
        complaints.answer(db, office.keys, office.people[name], view.id, ComplaintOutcome.PARTLY, "No.", NOW)


def test_an_answer_that_is_late_is_shown_as_late(office: Office) -> None:
    given(office)
    with read(office.engine) as db:
        (view,) = complaints.complaints(db, office.people[approver(office)], NOW + timedelta(days=11))
    assert view.overdue


@pytest.mark.parametrize("words", ["", "  \n ", "x" * 1501])
def test_nothing_and_too_much_are_refused(office: Office, words: str) -> None:
    with pytest.raises(Invalid):
        given(office, words)
    assert waiting(office, approver(office)) == []


def test_fifteen_hundred_letters_of_any_script_fit(office: Office) -> None:
    given(office, "ش" * 1500)
    given(office, "𐐷" * 1500)


def test_without_an_approver_it_goes_to_leads_outside_the_team_and_without_those_it_is_not_taken(
    office: Office,
) -> None:
    strand_id = office.strand(office.consultation())
    with write(office.engine) as db:
        for row in db.scalars(select(Appointment).where(Appointment.role == Role.INDEPENDENT_APPROVER)):
            db.delete(row)
    given(office, strand_id=strand_id)
    assert len(waiting(office, "leila")) == 1
    office.staffed(strand_id)
    for where in (strand_id, None):  # where it is not known which team it is about, it is no team's
        with read(office.engine) as db:
            assert not complaints.can_take(db, where)
        with pytest.raises(Conflict):
            given(office, strand_id=where)


def test_an_approver_who_works_on_the_part_is_kept_out_of_it_or_is_none_any_more_reads_no_complaint_about_it(
    office_on_sqlite: Office,
) -> None:
    office = office_on_sqlite
    consultation_id = office.consultation()
    strand_id = office.strand(consultation_id)
    given(office, strand_id=strand_id)
    (before,) = waiting(office, "ines")
    with read(office.engine) as db:
        no_more = replace(office.people["ines"], roles=frozenset({Role.TRANSLATION_LEAD}))
        assert complaints.complaints(db, no_more, NOW) == []
        with pytest.raises(NotFound):
            complaints.read_words(db, office.keys, no_more, before.id, office.passphrases["ines"], NOW)
    with write(office.engine) as db:
        who, ines, passphrase = office.people["leila"], office.people["ines"], office.passphrases["leila"]
        recusal.declare(db, office.keys, who, consultation_id, ines.id, "It is about her.", passphrase, NOW)
    assert waiting(office, "ines") == []
    with write(office.engine) as db, pytest.raises(NotFound):
        complaints.read_words(db, office.keys, ines, before.id, office.passphrases["ines"], NOW)
    given(office, strand_id=strand_id)
    assert waiting(office, "ines") == []
    assert sorted(each.readable for each in waiting(office, "leila")) == [False, True], "one is lost, one is hers"

    beside = office.strand(office.consultation())
    for where in (beside, None):
        given(office, strand_id=where)
    assert len(waiting(office, "ines")) == 2
    with write(office.engine) as db:
        db.add(StrandStaff(strand_id=beside, person_id=ines.id, role=Role.INTERPRETER, languages=["en"]))
    assert waiting(office, "ines") == [], "it may be about her from now on"
    with read(office.engine) as db:
        assert [complaintroute.readers(db, each) for each in db.scalars(select(Complaint.id))].count(()) == 3
    given(office, strand_id=beside)
    assert waiting(office, "ines") == []
    assert [each.readable for each in waiting(office, "leila")].count(True) == 2


def test_what_was_sealed_to_an_approver_outlasts_another_role_and_another_passphrase(office_on_sqlite: Office) -> None:
    """A role more asks for another confirmation of the key; until then a new passphrase must not make a new key."""
    office = office_on_sqlite
    given(office)
    (view,) = waiting(office, "ines")
    ines, admin, roles = office.people["ines"], office.people["admin"], {_APPROVER, Role.INCLUSION}
    with write(office.engine) as db:
        appointing.set_roles(db, office.keys, POLICY, admin, ines.id, roles, office.passphrases["admin"], NOW)
        made = identities.set_passphrase(db, office.keys, ines, office.passphrases["ines"], NOW)
        assert complaints.read_words(db, office.keys, ines, view.id, made.passphrase, NOW) == WORDS
