"""The invented sentences with their details marked: read, and compared with what is suggested.

A line is a sentence; `{name|Zuri}` marks a detail of the kind `name`. `tuned` lines were looked at while the rules were
written; `fresh` lines were written afterwards and nothing was changed for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from consult.redaction import Detail, suggest

LANGUAGES = ("en", "es", "fr", "ar", "pt_BR", "sw")
SETS = ("tuned", "fresh")
_FOLDER = Path(__file__).parent
_MARK = re.compile(r"\{(\w+)\|([^}]+)\}")


@dataclass(frozen=True, slots=True)
class Marked:
    """One sentence: its text and (kind, start, end) of each detail in it."""

    text: str
    details: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Details, those found whole, those touched; suggestions, right ones; sentences without details, those marked."""

    details: int = 0
    found: int = 0
    touched: int = 0
    suggested: int = 0
    right: int = 0
    clean: int = 0
    disturbed: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def sentences(which: str, language: str) -> Iterator[Marked]:
    """The sentences of a set in a language."""
    for line in (_FOLDER / which / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield _read(line)


def _read(line: str) -> Marked:
    text, details, at = "", [], 0
    for match in _MARK.finditer(line):
        text += line[at : match.start()]
        details.append((match[1], len(text), len(text) + len(match[2])))
        text += match[2]
        at = match.end()
    return Marked(text + line[at:], tuple(details))


def score(marked: Iterable[Marked], language: str, regions: tuple[str, ...] = ()) -> Score:
    """How well the suggestions fit."""
    total = Score()
    for each in marked:
        made = suggest(each.text, language, regions)
        total += Score(
            details=len(each.details),
            found=sum(_covered(each.text, start, end, made) for _, start, end in each.details),
            touched=sum(any(_meets(d, start, end) for d in made) for _, start, end in each.details),
            suggested=len(made),
            right=sum(any(_meets(d, start, end) for _, start, end in each.details) for d in made),
            clean=int(not each.details),
            disturbed=int(not each.details and bool(made)),
        )
    return total


def _covered(text: str, start: int, end: int, made: Iterable[Detail]) -> bool:
    inside = {place for detail in made for place in range(detail.start, detail.end)}
    return all(place in inside for place in range(start, end) if text[place].isalnum())


def _meets(detail: Detail, start: int, end: int) -> bool:
    return detail.start < end and start < detail.end
