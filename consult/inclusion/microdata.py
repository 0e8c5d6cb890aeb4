"""One row a person: a table of people as a file, read into codes, with the description of its dimensions."""

import csv
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from consult.inclusion.columns import MOST_VALUES, must_be_categories, must_be_groups, must_be_written_alike
from consult.inclusion.dimensions import NOT_ASKED, Dimension, InvalidInput

_CHUNK: Final = 65_536
_TIMES_K: Final = 10
_OTHER: Final = "other_places"

Codes = Mapping[str, NDArray[np.uint16]]


@dataclass(frozen=True, slots=True)
class Spec:
    """What a file says of a release besides the people; everything may be left out.

    `categories`, in order, and `groups` (coarse label to categories) are given a dimension. `never_alone` names
    categories only shown inside their group. `populations` says how many people live in each place of a dimension:
    places with fewer than ten times k people are only shown together. `not_asked_of` says of a dimension of which
    categories of another one nobody was asked, for a form that decides it so: {q: {age: [..]}}; {q: {}} that none does.
    `offered_to` says of a dimension which categories only some of another one could choose: {q: {age: {c: [..]}}}.
    """

    id: str | None = None
    series: str | None = None
    respondent_class: str | None = None
    k: int | None = None
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    sensitive: tuple[str, ...] = ()
    never_alone: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    populations: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    not_asked_of: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    offered_to: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]] = field(default_factory=dict)
    tables: tuple[tuple[str, ...], ...] | None = None


def read_spec(path: Path) -> Spec:
    """The spec in a TOML file; raises InvalidInput with what is wrong, where, and the mend."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InvalidInput(f"{path}: {problem.strerror or problem}: name a file that can be read") from problem
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise InvalidInput(f"{path}: not TOML ({problem}): mend the line it names") from problem
    known = Spec.__dataclass_fields__
    unknown = [key for key in given if key not in known]
    if unknown:
        raise InvalidInput(f"{path}: {unknown[0]!r} is no field of a spec; use {', '.join(known)}")
    wrong = [key for key, value in given.items() if not _SHAPES[key](value)]
    if wrong:
        raise InvalidInput(f"{path}: {wrong[0]} is not {_WORDS[wrong[0]]}")
    frozen: dict[str, Any] = {key: _frozen(value) for key, value in given.items()}
    return Spec(**frozen)


Fits = Callable[[object], bool]


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one for one in value)


def _all(value: object, fits: Fits) -> bool:
    return isinstance(value, dict) and all(fits(one) for one in value.values())


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _one_other(value: object, fits: Fits = _texts) -> bool:
    return isinstance(value, dict) and len(value) <= 1 and _all(value, fits)


def _number(value: object) -> bool:
    return type(value) is int and value >= 0


_SHAPES: Final[Mapping[str, Fits]] = {
    "id": _text,
    "series": _text,
    "respondent_class": _text,
    "k": _number,
    "categories": lambda value: _all(value, _texts),
    "groups": lambda value: _all(value, lambda one: _all(one, _texts)),
    "sensitive": _texts,
    "never_alone": lambda value: _all(value, _texts),
    "populations": lambda value: _all(value, lambda one: _all(one, _number)),
    "not_asked_of": lambda value: _all(value, _one_other),
    "offered_to": lambda value: _all(value, lambda one: _one_other(one, lambda some: _all(some, _texts))),
    "tables": lambda value: isinstance(value, list) and all(_texts(one) for one in value),
}
_LISTS: Final = "a table with a list of texts for each dimension"
_WORDS: Final = {
    "id": "a text",
    "series": "a text",
    "respondent_class": "a text",
    "k": "a whole number",
    "categories": _LISTS,
    "groups": "a table with, for each dimension, a table of coarse labels and the categories in them",
    "sensitive": "a list of dimensions",
    "never_alone": _LISTS,
    "populations": "a table with, for each dimension, the people who live in each place",
    "not_asked_of": "a table with, for each dimension, at most one other with a list of its categories",
    "offered_to": "a table with, for each dimension, at most one other with categories and lists of its own",
    "tables": "a list of tables, each a list of dimensions",
}


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(one) for one in value)
    return {key: _frozen(one) for key, one in value.items()} if isinstance(value, dict) else value


@dataclass(frozen=True, slots=True)
class Microdata:
    """People as codes: for each column the values seen, sorted, and one code a person in chunks."""

    values: Mapping[str, tuple[str, ...]]
    chunks: tuple[Codes, ...]
    people: int

    def coded(self, dimensions: Sequence[Dimension]) -> Iterator[Codes]:
        """The chunks with codes as positions in the categories of the dimensions; raises InvalidInput."""
        places = {one.name: self._places(one) for one in dimensions}
        for chunk in self.chunks:
            coded = {name: place[chunk[name]] for name, place in places.items()}
            for one in dimensions:
                _must_follow(one, dimensions, coded)
            yield coded

    def _places(self, dimension: Dimension) -> NDArray[np.uint16]:
        at = {category: place for place, category in enumerate(dimension.categories)}
        unknown = [value for value in self.values[dimension.name] if value not in at]
        if unknown:
            raise InvalidInput(
                f"column {dimension.name!r} has {len(unknown)} value(s) that are not among its categories "
                f"({', '.join(dimension.categories)}); mend the rows or the categories"
            )
        return np.array([at[value] for value in self.values[dimension.name]], dtype=np.uint16)


def _must_follow(dimension: Dimension, dimensions: Sequence[Dimension], coded: Codes) -> None:
    """Who was not asked, and nobody else, is "not_asked"; nobody chose what he was not offered."""
    by, offered = dimension.offered_to or (dimension.name, {})
    ages = next(one.categories for one in dimensions if one.name == by)
    for label, some in offered.items():
        chose = coded[dimension.name] == dimension.categories.index(label)
        if (chose & ~np.isin(coded[by], [ages.index(each) for each in some])).any():
            raise InvalidInput(
                f"offered_to: somebody in the rows chose what was not offered in {dimension.name!r}, by {by!r}; "
                "mend the rows or the spec"
            )
    if dimension.not_asked_of is None:
        return
    by, labels = dimension.not_asked_of
    categories = next(one.categories for one in dimensions if one.name == by)
    left_out = np.isin(coded[by], [categories.index(label) for label in labels])
    if (left_out != (coded[dimension.name] == dimension.categories.index(NOT_ASKED))).any():
        raise InvalidInput(
            f"not_asked_of: somebody in the rows was asked {dimension.name!r} and should not have been, or the other "
            f"way round, by {by!r}; write who passed it over as skipped, or mend the spec"
        )


def read_people(path: Path, columns: Sequence[str]) -> Microdata:
    """The columns of a CSV file in UTF-8 with a header; an empty cell is `not_asked`.

    Raises InvalidInput with the line, never with a value. Holds two bytes a person and column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return _read(path, csv.reader(lines, strict=True), columns)
    except OSError as problem:
        raise InvalidInput(f"{path}: {problem.strerror or problem}: name a file that can be read") from problem
    except UnicodeDecodeError as problem:
        raise InvalidInput(f"{path}: not text in UTF-8: save it as CSV in UTF-8") from problem
    except csv.Error as problem:
        raise InvalidInput(f"{path}: not CSV ({problem}): save it as CSV in UTF-8") from problem


def _read(path: Path, rows: Iterator[list[str]], columns: Sequence[str]) -> Microdata:
    header = [name.strip() for name in next(rows, [])]
    if not header:
        raise InvalidInput(f"{path}: empty: the first line must name the columns")
    missing = [name for name in columns if name not in header]
    if missing and len(header) == 1 and (mark := _other_mark(header[0])):
        raise InvalidInput(f"{path}: its cells stand between {mark}: save it as CSV with commas")
    if missing:
        raise InvalidInput(f"{path}: no column {missing[0]!r}: the first line names {', '.join(header)}")
    doubled = [name for name in columns if header.count(name) > 1]
    if doubled:
        raise InvalidInput(f"{path}: two columns are named {doubled[0]!r}: give each its own name")
    places = [header.index(name) for name in columns]
    seen: list[dict[str, int]] = [{} for _ in columns]
    chunks: list[list[NDArray[np.uint16]]] = []
    people, last = 0, header
    while chunk := list(islice(rows, _CHUNK)):
        whole = _complete(path, chunk, len(header), people)
        people, last = people + len(whole), (whole or [last])[-1]
        chunks.append([_codes(whole, place, codes) for place, codes in zip(places, seen, strict=True)])
        must_be_categories(path, columns, seen)
    _must_hold_people(path, people, last)
    for column, (name, codes) in enumerate(zip(columns, seen, strict=True)):
        must_be_written_alike(path, name, codes, [chunk[column] for chunk in chunks])
    order = [sorted(codes) for codes in seen]
    ranks = [_ranks(codes, values) for codes, values in zip(seen, order, strict=True)]
    return Microdata(
        values={name: tuple(values) for name, values in zip(columns, order, strict=True)},
        chunks=tuple(
            {name: rank[codes] for name, rank, codes in zip(columns, ranks, parts, strict=True)} for parts in chunks
        ),
        people=people,
    )


def _must_hold_people(path: Path, people: int, last: Sequence[str]) -> None:
    if not people:
        raise InvalidInput(f"{path}: nobody is in it: give a line for each person after the first line")
    if not any(cell.strip() for cell in last):
        raise InvalidInput(
            f"{path}: its last line, person {people}, has nothing in any cell, as spreadsheets leave lines behind, and "
            f"each would be counted: take such lines away, or write {NOT_ASKED} for somebody who was not asked"
        )


def _other_mark(header: str) -> str | None:
    """What stands between the names of the columns where no comma does."""
    return next((name for mark, name in {";": "semicolons", "\t": "tabs"}.items() if mark in header), None)


def _complete(path: Path, chunk: list[list[str]], width: int, before: int) -> list[list[str]]:
    """The rows that hold somebody: empty lines are passed over, a line of another length is refused."""
    rows = [row for row in chunk if row]
    bad = next((place for place, row in enumerate(rows) if len(row) != width), None)
    if bad is not None:
        raise InvalidInput(
            f"{path}: person {before + bad + 1} has {len(rows[bad])} cells, the header {width}: mend the line"
        )
    return rows


def _codes(rows: Iterable[list[str]], place: int, codes: dict[str, int]) -> NDArray[np.uint16]:
    column = [row[place].strip() or NOT_ASKED for row in rows]
    for value in dict.fromkeys(column):
        if len(codes) <= MOST_VALUES:
            codes.setdefault(value, len(codes))
    return np.array([codes.get(value, MOST_VALUES) for value in column], dtype=np.uint16)


def _ranks(codes: Mapping[str, int], order: Sequence[str]) -> NDArray[np.uint16]:
    ranks = np.zeros(len(codes), dtype=np.uint16)
    for rank, value in enumerate(order):
        ranks[codes[value]] = rank
    return ranks


def dimensions_of(
    people: Microdata,
    names: Sequence[str],
    spec: Spec,
    earlier: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    k: int = 0,
) -> tuple[Dimension, ...]:
    """The dimensions: categories as the spec gives them, else those of earlier releases and the values seen, sorted.

    Raises InvalidInput for a spec that speaks of other dimensions.
    """
    for key in ("categories", "groups", "never_alone", "populations", "sensitive", "not_asked_of", "offered_to"):
        unknown = [name for name in getattr(spec, key) if name not in names]
        if unknown:
            raise InvalidInput(f"{key}: {unknown[0]!r} is not among the dimensions {', '.join(names)}")
    for name in names:
        must_be_groups(name, people.values[name], people.people, listed=name in spec.categories or name in earlier)
    found = tuple(_dimension(name, people.values[name], spec, earlier.get(name, ()), k) for name in names)
    known = {one.name: one.categories for one in found}
    for one in found:
        by, labels = one.not_asked_of or (one.name, ())
        if not set(labels) <= set(known.get(by, ())) or (by == one.name and labels):
            raise InvalidInput(f"not_asked_of: {one.name!r} does not name categories of another dimension")
        by, offered = one.offered_to or (one.name, {})
        named = {each for some in offered.values() for each in some}
        if (
            not named <= set(known.get(by, ()))
            or not offered.keys() <= set(one.categories)
            or (by == one.name and offered)
        ):
            raise InvalidInput(f"offered_to: {one.name!r} does not name its categories and those of another dimension")
    return found


def _dimension(name: str, seen: Sequence[str], spec: Spec, earlier: tuple[str, ...], k: int) -> Dimension:
    if name in spec.categories:
        categories = spec.categories[name]
    else:
        categories = earlier if set(seen) <= set(earlier) else tuple(sorted({*seen, *earlier}))
    groups = dict(spec.groups.get(name, {}))
    alone = spec.never_alone.get(name, ())
    few = tuple(place for place in categories if spec.populations.get(name, {}).get(place, _TIMES_K * k) < _TIMES_K * k)
    if few:
        groups, alone = _merged(name, categories, groups, few, spec.populations[name]), (*alone, *few)
    unasked = next(iter(spec.not_asked_of.get(name, {}).items()), None)
    offered = next(iter(spec.offered_to.get(name, {}).items()), None)
    return Dimension(
        name,
        categories,
        groups=groups,
        sensitive=name in spec.sensitive,
        never_alone=alone,
        not_asked_of=unasked,
        offered_to=offered,
    )


def _merged(
    name: str,
    categories: Sequence[str],
    groups: Mapping[str, tuple[str, ...]],
    few: Sequence[str],
    population: Mapping[str, int],
) -> dict[str, tuple[str, ...]]:
    """Groups in which no place with few people stands alone: those in no group yet get one of their own, with the
    smallest other place where there is only one of them."""
    grouped = {place for members in groups.values() for place in members}
    rest = [place for place in few if place not in grouped]
    if len(rest) == 1:
        others = [place for place in categories if place not in grouped and place not in few and place in population]
        if not others:
            raise InvalidInput(f"populations: {name!r} has one place with few people and no other to join it to")
        rest.append(min(others, key=lambda place: population[place]))
    ordered = tuple(place for place in categories if place in rest)
    return {**groups, _OTHER: ordered} if ordered else dict(groups)
