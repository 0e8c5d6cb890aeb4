"""Solving for one group at a time: how few and how many people can it hold, and is a given count possible?

A possible count is believed only when whole head counts that fit every published number have been found (a witness);
a bound of the linear programme alone may be wider than the truth. Witnesses are kept: one found for one group
mostly answers for many others. One sparse model stays in the solver, which goes on from its last basis when only the
question changes (HiGHS; Huangfu and Hall 2018).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Final

import highspy
import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from consult.inclusion.audit.model import Group, System, Vector

_OPTIMAL: Final = 0
_INFEASIBLE: Final = 2
_NEAR: Final = 1e-6
_SECONDS: Final = 10.0
_SHORT: Final = 2.0


class Answer(StrEnum):
    """Whether a count is possible."""

    POSSIBLE = "possible"
    IMPOSSIBLE = "impossible"
    UNKNOWN = "unknown"


class OutOfTime(Exception):
    """The time budget is used up."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One row of the system held to other bounds for a moment."""

    row: int
    low: float
    high: float


class _Solver(highspy.Highs):
    """HiGHS on one thread and without a word: its own constructor greets on standard output."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
        for option, value in (("output_flag", False), ("threads", 1), ("parallel", "off")):
            self.setOptionValue(option, value)


class Attack:
    """One system under attack. `left` tells the seconds that remain."""

    def __init__(self, system: System, left: Callable[[], float]) -> None:
        """Hand the system to the solver; nothing is solved yet."""
        self.matrix = system.matrix()
        self.size = system.size
        self._low = np.array(system.low, dtype=float)
        self._high = np.array(system.high, dtype=float)
        self._ceiling = float(system.ceiling)
        self._left = left
        self.witnesses: list[Vector] = []
        self.lost = 0
        self._solver = _Solver()
        self._solver.passModel(self._model())
        self._columns = np.arange(self.size, dtype=np.int32)

    def _model(self) -> highspy.HighsLp:
        by_column = self.matrix.tocsc()
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.size, by_column.shape[0]
        model.col_cost_ = np.zeros(self.size)
        model.col_lower_, model.col_upper_ = np.zeros(self.size), np.full(self.size, self._ceiling)
        model.row_lower_, model.row_upper_ = self._low, self._high
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = by_column.indptr
        model.a_matrix_.index_ = by_column.indices
        model.a_matrix_.value_ = by_column.data
        return model

    def consistent(self) -> Answer:
        """Whether whole counts exist that fit every published number."""
        return self.possible(Group(np.zeros(0, dtype=np.intp), np.zeros(0)), 0)

    def fix(self, row: int, low: float, high: float) -> None:
        """Hold a row to other bounds for good; witnesses that do not fit are forgotten."""
        self._low[row], self._high[row] = low, high
        self._solver.changeRowBounds(row, low, high)
        self.witnesses = [x for x in self.witnesses if low <= (self.matrix[[row]] @ x)[0] <= high]
        self.lost += 1

    def least(self, group: Group, *conditions: Condition) -> tuple[Answer, float]:
        """Fewest people the linear programme allows in a group; its point is kept as a witness if it is whole.

        POSSIBLE with the bound; IMPOSSIBLE when no counts meet the conditions; UNKNOWN when the solver gave up.
        """
        status, point = self._ask(group, conditions)
        if point is None:
            return (Answer.IMPOSSIBLE if status == highspy.HighsModelStatus.kInfeasible else Answer.UNKNOWN), inf
        self.keep(point)
        return Answer.POSSIBLE, group.of(point)

    def range_of(self, group: Group) -> tuple[int, int]:
        """Fewest and most people the linear programme allows in a group, rounded inwards."""
        ends = []
        for sign in (1, -1):
            answer, value = self.least(group.times(sign))
            if answer is not Answer.POSSIBLE:
                raise OutOfTime
            ends.append(sign * value)
        return int(np.ceil(ends[0] - _NEAR)), int(np.floor(ends[1] + _NEAR))

    def possible(self, group: Group, most: float, *conditions: Condition) -> Answer:
        """Whether whole counts exist with at most so many people in a group, and the conditions met."""
        if any(group.of(x) <= most and self._meets(x, conditions) for x in self.witnesses):
            return Answer.POSSIBLE
        status, point = self._ask(group, conditions)
        if point is None:
            return Answer.IMPOSSIBLE if status == highspy.HighsModelStatus.kInfeasible else Answer.UNKNOWN
        if group.of(point) > most + _NEAR:
            return Answer.IMPOSSIBLE
        if self.keep(point):
            return Answer.POSSIBLE
        return self._whole(point, group, most, conditions)

    def wander(self, objective: Vector) -> None:
        """Look for one more witness in the direction of an objective."""
        _, point = self._solve(objective)
        if point is not None:
            self.keep(point)

    def keep(self, point: Vector) -> bool:
        """Keep a point as a witness if it is whole and fits every number exactly."""
        whole = np.round(point)
        if np.abs(point - whole).max(initial=0.0) > _NEAR or whole.min(initial=0.0) < 0:
            return False
        sums = self.matrix @ whole
        if bool(np.all(sums >= self._low) and np.all(sums <= self._high)):
            self.witnesses.append(whole)
            return True
        return False

    def _meets(self, x: Vector, conditions: tuple[Condition, ...]) -> bool:
        return all(one.low <= (self.matrix[[one.row]] @ x)[0] <= one.high for one in conditions)

    def _ask(self, group: Group, conditions: tuple[Condition, ...]) -> tuple[highspy.HighsModelStatus, Vector | None]:
        for one in conditions:
            self._solver.changeRowBounds(one.row, one.low, one.high)
        found = self._solve(group.dense(self.size))
        for one in conditions:
            self._solver.changeRowBounds(one.row, self._low[one.row], self._high[one.row])
        return found

    def _solve(self, objective: Vector) -> tuple[highspy.HighsModelStatus, Vector | None]:
        """One run from the last basis; the status and the point, None without one."""
        self._solver.changeColsCost(self.size, self._columns, objective)
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + min(self._remaining(), _SECONDS))
        self._solver.run()
        status = self._solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            return status, None
        return status, np.array(self._solver.getSolution().col_value)

    def _remaining(self) -> float:
        left = self._left()
        if left <= 0:
            raise OutOfTime
        return left

    def _whole(self, point: Vector, group: Group, most: float, conditions: tuple[Condition, ...]) -> Answer:
        """Whole counts near a point of the linear programme, then anywhere."""
        low, high = self._low.copy(), self._high.copy()
        for one in conditions:
            low[one.row], high[one.row] = one.low, one.high
        rows = [LinearConstraint(self.matrix, low, high)]
        rows.append(LinearConstraint(sparse.csr_array(group.dense(self.size)[None]), -inf, most))
        down, up = np.floor(point + _NEAR), np.ceil(point - _NEAR)
        status = _OPTIMAL
        for bounds in (Bounds(down, up), Bounds(np.maximum(0, down - 1), up + 1), Bounds(0, self._ceiling)):
            left = self._remaining()
            result = milp(
                np.zeros(self.size),
                constraints=rows,
                bounds=bounds,
                integrality=np.ones(self.size),
                options={"time_limit": min(left, _SHORT)},
            )
            status = int(result.status)
            if result.x is not None:
                return Answer.POSSIBLE if self.keep(result.x) else Answer.UNKNOWN
        return Answer.IMPOSSIBLE if status == _INFEASIBLE else Answer.UNKNOWN


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
            np.minimum(self.least, counts.min(axis=1), out=self.least)
            np.maximum(self.most, counts.max(axis=1), out=self.most)
