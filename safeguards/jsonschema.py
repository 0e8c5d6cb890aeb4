"""The JSON Schema of frozen dataclasses, by the same type hints that codec.py reads and writes them by."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from .codec import ClockTime, Hint, OneOrMore, fields_of

__all__ = ["schema_of"]


def schema_of(cls: type, definitions: dict[str, Any]) -> dict[str, str]:
    """A reference to the JSON Schema of a dataclass; the schema itself goes into ``definitions``."""
    if cls.__name__ not in definitions:
        definitions[cls.__name__] = {}
        hints = fields_of(cls)
        described = {hint.key: {**_field(hint, definitions), "description": hint.doc} for hint in hints.values()}
        definitions[cls.__name__] = {
            "type": "object",
            "description": (cls.__doc__ or "").strip(),
            "additionalProperties": False,
            "required": [hint.key for hint in hints.values() if hint.required],
            "properties": described,
        }
    return {"$ref": f"#/$defs/{cls.__name__}"}


def _field(hint: Hint, definitions: dict[str, Any]) -> dict[str, Any]:
    """Text that is needed is never blank."""
    blank = hint.required and hint.type is str
    return dict(_FILLED) if blank else _schema(hint.type, hint.marks, definitions)


def _schema(kind: object, marks: frozenset[type], definitions: dict[str, Any]) -> dict[str, Any]:
    origin = typing.get_origin(kind)
    if origin is types.UnionType or origin is typing.Union:
        kind = next(arg for arg in typing.get_args(kind) if arg is not types.NoneType)
        return {"anyOf": [_schema(kind, marks, definitions), {"type": "null"}]}
    if origin is tuple:
        return _tuple_schema(typing.get_args(kind), marks, definitions)
    if origin is Mapping:
        return {
            "type": "object",
            "additionalProperties": _schema(typing.get_args(kind)[1], frozenset(), definitions),
        }
    if dataclasses.is_dataclass(kind):
        return dict(schema_of(typing.cast("type", kind), definitions))
    return _scalar_schema(kind, marks)


def _tuple_schema(args: tuple[Any, ...], marks: frozenset[type], definitions: dict[str, Any]) -> dict[str, Any]:
    item = dict(_FILLED) if args[0] is str else _schema(args[0], marks, definitions)
    if args[-1] is not Ellipsis:
        return {"type": "array", "items": item, "minItems": len(args), "maxItems": len(args)}
    many = {"type": "array", "items": item}
    return {"anyOf": [item, many]} if OneOrMore in marks else many


def _scalar_schema(kind: object, marks: frozenset[type]) -> dict[str, Any]:
    if ClockTime in marks:
        return {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"}
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"enum": [str(word) for word in kind]}
    return dict(_SCALARS[kind])


_FILLED = {"type": "string", "pattern": "\\S"}

_SCALARS: Mapping[Any, Mapping[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer", "minimum": 0},
    float: {"type": "number", "minimum": 0},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "description": "ISO 8601 with zone, or a day (its first moment in UTC)"},
    date: {"type": "string", "format": "date"},
}
