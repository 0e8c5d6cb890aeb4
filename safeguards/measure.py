"""What a computed requirement answers, and the small words that the computations share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product

from .plan import Session, Strand
from .said import Said, joined, said
from .terms import AgeBand
from .validity import Case

__all__ = [
    "Cell",
    "Measure",
    "age_case",
    "aged",
    "cells_of",
    "fine",
    "lacking",
    "places_of",
    "sessions_left",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Whether the plan's facts fulfil a requirement, why, and until when.

    ``failing`` names the languages, jurisdictions or bands for which alone it fails; empty: for the whole strand.
    ``ran_out``: it fails only because time has passed since it was last shown to hold.
    """

    ok: bool
    why: Said
    valid_until: datetime | None = None
    failing: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ran_out: bool = False


def fine(why: Said, until: datetime | None = None) -> Measure:
    """It holds."""
    return Measure(ok=True, why=why, valid_until=until)


def lacking(problems: Iterable[Said], otherwise: Said) -> Measure:
    """It holds when there is no problem."""
    found = list(problems)
    return Measure(ok=False, why=joined(found)) if found else fine(otherwise)


def sessions_left(case: Case) -> tuple[Session, ...]:
    """Every session that has not ended."""
    return tuple(session for session in case.strand.sessions if session.ends > case.at)


def age_case(age: int, *, teens: str) -> str:
    """The case of a parameter for somebody of this age. ``teens``: how the policy names 13 to 15 there."""
    if age >= 18:
        return "adults"
    if age >= 16 and teens == "13_15":
        return "16_17"
    if age >= 13:
        return teens
    return "10_12" if age >= 10 else "6_9"


def aged(youngest: int, oldest: int) -> Said:
    """Ages in a sentence."""
    if youngest == oldest:
        return said("age %(age)s", age=youngest)
    if oldest >= _NO_END:
        return said("age %(age)s and over", age=youngest)
    return said("ages %(youngest)s to %(oldest)s", youngest=youngest, oldest=oldest)


_NO_END = AgeBand.B25P.oldest

Cell = tuple[str, str, AgeBand]
"""Language, jurisdiction and band of some of the participants."""


def cells_of(strand: Strand) -> list[Cell]:
    """Everybody whom the strand asks, by language, jurisdiction and band."""
    return list(product(strand.languages, strand.jurisdictions, strand.age_bands))


def places_of(failing: set[Cell], strand: Strand) -> Mapping[str, frozenset[str]]:
    """The fewest languages, jurisdictions or bands that hold all failing cells and are whole themselves.

    Empty when the strand fails as a whole. Where no such cut exists, every language that is touched.
    """
    every = cells_of(strand)
    kinds = {kind: _wholly_failing(failing, every, axis) for axis, kind in enumerate(_KINDS)}
    for axis, kind in enumerate(_KINDS):
        if kinds[kind] and {cell for cell in every if str(cell[axis]) in kinds[kind]} == failing:
            return _part(kind, kinds[kind], every, axis)
    return _part("languages", frozenset(cell[0] for cell in failing), every, 0)


_KINDS = ("languages", "jurisdictions", "bands")


def _wholly_failing(failing: set[Cell], every: list[Cell], axis: int) -> frozenset[str]:
    passing = {str(cell[axis]) for cell in every if cell not in failing}
    return frozenset(str(cell[axis]) for cell in failing) - passing


def _part(kind: str, values: frozenset[str], every: list[Cell], axis: int) -> Mapping[str, frozenset[str]]:
    return {} if values >= {str(cell[axis]) for cell in every} else {kind: values}
