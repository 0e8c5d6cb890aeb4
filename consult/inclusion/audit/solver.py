"""One linear programme that stays in the solver: a question changes a bound or the aim, and the simplex method goes on.

HiGHS; Huangfu and Hall 2018. It ends by its steps, never by a clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import highspy
import numpy as np
from scipy import sparse

from consult.inclusion.audit.effort import step, steps_in
from consult.inclusion.audit.model import Vector

_MOST: Final = 60.0


@dataclass(frozen=True, slots=True)
class Bound:
    """Bounds held for one question, on a row of the programme or on a sum of columns of its own."""

    row: int | None
    weight: Vector | None
    low: float
    high: float


class Quiet(highspy.Highs):
    """HiGHS on one thread and without a word: its own constructor greets on standard output."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
        for option, value in (("output_flag", False), ("threads", 1), ("parallel", "off")):
            self.setOptionValue(option, value)


def programme(
    matrix: sparse.csr_array | sparse.csc_array,
    cost: Vector,
    columns: tuple[Vector, Vector],
    rows: tuple[Vector, Vector],
) -> highspy.HighsLp:
    """Least cost @ x with bounds on x and on matrix @ x, as the solver takes it."""
    by_column = matrix.tocsc()
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = by_column.shape
    model.col_cost_ = cost
    model.col_lower_, model.col_upper_ = columns
    model.row_lower_, model.row_upper_ = rows
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = by_column.indptr
    model.a_matrix_.index_ = by_column.indices
    model.a_matrix_.value_ = by_column.data
    return model


class Solver:
    """Least cost @ x with bounds on x and on matrix @ x."""

    def __init__(
        self, matrix: sparse.csr_array, cost: Vector, columns: tuple[Vector, Vector], rows: tuple[Vector, Vector]
    ) -> None:
        """Hand the programme over; nothing is solved yet."""
        self._low, self._high = rows
        self._columns = np.arange(cost.size, dtype=np.int32)
        self._entries = matrix.nnz
        self._highs = Quiet()
        self._highs.passModel(programme(matrix, cost, columns, rows))

    def aim(self, cost: Vector) -> None:
        """Another cost for every column."""
        self._highs.changeColsCost(cost.size, self._columns, cost)

    def hold(self, row: int, low: float, high: float) -> None:
        """Other bounds for a row, from now on."""
        self._low[row], self._high[row] = low, high
        self._highs.changeRowBounds(row, low, high)

    def run(self, work: float, bounds: Sequence[Bound] = ()) -> tuple[highspy.HighsModelStatus, Vector | None]:
        """The status and the best point under these bounds as well; no point without an optimum in so much work."""
        added = [self._add(one) for one in bounds if one.weight is not None]
        for one in bounds:
            if one.row is not None:
                low, high = max(one.low, self._low[one.row]), min(one.high, self._high[one.row])
                if low > high:
                    self._restore(bounds, added)
                    return highspy.HighsModelStatus.kInfeasible, None
                self._highs.changeRowBounds(one.row, low, high)
        self._highs.setOptionValue("simplex_iteration_limit", steps_in(min(work, _MOST), self._entries))
        self._highs.run()
        step(self._entries, max(0, self._highs.getInfo().simplex_iteration_count))
        status = self._highs.getModelStatus()
        point = None
        if status == highspy.HighsModelStatus.kOptimal:
            point = np.array(self._highs.getSolution().col_value)
        self._restore(bounds, added)
        return status, point

    def _add(self, one: Bound) -> int:
        weight = one.weight if one.weight is not None else np.zeros(0)
        index = np.flatnonzero(weight).astype(np.int32)
        self._highs.addRow(one.low, one.high, index.size, index, weight[index])
        return int(self._highs.getNumRow()) - 1

    def _restore(self, bounds: Sequence[Bound], added: Sequence[int]) -> None:
        for one in bounds:
            if one.row is not None:
                self._highs.changeRowBounds(one.row, self._low[one.row], self._high[one.row])
        if added:
            self._highs.deleteRows(len(added), np.array(added, dtype=np.int32))
