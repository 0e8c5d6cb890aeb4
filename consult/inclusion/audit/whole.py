"""Programmes in whole numbers, each looked through to an end that is counted: the same on every machine."""

from dataclasses import dataclass
from typing import Final, Protocol

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from consult.inclusion.audit.effort import looks_in, search
from consult.inclusion.audit.model import Vector
from consult.inclusion.audit.solver import Quiet, programme

__all__ = ["Found", "whole"]

_FEASIBLE: Final = 2


@dataclass(frozen=True, slots=True)
class Found:
    """The cheapest point that was found, if any; `proven`: there is none that is cheaper, or none at all.

    No point costs less than `least`.
    """

    point: Vector | None
    proven: bool
    least: float


def whole(
    matrix: sparse.csr_array | sparse.csc_array,
    rows: tuple[Vector, Vector],
    cost: Vector,
    columns: tuple[Vector, Vector],
    integral: NDArray[np.bool_],
    *,
    work: float,
    nodes: int | None = None,
    gap: float | None = None,
) -> Found:
    """Least cost @ x with bounds on x and on matrix @ x, where the `integral` columns are whole numbers.

    The solver asks whether to go on after every round of cuts at the root, every dive and every node, and is told no
    after as many times as `work` pays for (`effort`). `gap`: how far, as a share, from the least is near enough.
    """
    model = programme(matrix, cost, columns, rows)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    model.integrality_ = [kinds[one] for one in integral.tolist()]
    highs = Quiet()
    if nodes is not None:
        highs.setOptionValue("mip_max_nodes", nodes)
    if gap is not None:
        highs.setOptionValue("mip_rel_gap", gap)
    looks = _ask(highs, looks_in(work, matrix.nnz))
    highs.passModel(model)
    highs.run()
    told, status = highs.getInfo(), highs.getModelStatus()
    search(matrix.nnz, looks[0], max(0, told.simplex_iteration_count))
    feasible = told.primal_solution_status == _FEASIBLE
    return Found(
        np.array(highs.getSolution().col_value) if feasible else None,
        status in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible),
        float(told.mip_dual_bound),
    )


class _Reply(Protocol):
    user_interrupt: bool


def _ask(highs: Quiet, most: int) -> list[int]:
    """How often the solver has asked whether to go on, in a list of one; after `most` times it is told no."""
    asked = [0]

    def answer(_kind: object, _message: str, _told: object, reply: _Reply, _data: object) -> None:
        asked[0] += 1
        reply.user_interrupt = asked[0] > most

    super(highspy.Highs, highs).setCallback(answer, None)
    highs.startCallback(highspy.cb.HighsCallbackType.kCallbackMipInterrupt)
    return asked
