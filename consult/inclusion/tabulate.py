"""Counting people: rows or code arrays in, one array of counts a table out, streamed in chunks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from consult.inclusion.dimensions import Dimension, InvalidInput

Counts = NDArray[np.int64]
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

    def view(self, dimensions: Mapping[str, Dimension]) -> "Tables":
        """The same people in coarser views of the dimensions (see `Dimension.coarse`)."""
        counts = {}
        for names, cells in self.counts.items():
            merged = cells
            for axis, name in enumerate(names):
                if dimensions[name] != self.dimensions[name]:
                    merged = _merge(merged, axis, self.dimensions[name], dimensions[name])
            counts[names] = merged
        return Tables(dimensions, counts, self.total)

    def only(self, tables: Iterable[tuple[str, ...]]) -> "Tables":
        """The same people in fewer tables."""
        return Tables(self.dimensions, {names: self.counts[names] for names in tables}, self.total)


def _merge(cells: Counts, axis: int, fine: Dimension, coarse: Dimension) -> Counts:
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
    if not dimensions:
        raise InvalidInput("give at least one dimension; for a release of the total alone ask for no tables")
    by_name = {dimension.name: dimension for dimension in dimensions}
    shapes = {names: tuple(len(by_name[name].categories) for name in names) for names in tables}
    flat = {names: np.zeros(int(np.prod(shape)), dtype=np.int64) for names, shape in shapes.items()}
    total = 0
    for chunk in chunks:
        total += _length(chunk, dimensions)
        for names, shape in shapes.items():
            index = np.ravel_multi_index([chunk[name] for name in names], shape)
            flat[names] += np.bincount(index, minlength=flat[names].size)
    return Tables(by_name, {names: flat[names].reshape(shape) for names, shape in shapes.items()}, total)


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
    try:
        return np.fromiter((known[row[name]] for row in chunk), dtype=np.int64, count=len(chunk))
    except KeyError:
        bad = next(index for index, row in enumerate(chunk) if row.get(name) not in known)
        wrong = "no value" if name not in chunk[bad] else "a value that is not among its categories"
        raise InvalidInput(
            f"row {start + bad}: dimension {name!r} has {wrong}; use one of {', '.join(known)}"
        ) from None
