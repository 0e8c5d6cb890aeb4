"""The linter's rules, limits and word lists, read from policies/lint.toml and policies/lint.<language>.toml."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from .terms import Audience

__all__ = [
    "AgeLimits",
    "LintRule",
    "OwnAbuse",
    "Severity",
    "Term",
    "WordList",
    "found",
    "limits",
    "own_abuse_languages",
    "own_abuse_words",
    "prepared",
    "rules",
    "word_list",
]


class Severity(StrEnum):
    """An error keeps the set from being signed off; a warning asks for a second look; a note says what was not read."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class LintRule:
    """One rule; message and mend are patterns with %(names)s, for every language."""

    id: str
    severity: Severity
    message: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeLimits:
    """What people from this age on may be asked."""

    youngest: int
    questions: int
    own_words: int
    options: int
    words: int
    sexual_words: bool


@dataclass(frozen=True, slots=True)
class Term:
    """Words to avoid, and what to say instead; ``audiences`` empty: for everybody."""

    pattern: re.Pattern[str]
    use: str
    audiences: frozenset[Audience]
    weigh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAbuse:
    """What asks for own abuse in one language. Patterns match text that went through ``prepared``."""

    language: str
    reassuring: re.Pattern[str]
    own_abuse: re.Pattern[str]
    own_abuse_spelled: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordList(OwnAbuse):
    """What one language says badly."""

    why: re.Pattern[str]
    leading: re.Pattern[str]
    two_asks: re.Pattern[str]
    scale_low: re.Pattern[str]
    scale_high: re.Pattern[str]
    idioms: re.Pattern[str]
    personal_data: re.Pattern[str]
    sexual_words: re.Pattern[str]
    something_else: re.Pattern[str]
    leave_out_names: re.Pattern[str]
    blame: re.Pattern[str]
    allowed_words: frozenset[str]
    terms: tuple[Term, ...]


@cache
def rules() -> Mapping[str, LintRule]:
    """Every rule by its name."""
    table = _read("lint.toml")["rules"]
    return MappingProxyType(
        {
            name: LintRule(rule["id"], Severity(rule["severity"]), rule["message"], rule["mend"])
            for name, rule in table.items()
        }
    )


@cache
def limits(age: int) -> AgeLimits:
    """The limits for somebody of this age in years; younger than every entry takes the youngest entry's."""
    entries = sorted((AgeLimits(**entry) for entry in _read("lint.toml")["ages"]), key=lambda entry: entry.youngest)
    return max((entry for entry in entries if entry.youngest <= age), key=lambda e: e.youngest, default=entries[0])


@cache
def word_list(language: str) -> WordList | None:
    """The words of a language tag such as ``en`` or ``en-GB``; None when there is no list."""
    name = f"lint.{language.partition('-')[0].lower()}.toml"
    if not re.fullmatch(r"lint\.[a-z]{2,3}\.toml", name) or not _policies().joinpath(name).is_file():
        return None
    raw = _read(name)
    return WordList(
        **_own_abuse(language, raw),
        why=_pattern(raw["why"]),
        leading=_pattern(raw["leading"]),
        two_asks=_pattern(raw["two_asks"]),
        scale_low=_pattern(raw["scale"]["low"]),
        scale_high=_pattern(raw["scale"]["high"]),
        idioms=_pattern(raw["reading"]["idioms"]),
        personal_data=_pattern(raw["personal_data"]["patterns"]),
        sexual_words=_pattern(raw["sexual_words"]["patterns"]),
        something_else=_pattern(raw["something_else"]["patterns"]),
        leave_out_names=_pattern(raw["leave_out_names"]["patterns"]),
        blame=_pattern(raw["blame"]["patterns"]),
        allowed_words=frozenset(raw["reading"]["allowed_words"]),
        terms=tuple(_term(entry) for entry in raw["terms"]),
    )


@cache
def own_abuse_words(language: str) -> OwnAbuse | None:
    """What asks for own abuse in a language: from its word list, else from the short lists; None where neither is."""
    short = _read("lint.toml")["own_abuse"].get(language.partition("-")[0].lower())
    return word_list(language) or (OwnAbuse(**_own_abuse(language, short)) if short else None)


@cache
def own_abuse_languages() -> tuple[str, ...]:
    """Every language in which asking for own abuse is recognised."""
    return ("en", *_read("lint.toml")["own_abuse"])


def _own_abuse(language: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    asks = raw["own_abuse"]
    return {
        "language": language,
        "reassuring": _pattern(raw["reassuring"]),
        "own_abuse": _pattern(asks),
        "own_abuse_spelled": _spelled_pattern(asks),
    }


def _term(entry: dict[str, Any]) -> Term:
    audiences = frozenset(Audience(letter) for letter in entry.get("audiences", ()))
    return Term(_pattern(entry["patterns"]), entry["use"], audiences, entry.get("weigh", False))


def _pattern(sources: Iterable[str]) -> re.Pattern[str]:
    """Whole words only; prepared text has one space for any gap."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(sources)})(?!\w)")


def _spelled_pattern(sources: Iterable[str]) -> re.Pattern[str]:
    """For words that were written letter by letter: no gaps are left to go by."""
    return re.compile("|".join(sources).replace(" ", ""))


_QUOTES = {ord(mark): "'" for mark in "‘’‚‛′`´ʼ＇"}
_SPELLED = re.compile(r"(?<![\w'])[^\W\d_](?:[ ._*\-]{1,3}[^\W\d_]){3,}(?![\w'])")
_ASKS = str.maketrans(dict.fromkeys("؟？﹖⸮", "?"))
_BETWEEN = re.compile(r"(?:[^\w'?.!]|_|(?<!\w)'|'(?!\w))+")


def prepared(text: str) -> tuple[str, str]:
    """The text made plain for matching, and what of it was spelled out letter by letter.

    Plain: small letters without accents or invisible characters, straight apostrophes, one space for every gap and for
    all punctuation but full stops, question and exclamation marks. So capitals, curly quotes, odd spaces, hyphens and
    asterisks hide nothing.
    """
    bare = unicodedata.normalize("NFKD", text.translate(_QUOTES).translate(_ASKS))
    seen = "".join(c for c in bare if unicodedata.category(c) not in ("Mn", "Cf", "Me")).casefold()
    spelled = " ".join(re.sub(r"[ ._*\-]", "", run) for run in _SPELLED.findall(seen))
    return _BETWEEN.sub(" ", seen).strip(), spelled


def found(pattern: re.Pattern[str], text: str) -> str:
    """The first words of the text that fit a pattern; empty when none do."""
    match = pattern.search(prepared(text)[0])
    return match.group().strip() if match else ""


def _policies() -> Any:  # noqa: ANN401 - importlib.resources moves its own type from version to version
    return resources.files(__package__).joinpath("policies")


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(_policies().joinpath(name).read_text("utf-8"))
