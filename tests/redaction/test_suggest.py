"""Suggested personal details: what is found on invented sentences, and what holds for every text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.redaction import Detail, DetailKind, pieces, shared_words, suggest, suggest_in_any
from tests.redaction.marked import LANGUAGES, score, sentences

_LETTERS = st.text(alphabet=st.sampled_from("abcXYZ éñ٠١٢123 .@_/-:'’,\nاسمي هو وادي Mr I'm 12"), max_size=80)


def _found(text: str, language: str = "en", regions: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(d.kind.value, text[d.start : d.end]) for d in suggest(text, language, regions)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_details_of_the_sentences_that_the_rules_were_written_on_are_found(language: str) -> None:
    got = score(sentences("tuned", language), language)
    assert got.found / got.details >= 0.8, got
    assert got.disturbed == 0, got


def test_on_fresh_sentences_it_misses_many_so_the_figures_must_not_get_worse_unseen() -> None:
    total = [score(sentences("fresh", language), language) for language in LANGUAGES]
    found, details = sum(one.found for one in total), sum(one.details for one in total)
    assert (found, details) >= (27, 50)
    assert sum(one.right for one in total) == sum(one.suggested for one in total)


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("call ٠٧١٢ ٣٤٥ ٦٧٨ now", "phone", "٠٧١٢ ٣٤٥ ٦٧٨"),
        ("it is 0712345678", "phone", "0712345678"),
        ("mail a.b+c@mail.example please", "email", "a.b+c@mail.example"),
        ("see HTTPS-free www.example.org/x?y=1.", "link", "www.example.org/x?y=1"),
        ("on 2024-03-12 it stopped", "date", "2024-03-12"),
        ("we live in Nairobi now", "place", "Nairobi"),
    ],
)
def test_each_kind_is_named(text: str, kind: str, what: str) -> None:
    assert (kind, what) in _found(text, regions=("KE",))


def test_a_number_with_too_few_digits_for_any_phone_is_a_number_still() -> None:
    assert _found("locker 991 204") == [("number", "991 204")]


def test_a_country_s_own_way_of_writing_a_number_is_known_with_its_region() -> None:
    assert _found("ring 06-12-34-56-78", "xx", ("FR",)) == [("phone", "06-12-34-56-78")]


def test_an_unknown_language_still_gets_the_rules_without_words() -> None:
    assert _found("ⴰⵣⵓⵍ @tifinagh me@mail.example", "zgh") == [("handle", "@tifinagh"), ("email", "me@mail.example")]


@given(_LETTERS, st.sampled_from((*LANGUAGES, "zz")))
def test_suggestions_are_in_order_apart_and_inside_the_text(text: str, language: str) -> None:
    at = 0
    for detail in suggest(text, language):
        assert at <= detail.start < detail.end <= len(text)
        at = detail.end


@given(_LETTERS)
def test_a_marked_text_joined_again_is_the_same_text(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text, suggest(text, "en"))) == text


def test_pieces_say_which_run_is_marked() -> None:
    cut = pieces("ask Zuri now", (Detail(DetailKind.NAME, 4, 8),))
    assert [(piece.text, piece.kind) for piece in cut] == [("ask ", None), ("Zuri", DetailKind.NAME), (" now", None)]


def test_two_texts_that_share_a_run_of_words_can_be_seen_to_be_one_person_s() -> None:
    one = "The blue bus takes ages, and nobody on it helps."
    other = "I said before: THE blue bus takes ages!"
    assert shared_words(one, other) == "the blue bus takes ages"
    assert shared_words(one, "The blue bus is late and nobody minds.") == ""
    assert shared_words("لا أحد في الحافلة الزرقاء يساعد", "لا أحد في الحافلة الزرقاء") == "لا أحد في الحافلة الزرقاء"


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=12).map(" ".join))
def test_a_text_shares_a_run_with_itself_as_soon_as_it_is_long_enough(text: str) -> None:
    assert bool(shared_words(text, text)) == (len(text.split()) >= 5)


def test_where_nobody_knows_the_language_the_rules_of_each_are_tried() -> None:
    text = "my teacher Mr Brown, mon prof Monsieur Dupont"
    found = [text[each.start : each.end] for each in suggest_in_any(text, ("en", "fr"))]
    assert any("Brown" in each for each in found)
    assert any("Dupont" in each for each in found)
