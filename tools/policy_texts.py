"""Give the translators the words of the safeguard policy and of the question linter: a reader for `pybabel extract`."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, BinaryIO

__all__ = ["texts"]

Text = tuple[int, None, str, list[str]]


def texts(
    file: BinaryIO,
    _keywords: Collection[str],
    _comment_tags: Collection[str],
    options: Mapping[str, Any],  # noqa: ARG001 - Babel passes it by this name
) -> Iterator[Text]:
    """Every title, sentence and unit that a person reads; keys, levels and sources are nobody's language."""
    policy = tomllib.load(file)
    for rule in policy.get("rules", {}).values():
        for key in ("message", "mend"):
            yield 1, None, rule[key], []
    for requirement in policy.get("requirements", {}).values():
        for key in ("title", "requirement", "why", "evidence"):
            yield 1, None, requirement[key], []
    for parameter in policy.get("parameters", {}).values():
        for key in ("title", "unit", "basis"):
            yield 1, None, parameter[key], []
