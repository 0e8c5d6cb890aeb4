"""Reads the shipped content: what every language shares (bank, profile, sets) and the words of each language.

`bank.toml`, `profile.toml` and `sets.toml` hold structure and stable ids; every other file of the folder is a language.
A word that a language lacks is missing, not an error: the form then says so (`Form.missing_translations`). A word for
something that does not exist is an error.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from consult.questionnaire import strict
from consult.questionnaire.errors import FormError

_STRUCTURE = ("bank.toml", "profile.toml", "sets.toml")
_WORDS = ("texts", "hints", "options", "questions", "dimensions")

Words = Mapping[str, str]

#: The first word of the key of each text on which somebody's safety or free choice hangs (INC-05).
_SAFETY_TEXTS = frozenset(
    {
        *("T-PLACE", "T-LEAVE", "T-CHOICE", "T-SECRET", "T-HELP", "T-ASSENT", "T-YES", "T-NO", "T-CODE", "T-STOP"),
        *("T-CLOSED", "T-CONTACT", "T-GUARDIAN", "T-CHECK", "C-SKIP", "C-NAME", "C-HELP", "C-TELL"),
    }
)


def is_safety_text(key: str) -> bool:
    """Whether a text tells of help, leaving, stopping, choice, secrecy and its limits, or taking back."""
    return "-".join(key.split("-")[:2]) in _SAFETY_TEXTS


class Reader(StrEnum):
    """For whom the words are meant: audiences G, S and H; A; R."""

    CHILD = "child"
    ADULT = "adult"
    REPRESENTATIVE = "representative"


# Where a reader has no words of their own, those of the next one stand in.
_STAND_INS = {
    Reader.CHILD: (Reader.CHILD,),
    Reader.ADULT: (Reader.ADULT, Reader.CHILD),
    Reader.REPRESENTATIVE: (Reader.REPRESENTATIVE, Reader.ADULT, Reader.CHILD),
}


class Status(StrEnum):
    """How far a language's words can be trusted. Only people can move it (INC-05)."""

    SOURCE = "source"
    UNREVIEWED = "unreviewed"
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """The words of one question in one language."""

    text: str | None
    hint: str | None
    options: Words


@dataclass(frozen=True, slots=True)
class DimensionWords:
    """The words of one dimension in one language."""

    text: str | None
    hint: str | None
    categories: Words
    parts: Words
    levels: Words


_NO_QUESTION_WORDS = QuestionWords(None, None, {})
_NO_DIMENSION_WORDS = DimensionWords(None, None, {}, {}, {})


@dataclass(frozen=True, slots=True)
class Content:
    """All words of one language. `options` and `hints`: words that many questions share."""

    language: str
    name: str
    direction: str
    status: Status
    how: str
    #: the ways of saying "children's views": no report that counts no child is called so
    childrens_views: tuple[str, ...]
    texts: Mapping[str, Mapping[str, str]]
    hints: Words
    options: Words
    questions: Mapping[str, QuestionWords]
    dimensions: Mapping[str, DimensionWords]
    #: texts in easy words by reader, and what a question asks in easy words: only where there are some
    easy_texts: Mapping[str, Mapping[str, str]]
    easy_questions: Words

    def text(self, key: str, reader: Reader) -> str | None:
        """The words of a text for this reader, or those of the reader that stands in."""
        variants = self.texts.get(key, {})
        return next((variants[stand_in] for stand_in in _STAND_INS[reader] if stand_in in variants), None)

    def easy_text(self, key: str, reader: Reader) -> str | None:
        """The easy words of a text for this reader; only those that say what this reader's ordinary ones say."""
        variants = self.texts.get(key, {})
        whose = next((stand_in for stand_in in _STAND_INS[reader] if stand_in in variants), reader)
        return self.easy_texts.get(key, {}).get(whose)

    def question(self, key: str) -> QuestionWords:
        """The words of a question; empty where there are none yet."""
        return self.questions.get(key, _NO_QUESTION_WORDS)

    def dimension(self, key: str) -> DimensionWords:
        """The words of a dimension; empty where there are none yet."""
        return self.dimensions.get(key, _NO_DIMENSION_WORDS)


@cache
def shipped_languages() -> tuple[str, ...]:
    """The languages that have a content file, English first."""
    found = {entry.name.removesuffix(".toml") for entry in _folder().iterdir() if _is_language(entry.name)}
    return tuple(sorted(found, key=lambda language: (language != "en", language)))


def _folder() -> Traversable:
    return files("consult").joinpath("content")


def _parsed(file_name: str) -> dict[str, object]:
    try:
        return tomllib.loads(_folder().joinpath(file_name).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise FormError(file_name, f"is not TOML: {error}") from error


def _is_language(file_name: str) -> bool:
    return file_name.endswith(".toml") and file_name not in _STRUCTURE


@cache
def structure(file_name: str) -> Mapping[str, object]:
    """The parsed `bank.toml`, `profile.toml` or `sets.toml`."""
    return _parsed(file_name)


@cache
def content(language: str) -> Content:
    """The words of a shipped language. Raises FormError for a language without a file, or a file not well made."""
    if language not in shipped_languages():
        raise FormError("languages", f"no content in {language!r}; there is {', '.join(shipped_languages())}")
    return read_content(_parsed(f"{language}.toml"), f"{language}.toml")


def read_content(value: object, where: str) -> Content:
    """Reads the parsed content of one language strictly. Raises FormError."""
    data = strict.members(
        value, where, ("language", "name", "direction", "status", "how", *_WORDS), ("childrens_views", "easy")
    )
    easy = strict.members(data.get("easy", {}), f"{where}.easy", (), ("texts", "questions"))
    if data["status"] not in list(Status):
        raise FormError(f"{where}.status", f"must be one of {', '.join(Status)}")
    if data["direction"] not in ("ltr", "rtl"):
        raise FormError(f"{where}.direction", "must be ltr or rtl")
    return Content(
        language=strict.language(data["language"], f"{where}.language"),
        name=strict.text(data["name"], f"{where}.name"),
        direction=str(data["direction"]),
        status=Status(str(data["status"])),
        how=strict.text(data["how"], f"{where}.how"),
        childrens_views=_ways(data.get("childrens_views", []), f"{where}.childrens_views"),
        texts={key: _variants(item, f"{where}.texts.{key}") for key, item in _table(data, "texts", where)},
        hints=_words(data["hints"], f"{where}.hints"),
        options=_words(data["options"], f"{where}.options"),
        questions={key: _question(item, f"{where}.questions.{key}") for key, item in _table(data, "questions", where)},
        dimensions={
            key: _dimension(item, f"{where}.dimensions.{key}") for key, item in _table(data, "dimensions", where)
        },
        easy_texts=_easy_texts(easy.get("texts", {}), f"{where}.easy.texts"),
        easy_questions=_part(easy, "questions", f"{where}.easy"),
    )


def _ways(value: object, where: str) -> tuple[str, ...]:
    return tuple(strict.text(item, f"{where}[{place}]") for place, item in enumerate(strict.items(value, where)))


def _easy_texts(value: object, where: str) -> dict[str, dict[str, str]]:
    if not isinstance(value, dict):
        raise FormError(where, "must be a table")
    return {
        key: _words(strict.members(item, f"{where}.{key}", (), tuple(Reader)), f"{where}.{key}")
        for key, item in value.items()
    }


def _table(data: Mapping[str, object], key: str, where: str) -> list[tuple[str, object]]:
    value = data[key]
    if not isinstance(value, dict):
        raise FormError(f"{where}.{key}", "must be a table")
    return list(value.items())


def _words(value: object, where: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise FormError(where, "must be a table of words")
    return {key: strict.text(words, f"{where}.{key}") for key, words in value.items()}


def _variants(value: object, where: str) -> dict[str, str]:
    return _words(strict.members(value, where, (Reader.CHILD,), tuple(Reader)), where)


def _question(value: object, where: str) -> QuestionWords:
    data = strict.members(value, where, (), ("text", "hint", "options"))
    return QuestionWords(_maybe(data, "text", where), _maybe(data, "hint", where), _part(data, "options", where))


def _dimension(value: object, where: str) -> DimensionWords:
    data = strict.members(value, where, (), ("text", "hint", "categories", "parts", "levels"))
    return DimensionWords(
        text=_maybe(data, "text", where),
        hint=_maybe(data, "hint", where),
        categories=_part(data, "categories", where),
        parts=_part(data, "parts", where),
        levels=_part(data, "levels", where),
    )


def _maybe(data: Mapping[str, object], key: str, where: str) -> str | None:
    return strict.text(data[key], f"{where}.{key}") if key in data else None


def _part(data: Mapping[str, object], key: str, where: str) -> dict[str, str]:
    return _words(data.get(key, {}), f"{where}.{key}")
