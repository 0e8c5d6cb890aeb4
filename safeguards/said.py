"""What the rules say, in a form that can be said in another language.

The rules know no catalogue and speak English. `Said` is that English sentence, a ``str`` for JSON, logs and
comparisons; it also remembers its pattern and the values in it, so that a page can say the same to every reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import reduce
from typing import Any

__all__ = ["Language", "Place", "Said", "Tongue", "counted", "either", "joined", "said"]


class Language(str):
    """The tag of a language in a sentence: a page writes its name."""

    __slots__ = ()


class Place(str):
    """The code of a country or a part of one in a sentence: a page writes its name."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Tongue:
    """How a language says things: ``one`` and ``many`` find its pattern, ``value`` writes what stands in it."""

    one: Callable[[str], str]
    many: Callable[[str, str, int], str]
    value: Callable[[object], str]


class Said(str):
    """An English sentence with the pattern and values it was made from; `said`, `counted` and `joined` make it."""

    __slots__ = ("_many", "_pattern", "_values")

    _pattern: str
    _values: Mapping[str, Any]
    _many: str

    def __new__(cls, pattern: str, values: Mapping[str, Any], many: str = "") -> Said:
        """``many``: the pattern for other numbers than one of the value ``n``."""
        words = many if many and values["n"] != 1 else pattern
        made = super().__new__(cls, _filled(words, {key: _english(value) for key, value in values.items()}))
        made._pattern, made._values, made._many = pattern, values, many
        return made

    @property
    def pattern(self) -> str:
        """What translators find."""
        return self._pattern

    def __reduce__(self) -> tuple[type[Said], tuple[str, Mapping[str, Any], str]]:
        """For copies."""
        return Said, (self._pattern, self._values, self._many)

    def __str__(self) -> str:
        """Itself: an error that is made with it keeps its pattern."""
        return self

    def told(self, tongue: Tongue) -> str:
        """The same in another language."""
        if not self._pattern:
            return ""
        found = tongue.many(self._pattern, self._many, self._values["n"]) if self._many else tongue.one(self._pattern)
        return _filled(found, {key: _told(value, tongue) for key, value in self._values.items()})

    def renamed(self, name: Callable[[str], str]) -> Said:
        """The same with other words for what stands in it: ids become names."""
        values = {key: _renamed(value, name) for key, value in self._values.items()}
        return Said(self._pattern, values, self._many)


def said(pattern: str, **values: object) -> Said:
    """A sentence: a pattern with ``%(name)s`` for each value. Translators find every pattern by this call."""
    return Said(pattern, values)


def counted(one: str, many: str, n: int, **values: object) -> Said:
    """A sentence about ``n`` things."""
    return Said(one, {"n": n, **values}, many)


def joined(parts: Iterable[object], between: str = "; ") -> Said:
    """Each once, side by side, in order; nobody translates what stands between."""
    values = {f"part{at}": part for at, part in enumerate(dict.fromkeys(parts))}
    return Said(between.join(f"%({key})s" for key in values), values)


def either(parts: Iterable[str]) -> str:
    """This or that: at least one."""
    return reduce(lambda one, other: said("%(one)s or %(other)s", one=one, other=other), parts)


def _filled(pattern: str, values: Mapping[str, str]) -> str:
    """Without values it is no pattern but a sentence: a per cent sign in it stays one."""
    return pattern % values if values else pattern


def _english(value: object) -> str:
    """Codes by their names ("independent approver"), times as in JSON."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.name.lower().replace("_", " ") if isinstance(value, StrEnum) else str(value)


def _told(value: object, tongue: Tongue) -> str:
    return value.told(tongue) if isinstance(value, Said) else tongue.value(value)


def _renamed(value: object, name: Callable[[str], str]) -> object:
    if isinstance(value, Said):
        return value.renamed(name)
    return name(value) if type(value) is str else value
