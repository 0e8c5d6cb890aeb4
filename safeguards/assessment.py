"""The self-assessment against the nine requirements of General Comment 12, paragraph 134: indicators, means, floor.

The requirements are the Committee's; the indicators and the floor rule are this project's own (domain reference, §9).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from statistics import fmean

__all__ = ["FLOOR", "INDICATORS", "MOST", "Requirement", "Result", "Scorer", "Scores", "assess"]

MOST = 3


class Requirement(IntEnum):
    """The nine requirements, by their number in the list."""

    TRANSPARENT = 1
    VOLUNTARY = 2
    RESPECTFUL = 3
    RELEVANT = 4
    CHILD_FRIENDLY = 5
    INCLUSIVE = 6
    TRAINED = 7
    SAFE = 8
    ACCOUNTABLE = 9


class Scorer(StrEnum):
    """Who scores: two views side by side, never averaged into one."""

    TEAM = "team"
    ADVISERS = "advisers"


FLOOR = frozenset({Requirement.VOLUNTARY, Requirement.SAFE})
"""A single 0 in one of these is "not acceptable", whatever the rest."""

_HOW_MANY = {1: 3, 2: 3, 3: 3, 4: 3, 5: 3, 6: 3, 7: 3, 8: 3, 9: 4}
INDICATORS: Mapping[str, Requirement] = {
    f"{number}.{place}": Requirement(number) for number, many in _HOW_MANY.items() for place in range(1, many + 1)
}
"""Indicator ("2.1") to the requirement it shows."""

Scores = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Result:
    """What one scorer's scores come to: the mean of each requirement scored as a whole, and whether the floor holds.

    `acceptable` is None while a requirement of the floor is not scored as a whole and nothing in it is 0.
    """

    means: Mapping[Requirement, float]
    missing: tuple[str, ...]
    acceptable: bool | None
    below: tuple[str, ...]


def assess(scores: Scores) -> Result:
    """The result of scores from 0 to 3 by indicator. Raises ValueError for an unknown indicator or score."""
    for indicator, score in scores.items():
        if indicator not in INDICATORS or not 0 <= score <= MOST:
            raise ValueError(f"{indicator}: {score} is no score; give 0 to {MOST} for one of {', '.join(INDICATORS)}")
    missing = tuple(indicator for indicator in INDICATORS if indicator not in scores)
    below = tuple(each for each, row in INDICATORS.items() if row in FLOOR and scores.get(each) == 0)
    open_floor = any(INDICATORS[each] in FLOOR for each in missing)
    return Result(
        means={
            row: fmean(scores[each] for each in _of(row)) for row in Requirement if not set(_of(row)) & set(missing)
        },
        missing=missing,
        acceptable=False if below else None if open_floor else True,
        below=below,
    )


def _of(row: Requirement) -> tuple[str, ...]:
    return tuple(each for each, requirement in INDICATORS.items() if requirement is row)
