"""What the rules say, in a form that can be said in another language.

The rules know no catalogue and speak English. `Said` is that English sentence, a ``str`` for JSON, logs and
comparisons; it also remembers its pattern and the values in it, so that a page can say the same to every reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .results import instant
from .terms import Role

__all__ = ["Said", "Tongue", "counted", "joined", "said"]


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
        made = super().__new__(cls, words % {key: _english(value) for key, value in values.items()})
        made._pattern, made._values, made._many = pattern, values, many
        return made

    def __reduce__(self) -> tuple[type[Said], tuple[str, Mapping[str, Any], str]]:
        """For copies."""
        return Said, (self._pattern, self._values, self._many)

    def told(self, tongue: Tongue) -> str:
        """The same in another language."""
        found = tongue.many(self._pattern, self._many, self._values["n"]) if self._many else tongue.one(self._pattern)
        return found % {key: _told(value, tongue) for key, value in self._values.items()}

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


def joined(parts: Iterable[str], between: str = "; ") -> Said:
    """Each once, side by side, in order."""
    values = {f"part{at}": part for at, part in enumerate(dict.fromkeys(parts))}
    return Said(between.join(f"%({key})s" for key in values), values)


def _english(value: object) -> str:
    if isinstance(value, datetime):
        return instant(value) or ""
    return value.words if isinstance(value, Role) else str(value)


def _told(value: object, tongue: Tongue) -> str:
    return value.told(tongue) if isinstance(value, Said) else tongue.value(value)


def _renamed(value: object, name: Callable[[str], str]) -> object:
    if isinstance(value, Said):
        return value.renamed(name)
    return name(value) if type(value) is str else value
