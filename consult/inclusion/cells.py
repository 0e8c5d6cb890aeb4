"""The cells of a set of tables as one structure: what each counts, which sums tie them, which must not be shown."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Final

from consult.inclusion.dimensions import NO, NOT_ASKED, NOT_CHOSEN, YES, Dimension
from consult.inclusion.tabulate import Counts, Tables

Key = tuple[tuple[str, str], ...]
"""A group of people: (dimension, category) pairs in order of dimension; () is everybody. One group, one key."""

NOBODY: Final[Key] = (("", ""),)
"""What the form itself leaves empty: who was not asked gave no answer, who was not offered one did not choose it."""
AND: Final = "\x1f"
"""Between categories of people who were not asked: a sign that no category has ("girl + boy" may be one)."""

GROUP_SIZE: Final = 50
SHARE_TENTHS: Final = 9


@dataclass(frozen=True, slots=True)
class Line:
    """A sum a reader can do: the parts of a whole, along one dimension."""

    whole: int
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """Counts that a reader has, or gets by a subtraction, wherever a cell is shown: those of the release itself, and
    for each earlier release how they changed since. `hidden` are cells of which he has none whatever is shown now."""

    counts: tuple[int, ...]
    floors: tuple[int, ...]
    hidden: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Lattice:
    """All cells of all tables, margins and total included, each group once.

    Positions index `keys`, the counts and floors of each layer (the least a reader must reckon with: 1, or 0 where
    zeros are withheld too; of a change always 0) and `weights` (what withholding takes from the reader: the people in
    it, once for every table that shows it; next to nothing for those who did not choose an option, since who chose it
    is what a reader looks for).
    """

    keys: tuple[Key, ...]
    position: Mapping[Key, int]
    layers: tuple[Layer, ...]
    weights: tuple[int, ...]
    lines: tuple[Line, ...]
    tables: Mapping[tuple[str, ...], tuple[int, ...]]

    @property
    def counts(self) -> tuple[int, ...]:
        """The counts of the release itself."""
        return self.layers[0].counts

    def dear(self, cells: Set[int]) -> "Lattice":
        """The same cells, of which some cost more than all others together."""
        more = sum(self.weights) + 1
        weights = tuple(own + more if cell in cells else own for cell, own in enumerate(self.weights))
        return replace(self, weights=weights)

    def lines_of(self, table: tuple[str, ...]) -> list[Line]:
        """The sums inside one table."""
        inside = set(self.tables[table])
        return [line for line in self.lines if line.whole in inside and inside.issuperset(line.parts)]


def key_of(names: Sequence[str], labels: Sequence[str], dimensions: Mapping[str, Dimension]) -> Key:
    """The key of a cell; labels of "*" and dimensions with one category restrict nothing.

    Whoever skipped a question is the same group in all its options, so has one key; whoever was not asked has that of
    the ages that were not.
    """
    pairs = []
    by, inside = _asked_by(names, labels, dimensions)
    if (inside is not None and not inside) or not _offered(names, labels, dimensions):
        return NOBODY
    for name, label in zip(names, labels, strict=True):
        dimension = dimensions[name]
        if label == "*" or len(dimension.categories) == 1 or _is_unasked(dimension, label):
            continue
        if name == by and inside is not None:
            continue
        shared = dimension.option_of is not None and label not in (YES, NO, NOT_CHOSEN)
        pairs.append((shared_name(dimension.option_of) if shared else name, label))
    if inside is not None:
        pairs.append((by, AND.join(inside)))
    return tuple(sorted(pairs))


def _is_unasked(dimension: Dimension, label: str) -> bool:
    return label == NOT_ASKED and dimension.not_asked_of is not None


def _asked_by(
    names: Sequence[str], labels: Sequence[str], dimensions: Mapping[str, Dimension]
) -> tuple[str, tuple[str, ...] | None]:
    """By what people are asked or not, and the categories of it that a cell's people can have; None where it tells of
    none."""
    told = [(dimensions[name], label) for name, label in zip(names, labels, strict=True) if label != "*"]
    unasked = [(*one.not_asked_of, label) for one, label in told if one.not_asked_of is not None]
    if not unasked:
        return "", None
    by = unasked[0][0]
    known: list[tuple[str, ...]] = [(label,) for dimension, label in told if dimension.name == by]
    known += [ages for _, ages, label in unasked if label == NOT_ASKED]
    if not known:
        return by, None
    without = {age for _, ages, label in unasked if label != NOT_ASKED for age in ages}
    inside = tuple(age for age in known[0] if age not in without and all(age in ages for ages in known))
    return by, inside


def _offered(names: Sequence[str], labels: Sequence[str], dimensions: Mapping[str, Dimension]) -> bool:
    """Whether somebody whom the form lets be in the cell was offered all of its categories."""
    told = dict(zip(names, labels, strict=True))
    some: dict[str, set[str]] = {}
    for name, label in told.items():
        by, offered = dimensions[name].offered_to or (name, {})
        if label in offered:
            some[by] = some.get(by, set(offered[label])).intersection(offered[label])
    for name, label in told.items():
        by, unasked = dimensions[name].not_asked_of or (name, ())
        if by in some and label != "*":
            some[by] = some[by].intersection(unasked) if label == NOT_ASKED else some[by].difference(unasked)
    return all(left and told.get(by, "*") in ("*", *left) for by, left in some.items())


def shared_name(question: str | None) -> str:
    """The name under which all options of a question keep a group they share."""
    return f"{question} (all options)"


def grid(
    names: tuple[str, ...], counts: Counts, dimensions: Mapping[str, Dimension]
) -> Iterator[tuple[list[str], int]]:
    """Labels and count of every cell of a table: the leaf cells, then the margins, the total last."""
    for size in range(len(names), -1, -1):
        for kept in combinations(range(len(names)), size):
            summed = counts.sum(axis=tuple(axis for axis in range(len(names)) if axis not in kept))
            for codes in product(*(range(len(dimensions[names[axis]].categories)) for axis in kept)):
                labels = ["*"] * len(names)
                for axis, code in zip(kept, codes, strict=True):
                    labels[axis] = dimensions[names[axis]].categories[code]
                yield labels, int(summed[codes])


def lattice(tables: Tables, earlier: Sequence[Mapping[Key, int]] = ()) -> Lattice:
    """Tie the cells of all tables together; `earlier` are the counts that each release before has shown."""
    counts: dict[Key, int] = {(): tables.total}
    shown: dict[Key, int] = {(): 0}
    lines: dict[tuple[Key, tuple[Key, ...]], None] = {}
    inside: dict[tuple[str, ...], dict[Key, None]] = {}
    for names, array in tables.counts.items():
        members = inside.setdefault(names, {})
        for labels, count in grid(names, array, tables.dimensions):
            key = key_of(names, labels, tables.dimensions)
            counts[key] = count
            shown[key] = shown.get(key, 0) + 1
            members[key] = None
            lines.update(dict.fromkeys(_lines(names, labels, tables.dimensions)))
    for line in list(_unions(counts)):
        lines[line] = None
        for names, members in inside.items():
            if len(names) == 1 and line[0] in members:
                members.update(dict.fromkeys(line[1]))
    keys = tuple(counts)
    position = {key: index for index, key in enumerate(keys)}
    sensitive = {name for name, dimension in tables.dimensions.items() if dimension.sensitive}
    return Lattice(
        keys=keys,
        position=position,
        layers=(
            Layer(
                tuple(counts.values()),
                tuple(0 if any(name in sensitive for name, _ in key) else 1 for key in keys),
            ),
            *(_change(keys, counts, shown_before) for shown_before in earlier),
        ),
        weights=tuple(_weight(key, counts[key], tables.dimensions) * shown[key] for key in keys),
        lines=tuple(Line(position[whole], tuple(position[part] for part in parts)) for whole, parts in lines),
        tables={names: tuple(position[key] for key in members) for names, members in inside.items()},
    )


def _unions(counts: Mapping[Key, int]) -> Iterator[tuple[Key, tuple[Key, ...]]]:
    """People of several categories who were not asked, as the sum of these, where each has a cell of its own."""
    for key in counts:
        for name, label in key:
            rest = tuple(pair for pair in key if pair[0] != name)
            parts = tuple(tuple(sorted((*rest, (name, each)))) for each in label.split(AND))
            if len(parts) > 1 and all(part in counts for part in parts):
                yield key, parts


def _change(keys: Sequence[Key], counts: Mapping[Key, int], before: Mapping[Key, int]) -> Layer:
    return Layer(
        tuple(counts[key] - before.get(key, counts[key]) for key in keys),
        (0,) * len(keys),
        frozenset(index for index, key in enumerate(keys) if key not in before),
    )


def _weight(key: Key, count: int, dimensions: Mapping[str, Dimension]) -> int:
    passed_over = any(
        label in (NO, NOT_CHOSEN) and dimensions[name].option_of for name, label in key if name in dimensions
    )
    return min(count, 1) if passed_over else count


def _lines(
    names: tuple[str, ...], labels: list[str], dimensions: Mapping[str, Dimension]
) -> Iterator[tuple[Key, tuple[Key, ...]]]:
    """The sums that have this cell as their whole."""
    whole = key_of(names, labels, dimensions)
    for axis, name in enumerate(names):
        if labels[axis] == "*" and len(dimensions[name].categories) > 1:
            parts = [[*labels[:axis], label, *labels[axis + 1 :]] for label in dimensions[name].categories]
            yield whole, tuple(key_of(names, part, dimensions) for part in parts)


def must_withhold(cells: Lattice, k: int, sensitive: frozenset[str]) -> set[int]:
    """Cells no release shows: counts of 1 to k - 1, and on a sensitive dimension values that all, none, or at least
    nine in ten of a group under 50 have (disclosure control, rules 3 and 4). The same of a change since any earlier
    release that showed the cell (rule 6): those who came are people too."""
    return {
        index
        for layer in cells.layers
        for index, count in enumerate(layer.counts)
        if index not in layer.hidden
        and (0 < abs(count) < k or any(_tells(count, base) for base in _bases(cells, layer, index, sensitive)))
    }


def _bases(cells: Lattice, layer: Layer, index: int, sensitive: frozenset[str]) -> Iterator[int]:
    """Sizes of the groups within which a cell gives the share of a sensitive value."""
    key = cells.keys[index]
    for pair in key:
        if pair[0] in sensitive:
            base = cells.position[tuple(other for other in key if other != pair)]
            if base not in layer.hidden:
                yield layer.counts[base]


def _tells(count: int, base: int) -> bool:
    if base <= 0:
        return False
    return count in (0, base) or (base < GROUP_SIZE and 10 * count >= SHARE_TENTHS * base)


def too_thin(counts: Counts, k: int) -> bool:
    """Whether a table with two or more dimensions is better left out: over a quarter of its non-zero cells small."""
    filled = counts[counts > 0]
    return counts.ndim > 1 and bool((filled < k).sum() * 4 > filled.size)
