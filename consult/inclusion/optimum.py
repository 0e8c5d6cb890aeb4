"""The cheapest choice of withheld cells that passes the audit: what the protection is measured against, on small cases.

One mixed-integer programme over all tables together asks for what any safe choice needs: each small cell must be able
to look as empty as a reader reckons with and as large as k, and the range of every withheld cell must be k wide. Its
solution is put to the audit. If that objects, the choice and everything that withholds less is ruled out, and the next
cheapest is asked for; the first that passes is the optimum, and until then the cost is a bound from below.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from consult.inclusion.audit import audit_release
from consult.inclusion.audit.effort import work_time
from consult.inclusion.audit.whole import whole
from consult.inclusion.cells import Lattice, lattice, must_withhold
from consult.inclusion.document import Heading, document
from consult.inclusion.tabulate import Tables
from consult.inclusion.views import sensitive_names

__all__ = ["Optimum", "optimum"]

_CHOSEN: Final = 0.5
_GAP: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Optimum:
    """The least cost of any safe choice; `proven`: it is reached. Else every safe choice costs at least that much."""

    cost: float
    proven: bool


def optimum(heading: Heading, tables: Tables, *, by_cells: bool, work: float) -> Optimum:
    """The least number of cells (`by_cells`) or of people lost that withholding can cost in exactly these tables.

    `work` is how much may be done to find it, in seconds that are the same on every machine (`audit/effort.py`).
    """
    cells = lattice(tables)
    primary = must_withhold(cells, heading.k, sensitive_names(tables.dimensions))
    looked_at = set(primary)
    end = work_time() + work
    cuts: list[NDArray[np.float64]] = []
    bound = 0.0
    while (left := end - work_time()) > 0:
        programme = _Programme.of(cells, heading.k, primary, sorted(looked_at), by_cells=by_cells)
        solved = programme.solve(cuts, left)
        if solved is None:
            break
        chosen, least = solved
        bound = max(bound, least)
        if chosen is None:
            break
        looked_at |= chosen
        withheld = {cells.keys[cell] for cell in chosen}
        if audit_release(document(heading, tables, withheld), max(left, 1), most=1).ok:
            return Optimum(bound, proven=True)
        cuts.append(np.array([float(cell not in chosen) for cell in range(len(cells.keys))]))
    return Optimum(bound, proven=False)


@dataclass(frozen=True, slots=True)
class _Programme:
    """Unknowns: a switch a cell; then for each cell looked at two fillings, with more people in it and with fewer."""

    cost: NDArray[np.float64]
    switch_low: NDArray[np.float64]
    switch_high: NDArray[np.float64]
    reach: float
    rows: sparse.csc_array
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @classmethod
    def of(cls, cells: Lattice, k: int, primary: Set[int], looked_at: Sequence[int], *, by_cells: bool) -> "_Programme":
        size = len(cells.keys)
        counts, floors = np.array(cells.counts), np.array(cells.layers[0].floors)
        free = {cell for cell in range(size) if cell in primary or (counts[cell] > 0 and cells.keys[cell] != ())}
        reach = float(2 * k + max((int(counts[cell]) for cell in primary), default=0))
        fillings = 2 * len(looked_at)
        # What goes up in one part of a sum goes down in another.
        sums = _sums(cells, size)
        blocks = [sparse.hstack([_zeros(sums.shape[0] * fillings, size), sparse.kron(sparse.eye(fillings), sums)])]
        low, high = [np.zeros(sums.shape[0] * fillings)], [np.zeros(sums.shape[0] * fillings)]
        # Only withheld cells change: up by at most `reach`, down by at most the people whom a reader does not know.
        each, stacked = sparse.eye(size * fillings), np.ones((fillings, 1))
        down = np.minimum(np.maximum(counts - floors, 0), reach)
        blocks += [
            sparse.hstack([sparse.kron(stacked, sparse.diags(np.full(size, -reach))), each]),
            sparse.hstack([sparse.kron(stacked, sparse.diags(down)), each]),
        ]
        low += [np.full(size * fillings, -np.inf), np.zeros(size * fillings)]
        high += [np.zeros(size * fillings), np.full(size * fillings, np.inf)]
        needs, wanted = _needs(looked_at, primary, counts, floors, k, size)
        blocks.append(needs)
        low.append(wanted)
        high.append(np.full(wanted.size, np.inf))
        weights = np.ones(size) if by_cells else np.array(cells.weights, dtype=float)
        return cls(
            cost=np.concatenate([weights, np.zeros(size * fillings)]),
            switch_low=np.array([float(cell in primary) for cell in range(size)]),
            switch_high=np.array([float(cell in free) for cell in range(size)]),
            reach=reach,
            rows=sparse.vstack(blocks).tocsc(),
            low=np.concatenate(low),
            high=np.concatenate(high),
        )

    def solve(self, cuts: Sequence[NDArray[np.float64]], work: float) -> tuple[set[int] | None, float] | None:
        """The cheapest choice left and its cost, or no choice and a bound from below; None: there is none."""
        size, unknowns = self.switch_low.size, self.cost.size
        free = np.full(unknowns - size, self.reach)
        more = sparse.hstack([sparse.csr_array(np.array(cuts).reshape(-1, size)), _zeros(len(cuts), unknowns - size)])
        found = whole(
            sparse.vstack([self.rows, more]),
            (np.concatenate([self.low, np.ones(len(cuts))]), np.concatenate([self.high, np.full(len(cuts), np.inf)])),
            self.cost,
            (np.concatenate([self.switch_low, -free]), np.concatenate([self.switch_high, free])),
            np.arange(unknowns) < size,
            work=work,
            gap=_GAP,
        )
        if not found.proven:
            return None, found.least
        if found.point is None:
            return None
        return {cell for cell in range(size) if found.point[cell] > _CHOSEN}, float(np.round(self.cost @ found.point))


def _zeros(rows: int, columns: int) -> sparse.csr_array:
    return sparse.csr_array((rows, columns))


def _sums(cells: Lattice, size: int) -> sparse.csr_array:
    entries = [
        (row, cell, weight)
        for row, line in enumerate(cells.lines)
        for cell, weight in (*((part, 1.0) for part in line.parts), (line.whole, -1.0))
    ]
    rows, columns, weights = zip(*entries, strict=True)
    return sparse.csr_array((weights, (rows, columns)), shape=(len(cells.lines), size))


def _needs(
    looked_at: Sequence[int],
    primary: Set[int],
    counts: NDArray[np.int64],
    floors: NDArray[np.int64],
    k: int,
    size: int,
) -> tuple[sparse.csr_array, NDArray[np.float64]]:
    """Small cells reach k and their floor; every cell, if withheld, has room of k between its two fillings."""
    entries: list[tuple[int, int, float]] = []
    wanted: list[float] = []
    for place, cell in enumerate(looked_at):
        more = size * (1 + 2 * place) + cell
        fewer = more + size
        if cell in primary and counts[cell] < k:
            entries += [(len(wanted), more, 1.0), (len(wanted) + 1, fewer, -1.0)]
            wanted += [float(k - counts[cell]), float(max(counts[cell] - floors[cell], 0))]
        entries += [(len(wanted), more, 1.0), (len(wanted), fewer, -1.0), (len(wanted), cell, -float(k))]
        wanted.append(0.0)
    rows, columns, weights = zip(*entries, strict=True)
    shape = (len(wanted), size * (1 + 2 * len(looked_at)))
    return sparse.csr_array((weights, (rows, columns)), shape=shape), np.array(wanted)
