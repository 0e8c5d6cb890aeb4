"""Counting people: rows or code arrays in, one array of counts a table out, streamed in chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import prod
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from consult.inclusion.dimensions import Dimension, InvalidInput, seen_in

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Counts: TypeAlias = "NDArray[np.int64]"
_CHUNK: Final = 65_536


@dataclass(frozen=True, slots=True)
class Tables:
    """Counts of one population.

    `counts[names]` has one axis for each dimension named, in that order, as long as its categories; margins are not
    stored, they are sums. `total` is the number of people.
    """

    dimensions: Mapping[str, Dimension]
    counts: Mapping[tuple[str, ...], Counts]
    total: int

    def view(self, views: Mapping[str, Dimension]) -> Tables:
        """The same people in coarser views of the dimensions, without tables of those that `seen_in` leaves out."""
        counts = {}
        dimensions = seen_in(views, self.dimensions)
        for names, cells in self.counts.items():
            if not dimensions.keys() >= set(names):
                continue
            merged = cells
            for axis, name in enumerate(names):
                if dimensions[name].categories != self.dimensions[name].categories:
                    merged = _merge(merged, axis, self.dimensions[name], dimensions[name])
            counts[names] = merged
        return Tables(dimensions, counts, self.total)

    def plus(self, other: Tables) -> Tables:
        """These people and others, counted in the same tables."""
        counts = {names: cells + other.counts[names] for names, cells in self.counts.items()}
        return Tables(self.dimensions, counts, self.total + other.total)

    def only(self, tables: Iterable[tuple[str, ...]]) -> Tables:
        """The same people in fewer tables."""
        return Tables(self.dimensions, {names: self.counts[names] for names in tables}, self.total)


def _merge(cells: Counts, axis: int, fine: Dimension, coarse: Dimension) -> Counts:
    import numpy as np  # noqa: PLC0415 - eleven megabytes that a worker for participants does without

    shape = list(cells.shape)
    shape[axis] = len(coarse.categories)
    merged = np.zeros(shape, dtype=np.int64)
    np.add.at(np.moveaxis(merged, axis, 0), list(fine.codes_in(coarse)), np.moveaxis(cells, axis, 0))
    return merged


def tabulate(
    rows: Iterable[Mapping[str, str]], dimensions: Sequence[Dimension], tables: Sequence[tuple[str, ...]]
) -> Tables:
    """Count rows (one mapping a person: dimension name to category) over all tables, holding one chunk at a time.

    Raises InvalidInput naming row and dimension, never the value, when a row lacks a dimension or has an unknown
    category.
    """
    return tabulate_codes(encode(rows, dimensions), dimensions, tables)


def tabulate_codes(
    chunks: Iterable[Mapping[str, NDArray[Any]]], dimensions: Sequence[Dimension], tables: Sequence[tuple[str, ...]]
) -> Tables:
    """Count chunks of codes: for each dimension an integer array of positions in its categories, all of one length."""
    import numpy as np  # noqa: PLC0415 - as above

    if not dimensions:
        raise InvalidInput("give at least one dimension; for a release of the total alone ask for no tables")
    by_name = {dimension.name: dimension for dimension in dimensions}
    shapes = {names: tuple(len(by_name[name].categories) for name in names) for names in tables}
    # A table is the sum over any larger one that has all of its dimensions: those are counted, the others added up.
    larger = {names: next((each for each in tables if set(names) < set(each)), names) for names in tables}
    counted = [names for names in tables if larger[names] == names]
    flat = {names: np.zeros(prod(shapes[names]), dtype=np.int64) for names in counted}
    total = 0
    for chunk in chunks:
        total += _length(chunk, dimensions)
        for names, cells in flat.items():
            cells += np.bincount(_places(chunk, names, shapes[names]), minlength=cells.size)
    whole = {names: cells.reshape(shapes[names]) for names, cells in flat.items()}
    return Tables(by_name, {names: _summed(whole, names, larger) for names in tables}, total)


def _places(chunk: Mapping[str, NDArray[Any]], names: Sequence[str], shape: Sequence[int]) -> NDArray[Any]:
    """The place of each person's cell in the flat table, in the narrowest numbers: counting waits for memory."""
    import numpy as np  # noqa: PLC0415 - as above

    places = chunk[names[0]].astype(np.min_scalar_type(prod(shape)))
    for name, length in zip(names[1:], shape[1:], strict=True):
        places *= places.dtype.type(length)
        np.add(places, chunk[name], out=places, casting="unsafe")
    return places


def _summed(
    whole: Mapping[tuple[str, ...], Counts], names: tuple[str, ...], larger: Mapping[tuple[str, ...], tuple[str, ...]]
) -> Counts:
    if names in whole:
        return whole[names]
    source = larger[names]
    cells = _summed(whole, source, larger)
    summed = cells.sum(axis=tuple(axis for axis, name in enumerate(source) if name not in names))
    kept = [name for name in source if name in names]
    turned: Counts = summed.transpose([kept.index(name) for name in names])
    return turned


def _length(chunk: Mapping[str, NDArray[Any]], dimensions: Sequence[Dimension]) -> int:
    """The number of people in a chunk, after a look at lengths and ranges."""
    lengths = set()
    for dimension in dimensions:
        codes = chunk.get(dimension.name)
        if codes is None or codes.ndim != 1 or codes.dtype.kind not in "iu":
            raise InvalidInput(f"dimension {dimension.name!r}: a chunk needs a one-dimensional array of integer codes")
        if codes.size and not 0 <= int(codes.min()) <= int(codes.max()) < len(dimension.categories):
            raise InvalidInput(f"dimension {dimension.name!r}: a code is outside 0 to {len(dimension.categories) - 1}")
        lengths.add(codes.size)
    if len(lengths) > 1:
        raise InvalidInput("the code arrays of a chunk differ in length; give one code a person and dimension")
    return lengths.pop() if lengths else 0


def encode(
    rows: Iterable[Mapping[str, str]], dimensions: Sequence[Dimension]
) -> Iterator[Mapping[str, NDArray[np.int64]]]:
    """Rows as chunks of codes."""
    positions = {
        dimension.name: {category: code for code, category in enumerate(dimension.categories)}
        for dimension in dimensions
    }
    remaining = iter(rows)
    start = 1
    while chunk := list(islice(remaining, _CHUNK)):
        yield {name: _codes(chunk, name, known, start) for name, known in positions.items()}
        start += len(chunk)


def _codes(chunk: Sequence[Mapping[str, str]], name: str, known: Mapping[str, int], start: int) -> NDArray[np.int64]:
    import numpy as np  # noqa: PLC0415 - as above

    try:
        return np.fromiter((known[row[name]] for row in chunk), dtype=np.int64, count=len(chunk))
    except KeyError:
        bad = next(index for index, row in enumerate(chunk) if row.get(name) not in known)
        wrong = "no value" if name not in chunk[bad] else "a value that is not among its categories"
        raise InvalidInput(
            f"row {start + bad}: dimension {name!r} has {wrong}; use one of {', '.join(known)}"
        ) from None
