"""What makes a text easier: the same in easy words, and a recording of it. Both belong to one text in one language.

Neither is ever needed: a text without easy words is read in its ordinary ones, of the same language. Both are part of
the form, and so of what is signed: easy words as they are, a recording by the hash of its sound.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from consult.questionnaire import strict
from consult.questionnaire.errors import FormError
from consult.questionnaire.strict import Texts

__all__ = [
    "MAY_BE_EASIER",
    "Easy",
    "Recording",
    "Recordings",
    "check_easier",
    "easy_from_json",
    "recordings_from_json",
    "still_said",
]

T = TypeVar("T")

_DIGEST = re.compile(r"[0-9a-f]{64}")
#: places that may have easy words and a recording: texts, and what a question asks
MAY_BE_EASIER = re.compile(r"texts\.[^.]+|questions\.[^.]+\.text")


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording: SHA-256 (hexadecimal) of its MP3, and how many bytes that has."""

    digest: str
    bytes: int


#: place, such as `texts.T-PLACE` or `questions.Q14.text` → language → words, or the recording
Easy = Mapping[str, Texts]
Recordings = Mapping[str, Mapping[str, Recording]]


def easy_from_json(value: object) -> dict[str, dict[str, str]]:
    """Easy words by place and language."""
    return {where: strict.texts(words, f"easy.{where}") for where, words in _table(value, "easy").items()}


def recordings_from_json(value: object) -> dict[str, dict[str, Recording]]:
    """Recordings by place and language."""
    return {
        where: {
            strict.language(tag, f"recordings.{where}"): _recording(item, f"recordings.{where}.{tag}")
            for tag, item in _table(found, f"recordings.{where}").items()
        }
        for where, found in _table(value, "recordings").items()
    }


def check_easier(easy: Easy, recordings: Recordings, ordinary: Mapping[str, Texts]) -> None:
    """Refuses easy words or a recording of what is not said in that language, and other placeholders than there."""
    for kind, table in (("easy", easy), ("recordings", recordings)):
        for where, found in table.items():
            _check_place(f"{kind}.{where}", where, found, ordinary)
    for where, words in easy.items():
        for language, said in words.items():
            if strict.placeholders(said) != strict.placeholders(ordinary[where][language]):
                raise FormError(f"easy.{where}.{language}", "placeholders differ from those of the text itself")


def _check_place(name: str, where: str, found: Mapping[str, object], ordinary: Mapping[str, Texts]) -> None:
    if where not in ordinary or not MAY_BE_EASIER.fullmatch(where):
        raise FormError(name, "no such text or question")
    for language in found:
        if language not in ordinary[where]:
            raise FormError(f"{name}.{language}", "the text itself is not there in this language")


def still_said(
    easier: Mapping[str, Mapping[str, T]], before: Mapping[str, Texts], after: Mapping[str, Texts]
) -> dict[str, dict[str, T]]:
    """What still belongs to what it was made for: a text that reads otherwise now has lost its easy words and sound."""
    kept = {
        where: {
            language: each
            for language, each in found.items()
            if language in after.get(where, {}) and before.get(where, {}).get(language) == after[where][language]
        }
        for where, found in easier.items()
    }
    return {where: found for where, found in kept.items() if found}


def _recording(value: object, where: str) -> Recording:
    data = strict.members(value, where, ("digest", "bytes"))
    if not isinstance(data["digest"], str) or not _DIGEST.fullmatch(data["digest"]):
        raise FormError(f"{where}.digest", "must be a SHA-256 hash in hexadecimal")
    return Recording(data["digest"], strict.number(data["bytes"], f"{where}.bytes"))


def _table(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise FormError(where, "must be an object")
    return value
