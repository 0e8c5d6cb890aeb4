"""The translation desk: who writes, who confirms, what an edit undoes, and what keeps a language shut."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, text, update

from consult.database import read, write
from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.models import Strand, Translation
from consult.questionnaire.bank import compose_set
from consult.services.gate.planning import form_of
from consult.services.setup import drafting
from consult.services.texts.translationstate import Segment, Status, counts_of, segments_of, unconfirmed
from consult.services.texts.worddiff import Kind, word_diff
from consult.services.texts.wording import with_text
from consult.services.translation import translating
from consult.services.translation.translating import Check, Typed
from consult.services.translation.translationfile import read_file, write_file
from safeguards.results import Status as Found
from safeguards.said import Said
from safeguards.terms import Decision
from tests.office import NOW, Office

SAFETY, PLAIN = "texts.T-PLACE", "questions.Q14.text"


@pytest.fixture
def strand_id(office: Office) -> str:
    return office.strand(office.consultation())


def segment(office: Office, strand_id: str, place: str, language: str = "fr") -> Segment:
    with read(office.engine) as db:
        form = form_of(db.get_one(Strand, strand_id))
        return next(each for each in segments_of(db, strand_id, form, language) if each.place == place)


def wrote(office: Office, strand_id: str, place: str, words: str, by: str = "lina", **changes: Any) -> int:
    seen = changes.pop("seen", None) or segment(office, strand_id, place).pair
    with write(office.engine) as db:
        typed = [Typed(place, words, seen, **changes)]
        row = db.get_one(Strand, strand_id)
        return translating.write_words(db, office.keys, office.people[by], row, "fr", typed, NOW)


def said_yes(office: Office, strand_id: str, place: str, by: str, back: str = "", **changes: Any) -> int:
    pair = changes.pop("pair", None) or segment(office, strand_id, place).pair
    with write(office.engine) as db:
        row, who = db.get_one(Strand, strand_id), office.people[by]
        native = changes.pop("native", True)
        return translating.check(db, office.keys, who, row, "fr", [Check(place, pair, back)], NOW, native=native)


def change_source(office: Office, strand_id: str, key: str, words: str) -> None:
    with write(office.engine) as db:
        row = db.get_one(Strand, strand_id)
        form = form_of(row)
        changed = with_text(form, key, {**form.texts[key], "en": words}).to_json()
        drafting.change_form(db, office.keys.audit, office.people["nadia"], strand_id, row.version, changed, NOW)


def test_one_other_person_confirms_a_text_and_two_a_safety_text_one_of_whom_puts_it_back(
    office: Office, strand_id: str
) -> None:
    assert segment(office, strand_id, PLAIN).status is Status.READY
    said_yes(office, strand_id, PLAIN, "sami")
    assert segment(office, strand_id, PLAIN).status is Status.CONFIRMED
    with pytest.raises(Invalid, match="change"):
        said_yes(office, strand_id, SAFETY, "sami")
    said_yes(office, strand_id, SAFETY, "sami", "Is this a good place?")
    assert segment(office, strand_id, SAFETY).status is Status.READY
    said_yes(office, strand_id, SAFETY, "leila")
    assert segment(office, strand_id, SAFETY).status is Status.CONFIRMED


def test_nobody_confirms_their_own_words_nor_twice_nor_a_draft(office: Office, strand_id: str) -> None:
    wrote(office, strand_id, PLAIN, "Vous sentez-vous en sécurité ?", draft=True)
    with pytest.raises(Denied, match="not ready"):
        said_yes(office, strand_id, PLAIN, "sami")
    wrote(office, strand_id, PLAIN, "Vous sentez-vous en sécurité ?")
    with pytest.raises(Denied, match="wrote this yourself"):
        said_yes(office, strand_id, PLAIN, "lina")
    said_yes(office, strand_id, PLAIN, "sami")
    with pytest.raises(Denied, match="already"):
        said_yes(office, strand_id, PLAIN, "sami")


def test_only_who_reads_the_language_as_their_own_confirms(office: Office, strand_id: str) -> None:
    with pytest.raises(Invalid) as refused:
        said_yes(office, strand_id, PLAIN, "sami", native=False)
    assert "native" in refused.value.problems


def test_other_roles_neither_write_nor_confirm(office: Office, strand_id: str) -> None:
    for who in ("otto", "tara", "dora", "rosa", "ali", "admin"):
        with pytest.raises(Denied):
            wrote(office, strand_id, PLAIN, "Autre chose", by=who)
        with pytest.raises(Denied):
            said_yes(office, strand_id, PLAIN, who)


def test_an_edit_of_the_words_or_of_their_source_undoes_the_confirmation(office: Office, strand_id: str) -> None:
    said_yes(office, strand_id, "texts.T-THANKS", "sami")
    before = segment(office, strand_id, "texts.T-THANKS")
    wrote(office, strand_id, "texts.T-THANKS", "Merci beaucoup !")
    assert segment(office, strand_id, "texts.T-THANKS").status is Status.READY
    wrote(office, strand_id, "texts.T-THANKS", before.words)
    assert segment(office, strand_id, "texts.T-THANKS").status is Status.CONFIRMED, "these very words were read"
    change_source(office, strand_id, "T-THANKS", "Thank you so much!")
    after = segment(office, strand_id, "texts.T-THANKS")
    assert (after.status, after.source_then) == (Status.CHANGED, before.source)
    with pytest.raises(Denied):
        said_yes(office, strand_id, "texts.T-THANKS", "leila")
    wrote(office, strand_id, "texts.T-THANKS", before.words)
    assert segment(office, strand_id, "texts.T-THANKS").status is Status.READY, "they fit the new source, says lina"


def test_two_translators_at_once_lose_nothing(office: Office, strand_id: str) -> None:
    seen = segment(office, strand_id, PLAIN).pair
    wrote(office, strand_id, PLAIN, "Première version ?")
    with pytest.raises(Conflict, match="Somebody else"):
        wrote(office, strand_id, PLAIN, "Seconde version ?", seen=seen)
    assert segment(office, strand_id, PLAIN).words == "Première version ?"
    with pytest.raises(Conflict, match="changed since"):
        said_yes(office, strand_id, PLAIN, "sami", pair=seen)


def test_words_that_lose_a_blank_are_refused_with_their_place(office: Office, strand_id: str) -> None:
    with pytest.raises(Invalid) as refused:
        wrote(office, strand_id, "texts.T-ABOUT", "Nous voulons savoir.")
    (told,) = refused.value.problems["texts.T-ABOUT"]
    assert told.startswith("Keep what stands in braces")
    assert isinstance(told, Said), "a translator reads it in their own language"
    with pytest.raises(NotFound):
        wrote(office, strand_id, "texts.NONE", "Rien", seen="0")


def test_a_confirmation_counts_wherever_the_same_words_stand(office: Office, strand_id: str) -> None:
    said_yes(office, strand_id, PLAIN, "sami")
    other = office.strand(office.consultation())
    assert segment(office, other, PLAIN).status is Status.CONFIRMED


def test_a_language_without_second_readers_stays_shut_whatever_was_attested(office: Office, strand_id: str) -> None:
    office.staffed(strand_id, [office.service()])
    office.proven(strand_id)
    assert office.evaluate(strand_id).decision is Decision.GO
    with write(office.engine) as db:
        db.execute(text("DELETE FROM translation_checks WHERE pair = :pair"), {"pair": _pair(office, strand_id, PLAIN)})
    found = next(each for each in office.evaluate(strand_id).findings if each.requirement == "INC-05")
    assert (found.status, found.level, dict(found.failing)) == (Found.MISSING, "EQ", {"languages": frozenset({"fr"})})
    with write(office.engine) as db:
        pair = _pair(office, strand_id, SAFETY)
        db.execute(
            text("DELETE FROM translation_checks WHERE pair = :pair AND person_id = :who"),
            {"pair": pair, "who": office.people["sami"].id},
        )
    whole = office.evaluate(strand_id)
    hard = [each for each in whole.reasons if each.requirement == "INC-05"]
    assert (hard[0].level, dict(hard[0].failing)) == ("HARD", {"languages": frozenset({"fr"})})
    assert [part.plan.strand.languages for part in whole.parts if part.decision.opens] == [("en", "ar")]


def _pair(office: Office, strand_id: str, place: str) -> str:
    return segment(office, strand_id, place).pair


def test_an_edited_translation_leaves_the_sign_off_of_the_set(office: Office, strand_id: str) -> None:
    office.staffed(strand_id, [office.service()])
    office.proven(strand_id)
    wrote(office, strand_id, "texts.T-THANKS", "Merci beaucoup !")
    open_again = {finding.requirement: finding for finding in office.evaluate(strand_id).findings if not finding.met}
    assert set(open_again) == {"INC-05", "ETH-02"}
    assert open_again["INC-05"].failing == open_again["ETH-02"].failing == {"languages": frozenset({"fr"})}
    change_source(office, strand_id, "T-THANKS", "Thank you so much!")
    assert "SAF-15" in {finding.requirement for finding in office.evaluate(strand_id).findings if not finding.met}


def test_the_database_holds_it_too(office: Office, strand_id: str) -> None:
    wrote(office, strand_id, PLAIN, "Vous sentez-vous en sécurité ?")
    pair, lina = segment(office, strand_id, PLAIN).pair, office.people["lina"].id
    insert = "INSERT INTO translation_checks (pair, person_id, checked_at) VALUES (:pair, :who, '2030-03-04 09:00:00')"
    with pytest.raises(Conflict, match="refused"), write(office.engine) as db:
        db.execute(text(insert), {"pair": pair, "who": lina})
    with pytest.raises(Conflict, match="refused"), write(office.engine) as db:
        db.execute(update(Translation).values(words="Autre chose"))
    said_yes(office, strand_id, PLAIN, "sami")
    with pytest.raises(Conflict, match="refused"), write(office.engine) as db:
        db.execute(text("UPDATE translation_checks SET back_translation = 'x'"))
    with pytest.raises(Conflict, match="refused"), write(office.engine) as db:
        db.execute(delete(Translation))


def test_a_file_goes_out_and_comes_back(office: Office, strand_id: str) -> None:
    with read(office.engine) as db:
        segments = segments_of(db, strand_id, form_of(db.get_one(Strand, strand_id)), "fr")
    out = write_file(segments)
    assert list(read_file(out, segments)) == [Typed(s.place, s.words, s.pair) for s in segments if s.words]
    assert any(s.is_easy and s.words for s in segments), "easy words go along"
    ours = out.decode("utf-8-sig").replace("Merci", "Mille mercis", 1).encode()
    with write(office.engine) as db:
        row = db.get_one(Strand, strand_id)
        typed = list(read_file(ours, segments))
        assert translating.write_words(db, office.keys, office.people["lina"], row, "fr", typed, NOW) == 1
        counts = counts_of(segments_of(db, strand_id, form_of(row), "fr"))
    assert counts == {
        Status.READY: sum(s.words != "" for s in segments),
        Status.USUAL: sum(not s.words for s in segments),
    }


_HEAD = b"place,source,translation,status,checksum\n"


def test_a_file_that_does_not_fit_says_where(office: Office, strand_id: str) -> None:
    with read(office.engine) as db:
        segments = segments_of(db, strand_id, form_of(db.get_one(Strand, strand_id)), "fr")
    for content, why in (
        (b"\xff\xfe", "no CSV file"),
        (b"place;source\n", "needs the columns"),
        (_HEAD + b"texts.NONE,a,b,ready,\n", "Row 2: this part has no text"),
        (_HEAD + b"texts.T-TITLE,Other,b,ready,\n", "source of texts.T-TITLE is another"),
        (_HEAD + b"texts.T-TITLE,a,b,ready,,more\n", "needs the columns"),
        (b"x" * 1_000_001, "larger"),
    ):
        with pytest.raises(Invalid) as refused:
            list(read_file(content, segments))
        assert why in refused.value.problems["file"][0]


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_word_diff_holds_both_texts(before: str, after: str) -> None:
    runs = word_diff(before, after)
    assert "".join(words for kind, words in runs if kind is not Kind.NEW) == before
    assert "".join(words for kind, words in runs if kind is not Kind.GONE) == after


def test_a_word_diff_names_the_words() -> None:
    assert word_diff("You can stop now.", "You may stop now.") == (
        (Kind.SAME, "You "),
        (Kind.GONE, "can"),
        (Kind.NEW, "may"),
        (Kind.SAME, " stop now."),
    )


def test_every_place_of_a_form_takes_other_words_and_only_source_words_change_the_set() -> None:
    form = compose_set("children_13_17", ("en", "fr"))
    for place, words in form.places():
        other = form.with_words("fr", {place: words["fr"] + " !"})
        assert dict(other.places())[place]["fr"] == words["fr"] + " !"
        assert other.set_digest() == form.set_digest() != form.with_words("en", {place: words["en"] + "!"}).set_digest()


EASY_SAFETY, EASY_PLAIN = "easy.texts.T-PLACE", "easy.questions.Q14.text"


def test_easy_words_are_confirmed_like_their_text_and_are_never_missing(office: Office, strand_id: str) -> None:
    with read(office.engine) as db:
        form = form_of(db.get_one(Strand, strand_id))
        before = unconfirmed(db, form, "fr")
    assert segment(office, strand_id, EASY_SAFETY).source == form.easy["texts.T-PLACE"]["en"]
    with pytest.raises(Invalid):
        said_yes(office, strand_id, EASY_SAFETY, "sami")
    said_yes(office, strand_id, EASY_SAFETY, "sami", "Is this a good place?")
    said_yes(office, strand_id, EASY_SAFETY, "leila")
    assert segment(office, strand_id, EASY_SAFETY).status is Status.CONFIRMED
    wrote(office, strand_id, EASY_PLAIN, "")
    assert segment(office, strand_id, EASY_PLAIN).status is Status.USUAL
    with read(office.engine) as db:
        after = unconfirmed(db, form_of(db.get_one(Strand, strand_id)), "fr")
    assert (before.safety - after.safety, before.others - after.others) == (1, 1), "confirmed, and not there any more"


def test_other_usual_words_take_easy_ones_with_them_unless_both_come_together(office: Office, strand_id: str) -> None:
    easy = segment(office, strand_id, EASY_PLAIN)
    wrote(office, strand_id, PLAIN, "Te sens-tu en sécurité ?")
    assert segment(office, strand_id, EASY_PLAIN).status is Status.USUAL
    wrote(office, strand_id, EASY_PLAIN, easy.words)
    usual = segment(office, strand_id, PLAIN)
    with write(office.engine) as db:
        row = db.get_one(Strand, strand_id)
        typed = [Typed(EASY_PLAIN, easy.words, easy.pair), Typed(PLAIN, "Te sens-tu bien protégé ?", usual.pair)]
        assert translating.write_words(db, office.keys, office.people["lina"], row, "fr", typed, NOW) == 1
    assert segment(office, strand_id, EASY_PLAIN).words == easy.words


def test_easy_words_have_the_blanks_of_their_text_and_need_it(office: Office, strand_id: str) -> None:
    with pytest.raises(Invalid) as refused:
        wrote(office, strand_id, "easy.texts.T-ABOUT", "Nous voulons savoir.")
    assert list(refused.value.problems) == ["easy.texts.T-ABOUT"]
    with pytest.raises(NotFound):
        wrote(office, strand_id, "easy.questions.Q14.options.safe", "Sûr", seen="0")


def test_a_changed_source_says_so_of_easy_words_too(office: Office, strand_id: str) -> None:
    before = segment(office, strand_id, "easy.texts.T-THANKS")
    change_source(office, strand_id, "T-THANKS", "Thank you so much!")
    after = segment(office, strand_id, "easy.texts.T-THANKS")
    assert (after.status, after.source, after.source_then) == (Status.CHANGED, "Thank you so much!", before.source)
    assert not after.easier, "the easy words of the source said another thing, and went"
