"""Recordings and easy words of a part: what is taken, what is signed with it, what goes when the words change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, text

from consult.database import read, write
from consult.errors import Conflict, Denied, Invalid
from consult.models import Recording, Strand, StrandStaff
from consult.questionnaire.easier import read_out
from consult.services.evidence.attesting import EvidenceValues, attest, verify
from consult.services.gate.planning import form_of
from consult.services.setup import drafting
from consult.services.texts.wording import text_digest, with_easy, with_text
from consult.services.translation import recordings
from consult.services.translation.mp3 import sound_in
from safeguards.terms import Role
from tests.office import NOW, Office
from tests.toolbox.sound import NAME, named_silence, silence

WHERE, EASY_WHERE = "texts.T-PLACE", "easy.texts.T-PLACE"


@pytest.fixture
def office(sqlite_engine: Engine) -> Office:
    return Office.with_everybody(sqlite_engine)


@pytest.fixture
def strand_id(office: Office) -> str:
    return office.strand(office.consultation())


def changed(
    office: Office,
    strand_id: str,
    content: bytes | None,
    by: str = "nadia",
    where: str = WHERE,
    language: str = "en",
    reads: str = "",
) -> None:
    """Another recording in the place of the one that is there; None takes it away."""
    with write(office.engine) as db:
        strand, who = db.get_one(Strand, strand_id), office.people[by]
        there = form_of(strand).recordings.get(where, {}).get(language)
        seen = there.digest if there else ""
        if content is None:
            recordings.take_away(db, office.keys, who, strand, where, language, seen, NOW)
        else:
            sound = recordings.checked(content)
            recordings.bring(db, office.keys, who, strand, where, language, sound, reads, seen, NOW)


def heard(
    office: Office, strand_id: str, by: str, where: str = WHERE, language: str = "en", *, native: bool = True
) -> bool:
    """Confirmed by one person more; whether it is played now."""
    with write(office.engine) as db:
        strand = db.get_one(Strand, strand_id)
        seen = form_of(strand).recordings[where][language].digest
        recordings.confirm(db, office.keys, office.people[by], strand, where, language, seen, NOW, native=native)
        found = recordings.kept(db, strand, where, language)
    assert found is not None
    return found.is_confirmed


def easy_words(office: Office, strand_id: str, words: str, language: str = "en") -> None:
    with write(office.engine) as db:
        row = db.get_one(Strand, strand_id)
        form = with_easy(form_of(row), WHERE, language, words).to_json()
        drafting.change_form(db, office.keys.audit, office.people["nadia"], strand_id, row.version, form, NOW)


def kept(office: Office, strand_id: str) -> int:
    with read(office.engine) as db:
        return db.scalar(select(func.count()).where(Recording.strand_id == strand_id)) or 0


def digests(office: Office, strand_id: str) -> tuple[str, str, str]:
    with read(office.engine) as db:
        form = form_of(db.get_one(Strand, strand_id))
        return form.digest(), text_digest(form, "en"), text_digest(form, "fr")


def test_what_names_somebody_is_cut_off_and_the_sound_stays() -> None:
    sound = sound_in(named_silence(100))
    assert sound is not None
    assert sound.content == silence(100)
    assert NAME.encode() not in sound.content
    assert 2.5 < sound.seconds < 2.7


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF....WAVEfmt ",
        b"<script>alert(1)</script>",
        silence(3),
        silence() + b"<html>" * 300,
        b"ID3" + silence(),
    ],
)
def test_what_is_no_mp3_through_and_through_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        recordings.checked(content)
    assert list(refused.value.problems) == ["recording"]


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(Invalid):
        recordings.checked(silence(6000))


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    for each in (content, silence() + content, content + silence()):
        sound = sound_in(each)
        assert sound is None or sound.content in each


def test_easy_words_and_recordings_are_part_of_what_is_signed_in_that_language(office: Office, strand_id: str) -> None:
    form, english, french = digests(office, strand_id)
    easy_words(office, strand_id, "Is it good here?")
    easier = digests(office, strand_id)
    changed(office, strand_id, silence())
    spoken = digests(office, strand_id)
    assert len({form, easier[0], spoken[0]}) == len({english, easier[1], spoken[1]}) == 3
    assert {french} == {easier[2], spoken[2]}


def test_a_sign_off_ends_with_another_recording(office: Office, strand_id: str) -> None:
    changed(office, strand_id, silence())
    with write(office.engine) as db:
        row, people = db.get_one(Strand, strand_id), office.people
        values = EvidenceValues("INC-05", "en", "Read and heard")
        given_for = attest(db, office.keys, office.policy, people["lina"], row, values, NOW)
        verify(db, office.keys, office.policy, people["leila"], row, given_for.id, NOW)
        before = given_for.given_for
    changed(office, strand_id, silence(50))
    assert digests(office, strand_id)[1] != before


def test_confirming_changes_nothing_that_was_signed(office: Office, strand_id: str) -> None:
    changed(office, strand_id, silence())
    before = digests(office, strand_id)
    heard(office, strand_id, "leila")
    assert digests(office, strand_id) == before


def test_others_confirm_it_one_and_two_where_safety_hangs_on_the_text(office: Office, strand_id: str) -> None:
    changed(office, strand_id, silence(), by="lina")
    with pytest.raises(Denied, match="brought this recording"):
        heard(office, strand_id, "lina")
    assert not heard(office, strand_id, "sami")
    with pytest.raises(Denied, match="already"):
        heard(office, strand_id, "sami")
    assert heard(office, strand_id, "leila")
    changed(office, strand_id, silence(50), by="lina", where="texts.T-THANKS", language="fr")
    assert heard(office, strand_id, "sami", "texts.T-THANKS", "fr")
    with pytest.raises(Invalid) as refused:
        heard(office, strand_id, "leila", "texts.T-THANKS", "fr", native=False)
    assert list(refused.value.problems) == ["native"]


def test_another_recording_has_to_be_confirmed_again_and_who_was_slower_is_told(office: Office, strand_id: str) -> None:
    changed(office, strand_id, silence())
    heard(office, strand_id, "leila")
    changed(office, strand_id, silence(50))
    with read(office.engine) as db:
        found = recordings.kept(db, db.get_one(Strand, strand_id), WHERE, "en")
    assert found is not None
    assert (found.confirmed_by, found.is_confirmed) == ((), False)
    with pytest.raises(Conflict), write(office.engine) as db:
        recordings.take_away(
            db, office.keys, office.people["nadia"], db.get_one(Strand, strand_id), WHERE, "en", "", NOW
        )


def test_a_text_with_blanks_needs_the_words_as_they_are_spoken(office: Office, strand_id: str) -> None:
    for reads in ("", "We are {who}."):
        with pytest.raises(Invalid) as refused:
            changed(office, strand_id, silence(), where="texts.T-ABOUT", reads=reads)
        assert list(refused.value.problems) == ["reads"]
    _, before, _ = digests(office, strand_id)
    changed(office, strand_id, silence(), where="texts.T-ABOUT", reads="The  council will read it.")
    changed(office, strand_id, silence(), where="texts.T-ABOUT", reads="The mayor will read it.")
    with read(office.engine) as db:
        found = recordings.kept(db, db.get_one(Strand, strand_id), "texts.T-ABOUT", "en")
    assert found is not None
    assert found.reads == "The mayor will read it."
    assert digests(office, strand_id)[1] != before


def test_one_recording_does_not_read_two_texts(office: Office, strand_id: str) -> None:
    changed(office, strand_id, silence())
    with pytest.raises(Invalid, match="change") as refused:
        changed(office, strand_id, silence(), where="texts.T-THANKS")
    assert list(refused.value.problems) == ["recording"]


def test_other_words_take_easy_words_away_and_silence_the_recording(office: Office, strand_id: str) -> None:
    easy_words(office, strand_id, "Here?")
    changed(office, strand_id, silence())
    changed(office, strand_id, silence(50), where=EASY_WHERE)
    with read(office.engine) as db:
        form = form_of(db.get_one(Strand, strand_id))
    words = dict(form.texts["T-PLACE"])
    other = with_text(form, "T-PLACE", {**words, "fr": "Autrement."})
    assert (other.easy[WHERE]["en"], set(other.recordings)) == ("Here?", {WHERE, EASY_WHERE})
    other = with_text(form, "T-PLACE", {**words, "en": "Is this a good place?"})
    assert "en" not in other.easy[WHERE]
    assert set(other.recordings) == {WHERE}
    assert other.recordings[WHERE]["en"].spoken("Is this a good place?") == words["en"], "it says what it said"
    assert with_text(other, "T-PLACE", words).recordings[WHERE]["en"].spoken(words["en"]) == words["en"]
    easier = with_easy(form, WHERE, "en", "Good here?").recordings
    assert easier[EASY_WHERE]["en"].reads == "Here?"
    assert easier[WHERE]["en"].reads == "", "of the easy words, and no more"
    assert set(with_easy(form, WHERE, "en", "").recordings) == {WHERE}


def test_a_question_is_read_out_with_hint_and_answers_and_other_words_of_any_silence_it(
    office: Office, strand_id: str
) -> None:
    where = "questions.Q14.text"
    changed(office, strand_id, silence(), where=where)
    with read(office.engine) as db:
        form = form_of(db.get_one(Strand, strand_id))
    question = form.question("Q14")
    assert question is not None
    said = form.recordings[where]["en"].reads
    assert said.startswith(question.text["en"])
    assert said.endswith(question.options[-1].text["en"])
    assert where in form.with_words("fr", {f"questions.Q14.options.{question.option_ids[0]}": "Autre"}).recordings
    for member in (f"options.{each}" for each in question.option_ids):
        other = form.with_words("en", {f"questions.Q14.{member}": "Other"})
        assert other.recordings[where]["en"].spoken("") == said
        assert "Other" in read_out(other.said_by_place())[where]["en"]


def test_a_question_that_is_not_translated_whole_has_no_recording(office: Office, strand_id: str) -> None:
    with write(office.engine) as db:
        row = db.get_one(Strand, strand_id)
        form = form_of(row)
        question = form.question("Q14")
        assert question is not None
        row.form = form.with_words("fr", {f"questions.Q14.options.{question.option_ids[0]}": ""}).to_json()
    with pytest.raises(Invalid) as refused:
        changed(office, strand_id, silence(), where="questions.Q14.text", language="fr")
    assert "whole question" in refused.value.problems["recording"][0]


def test_words_are_put_right_without_another_recording_and_confirmed_again(office: Office, strand_id: str) -> None:
    where = "texts.T-ABOUT"
    changed(office, strand_id, silence(), where=where, reads="The mayer will read it.")
    for by in ("leila", "sami"):
        heard(office, strand_id, by, where)
    with write(office.engine) as db:
        strand, nadia = db.get_one(Strand, strand_id), office.people["nadia"]
        seen = form_of(strand).recordings[where]["en"].digest
        told = ("The mayor will read it.", seen, NOW)
        recordings.bring(db, office.keys, nadia, strand, where, "en", None, *told)
        found = recordings.kept(db, strand, where, "en")
        assert found is not None
        assert (found.digest, found.reads, found.confirmed_by) == (seen, "The mayor will read it.", ())
        with pytest.raises(Invalid) as refused:
            recordings.bring(db, office.keys, nadia, strand, where, "en", None, *told)
    assert "Choose the file" in refused.value.problems["recording"][0]


def test_recordings_wait_for_those_who_may_confirm_them(office: Office, strand_id: str) -> None:
    def waiting(name: str) -> tuple[tuple[str, str], ...]:
        with read(office.engine) as db:
            return recordings.to_hear(db, office.people[name], db.get_one(Strand, strand_id))

    assert waiting("leila") == ()
    changed(office, strand_id, silence(), by="lina")
    changed(office, strand_id, silence(50), by="lina", language="fr")
    assert waiting("leila") == ((WHERE, "en"), (WHERE, "fr"))
    assert waiting("lina") == waiting("rosa") == (), "nobody confirms what they brought, and a redactor nothing"
    heard(office, strand_id, "leila")
    assert waiting("leila") == ((WHERE, "fr"),)
    with write(office.engine) as db:
        db.add(
            StrandStaff(
                strand_id=strand_id, person_id=office.people["sami"].id, role=Role.INTERPRETER, languages=["en"]
            )
        )
    assert waiting("sami") == ((WHERE, "en"),), "of somebody whose languages are known, those"


def test_sound_that_no_text_has_any_more_is_gone(office: Office, strand_id: str) -> None:
    changed(office, strand_id, silence())
    changed(office, strand_id, silence(50))
    assert kept(office, strand_id) == 1
    changed(office, strand_id, None)
    assert kept(office, strand_id) == 0


def test_translators_bring_recordings_others_do_not_and_no_one_in_a_signed_source(
    office: Office, strand_id: str
) -> None:
    changed(office, strand_id, silence(), by="lina", language="fr")
    with pytest.raises(Denied):
        changed(office, strand_id, silence(50), by="leila")
    with write(office.engine) as db:
        db.get_one(Strand, strand_id).state = "decided"
    with pytest.raises(Denied):
        changed(office, strand_id, silence(50))
    assert kept(office, strand_id) == 1


@pytest.mark.parametrize("easy", ["About {who} and {minutes}", "About {nobody}"])
def test_easy_words_have_the_same_blanks_as_the_text(office: Office, strand_id: str, easy: str) -> None:
    with pytest.raises(Invalid):
        easy_words(office, strand_id, easy)


def test_the_database_keeps_a_recording_as_it_was(office: Office, strand_id: str) -> None:
    changed(office, strand_id, silence())
    with pytest.raises(Conflict), write(office.engine) as db:
        db.execute(text("UPDATE recordings SET content = x'00'"))
