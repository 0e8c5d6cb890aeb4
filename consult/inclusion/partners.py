"""Choosing what else to withhold so that small cells cannot be recomputed: least people lost, one table at a time.

For every cell to protect there must be two other ways to fill the withheld cells that give the same sums: one with
at least k + 1 people in it, one with as few as a reader must reckon with (cell suppression as a fixed-charge flow,
Fischetti and Salazar 2001). One mixed-integer programme a table finds the cheapest cells that allow all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from consult.inclusion.cells import Lattice, Line

_MAX_TOGETHER: Final = 4_000
_SECONDS: Final = 2.0
_CHOSEN: Final = 0.5


@dataclass(frozen=True, slots=True)
class Need:
    """How far a cell's count must be able to move: `up` and `down` from its true count, `wide` in both together."""

    cell: int
    up: int
    down: int
    wide: int


Settled = set[tuple[tuple[str, ...], frozenset[int], frozenset[int]]]
"""Tables with what was withheld and strict in them when they asked for no more."""


def add_partners(cells: Lattice, withheld: set[int], strict: set[int], k: int, settled: Settled) -> None:
    """Withhold partners in place, table by table, until no table asks for more.

    `strict` are the cells that must be able to reach the least a reader reckons with; the others need k of room.
    """
    waiting = dict.fromkeys(cells.tables)
    while waiting:
        table = next(iter(waiting))
        waiting.pop(table)
        members = frozenset(cells.tables[table])
        state = (table, members & withheld, members & strict)
        added = set() if state in settled else _in_table(cells, table, withheld, strict, k)
        if not added:
            settled.add(state)
        withheld |= added
        waiting.update((other, None) for other, shown in cells.tables.items() if added.intersection(shown))


def need(cells: Lattice, cell: int, k: int, *, strict: bool) -> Need:
    """What protecting a cell takes."""
    count = cells.counts[cell]
    if strict or count < k:
        return Need(cell, up=max(0, k + 1 - count), down=max(0, count - cells.floors[cell]), wide=0)
    return Need(cell, up=0, down=0, wide=k)


def _in_table(cells: Lattice, table: tuple[str, ...], withheld: set[int], strict: set[int], k: int) -> set[int]:
    """Cells to withhold in addition for the sake of one table's withheld cells."""
    members = cells.tables[table]
    lines = cells.lines_of(table)
    needs = [need(cells, cell, k, strict=cell in strict) for cell in members if cell in withheld]
    if not needs:
        return set()
    if len(needs) * len(members) <= _MAX_TOGETHER:
        found = _cheapest(cells, members, lines, withheld, needs, k)
        if found is not None:
            return found
    added: set[int] = set()
    for one in needs:
        added |= _cheapest(cells, members, lines, withheld | added, [one], k) or set()
    return added


def _cheapest(
    cells: Lattice, members: Sequence[int], lines: Sequence[Line], withheld: set[int], needs: Sequence[Need], k: int
) -> set[int] | None:
    """The least costly additional cells that meet all needs; None when there are none, or none found in time.

    Unknowns: one switch a cell, then for each need two fillings (more, fewer), one change a cell each.
    """
    size = len(members)
    place = {cell: index for index, cell in enumerate(members)}
    reach = float(k + 1 + max(one.down for one in needs))
    switch_low = np.array([float(cell in withheld) for cell in members])
    free = [cell in withheld or (cells.counts[cell] > 0 and cells.keys[cell] != ()) for cell in members]
    room = np.array([float(cells.counts[cell] - cells.floors[cell]) for cell in members])
    sums = _sums(lines, place, size)
    fillings = 2 * len(needs)
    rows = [
        sparse.hstack([sparse.csr_array((sums.shape[0] * fillings, size)), sparse.kron(sparse.eye(fillings), sums)])
    ]
    low, high = [np.zeros(sums.shape[0] * fillings)], [np.zeros(sums.shape[0] * fillings)]
    ones = sparse.eye(size * fillings)
    stacked = np.ones((fillings, 1))
    # A change is at most `reach` up and the cell's own people down, and nothing at all while its switch is off.
    rows.append(sparse.hstack([sparse.kron(stacked, sparse.diags(-np.full(size, reach))), ones]))
    low.append(np.full(size * fillings, -np.inf))
    high.append(np.zeros(size * fillings))
    rows.append(sparse.hstack([sparse.kron(stacked, sparse.diags(np.minimum(room, reach))), ones]))
    low.append(np.zeros(size * fillings))
    high.append(np.full(size * fillings, np.inf))
    moves, wanted = _wanted(needs, place, size)
    rows.append(moves)
    low.append(wanted)
    high.append(np.full(wanted.size, np.inf))
    unknowns = size * (1 + fillings)
    cost = np.zeros(unknowns)
    cost[:size] = [0 if cell in withheld else cells.weights[cell] for cell in members]
    result = milp(
        cost,
        constraints=LinearConstraint(sparse.vstack(rows).tocsc(), np.concatenate(low), np.concatenate(high)),
        bounds=Bounds(
            np.concatenate([switch_low, np.full(size * fillings, -reach)]),
            np.concatenate([np.array(free, dtype=float), np.full(size * fillings, reach)]),
        ),
        integrality=np.concatenate([np.ones(size), np.zeros(size * fillings)]),
        options={"time_limit": _SECONDS},
    )
    if result.x is None:
        return None
    return {cell for cell in members if result.x[place[cell]] > _CHOSEN and cell not in withheld}


def _sums(lines: Sequence[Line], place: dict[int, int], size: int) -> sparse.csr_array:
    """One row a line: the changes of its parts less the change of its whole, which must be nothing."""
    matrix = np.zeros((len(lines), size))
    for row, line in enumerate(lines):
        matrix[row, [place[part] for part in line.parts]] += 1
        matrix[row, place[line.whole]] -= 1
    return sparse.csr_array(matrix)


def _wanted(needs: Sequence[Need], place: dict[int, int], size: int) -> tuple[sparse.csr_array, NDArray[np.float64]]:
    """Rows over all unknowns and the least each must reach: up, down and wide of every need."""
    rows = np.zeros((3 * len(needs), size * (1 + 2 * len(needs))))
    wanted = np.zeros(3 * len(needs))
    for index, one in enumerate(needs):
        more = size * (1 + 2 * index) + place[one.cell]
        fewer = more + size
        rows[3 * index, more] = 1
        rows[3 * index + 1, fewer] = -1
        rows[3 * index + 2, [more, fewer]] = [1, -1]
        wanted[3 * index : 3 * index + 3] = [one.up, one.down, one.wide]
    return sparse.csr_array(rows), wanted
