"""What was changed in a text, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from enum import StrEnum

__all__ = ["Kind", "word_diff"]

#: A word with what stands right beside it, and the space between words: both are kept.
_PIECES = re.compile(r"\s+|[^\s]+")


class Kind(StrEnum):
    """What happened to a run of words."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


def word_diff(before: str, after: str) -> tuple[tuple[Kind, str], ...]:
    """Runs of words in order. Without the new ones they are `before`, without the gone ones `after`.

    Space alone is never what two texts have in common.
    """
    return tuple((kind, text) for kind, text in _runs(_PIECES.findall(before), _PIECES.findall(after)) if text)


def _runs(before: list[str], after: list[str]) -> Iterator[tuple[Kind, str]]:
    for what, a, b, c, d in SequenceMatcher(str.isspace, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            yield Kind.SAME, "".join(before[a:b])
            continue
        yield Kind.GONE, "".join(before[a:b])
        yield Kind.NEW, "".join(after[c:d])
