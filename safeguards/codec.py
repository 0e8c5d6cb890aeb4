"""Frozen dataclasses to and from JSON, by their type hints: one reader and one writer for all facts.

Understands str, int, float, bool, date, datetime, enums, ``X | None``, ``tuple[X, ...]``, ``tuple[X, Y]``,
``Mapping[str, X]`` and dataclasses of these. A string in ``Annotated`` is the field's documentation.
Unknown keys, wrong types and unknown words are problems; all of them are collected, each with its JSON path and mend.
"""

from __future__ import annotations

import dataclasses
import types
import typing
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = [
    "YEARS",
    "ClockTime",
    "Hint",
    "Key",
    "OneOrMore",
    "Problem",
    "TimeZone",
    "clock",
    "decode",
    "encode",
    "fields_of",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ClockTime:
    """Marks an int of minutes after local midnight that is written HH:MM."""


@dataclass(frozen=True, slots=True)
class TimeZone:
    """Marks a str that names an IANA time zone."""


@dataclass(frozen=True, slots=True)
class OneOrMore:
    """Marks a tuple that may also be written as its only element."""


@dataclass(frozen=True, slots=True)
class Key:
    """Gives a field another name in JSON."""

    name: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file: where (JSON path), what, and the mend."""

    path: str
    wrong: str
    mend: str

    def __str__(self) -> str:
        return f"{self.path}: {self.wrong}; {self.mend}"


@dataclass(frozen=True, slots=True)
class Hint:
    """A field's type without its annotations, its documentation and its marks."""

    type: Any
    key: str
    doc: str
    marks: frozenset[type]
    required: bool


@cache
def fields_of(cls: type) -> Mapping[str, Hint]:
    """Name → hint of every field of a dataclass, in order."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return {field.name: _hint(hints[field.name], field) for field in dataclasses.fields(cls)}


def _hint(annotation: object, field: dataclasses.Field[Any]) -> Hint:
    required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    if typing.get_origin(annotation) is not typing.Annotated:
        return Hint(annotation, field.name, "", frozenset(), required)
    bare, *notes = typing.get_args(annotation)
    key = next((note.name for note in notes if isinstance(note, Key)), field.name)
    doc = " ".join(note for note in notes if isinstance(note, str))
    return Hint(bare, key, doc, frozenset(type(note) for note in notes if not isinstance(note, str)), required)


# ---- reading


def decode(cls: type[T], raw: object, path: str, problems: list[Problem]) -> T | None:
    """The dataclass that ``raw`` (parsed JSON) stands for; None when ``problems`` grew instead."""
    before = len(problems)
    value = _object(cls, raw, path, problems)
    return typing.cast("T", value) if len(problems) == before else None


def _object(cls: type, raw: object, path: str, problems: list[Problem]) -> object:
    if not isinstance(raw, dict):
        problems.append(_wrong(path, raw, "an object { … }"))
        return None
    hints = fields_of(cls)
    keys = [hint.key for hint in hints.values()]
    known = f"use one of: {', '.join(keys)}"
    problems += [Problem(f"{path}.{_plain(key)}", "this key is unknown", known) for key in raw if key not in keys]
    values: dict[str, Any] = {}
    for name, hint in hints.items():
        given = raw.get(hint.key)
        if given is not None and not (hint.required and _blank(given)):
            values[name] = _value(hint.type, hint.marks, given, f"{path}.{hint.key}", problems)
        elif hint.required:
            problems.append(Problem(f"{path}.{hint.key}", "this is missing", f"add it: {hint.doc}"))
    return None if problems else cls(**values)


def _value(kind: object, marks: frozenset[type], raw: object, path: str, problems: list[Problem]) -> object:
    origin = typing.get_origin(kind)
    if origin is types.UnionType or origin is typing.Union:
        kind = next(arg for arg in typing.get_args(kind) if arg is not types.NoneType)
        return None if raw is None else _value(kind, marks, raw, path, problems)
    if origin is tuple:
        return _tuple(typing.get_args(kind), marks, raw, path, problems)
    if origin is Mapping:
        return _mapping(typing.get_args(kind)[1], raw, path, problems)
    if dataclasses.is_dataclass(kind):
        return _object(typing.cast("type", kind), raw, path, problems)
    return _scalar(kind, marks, raw, path, problems)


def _tuple(args: tuple[Any, ...], marks: frozenset[type], raw: object, path: str, problems: list[Problem]) -> object:
    if OneOrMore in marks and not isinstance(raw, list):
        raw = [raw]
    if not isinstance(raw, list):
        problems.append(_wrong(path, raw, "a list [ … ]"))
        return None
    empty = [n for n, item in enumerate(raw) if args[0] is str and _blank(item)]
    problems += [Problem(f"{path}[{n}]", "this is empty", "fill it in or leave it out") for n in empty]
    if args[-1] is Ellipsis:
        return tuple(_value(args[0], marks, item, f"{path}[{n}]", problems) for n, item in enumerate(raw))
    if len(raw) != len(args):
        problems.append(Problem(path, f"this has {len(raw)} values", f"give exactly {len(args)}, such as [13, 15]"))
        return None
    return tuple(
        _value(arg, marks, item, f"{path}[{n}]", problems) for n, (arg, item) in enumerate(zip(args, raw, strict=True))
    )


def _blank(raw: object) -> bool:
    return isinstance(raw, str) and not raw.strip()


def _mapping(kind: object, raw: object, path: str, problems: list[Problem]) -> object:
    if not isinstance(raw, dict):
        problems.append(_wrong(path, raw, "an object { … }"))
        return None
    problems += [_wrong(f"{path}.{_plain(key)}", key, "a plain name") for key in raw if _plain(key) != key]
    return {key: _value(kind, frozenset(), item, f"{path}.{_plain(key)}", problems) for key, item in raw.items()}


def _scalar(kind: object, marks: frozenset[type], raw: object, path: str, problems: list[Problem]) -> object:
    reader, expected = _reader(kind, marks)
    try:
        return reader(raw)
    except (ValueError, TypeError, OverflowError):
        problems.append(_wrong(path, raw, expected))
        return None


def _reader(kind: object, marks: frozenset[type]) -> tuple[Callable[[Any], Any], str]:
    if ClockTime in marks:
        return clock, 'a time such as "09:30" or "24:00"'
    if TimeZone in marks:
        return _zone, 'an IANA time zone such as "America/Lima"'
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind, "one of: " + ", ".join(kind)
    return _READERS[kind]


def clock(raw: object) -> int:
    """Minutes after midnight of "HH:MM", "00:00" to "24:00"."""
    hours, minutes = _text(raw).split(":")
    if len(hours) != 2 or len(minutes) != 2 or not (hours + minutes).isdecimal():
        raise ValueError(raw)
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > 24 * 60:
        raise ValueError(raw)
    return total


def _zone(raw: object) -> str:
    name = _text(raw)
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(name) from error
    return name


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise TypeError(raw)
    raw.encode()  # half a surrogate pair is no text: it could neither be hashed nor printed
    return raw


def _plain(key: str) -> str:
    return key.encode("utf-8", "backslashreplace").decode()


_MOST = 1_000_000_000


def _whole(raw: object) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or not 0 <= raw <= _MOST:
        raise ValueError(raw)
    return raw


def _number(raw: object) -> float:
    if not isinstance(raw, int | float) or isinstance(raw, bool) or not 0 <= raw <= _MOST:
        raise ValueError(raw)
    return float(raw)


def _truth(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise TypeError(raw)
    return raw


def _instant(raw: object) -> datetime:
    text = _text(raw)
    if len(text) == len("2026-03-01"):
        day = _day(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or moment.year not in YEARS:
        raise ValueError(raw)
    return moment.astimezone(UTC)


def _day(raw: object) -> date:
    day = date.fromisoformat(_text(raw))
    if day.year not in YEARS:
        raise ValueError(raw)
    return day


YEARS = range(1950, 2150)
"""No document or plan is outside; arithmetic with times near the ends of the calendar would overflow."""


_READERS: Mapping[Any, tuple[Callable[[Any], Any], str]] = {
    str: (_text, 'text in quotes, "…"'),
    int: (_whole, f"a whole number from 0 to {_MOST}"),
    float: (_number, f"a number from 0 to {_MOST}"),
    bool: (_truth, "true or false"),
    datetime: (_instant, 'a time with its zone such as "2026-03-01T14:30:00Z", or a day such as "2026-03-01"'),
    date: (_day, 'a day such as "2026-03-01"'),
}


def _wrong(path: str, raw: object, expected: str) -> Problem:
    shown = repr(raw) if isinstance(raw, str | int | float | bool | None) else f"a {type(raw).__name__}"
    return Problem(path, f"{shown[:80]} cannot be read", f"give {expected}")


# ---- writing


def encode(value: object, marks: frozenset[type] = frozenset()) -> object:
    """JSON-ready form. Fields that hold their default are left out, so a field added later changes no old digest."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _encode_object(value)
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [encode(item, marks) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if ClockTime in marks and isinstance(value, int):
        return f"{value // 60:02}:{value % 60:02}"
    return value.value if isinstance(value, StrEnum) else value


def _encode_object(value: DataclassInstance) -> dict[str, Any]:
    hints = fields_of(type(value))
    return {
        hints[field.name].key: encode(getattr(value, field.name), hints[field.name].marks)
        for field in dataclasses.fields(value)
        if hints[field.name].required or getattr(value, field.name) != _default(field)
    }


def _default(field: dataclasses.Field[Any]) -> object:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
