"""Recordings and easy words of a part: what is taken, what is signed with it, what goes when the words change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, text

from consult.database import read, write
from consult.errors import Conflict, Denied, Invalid
from consult.models import Recording, Strand
from consult.services import recordings
from consult.services.attesting import EvidenceValues, attest, verify
from consult.services.mp3 import sound_in
from consult.services.planning import form_of
from consult.services.wording import text_digest, with_text
from tests.office import NOW, Office
from tests.toolbox.sound import NAME, named_silence, silence

WHERE = "texts.T-PLACE"


@pytest.fixture
def office(sqlite_engine: Engine) -> Office:
    return Office.with_everybody(sqlite_engine)


@pytest.fixture
def strand_id(office: Office) -> str:
    return office.strand(office.consultation())


def changed(
    office: Office, strand_id: str, by: str = "nadia", content: bytes | None = None, easy: str = "Here?", **more: bool
) -> None:
    sound = recordings.checked(content) if content else None
    with write(office.engine) as db:
        version = db.get_one(Strand, strand_id).version
        recordings.change(
            db, office.keys.audit, office.people[by], strand_id, version, WHERE, "en", easy, sound, NOW, **more
        )


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
    changed(office, strand_id, easy="Is it good here?")
    easier = digests(office, strand_id)
    changed(office, strand_id, easy="Is it good here?", content=silence())
    heard = digests(office, strand_id)
    assert len({form, easier[0], heard[0]}) == len({english, easier[1], heard[1]}) == 3
    assert {french} == {easier[2], heard[2]}


def test_a_sign_off_ends_with_another_recording(office: Office, strand_id: str) -> None:
    changed(office, strand_id, content=silence())
    with write(office.engine) as db:
        row, people = db.get_one(Strand, strand_id), office.people
        values = EvidenceValues("INC-05", "en", "Read and heard")
        given_for = attest(db, office.keys, office.policy, people["lina"], row, values, NOW)
        verify(db, office.keys, office.policy, people["leila"], row, given_for.id, NOW)
        before = given_for.given_for
    changed(office, strand_id, content=silence(50))
    assert digests(office, strand_id)[1] != before


def test_other_words_take_easy_words_and_recording_with_them(office: Office, strand_id: str) -> None:
    changed(office, strand_id, content=silence())
    with read(office.engine) as db:
        form = form_of(db.get_one(Strand, strand_id))
    words = dict(form.texts["T-PLACE"])
    other = with_text(form, "T-PLACE", {**words, "fr": "Autrement."})
    assert (other.easy[WHERE]["en"], list(other.recordings[WHERE])) == ("Here?", ["en"])
    other = with_text(form, "T-PLACE", {**words, "en": "Is this a good place?"})
    assert "en" not in other.easy[WHERE]
    assert WHERE not in other.recordings


def test_sound_that_no_text_has_any_more_is_gone(office: Office, strand_id: str) -> None:
    changed(office, strand_id, content=silence())
    changed(office, strand_id, content=silence(50))
    assert kept(office, strand_id) == 1
    changed(office, strand_id, take_away=True)
    assert kept(office, strand_id) == 0


def test_only_who_sets_it_up_changes_it_and_nobody_once_it_is_signed(office: Office, strand_id: str) -> None:
    with pytest.raises(Denied):
        changed(office, strand_id, by="leila", content=silence())
    with write(office.engine) as db:
        db.get_one(Strand, strand_id).state = "decided"
    with pytest.raises(Conflict):
        changed(office, strand_id, content=silence())
    assert kept(office, strand_id) == 0


@pytest.mark.parametrize("easy", ["About {who} and {minutes}", "About {nobody}"])
def test_easy_words_have_the_same_blanks_as_the_text(office: Office, strand_id: str, easy: str) -> None:
    with pytest.raises(Invalid):
        changed(office, strand_id, easy=easy)


def test_the_database_keeps_a_recording_as_it_was(office: Office, strand_id: str) -> None:
    changed(office, strand_id, content=silence())
    with pytest.raises(Conflict), write(office.engine) as db:
        db.execute(text("UPDATE recordings SET content = x'00'"))
