"""The words themselves: promised sentences unchanged, placeholders alike, safe words in every language."""

import re
import tomllib
from pathlib import Path

import pytest

from consult.questionnaire.bank import CHECKS, HELP_PARTS, PLACEHOLDERS, bank_texts
from consult.questionnaire.content import Reader, Status, content, read_content, shipped_languages, structure
from consult.questionnaire.errors import FormError
from consult.questionnaire.strict import placeholders

AGREED = tomllib.loads(Path(__file__).with_name("agreed.toml").read_text(encoding="utf-8"))
VOWEL_SIGNS = re.compile("[\u064b-\u0652\u0670]")
# Masculine singular imperatives and verbs that would call every reader a boy.
MALE_ARABIC = re.compile(r"\b(?:اختر|اضغط|اكتب|احتفظ|تخط|تشعر|تريد|تحب|تعرف|متأكد\w*)\b")
MIDDLE_DOT = "\u00b7"


def every_word(language: str) -> list[str]:
    words = content(language)
    found = [*words.hints.values(), *words.options.values()]
    for variants in words.texts.values():
        found += variants.values()
    for variants in words.easy_texts.values():
        found += variants.values()
    found += words.easy_questions.values()
    for question in words.questions.values():
        found += [question.text or "", question.hint or "", *question.options.values()]
    for dimension in words.dimensions.values():
        found += [dimension.text or "", dimension.hint or ""]
        found += [*dimension.categories.values(), *dimension.parts.values(), *dimension.levels.values()]
    return found


@pytest.mark.parametrize("key", sorted(AGREED.keys() - {"T-HELP", "R-L3"}))
def test_the_childrens_texts_are_the_agreed_ones(key: str) -> None:
    assert bank_texts(Reader.CHILD)[key]["en"] == AGREED[key]


def test_the_help_text_is_the_agreed_one_in_parts() -> None:
    texts = bank_texts(Reader.CHILD)
    assert " ".join(texts[key]["en"] for key in HELP_PARTS) == AGREED["T-HELP"]


def test_a_part_without_children_says_so_in_the_agreed_words() -> None:
    assert bank_texts(Reader.REPRESENTATIVE)["R-L3"]["en"] == AGREED["R-L3"]


@pytest.mark.parametrize("reader", Reader)
def test_placeholders_are_the_same_in_every_language_and_known_to_the_pages(reader: Reader) -> None:
    for key, versions in bank_texts(reader).items():
        found = {placeholders(words) for words in versions.values()}
        assert len(found) == 1, key
        assert found.pop() <= set(PLACEHOLDERS), key


def test_every_placeholder_that_pages_fill_is_used() -> None:
    used = {name for reader in Reader for words in bank_texts(reader).values() for name in placeholders(words["en"])}
    assert used == set(PLACEHOLDERS)


@pytest.mark.parametrize("reader", [Reader.ADULT, Reader.REPRESENTATIVE])
def test_adults_read_of_people_they_trust_not_of_grown_ups(reader: Reader) -> None:
    texts = bank_texts(reader)
    assert not [key for key, words in texts.items() if "grown-up" in words["en"]]
    assert "people you trust" in texts["T-HELP-trust"]["en"]


def test_a_representative_who_must_answer_something_is_not_promised_to_skip_anything() -> None:
    texts = bank_texts(Reader.REPRESENTATIVE)
    assert not [key for key, words in texts.items() if "skip any question" in words["en"]]
    assert "skip any question" in bank_texts(Reader.ADULT)["T-CHOICE"]["en"]


def test_there_are_three_check_questions_with_an_explanation_each() -> None:
    assert [check.right for check in CHECKS] == [True, False, False]
    for check in CHECKS:
        assert {check.key, check.why} <= set(bank_texts(Reader.CHILD))


def test_only_the_source_is_not_waiting_for_a_native_reviewer() -> None:
    assert shipped_languages() == ("en", "ar", "es", "fr", "pt", "sw")
    waiting = {language for language in shipped_languages() if content(language).status is Status.UNREVIEWED}
    assert waiting == set(shipped_languages()) - {"en"}
    assert content("en").status is Status.SOURCE
    assert {language for language in shipped_languages() if content(language).direction == "rtl"} == {"ar"}


def test_arabic_is_without_vowel_signs_and_speaks_to_everybody() -> None:
    for words in every_word("ar"):
        assert not VOWEL_SIGNS.search(words), words
        assert not MALE_ARABIC.search(words), words


def test_french_for_children_has_no_inner_dots_and_french_for_adults_says_vous() -> None:
    assert not [words for words in every_word("fr") if MIDDLE_DOT in words]
    for reader in (Reader.ADULT, Reader.REPRESENTATIVE):
        for key, words in bank_texts(reader).items():
            assert not re.search(r"\b(?:tu|toi|ton|ta|tes|te)\b|\bt’", words["fr"], re.IGNORECASE), key


def test_spanish_for_adults_says_usted_and_calls_nobody_by_a_gender() -> None:
    for reader in (Reader.ADULT, Reader.REPRESENTATIVE):
        for key, words in bank_texts(reader).items():
            assert not re.search(
                r"\b(?:tú|tu|tus|te|ti|contigo|puedes|quieres|tienes)\b", words["es"], re.IGNORECASE
            ), key
    assert not [words for words in every_word("es") if re.search(r"@|\w/[ao]s?\b", words)]


def test_no_language_blames_or_uses_words_that_harm() -> None:
    harmful = re.compile(
        r"pornograph|prostitut|sexting|sextortion|predator|paedophile|abuser|offender|victim", re.IGNORECASE
    )
    for language in shipped_languages():
        assert not [words for words in every_word(language) if harmful.search(words)]


def test_words_for_what_does_not_exist_are_refused() -> None:
    good = {
        "language": "xx",
        "name": "X",
        "direction": "ltr",
        "status": "unreviewed",
        "how": "by hand",
        "texts": {},
        "hints": {},
        "options": {},
        "questions": {},
        "dimensions": {},
    }
    assert read_content(good, "xx.toml").language == "xx"
    for change, where in [
        ({"colours": {}}, "xx.toml"),
        ({"status": "perfect"}, "xx.toml.status"),
        ({"direction": "up"}, "xx.toml.direction"),
        ({"texts": {"T-X": {"adult": "only adults"}}}, "xx.toml.texts.T-X"),
        ({"texts": {"T-X": {"child": "x", "robot": "y"}}}, "xx.toml.texts.T-X"),
        ({"questions": {"Q01": {"txt": "x"}}}, "xx.toml.questions.Q01"),
    ]:
        with pytest.raises(FormError) as refusal:
            read_content(good | change, "xx.toml")
        assert refusal.value.where == where


@pytest.mark.parametrize("language", shipped_languages())
def test_easy_words_are_there_for_the_same_texts_in_every_language_and_are_easier(language: str) -> None:
    ours, source = content(language), content("en")
    assert ours.easy_texts.keys() == source.easy_texts.keys()
    assert ours.easy_questions.keys() == source.easy_questions.keys()
    for key in ours.easy_texts:
        easy, ordinary = ours.easy_text(key, Reader.CHILD), ours.text(key, Reader.CHILD)
        assert easy is not None
        assert ordinary is not None
        assert placeholders(easy) == placeholders(ordinary), key
        assert longest_sentence(easy) <= longest_sentence(ordinary), key
    assert not [key for key, said in ours.easy_questions.items() if said.count("?") + said.count("؟") != 1]


def longest_sentence(words: str) -> int:
    return max(len(sentence.split()) for sentence in re.split(r"(?<=[.!?؟])\s+", words))


def test_whoever_has_words_of_their_own_gets_no_easy_ones_of_somebody_else() -> None:
    words = content("en")
    assert words.easy_text("T-ABOUT", Reader.ADULT) is None, "it would ask an adult as a child is asked"
    assert words.easy_text("T-PLACE", Reader.ADULT) == words.easy_text("T-PLACE", Reader.CHILD)


def test_structure_files_are_not_languages() -> None:
    assert not {"bank", "profile", "sets"} & set(shipped_languages())
    assert structure("bank.toml")["version"]
