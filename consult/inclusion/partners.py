"""Choosing what else to withhold so that small cells cannot be recomputed: least people lost, one table at a time.

For every cell to protect there must be two other ways to fill the withheld cells that give the same sums: one with
at least k + 1 people in it, one with as few as a reader must reckon with (cell suppression as a fixed-charge flow,
Fischetti and Salazar 2001). One mixed-integer programme a table finds the cheapest cells that allow all of them.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from consult.inclusion.audit.whole import whole
from consult.inclusion.cells import Lattice, Layer, Line

_MAX_TOGETHER: Final = 4_000
_WORK: Final = 5.0
_NODES: Final = 200
_CHOSEN: Final = 0.5
_FURTHER: Final = 2


@dataclass(frozen=True, slots=True)
class Need:
    """How far a cell's count must be able to move: `up` and `down` from its true count, `wide` in both together."""

    cell: int
    up: int
    down: int
    wide: int


Settled = set[tuple[tuple[str, ...], int, frozenset[int], frozenset[int], frozenset[int]]]
"""Tables and layers with what was withheld, strict and further in them when they asked for no more."""


def states(cells: Lattice, tables: Iterable[tuple[str, ...]], withheld: Set[int], strict: Set[int]) -> Settled:
    """Tables as they are now, to be left as they are unless something in them changes."""
    inside = {table: frozenset(cells.tables[table]) for table in tables}
    return {
        (table, place, members & withheld, members & strict, frozenset())
        for table, members in inside.items()
        for place in range(len(cells.layers))
    }


def add_partners(
    cells: Lattice,
    withheld: set[int],
    strict: set[int],
    k: int,
    settled: Settled,
    further: Set[int] = frozenset(),
) -> None:
    """Withhold partners in place, table by table, until no table asks for more.

    `strict` are the cells that must be able to reach the least a reader reckons with; the others need k of room.
    `further` ones must reach a few people more.
    """
    waiting = dict.fromkeys((table, place) for table in cells.tables for place in range(len(cells.layers)))
    inside = {table: frozenset(members) for table, members in cells.tables.items()}
    lines = {table: cells.lines_of(table) for table in cells.tables}
    while waiting:
        table, place = next(iter(waiting))
        waiting.pop((table, place))
        state = (table, place, inside[table] & withheld, inside[table] & strict, inside[table] & further)
        work = _Work(cells, cells.layers[place], cells.tables[table], lines[table], k)
        added = set() if state in settled else _in_table(work, withheld, strict, further)
        if not added:
            settled.add(state)
        withheld |= added
        waiting.update(
            ((other, layer), None)
            for other, shown in inside.items()
            if not shown.isdisjoint(added)
            for layer in range(len(cells.layers))
        )


def need(layer: Layer, cell: int, k: int, *, strict: bool, further: bool = False) -> Need:
    """What protecting a cell takes.

    Small counts ask for room above as one of two would, the least of them and half of k: a partner that did for two and
    not for one would tell, by not being taken, that it is one.
    """
    count = max(layer.counts[cell], 0)
    if strict or further or 0 < count < k:
        least = count if count >= k or not count else k // 2 if count >= k // 2 else layer.floors[cell]
        return Need(
            cell, up=max(0, k + 1 + _FURTHER * further - least), down=max(0, count - layer.floors[cell]), wide=0
        )
    return Need(cell, up=0, down=0, wide=k)


@dataclass(frozen=True, slots=True)
class _Work:
    """One table in one layer."""

    cells: Lattice
    layer: Layer
    members: Sequence[int]
    lines: Sequence[Line]
    k: int


def _in_table(work: _Work, withheld: set[int], strict: set[int], further: Set[int]) -> set[int]:
    """Cells to withhold in addition for the sake of one table's withheld cells."""
    inside = [cell for cell in work.members if cell in withheld and cell not in work.layer.hidden]
    needs = [need(work.layer, cell, work.k, strict=cell in strict, further=cell in further) for cell in inside]
    if not needs or _cheapest(work, withheld, needs, more=False) is not None:
        return set()
    if len(needs) * len(work.members) <= _MAX_TOGETHER:
        found = _cheapest(work, withheld, needs)
        if found is not None:
            return found
    added: set[int] = set()
    for one in needs:
        if _cheapest(work, withheld | added, [one], more=False) is None:
            added |= _cheapest(work, withheld | added, [one]) or set()
    return added


def _cheapest(work: _Work, withheld: set[int], needs: Sequence[Need], *, more: bool = True) -> set[int] | None:
    """The least costly additional cells that meet all needs; None when there are none, or none found within the work.

    Unknowns: one switch a cell, then for each need two fillings (more, fewer), one change a cell each. Without `more`
    no cell may be added: the question is only whether those withheld will do.
    """
    cells, layer, k = work.cells, work.layer, work.k
    withheld = withheld | layer.hidden
    members = work.members if more else [cell for cell in work.members if cell in withheld]
    lines = work.lines
    size = len(members)
    place = {cell: index for index, cell in enumerate(members)}
    reach = float(k + 1 + _FURTHER + max(one.down for one in needs))
    switch_low = np.array([float(cell in withheld) for cell in members])
    free = [cell in withheld or (cells.counts[cell] > 0 and cells.keys[cell] != ()) for cell in members]
    room = np.array([_room(layer, cell, k) for cell in members])
    fillings = 2 * len(needs)
    changes = np.arange(size * fillings)
    switches = changes % size
    sums, wanted = _sums(lines, place, fillings, size), _wanted(needs, place, size)
    # A change is at most `reach` up and the cell's own people down, and nothing at all while its switch is off.
    most = _Rows(
        rows=np.tile(changes, 2),
        columns=np.concatenate([switches, size + changes]),
        values=np.concatenate([np.full(changes.size, -reach), np.ones(changes.size)]),
        low=np.full(changes.size, -np.inf),
        high=np.zeros(changes.size),
    )
    least = replace(
        most,
        values=np.concatenate([np.minimum(room, reach)[switches], np.ones(changes.size)]),
        low=np.zeros(changes.size),
        high=np.full(changes.size, np.inf),
    )
    unknowns = size * (1 + fillings)
    cost = np.zeros(unknowns)
    cost[:size] = [0 if cell in withheld else cells.weights[cell] for cell in members]
    parts = (sums, most, least, wanted)
    found = whole(
        *_together(parts, unknowns),
        cost=cost,
        columns=(
            np.concatenate([switch_low, np.full(size * fillings, -reach)]),
            np.concatenate([np.array(free, dtype=float), np.full(size * fillings, reach)]),
        ),
        integral=np.arange(unknowns) < size,
        work=_WORK,
        nodes=_NODES,
    )
    if found.point is None:
        return None
    return {cell for cell in members if found.point[place[cell]] > _CHOSEN and cell not in withheld}


def _room(layer: Layer, cell: int, k: int) -> float:
    """How far down a count can go; one that a reader does not have anyhow goes as far as needed."""
    return float(k + 1) if cell in layer.hidden else float(max(0, layer.counts[cell] - layer.floors[cell]))


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of the programme: the place and the value of each entry that is not 0, and the bounds of each row.

    Put together by hand: in programmes as small as these `hstack`, `kron` and `vstack` take as long as the solver.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    values: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def _together(
    parts: Sequence[_Rows], unknowns: int
) -> tuple[sparse.csc_array, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """The rows of all parts, one below the other, and their bounds."""
    above = np.cumsum([0, *(part.low.size for part in parts)])
    rows = np.concatenate([part.rows + start for part, start in zip(parts, above[:-1], strict=True)])
    columns = np.concatenate([part.columns for part in parts])
    values = np.concatenate([part.values for part in parts])
    matrix = sparse.csc_array((values, (rows, columns)), shape=(int(above[-1]), unknowns))
    return matrix, (np.concatenate([part.low for part in parts]), np.concatenate([part.high for part in parts]))


def _sums(lines: Sequence[Line], place: Mapping[int, int], fillings: int, size: int) -> _Rows:
    """One row a line and filling: the changes of its parts less the change of its whole, which must be nothing."""
    entries = [
        (row, place[cell], weight)
        for row, line in enumerate(lines)
        for cell, weight in (*((part, 1) for part in line.parts), (line.whole, -1))
        if cell in place
    ]
    rows, columns, values = np.array(entries, dtype=np.intp).reshape(-1, 3).T
    filling = np.arange(fillings)[:, None]
    nothing = np.zeros(len(lines) * fillings)
    return _Rows(
        rows=(filling * len(lines) + rows).ravel(),
        columns=(size * (1 + filling) + columns).ravel(),
        values=np.tile(values, fillings).astype(float),
        low=nothing,
        high=nothing,
    )


def _wanted(needs: Sequence[Need], place: Mapping[int, int], size: int) -> _Rows:
    """Three rows a need, each with the least it must reach: up, down and wide."""
    own = np.array([place[one.cell] for one in needs])
    more = size * (1 + 2 * np.arange(len(needs))) + own
    fewer = more + size
    first = 3 * np.arange(len(needs))
    ones = np.ones(len(needs))
    return _Rows(
        rows=np.concatenate([first, first + 1, first + 2, first + 2]),
        columns=np.concatenate([more, fewer, more, fewer]),
        values=np.concatenate([ones, -ones, ones, -ones]),
        low=np.array([(one.up, one.down, one.wide) for one in needs], dtype=float).ravel(),
        high=np.full(3 * len(needs), np.inf),
    )
