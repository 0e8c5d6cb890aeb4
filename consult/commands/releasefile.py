"""A release file: read from the disk, its shape looked at, so that the audit meets only what can be audited."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["NoRelease", "read_release"]

_MEND = "give the release file as it was published"


class NoRelease(Exception):
    """The file holds no release; the message is one line: what is wrong, where, the mend."""


def read_release(path: Path) -> dict[str, Any]:
    """The release in a file, in the shape of the release format. Raises `NoRelease`."""
    try:
        release = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NoRelease(f"{path}: {error.strerror or error}: name a file that can be read") from error
    except UnicodeDecodeError as error:
        raise NoRelease(f"{path}: not text in UTF-8: {_MEND}") from error
    except json.JSONDecodeError as error:
        raise NoRelease(
            f"{path}, line {error.lineno}, column {error.colno}: not JSON ({error.msg}): {_MEND}"
        ) from error
    except RecursionError as error:
        raise NoRelease(f"{path}: nested too deeply for a release: {_MEND}") from error
    for fault in _object(_RELEASE)(release, "$"):
        raise NoRelease(f"{path}: no release: {fault}: {_MEND}")
    return dict(release)


# ---- the shape: each check gives what is wrong, nothing when all is well

_Check = Callable[[object, str], Iterator[str]]


def _text(value: object, where: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{where} is not a text"


def _whole(value: object, where: str) -> Iterator[str]:
    if type(value) is not int or value < 0:
        yield f"{where} is not a whole number from 0 on"


def _whole_or_null(value: object, where: str) -> Iterator[str]:
    if value is not None:
        yield from _whole(value, where)


def _list(of: _Check) -> _Check:
    def check(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{where} is not a list"
            return
        for place, each in enumerate(value):
            yield from of(each, f"{where}[{place}]")

    return check


def _pair(least: _Check, most: _Check) -> _Check:
    def check(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, list) or len(value) != 2:
            yield f"{where} is not a pair of least and most"
            return
        yield from least(value[0], f"{where}[0]")
        yield from most(value[1], f"{where}[1]")

    return check


def _table(of: _Check) -> _Check:
    """An object with any keys and values of one shape."""

    def check(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where} is not an object"
            return
        for key, each in value.items():
            yield from of(each, f"{where}.{key}")

    return check


def _object(members: Mapping[str, _Check]) -> _Check:
    """An object with known members; a name that ends in ? may be absent. Others are not looked at."""

    def check(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where} is not an object"
            return
        for name, of in members.items():
            key = name.removesuffix("?")
            if key in value:
                yield from of(value[key], f"{where}.{key}")
            elif key == name:
                yield f"{where}.{key} is missing"

    return check


_DIMENSION = _object(
    {
        "name": _text,
        "categories": _list(_text),
        "groups?": _table(_list(_text)),
        "option_of?": _text,
        "choices?": _pair(_whole, _whole),
    }
)
_CELL = _object({"at": _list(_text), "count": _whole_or_null, "protected?": _text})
_RELEASE: Mapping[str, _Check] = {
    "version": _whole,
    "k": _whole,
    "previous?": _list(_text),
    "method": _object({"name": _text, "public_bounds?": _table(_pair(_whole, _whole_or_null))}),
    "dimensions": _list(_DIMENSION),
    "tables": _list(_object({"dimensions": _list(_text), "cells": _list(_CELL)})),
}
