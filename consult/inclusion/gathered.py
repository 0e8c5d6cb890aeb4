"""Some groups each by itself, and everybody else together: a dimension beside the fine one.

A table by every category is often too fine to be shown where one by the groups that somebody planned for, or by the
largest one, is not. Both stand in one release, so a table of one by the other goes with it: with that the audit knows
how the two hang together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from consult.inclusion.dimensions import Dimension
from consult.inclusion.tabulate import Tables

__all__ = ["OTHERS", "gathered", "gathered_name", "is_tie", "largest_name", "original_name", "with_gathered"]

OTHERS: Final = "others"
_PLANNED: Final = ":planned"
_LARGEST: Final = ":largest"


def gathered_name(name: str) -> str:
    """What the dimension of the planned groups is called."""
    return f"{name}{_PLANNED}"


def largest_name(name: str) -> str:
    """What the dimension of the largest group and everybody else is called."""
    return f"{name}{_LARGEST}"


def original_name(name: str) -> str:
    """The fine dimension behind it; a dimension of its own is its own."""
    return name.removesuffix(_PLANNED).removesuffix(_LARGEST)


def is_tie(names: Sequence[str]) -> bool:
    """Whether a table only tells how a fine dimension and its groups hang together."""
    return len(names) == 2 and names[0] != names[1] and names[0] == original_name(names[1])


def gathered(dimension: Dimension, planned: Mapping[str, Sequence[str]]) -> Dimension | None:
    """The fine dimension with the planned groups and everybody else as its groups; None where that makes none wider.

    `planned` has the categories of each group; of two that overlap the one with fewer stays. None for a sensitive
    dimension too: there the table that ties the two together would tell of groups without a value; and where a category
    is called as everybody else would be.
    """
    if dimension.sensitive or OTHERS in dimension.categories:
        return None
    groups: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for label, members in sorted(planned.items(), key=lambda each: len(each[1])):
        known = tuple(each for each in dimension.categories if each in members)
        if known and taken.isdisjoint(known):
            groups[label] = known
            taken.update(known)
    rest = tuple(each for each in dimension.categories if each not in taken)
    wide = {label: members for label, members in groups.items() if len(members) > 1}
    if len(rest) > 1:
        wide[OTHERS] = rest
    if not groups or not wide:
        return None
    return replace(dimension, groups=wide, never_alone=())


def with_gathered(tables: Tables, fine: Dimension, called: Callable[[str], str] = gathered_name) -> Tables:
    """These tables, each with `fine` (see `gathered`) in its groups as well, and the table that ties them.

    The same people are counted; a table has the groups where the fine categories stood.
    """
    import numpy as np  # noqa: PLC0415 - who serves participants counts nothing

    view = replace(fine.coarse(), name=called(fine.name))
    counts = dict(tables.counts)
    codes = fine.codes_in(view)
    for names, cells in tables.counts.items():
        if fine.name in names:
            axis = names.index(fine.name)
            shape = [len(view.categories) if place == axis else length for place, length in enumerate(cells.shape)]
            merged = np.zeros(shape, dtype=np.int64)
            np.add.at(np.moveaxis(merged, axis, 0), list(codes), np.moveaxis(cells, axis, 0))
            counts[tuple(view.name if name == fine.name else name for name in names)] = merged
    tie = np.zeros((len(fine.categories), len(view.categories)), dtype=np.int64)
    tie[range(len(codes)), list(codes)] = tables.counts[(fine.name,)]
    counts[fine.name, view.name] = tie
    return Tables({**tables.dimensions, view.name: view}, counts, tables.total)
