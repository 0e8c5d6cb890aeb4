"""The rules as regular expressions, made once a language from cues.toml and the names that Unicode's CLDR knows.

Every pattern has one named group, `it`: the passage to look at.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale, UnknownLocaleError

__all__ = ["languages", "patterns_of"]

Pattern = tuple[str, re.Pattern[str]]

_WORD = r"[^\W\d_]+(?:['’-][^\W\d_]+)*"
_UPPER = "".join(letter for code in range(0x41, 0x250) if (letter := chr(code)).isupper())
_LAST = r"[^\s.,;:!?،؛؟)\]}»”\"']"
#: Languages of which CLDR's regional variants call the months otherwise.
_MONTHS_OF = {"ar": ("ar", "ar_SY", "ar_DZ", "ar_MA"), "pt_BR": ("pt_BR",)}
_ANYWHERE = (
    ("email", r"(?P<it>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"),
    ("link", rf"(?P<it>(?:https?://|www\.)\S*{_LAST})"),
    ("link", rf"(?<![\w@.])(?P<it>(?:[\w-]+\.)+[A-Za-z]{{2,}}/\S*{_LAST})"),
    ("link", r"(?<![\w@.])(?P<it>(?:[\w-]+\.)+(?:com|org|net|info|gg|io|app|me)\b)"),
    ("handle", r"(?<![\w.])(?P<it>@[\w.]*\w)"),
    ("handle", r"(?<![\w.@/])(?P<it>[^\W\d_]{3,}(?:\.[^\W\d_]{3,})+)(?![\w/])"),
    ("handle", r"(?<![\w@.])(?P<it>[^\W_]+_\w+)"),
    ("handle", r"(?<![\w@.])(?P<it>[^\W\d_]{3,}\d{2,})\b"),
    ("date", r"(?<![\d/.-])(?P<it>\d{1,4}([/.-])\d{1,2}\2\d{1,4})(?![\d/-])"),
    ("number", r"(?<![\w])(?P<it>\+?\d(?:[\s().-]{0,2}\d){5,})"),
)


@cache
def languages() -> tuple[str, ...]:
    """The languages whose words are known."""
    return tuple(_cues())


@cache
def patterns_of(language: str) -> tuple[Pattern, ...]:
    """(kind, pattern) for a language; for an unknown one those that need no words."""
    found = [(kind, re.compile(pattern)) for kind, pattern in _ANYWHERE]
    key = language.replace("-", "_")
    cues = _cues().get(key) or _cues().get(key.partition("_")[0])
    if cues:
        found += [(kind, re.compile(pattern)) for kind, pattern in _Rules(key, cues).all()]
    return tuple(found)


@cache
def _cues() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("cues.toml").read_text(encoding="utf-8"))


class _Rules:
    """The patterns of one language. Where a script has capitals a name has one, unless its cue is a strong one."""

    def __init__(self, language: str, cues: Mapping[str, Any]) -> None:
        self._language = language
        self._cues = cues
        self._caseless = Locale.parse(language).character_order == "right-to-left"
        common = rf"(?!(?:{_any(cues['common'])})(?!\w))" if cues["common"] else ""
        self._join = rf"(?:(?i:{_any(cues['join'])})['’\s]\s*)*"
        capital = _WORD if self._caseless else rf"{common}{_capital()}"
        self._name = _WORD if self._caseless else rf"{capital}(?:\s+{self._join}{capital})*"
        self._capital = capital
        self._two = rf"{_WORD}(?:\s+(?!و){_WORD})?" if self._caseless else self._name

    def all(self) -> Iterator[tuple[str, str]]:
        """(kind, pattern) of every rule."""
        yield from self._names()
        yield from self._places()
        yield from self._addresses()
        yield from self._ages()
        yield from self._dates()
        yield "handle", rf"{self._cue('account')}\s*(?:(?i:{_any(self._cues['between'])})\s+|:\s*)(?P<it>@?[\w.]*\w)"

    def _names(self) -> Iterator[tuple[str, str]]:
        no_name = rf"(?!(?i:{_any(self._cues['no_name'])})\b)" if self._cues["no_name"] else ""
        more = rf"(?:\s+(?!و){_WORD})?" if self._caseless else rf"(?:\s+{self._join}{self._capital})*"
        # a strong cue takes the next word as it is: children often write names in small letters
        yield "name", rf"{self._cue('named')}\s*:?\s+{self._between()}{no_name}(?P<it>{_WORD}{more})"
        if self._cues["self"]:
            after = rf"(?=\s+(?:{_any(self._cues['self_before'])})\b)" if "self_before" in self._cues else ""
            name = self._name if self._cues["self_needs_capital"] else _WORD + ("" if after else more)
            yield "name", rf"{self._cue('self')}\s+{no_name}(?P<it>{name}){after}"
        yield "name", rf"{self._cue('beside')}\.?\s+{self._between()}(?P<it>{self._name})"
        if not self._caseless:  # a capital inside a sentence
            yield "name", rf"(?<=[^\s.!?…:;\n]\s)(?P<it>{self._name})"

        yield "name", rf"\b(?P<it>(?i:{_any(self._cues['given'])}){more})\b"

    def _places(self) -> Iterator[tuple[str, str]]:
        yield "place", rf"(?P<it>{self._cue('institution')}\s+{self._join}{self._two})"
        if self._cues["institution_after"]:
            yield "place", rf"(?P<it>{self._name}\s+(?i:{_any(self._cues['institution_after'])})\b)"
        yield "place", rf"(?P<it>{self._cue('class_before')}\s+\d+\s*[^\W\d_]?\b)"
        yield "place", rf"(?P<it>{self._cue('class_of')}\s+{_WORD})"
        yield "place", rf"{self._cue('place')}\s+(?P<it>{self._two})"
        yield "place", rf"\b(?P<it>{_any(_known_places(self._language))})\b"

    def _addresses(self) -> Iterator[tuple[str, str]]:
        number = r"(?:\s*,?\s*(?:n[°ºo.]*\s*)?\d+\w?)?"
        if self._cues["street"]:
            front = r"(?:\d+\w?\s*(?:,|bis|ter)?\s*)?"
            yield "address", rf"(?P<it>{front}{self._cue('street')}\.?\s+{self._join}{self._name}{number})"
        if self._cues["street_after"]:
            after = rf"(?i:{_any(self._cues['street_after'])})\b"
            yield "address", rf"(?P<it>\d+\w?,?\s+(?:{_WORD}\s+){{1,3}}{after})"
            yield "address", rf"(?P<it>{self._name}\s+{after})"

    def _ages(self) -> Iterator[tuple[str, str]]:
        words = rf"(?:(?<!\d)\d{{1,2}}(?!\d)|(?i:{_any(self._cues['number_words'])}))"
        if self._cues["years"]:
            yield "age", rf"\b(?P<it>{words}[\s-]*(?i:{_any(self._cues['years'])}))(?!\w)"
        if "years_before" in self._cues:
            yield "age", rf"(?P<it>{self._cue('years_before')}\s+{words})\b"
        yield "age", rf"{self._cue('age')}\s+(?P<it>{words})(?![\w%:]|[.,]\d)"

    def _dates(self) -> Iterator[tuple[str, str]]:
        months = _any(_months(self._language))
        link = r"\s*(?:(?i:of|de|d')\s*)?"
        ordinal = r"(?:st|nd|rd|th|º|ª|er)?"
        day = rf"(?:\b(?i:{_any(_weekdays(self._language))})[,\s]\s*)?(?:{self._cue('day')}\s+)?"
        year = rf"(?:,?{link}\d{{4}})"
        yield "date", rf"(?P<it>{day}(?<!\d)\d{{1,2}}{ordinal}{link}(?i:{months})\b{year}?)"
        yield "date", rf"\b(?P<it>(?i:{months})\s+\d{{1,2}}{ordinal}\b{year}?)"
        yield "date", rf"\b(?P<it>(?i:{months}){year})"
        yield "date", rf"(?P<it>{self._cue('day')}\s+(?<!\d)\d{{1,2}}{ordinal}\b)(?!\s*%)"

    def _cue(self, name: str) -> str:
        return rf"\b(?i:{_any(self._cues[name])})\b"

    def _between(self) -> str:
        return rf"(?:(?i:{_any(self._cues['between'])})\s+)?"


def _capital() -> str:
    """A word that begins with a capital and is not written in capitals as a whole."""
    return rf"(?![{_UPPER}]{{2,}}\b)[{_UPPER}][^\W\d_]*(?:['’-][^\W\d_]+)*"


def _any(words: Iterable[str]) -> str:
    """Any of these, the longest first; a space stands for any white space."""
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(set(words), key=lambda w: (-len(w), w)))


@cache
def _months(language: str) -> frozenset[str]:
    found: set[str] = set()
    for name in _MONTHS_OF.get(language, (language,)):
        months = Locale.parse(name).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                found |= {month.rstrip(".") for month in months[context][width].values()}
    return frozenset(month for month in found if not month.isdigit())


@cache
def _weekdays(language: str) -> frozenset[str]:
    days = Locale.parse(language).days["format"]
    return frozenset({*days["wide"].values(), *(day.removesuffix("-feira") for day in days["wide"].values())})


@cache
def _known_places(language: str) -> frozenset[str]:
    """Countries, and the cities after which time zones are named, in the language: CLDR has some hundred of each."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return frozenset()
    cities = {zone["city"] for zone in locale.time_zones.values() if "city" in zone}
    return frozenset({*locale.territories.values(), *cities}) - {""}
