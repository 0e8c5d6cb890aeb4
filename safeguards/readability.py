"""How hard an English text is to read: words, sentences, syllables and the Flesch–Kincaid grade.

Formula: Kincaid et al. 1975. It says nothing about whether a child understands or trusts a text: children try it out
(ETH-02). One long word moves a short text by many grades, so nothing under ``ENOUGH_WORDS`` is graded.
"""

from __future__ import annotations

import re

__all__ = ["ENOUGH_WORDS", "applies_to", "grade", "sentences", "syllables", "words"]

ENOUGH_WORDS = 60

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+", re.UNICODE)
_END = re.compile(r"[.!?…؟。！？।]+")
_VOWELS = re.compile(r"[aeiouy]+")
# A written e that is not heard: at the end, in -es and -ed, before -ly, and inside joined words.
_SILENT = re.compile(
    r"[^aeiouyl]e$|[aeiouy]le$|(?:[^aeiouylscgzxh]|[^sc]h|[aeiouy]l)es$|[^aeiouytd]ed$|[^aeiouyl]ely$"
    r"|(?:some|care|life|home|time|where|there)(?=[a-z]{3})"
)
# Vowels that stand side by side and are both heard.
_APART = re.compile(
    r"(?<![ctsgn])i[ao]|(?<!p)eo|(?<!q)ua|(?<=[dr])eas?$|(?<=cr)ea(?=t)|(?<=sc)ie|(?<=qu)ie|[aeiou]ing$|[^aeiou]sms?$"
)


def applies_to(language: str) -> bool:
    """Whether the formula was made for this language."""
    return language.partition("-")[0].lower() == "en"


def words(text: str) -> list[str]:
    """The words of a text in any script that puts spaces between them; a number is one word."""
    return _WORD.findall(text)


def sentences(text: str) -> list[str]:
    """The sentences that hold a word."""
    return [part.strip() for part in _END.split(text) if words(part)]


def syllables(word: str) -> int:
    """About how many syllables an English word has; at least 1."""
    plain = word.lower().replace("’", "'").removesuffix("'s")
    count = len(_VOWELS.findall(plain)) + len(_APART.findall(plain)) - len(_SILENT.findall(plain))
    return max(1, count)


def grade(text: str) -> float | None:
    """The Flesch–Kincaid school grade of an English text; None when it is too short to say."""
    found = words(text)
    if len(found) < ENOUGH_WORDS:
        return None
    per_sentence = len(found) / max(1, len(sentences(text)))
    per_word = sum(syllables(word) for word in found) / len(found)
    return 0.39 * per_sentence + 11.8 * per_word - 15.59
