"""Solving for one group at a time: how few and how many people can it hold, and is a given count possible?

A possible count is believed only when whole head counts that fit every published number have been found (a witness);
a bound of the linear programme alone may be wider than the truth. Witnesses are kept: one found for one group
mostly answers for many others.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Final

import highspy
import numpy as np
from scipy import sparse

from consult.inclusion.audit.effort import build
from consult.inclusion.audit.model import Group, System, Vector, stacked
from consult.inclusion.audit.solver import Bound, Solver
from consult.inclusion.audit.whole import Found, whole

_NEAR: Final = 1e-6
_LOOSE: Final = 1e-4
_SHORT: Final = 2.0
_SMALL: Final = 500


class Answer(StrEnum):
    """Whether a count is possible."""

    POSSIBLE = "possible"
    IMPOSSIBLE = "impossible"
    UNKNOWN = "unknown"


class OutOfTime(Exception):
    """The time budget is used up."""


@dataclass(frozen=True, slots=True)
class Condition:
    """So many people in a group, at least and at most; `row` is the group's own row in the system, if it has one."""

    group: Group
    low: float = -inf
    high: float = inf
    row: int | None = None

    def met(self, counts: Vector) -> bool:
        """Whether given counts meet it."""
        return self.low - _NEAR <= self.group.of(counts) <= self.high + _NEAR


class Attack:
    """One system under attack. `left` tells the work that remains (`effort`).

    In a `large` system the linear programme's word is enough, and whole counts are not looked for; whoever asks asks
    for a few people more than needed, so that nothing is believed where integers could matter.
    """

    def __init__(self, system: System, left: Callable[[], float]) -> None:
        """Hand the system to the solver; nothing is solved yet."""
        self.matrix = system.matrix()
        self.size = system.size
        build(self.matrix.nnz)
        self.witnesses: list[Vector] = []
        self.large = system.size > _SMALL
        self.lost = 0
        self._low = np.array(system.low, dtype=float)
        self._high = np.array(system.high, dtype=float)
        self._ceiling = float(system.ceiling)
        self._left = left
        self._nearest: tuple[Vector, Solver] | None = None
        self._anywhere = Solver(
            self.matrix, np.zeros(self.size), (np.zeros(self.size), np.full(self.size, self._ceiling)), self._bounds()
        )

    def _bounds(self) -> tuple[Vector, Vector]:
        return self._low.copy(), self._high.copy()

    def fix(self, row: int, low: float, high: float) -> None:
        """Hold a row to other bounds for good; witnesses that do not fit are forgotten.

        With none left one more is looked for, if there is time: without any, less is believed, never more.
        """
        kept = self._fitting(row, low, high)
        if self.witnesses and not kept:
            with suppress(OutOfTime):
                self.possible(Condition(self._group_of(row), low, high, row))
            kept = self._fitting(row, low, high)
        self._low[row], self._high[row] = low, high
        self._anywhere.hold(row, low, high)
        self._nearest = None
        self.witnesses = kept
        self.lost += 1

    def _fitting(self, row: int, low: float, high: float) -> list[Vector]:
        group = self._group_of(row)
        return [x for x in self.witnesses if low - _NEAR <= group.of(x) <= high + _NEAR]

    def _group_of(self, row: int) -> Group:
        start, end = self.matrix.indptr[row : row + 2]
        return Group(self.matrix.indices[start:end].astype(np.intp), self.matrix.data[start:end])

    def consistent(self) -> Answer:
        """Whether counts exist that fit every published number."""
        if self.witnesses:
            return Answer.POSSIBLE
        status, point = self._anywhere.run(self._remaining())
        if point is None:
            return Answer.IMPOSSIBLE if status == highspy.HighsModelStatus.kInfeasible else Answer.UNKNOWN
        return Answer.POSSIBLE if self.keep(point) else self._whole(point, ())

    def wander(self, objective: Vector) -> None:
        """One more point, in the direction of an objective."""
        self._anywhere.aim(objective)
        _, point = self._anywhere.run(self._remaining())
        if point is not None:
            self.keep(point)

    def range_of(self, group: Group) -> tuple[int, int]:
        """Fewest and most people the linear programme allows in a group, rounded inwards."""
        low, high = self.least(group), self.least(group.times(-1))
        return int(np.ceil(low - _NEAR)), int(np.floor(-high + _NEAR))

    def least(self, group: Group) -> float:
        """Fewest people the linear programme allows in a group; raises OutOfTime."""
        self._anywhere.aim(group.dense(self.size))
        _, point = self._anywhere.run(self._remaining())
        if point is None:
            raise OutOfTime
        self.keep(point)
        return group.of(point)

    def possible(self, *conditions: Condition) -> Answer:
        """Whether whole counts exist that meet all conditions."""
        if any(all(one.met(x) for one in conditions) for x in self.witnesses):
            return Answer.POSSIBLE
        if not self.witnesses:
            return Answer.UNKNOWN
        anchor, near = self._near()
        bounds = [self._bound(one, anchor) for one in conditions]
        status, change = near.run(self._remaining(), bounds)
        if change is None:
            return Answer.IMPOSSIBLE if status == highspy.HighsModelStatus.kInfeasible else Answer.UNKNOWN
        point = _moved(anchor, change)
        return Answer.POSSIBLE if self.keep(point) else self._whole(point, conditions)

    def _bound(self, one: Condition, anchor: Vector) -> Bound:
        """A condition on counts as one on how they differ from the anchor."""
        there = one.group.of(anchor)
        if one.row is not None:
            return Bound(one.row, None, one.low - there, one.high - there)
        weight = one.group.dense(self.size)
        return Bound(None, np.concatenate([weight, -weight[anchor > 0]]), one.low - there, one.high - there)

    def _near(self) -> tuple[Vector, Solver]:
        """The programme of changes to one witness that move as few people as possible, which are mostly whole."""
        if self._nearest is None:
            anchor = self.witnesses[0]
            cost = 1 + 0.01 * np.random.default_rng(self.size).random(self.size + np.count_nonzero(anchor))
            self._nearest = (anchor, self._changes(anchor, cost))
        return self._nearest

    def _changes(self, counts: Vector, cost: Vector) -> Solver:
        """More people for each unknown, then fewer for each that has some, so that every number fits."""
        there = counts > 0
        sums = self.matrix @ counts
        most = np.concatenate([np.full(self.size, self._ceiling), counts[there]])
        moves = sparse.hstack([self.matrix, -self.matrix[:, there]]).tocsr()
        return Solver(moves, cost, (np.zeros(most.size), most), (self._low - sums, self._high - sums))

    def keep(self, point: Vector) -> bool:
        """Keep a point as a witness if it fits every number: whole and exactly, or nearly so in a large system.

        Whatever solver it comes from, so its word is never enough.
        """
        counts, spare = (point, _LOOSE) if self.large else (np.round(point), 0.0)
        if np.abs(point - counts).max(initial=0.0) > _NEAR or counts.min(initial=0.0) < -spare:
            return False
        sums = self.matrix @ counts
        if bool(np.all(sums >= self._low - spare) and np.all(sums <= self._high + spare)):
            self.witnesses.append(counts)
            return True
        return False

    def _remaining(self) -> float:
        left = self._left()
        if left <= 0:
            raise OutOfTime
        return left

    def _whole(self, point: Vector, conditions: tuple[Condition, ...]) -> Answer:
        """Whole counts near a point of the linear programme, then anywhere."""
        matrix = sparse.vstack([self.matrix, stacked([one.group for one in conditions], self.size)])
        rows = (
            np.concatenate([self._low, [one.low for one in conditions]]),
            np.concatenate([self._high, [one.high for one in conditions]]),
        )
        down, up = np.floor(point + _NEAR), np.ceil(point - _NEAR)
        anywhere = np.zeros(self.size), np.full(self.size, self._ceiling)
        found: Found | None = None
        for columns in ((down, up), (np.maximum(0, down - 1), up + 1), anywhere):
            work = min(self._remaining(), _SHORT)
            found = whole(matrix, rows, np.zeros(self.size), columns, np.ones(self.size, dtype=bool), work=work)
            if found.point is not None:
                return Answer.POSSIBLE if self.keep(found.point) else Answer.UNKNOWN
        return Answer.IMPOSSIBLE if found and found.proven else Answer.UNKNOWN


def _moved(counts: Vector, change: Vector) -> Vector:
    """Counts after a change: what comes to each, then what goes from each that has some."""
    point = counts + change[: counts.size]
    point[counts > 0] -= change[counts.size :]
    return point


class Watch:
    """The fewest and the most people in each of many groups (rows) over all witnesses there are."""

    def __init__(self, attack: Attack, groups: sparse.csr_array) -> None:
        self.groups = groups
        self._attack = attack
        self._seen = self._lost = 0
        self._forget()

    def _forget(self) -> None:
        self._seen, self._lost = 0, self._attack.lost
        self.least: Vector = np.full(self.groups.shape[0], inf)
        self.most: Vector = np.full(self.groups.shape[0], -inf)

    def look(self) -> None:
        """Take in the witnesses found since the last look, and forget those that no longer fit."""
        if self._lost != self._attack.lost:
            self._forget()
        fresh = self._attack.witnesses[self._seen :]
        self._seen += len(fresh)
        if fresh:
            counts = self.groups @ np.array(fresh).T
            np.minimum(self.least, counts.min(axis=1) - _NEAR, out=self.least)
            np.maximum(self.most, counts.max(axis=1) + _NEAR, out=self.most)
