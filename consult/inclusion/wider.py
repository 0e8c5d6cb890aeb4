"""Where few people took part a table by every category is too fine: its largest group, and everybody else together.

Which group is the largest is read off numbers that are shown already, so the choice tells nothing more.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING

from consult.inclusion.cells import Key, key_of
from consult.inclusion.dimensions import NOT_ASKED, Dimension
from consult.inclusion.gathered import gathered, largest_name, with_gathered
from consult.inclusion.tabulate import Tables

if TYPE_CHECKING:
    from consult.inclusion.further import Bundle, Ways

__all__ = ["with_largest"]

Names = tuple[str, ...]


def with_largest(
    tables: Tables, lost: Sequence[Names], shown: Collection[Key], earlier: Mapping[str, tuple[str, ...]]
) -> "tuple[Tables, list[Ways]]":
    """The tables with those that are `lost`, each of two dimensions, by largest groups besides; for each the ways to
    tell it.

    `shown` are the groups of which a number is shown without them; `earlier` the categories of all dimensions of the
    releases before, which never change within a series.
    """
    grown = tables.only(names for names in tables.counts if len(names) == 1 or names in lost)
    views = set[str]()
    for name in dict.fromkeys(name for names in lost for name in names):
        view = _largest(tables, name, shown, earlier.get(largest_name(name)))
        if view is not None:
            views.add(name)
            grown = with_gathered(grown, view, largest_name)
    ways: list[Ways] = [found for names in lost if (found := list(_ways(names, views)))]
    wanted = {names for found in ways for bundle in found for names in bundle}
    new = {names: counts for names, counts in grown.counts.items() if names in wanted}
    return Tables(grown.dimensions, {**tables.counts, **new}, tables.total), ways


def _largest(tables: Tables, name: str, shown: Collection[Key], known: Sequence[str] | None) -> Dimension | None:
    """A dimension with the largest group that is shown, and everybody else, as its groups; who was not asked stays
    apart. None where that is no wider, not what earlier releases had, or called as something else is already."""
    fine = tables.dimensions[name]
    if largest_name(name) in tables.dimensions or fine.option_of is not None or (name,) not in tables.counts:
        return None
    told = [
        (count, label)
        for count, label in zip(tables.counts[name,].tolist(), fine.categories, strict=True)
        if label != NOT_ASKED and (known is None or label in known)
        if key_of((name,), (label,), tables.dimensions) in shown
    ]
    if not told:
        return None
    largest = max(told, key=lambda each: each[0])[1]
    view = gathered(fine, {label: (label,) for label in (largest, NOT_ASKED)})
    return view if view is not None and known in (None, view.coarse().categories) else None


def _ways(names: Names, views: Set[str]) -> "Iterator[Bundle]":
    """The later dimension by its largest group, the earlier one, both."""
    for wide in (names[1:], names[:1], names):
        if views >= set(wide):
            ties = [(name, largest_name(name)) for name in wide]
            yield [*ties, tuple(largest_name(name) if name in wide else name for name in names)]
