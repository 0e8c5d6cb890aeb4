"""Solving for one group at a time: how few and how many people can it hold, and is a given count possible?

A possible count is believed only when whole head counts that fit every published number have been found (a witness);
a bound of the linear programme alone may be wider than the truth. Witnesses are kept: one found for one group
mostly answers for many others.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from consult.inclusion.audit.model import System, Vector

_OPTIMAL: Final = 0
_INFEASIBLE: Final = 2
_NEAR: Final = 1e-6
_SHORT: Final = 2.0
_LONG: Final = 10.0


class Answer(StrEnum):
    """Whether a count is possible."""

    POSSIBLE = "possible"
    IMPOSSIBLE = "impossible"
    UNKNOWN = "unknown"


class OutOfTime(Exception):
    """The time budget is used up."""


class Attack:
    """One system under attack. `left` tells the seconds that remain."""

    def __init__(self, system: System, left: Callable[[], float]) -> None:
        """Take the system; nothing is solved yet."""
        self._matrix = system.matrix()
        self._low = np.array(system.low)
        self._high = np.array(system.high)
        self._size = system.size
        self._ceiling = system.ceiling
        self._left = left
        self._witnesses: list[Vector] = []

    def range_of(self, group: Vector) -> tuple[int, int]:
        """Fewest and most people the linear programme allows in a group, rounded inwards."""
        ends = []
        for sign in (1, -1):
            _, point = self._solve(sign * group, [], whole=False)
            if point is None:
                raise OutOfTime
            self._keep(point)
            ends.append(float(group @ point))
        return int(np.ceil(ends[0] - _NEAR)), int(np.floor(ends[1] + _NEAR))

    def seen(self, groups: Vector | sparse.csr_array) -> Vector:
        """Counts of each group (a row of `groups`) in each witness found so far: witnesses x groups."""
        counts: Vector = (groups @ np.array(self._witnesses).T).T
        return counts

    def possible(self, *conditions: tuple[Vector, float, float]) -> Answer:
        """Whether whole counts exist with low <= group @ x <= high for every condition (group, low, high)."""
        if any(all(low <= group @ x <= high for group, low, high in conditions) for x in self._witnesses):
            return Answer.POSSIBLE
        towards = self._objective(conditions)
        status, point = self._solve(towards, list(conditions), whole=False)
        if point is None:
            return Answer.IMPOSSIBLE if status == _INFEASIBLE else Answer.UNKNOWN
        if self._keep(point):
            return Answer.POSSIBLE
        near = Bounds(np.maximum(0, np.floor(point + _NEAR) - 1), np.ceil(point - _NEAR) + 1)
        status, whole = self._solve(0 * towards, list(conditions), whole=True, bounds=near)
        if whole is None:
            status, whole = self._solve(0 * towards, list(conditions), whole=True)
        if whole is None:
            return Answer.IMPOSSIBLE if status == _INFEASIBLE else Answer.UNKNOWN
        return Answer.POSSIBLE if self._keep(whole) else Answer.UNKNOWN

    def _objective(self, conditions: tuple[tuple[Vector, float, float], ...]) -> Vector:
        """Press on into the first condition, so that its witness serves harder questions too."""
        group, low, _ = conditions[0]
        return -group if low > 0 else group

    def _keep(self, point: Vector) -> bool:
        """Keep a point as a witness if it is whole and fits every number exactly."""
        whole = np.round(point)
        if np.abs(point - whole).max(initial=0.0) > _NEAR or whole.min(initial=0.0) < 0:
            return False
        sums = self._matrix @ whole
        if bool(np.all(sums >= self._low) and np.all(sums <= self._high)):
            self._witnesses.append(whole)
            return True
        return False

    def _solve(
        self,
        objective: Vector,
        conditions: list[tuple[Vector, float, float]],
        *,
        whole: bool,
        bounds: Bounds | None = None,
    ) -> tuple[int, Vector | None]:
        """One run of HiGHS; the status and the point, None without one."""
        left = self._left()
        if left <= 0:
            raise OutOfTime
        constraints = [LinearConstraint(self._matrix, self._low, self._high)]
        if conditions:
            vectors = np.array([group for group, _, _ in conditions])
            ends = ([low for _, low, _ in conditions], [high for _, _, high in conditions])
            constraints.append(LinearConstraint(vectors, *ends))
        result = milp(
            objective,
            constraints=constraints,
            bounds=bounds or Bounds(0, self._ceiling),
            integrality=np.full(self._size, int(whole)),
            options={"time_limit": min(left, _SHORT if bounds else _LONG)},
        )
        return int(result.status), result.x if result.status == _OPTIMAL else None
