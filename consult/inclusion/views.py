"""Coarsening before withholding: a dimension falls back to its wider view where that shows more people."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from consult.inclusion.cells import Key, Lattice, Line, lattice, must_withhold, too_thin
from consult.inclusion.dimensions import Dimension
from consult.inclusion.tabulate import Tables

Shown = Mapping[Key, int]
"""What an earlier release has shown."""


def widen(
    tables: Tables, k: int, fixed: Mapping[str, Dimension] = MappingProxyType({}), earlier: Sequence[Shown] = ()
) -> Tables:
    """The tables in the views that show the most people; the finer view where both show as many.

    Dimensions are tried one after the other, those with a category that is never shown alone are always widened, and
    those of earlier releases keep the view these had (`fixed`).
    """
    views = {
        name: fixed.get(name, dimension.coarse() if dimension.never_alone else dimension)
        for name, dimension in tables.dimensions.items()
    }
    best = tables.view(views)
    lost = _lost(tables, best, k, earlier)
    for names in _together(tables.dimensions):
        if (
            lost
            and not any(name in fixed for name in names)
            and any(_is_fine(tables.dimensions[name], views[name]) for name in names)
        ):
            trial = tables.view({**views, **{name: tables.dimensions[name].coarse() for name in names}})
            loses = _lost(tables, trial, k, earlier)
            if loses < lost:
                views, best, lost = {**views, **trial.dimensions}, trial, loses
    return best


def _lost(tables: Tables, seen: Tables, k: int, earlier: Sequence[Shown]) -> int:
    """The people that a view of the tables loses; a table that it does not have loses everybody."""
    return people_lost(seen, k, earlier) + (len(tables.counts) - len(seen.counts)) * tables.total


def _is_fine(dimension: Dimension, view: Dimension) -> bool:
    return bool(dimension.groups) and view.categories == dimension.categories


def _together(dimensions: Mapping[str, Dimension]) -> list[list[str]]:
    """Dimensions that change their view together: all options of one question, every other one alone."""
    together: dict[tuple[str | None, str], list[str]] = {}
    for name, dimension in dimensions.items():
        together.setdefault((dimension.option_of, "" if dimension.option_of else name), []).append(name)
    return list(together.values())


def sensitive_names(dimensions: Mapping[str, Dimension]) -> frozenset[str]:
    """The names of the sensitive dimensions."""
    return frozenset(name for name, dimension in dimensions.items() if dimension.sensitive)


def people_lost(tables: Tables, k: int, earlier: Sequence[Shown] = ()) -> int:
    """An estimate, without any search, of the people in cells that will not be shown, summed over all cells.

    A table too thin to be shown loses everybody; elsewhere every sum that would give a small cell away loses its
    smallest cells until k + 1 people are in doubt.
    """
    thin = [names for names, counts in tables.counts.items() if too_thin(counts, k)]
    kept = tables.only(names for names in tables.counts if names not in thin)
    cells = lattice(kept, earlier)
    hidden = must_withhold(cells, k, sensitive_names(tables.dimensions))
    for line in cells.lines:
        hidden |= _cover(cells, line, hidden, k)
    return len(thin) * tables.total + sum(cells.weights[index] for index in hidden)


def _cover(cells: Lattice, line: Line, hidden: set[int], k: int) -> set[int]:
    """The smallest further parts of one sum that put k + 1 people in doubt, if some are in doubt at all."""
    doubtful = [part for part in line.parts if part in hidden]
    if not doubtful or line.whole in hidden:
        return set()
    people = sum(cells.counts[part] for part in doubtful)
    added: set[int] = set()
    for part in sorted(set(line.parts) - hidden, key=lambda index: cells.counts[index]):
        if len(doubtful) + len(added) > 1 and people > k + 1:
            break
        if cells.counts[part]:
            added.add(part)
            people += cells.counts[part]
    return added
