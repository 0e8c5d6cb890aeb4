"""The linear system of everything published: unknown head counts on one side, what the tables say on the other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import inf, prod
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from consult.inclusion.audit.cliques import Clique, cliques, find, tree
from consult.inclusion.audit.findings import RELEASES, Region
from consult.inclusion.audit.reading import Published, Question

MAX_UNKNOWNS: Final = 120_000
_UNBOUNDED: Final = 10_000_000
_OWN: Final = ("yes", "no", "not_chosen")
"""Categories in which the options of one question differ; in all others they hold the same people."""
Vector = NDArray[np.float64]


class TooLarge(Exception):
    """More unknowns than can be looked through in any sensible time."""


@dataclass(frozen=True, slots=True)
class Group:
    """A sum of unknowns, each with a weight: the people in a group, or the difference between two groups."""

    index: NDArray[np.intp]
    weight: Vector

    def of(self, counts: Vector) -> float:
        """Its value for given counts."""
        return float(self.weight @ counts[self.index])

    def times(self, factor: float) -> "Group":
        """So many times its value."""
        return Group(self.index, factor * self.weight)

    def less(self, other: "Group") -> "Group":
        """The difference to another group; an unknown may stand in it twice."""
        return Group(np.concatenate([self.index, other.index]), np.concatenate([self.weight, -other.weight]))

    def dense(self, size: int) -> Vector:
        """One weight for each unknown."""
        return np.bincount(self.index, self.weight, minlength=size).astype(np.float64)


def stacked(groups: list[Group], size: int) -> sparse.csr_array:
    """Groups as the rows of one matrix."""
    rows = np.repeat(np.arange(len(groups)), [group.index.size for group in groups])
    empty = np.zeros(0)
    columns = np.concatenate([group.index for group in groups]) if groups else empty.astype(np.intp)
    weights = np.concatenate([group.weight for group in groups]) if groups else empty
    return sparse.csr_array((weights, (rows, columns)), shape=(len(groups), size))


@dataclass(frozen=True, slots=True)
class Block:
    """The unknowns of one clique: `codes[name]` holds each unknown's category, `start` its place in the system."""

    names: tuple[str, ...]
    codes: Mapping[str, NDArray[np.intp]]
    start: int
    size: int


@dataclass(slots=True)
class System:
    """Unknown counts x >= 0, whole, with low <= matrix @ x <= high; independent of every other system.

    `row_of` tells the rows of each published or withheld group, one for each block that can count it.
    """

    blocks: list[Block]
    categories: Mapping[str, tuple[str, ...]]
    size: int
    ceiling: int
    rows: list[Group] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    row_of: dict[Region, list[int]] = field(default_factory=dict)

    def block_of(self, names: frozenset[str]) -> Block | None:
        """The first block in which a group restricted by these dimensions can be counted."""
        return next((block for block in self.blocks if names <= frozenset(block.names)), None)

    def count(self, region: Region, block: Block | None = None) -> Group:
        """The people in a group, as a sum of unknowns."""
        place = block or self.block_of(frozenset(name for name, _ in region))
        if place is None:
            raise KeyError(region)
        index = place.start + np.flatnonzero(_inside(region, place.codes, place.size, self.categories))
        return Group(index, np.ones(index.size))

    def add(self, group: Group, low: float, high: float) -> None:
        """One more thing a reader knows."""
        self.rows.append(group)
        self.low.append(low)
        self.high.append(high)

    def matrix(self) -> sparse.csr_array:
        """All rows, sparse."""
        return stacked(self.rows, self.size)


def systems(published: Published) -> list[System]:
    """One system for each part of the series that the rest says nothing more about; raises TooLarge.

    Two cliques stay apart when their separator's cells are all published: nothing else connects them.
    """
    parts, found, links = _parts(published)
    return [_system([found[index] for index in part], found, links, published) for part in parts]


def connected_tables(published: Published) -> list[tuple[int, ...]]:
    """Positions of the tables that fall into each system: those of one tuple have to be audited together."""
    parts, found, _ = _parts(published)
    groups = []
    for part in parts:
        inside = [i for i, names in enumerate(published.tables) if any(set(names) <= found[index] for index in part)]
        if inside:
            groups.append(tuple(inside))
    return groups


def _parts(published: Published) -> tuple[list[list[int]], list[Clique], list[tuple[int, int, Clique]]]:
    """Cliques by system, all cliques, and the tree edges that still connect something."""
    joined = set(published.tables)
    # An option that no table shows is known through the others, in a series at each time.
    time = (RELEASES,) if published.releases > 1 else ()
    told = {(option, *time) for question in published.questions for option in question.options}
    told |= {(name, by, *time) for known in (published.unasked, published.offered) for name, (by, _) in known.items()}
    found = cliques({name for names in joined | told for name in names}, joined | told)
    root = list(range(len(found)))
    links = [edge for edge in tree(found) if not _all_published(edge[2], published)]
    for one, other, _ in links:
        root[find(root, one)] = find(root, other)
    for one_names, other_names, _ in _sisters(published, joined):
        root[find(root, _holder(one_names, found))] = find(root, _holder(other_names, found))
    parts: dict[int, list[int]] = {}
    for index in range(len(found)):
        parts.setdefault(find(root, index), []).append(index)
    return list(parts.values()), found, links


def _all_published(separator: Clique, published: Published) -> bool:
    """Whether every release tells all cells of a separator, so that who came when is known too."""
    groups = list(_cells(separator - {RELEASES}, published))
    moments = range(published.releases) if RELEASES in separator else (published.releases - 1,)
    if published.losses and RELEASES in separator:
        return False
    return all(published.at(group, moment) in published.exact for group in groups for moment in moments)


def _cells(names: Clique, published: Published) -> Iterator[Region]:
    ordered = sorted(names)
    for leaf in product(*(published.categories[name] for name in ordered)):
        yield published.region({name: (label,) for name, label in zip(ordered, leaf, strict=True)})


def _holder(names: frozenset[str], found: list[Clique]) -> int:
    return next(index for index, clique in enumerate(found) if names <= clique)


def _system(
    part: list[Clique], found: list[Clique], links: list[tuple[int, int, Clique]], published: Published
) -> System:
    blocks = []
    start = 0
    for clique in part:
        block = _block(clique, start, published)
        blocks.append(block)
        start += block.size
        if start > MAX_UNKNOWNS:
            raise TooLarge(f"more than {MAX_UNKNOWNS} combinations of {', '.join(sorted(clique))}")
    ceiling = sum(published.everybody(moment) or _UNBOUNDED for moment in range(published.releases))
    system = System(blocks, published.categories, start, min(ceiling, _UNBOUNDED))
    for block in blocks:
        _add_cells(system, block, published)
    for one, other, separator in links:
        if found[one] in part:
            for region in _cells(separator, published):
                _equal(system, region, found[one], region, found[other])
    for question in published.questions:
        _add_question(system, question, published)
    return system


def _block(clique: Clique, start: int, published: Published) -> Block:
    names = tuple(sorted(clique))
    shape = tuple(len(published.categories[name]) for name in names)
    if prod(shape) > 20 * MAX_UNKNOWNS:
        raise TooLarge(f"more than {20 * MAX_UNKNOWNS} combinations of {', '.join(names)}")
    codes = dict(zip(names, np.indices(shape).reshape(len(names), -1), strict=True))
    kept = np.ones(prod(shape), dtype=bool)
    for region, count in published.exact.items():
        if count == 0 and frozenset(name for name, _ in region) <= clique:
            kept &= ~_inside(region, codes, kept.size, published.categories)
    kept &= _can_be(codes, kept.size, published)
    return Block(names, {name: code[kept] for name, code in codes.items()}, start, int(kept.sum()))


def _can_be(codes: Mapping[str, NDArray[np.intp]], size: int, published: Published) -> NDArray[np.bool_]:
    """Which combinations of categories the form allows."""
    possible = np.ones(size, dtype=bool)
    for by in published.deciding:
        ages = published.categories[by]
        left = np.ones((len(ages), size), dtype=bool)
        for name, code in codes.items():
            who = [published.who(by, name, (label,)) for label in published.categories[name]]
            left &= np.array([[age in each for each in who] for age in ages])[:, code]
        possible &= left.any(axis=0)
    return possible


def _inside(
    region: Region, codes: Mapping[str, NDArray[np.intp]], size: int, categories: Mapping[str, tuple[str, ...]]
) -> NDArray[np.bool_]:
    inside = np.ones(size, dtype=bool)
    for name, leaves in region:
        allowed = np.zeros(len(categories[name]), dtype=bool)
        allowed[[categories[name].index(leaf) for leaf in leaves]] = True
        inside &= allowed[codes[name]]
    return inside


def _add_cells(system: System, block: Block, published: Published) -> None:
    """Every published and withheld group that can be counted in a block; a withheld one has its row even where
    nothing is known of it, so that a question can be put to it."""
    names = frozenset(block.names)
    known = {region: (float(count), float(count)) for region, count in published.exact.items()}
    for region, (least, most) in published.withheld.items():
        known.setdefault(region, (float(least), inf if most is None else float(most)))
    for region, (low, high) in known.items():
        if frozenset(name for name, _ in region) <= names:
            system.row_of.setdefault(region, []).append(len(system.rows))
            system.add(system.count(region, block), low, high)
    for region, least, most in published.leavers:
        if frozenset(name for name, _ in region) <= names:
            system.add(system.count(region, block), least, most)


def _equal(system: System, one: Region, in_one: Clique, other: Region, in_other: Clique) -> None:
    places = {frozenset(block.names): block for block in system.blocks}
    system.add(system.count(one, places[in_one]).less(system.count(other, places[in_other])), 0, 0)


def _sisters(
    published: Published, joined: set[tuple[str, ...]]
) -> Iterator[tuple[frozenset[str], frozenset[str], Region]]:
    """Pairs of options of one question, each with the dimensions to count it by and a group of people to compare."""
    time = frozenset({RELEASES}) if published.releases > 1 else frozenset()
    for question in published.questions:
        first, *others = question.options
        for other in others:
            shared = _partners(first, joined) & _partners(other, joined)
            for context in (time & shared, *(time & shared | {name} for name in sorted(shared - time))):
                for region in _cells(context, published):
                    yield context | {first}, context | {other}, region


def _partners(name: str, joined: set[tuple[str, ...]]) -> set[str]:
    return {other for table in joined if name in table for other in table} - {name}


def _add_question(system: System, question: Question, published: Published) -> None:
    """People who skipped a question or were not asked are the same in all its options; choices have a limit."""
    first = question.options[0]
    shared = [label for label in published.categories[first] if label not in _OWN]
    for group, options in _compared(question, published).items():
        context = frozenset(name for name, _ in group)
        if any(system.block_of(context | {name}) is None for name in options):
            continue
        for option, label in product(options[1:], shared):
            own = system.count(_with(published, group, first, label))
            system.add(own.less(system.count(_with(published, group, option, label))), 0, 0)
        if question.choices and len(options) == len(question.options):
            _add_limits(system, question, group, published)


def _compared(question: Question, published: Published) -> dict[Region, list[str]]:
    """Groups of people with the options of a question that can be counted in them; everybody first."""
    first = question.options[0]
    groups: dict[Region, list[str]] = {}
    for one, other, group in _sisters(published, set(published.tables)):
        if first in one:
            groups.setdefault(group, [first]).extend(name for name in question.options[1:] if name in other)
    return groups


def _with(published: Published, group: Region, name: str, *labels: str) -> Region:
    return published.region({**dict(group), name: labels})


def _add_limits(system: System, question: Question, group: Region, published: Published) -> None:
    least, most = question.choices or (0, 0)
    labels = [label for label in published.categories[question.options[0]] if label in _OWN]
    chosen = [system.count(_with(published, group, name, "yes")) for name in question.options]
    answered = system.count(_with(published, group, question.options[0], *labels))
    system.add(_over(chosen, answered.times(most)), -inf, 0)
    if "not_chosen" not in labels:
        system.add(_over(chosen, answered.times(least)), 0, inf)


def _over(groups: list[Group], limit: Group) -> Group:
    index = np.concatenate([group.index for group in groups])
    return Group(index, np.ones(index.size)).less(limit)
