"""A reference population as a CSV file: read whole or not at all, with the line and the column of whatever is wrong.

One row a group: a column for each of one or two dimensions, then `people` (a count) or `share` (per cent). Reading
stores nothing: what was read is looked at, and saved like what was typed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import product

from consult.errors import Conflict, sentence
from consult.inclusion.published import Group
from consult.services.cells import plain
from consult.services.tables.plannedtables import together

__all__ = ["MOST_BYTES", "Named", "PopulationRead", "Problem", "Unreadable", "read_population", "write_template"]

MOST_BYTES = 200_000
PEOPLE, SHARE, WORDS = "people", "share", "in words"
#: Shares are kept as people out of so many: two digits behind the point of a per cent.
OUT_OF = 10_000
_MOST_PROBLEMS = 20
_MOST_PEOPLE_DIGITS = 10
_MOST_DIMENSIONS = 2
_FEWEST = 2  # one group alone is compared with nothing
_MOST_OFF = 1  # per cent that rounding may make of a sum of shares


@dataclass(frozen=True, slots=True)
class Named:
    """A dimension that a population can be of: its code, its words, and its categories with theirs."""

    key: str
    words: str
    categories: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a file, and where: the line as an editor counts it, the column by its name ("": all of it)."""

    line: int
    column: str
    why: str


class Unreadable(Conflict):
    """The file was not taken: `problems` has the first twenty."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(sentence("Nothing was taken from the file."))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class PopulationRead:
    """What a file says: its dimensions in its order, and the people of each group; `shares`: out of 10,000."""

    dimensions: tuple[str, ...]
    people: Mapping[Group, int]
    shares: bool


def write_template(dimensions: Sequence[Named], people: Mapping[Group, int]) -> bytes:
    """A file with a row for every group of one or two dimensions, in UTF-8, with the counts that are known so far."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow([*(each.key for each in dimensions), PEOPLE, WORDS])
    for labels in product(*(each.categories for each in dimensions)):
        group = tuple(sorted((each.key, label) for each, label in zip(dimensions, labels, strict=True)))
        words = " · ".join(each.categories[label] for each, label in zip(dimensions, labels, strict=True))
        rows.writerow([*labels, people.get(group, ""), plain(words)])
    return text.getvalue().encode("utf-8-sig")


def read_population(content: bytes, known: Sequence[Named]) -> PopulationRead:
    """The population of a file, its groups by code or in the words of `known`. Raises `Unreadable`."""
    rows = _rows(content)
    head = _Head(*rows[0], known) if rows else _Head(1, [], known)
    head.check()
    found: dict[Group, Decimal] = {}
    problems: list[Problem] = []
    for line, cells in rows[1:]:
        problems += _take(line, cells, head, found)
    if not problems:
        problems = list(_of_the_whole(rows[-1][0], head, found))
    if problems:
        raise Unreadable(problems[:_MOST_PROBLEMS])
    scale = OUT_OF / sum(found.values(), Decimal(0)) if head.shares else Decimal(1)
    return PopulationRead(
        tuple(each.key for each in head.dimensions.values()),
        {group: int((each * scale).to_integral_value()) for group, each in found.items()},
        head.shares,
    )


def _rows(content: bytes) -> list[tuple[int, list[str]]]:
    """Every line that is not empty, with its number."""
    if len(content) > MOST_BYTES:
        raise Unreadable([Problem(1, "", sentence("The file is larger than 200 kB."))])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable([Problem(line, "", sentence("Save the file as CSV in UTF-8."))]) from error
    first = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=next((each for each in ";\t" if each in first), ","), strict=True
    )
    try:
        rows = [(reader.line_num, [each.strip() for each in cells]) for cells in reader]
    except csv.Error as error:
        raise Unreadable([Problem(reader.line_num, "", sentence("A quotation mark is out of place."))]) from error
    return [(line, cells) for line, cells in rows if any(cells)]


class _Head:
    """The first line: which column holds what."""

    def __init__(self, line: int, names: Sequence[str], known: Sequence[Named]) -> None:
        self.line, self.names = line, list(names)
        by_name = {name.casefold(): each for each in known for name in (each.words, each.key)}
        self.dimensions = {
            place: by_name[name.casefold()] for place, name in enumerate(names) if name.casefold() in by_name
        }
        self.numbers = [place for place, name in enumerate(names) if name.casefold() in (PEOPLE, SHARE)]
        self._other = [
            name
            for place, name in enumerate(names)
            if place not in self.dimensions and place not in self.numbers and name.casefold() != WORDS
        ]

    @property
    def shares(self) -> bool:
        """Whether the numbers are shares of the whole."""
        return self.names[self.numbers[0]].casefold() == SHARE

    def check(self) -> None:
        """Raises `Unreadable` unless there are one or two dimensions and one column of numbers."""
        problems = [Problem(self.line, name, sentence("This part counts no such thing.")) for name in self._other]
        keys = [each.key for each in self.dimensions.values()]
        if not 1 <= len(keys) == len(set(keys)) <= _MOST_DIMENSIONS:
            problems.append(
                Problem(self.line, "", sentence("Give one column, or two different ones, that say the group."))
            )
        elif not together(keys):
            why = sentence("These two are never put together: it could give somebody away.")
            problems.append(Problem(self.line, "", why))
        if len(self.numbers) != 1:
            problems.append(Problem(self.line, "", sentence('Give one column of numbers, called "people" or "share".')))
        if problems:
            raise Unreadable(problems)


def _take(line: int, cells: Sequence[str], head: _Head, found: dict[Group, Decimal]) -> Iterator[Problem]:
    """Put one row among those found, or say what is wrong with it; without a number the group is left out."""
    if len(cells) != len(head.names):
        yield Problem(line, "", sentence("This line has not as many columns as the first one."))
        return
    group = {}
    for place, dimension in head.dimensions.items():
        label = _category(cells[place], dimension)
        if label is None:
            yield Problem(line, head.names[place], sentence("This part has no such group."))
        else:
            group[dimension.key] = label
    (at,) = head.numbers
    number = _share(cells[at]) if head.shares else _count(cells[at])
    if isinstance(number, str):
        yield Problem(line, head.names[at], number)
    elif len(group) == len(head.dimensions) and number is not None:
        key: Group = tuple(sorted(group.items()))
        if key in found:
            yield Problem(line, "", sentence("This group stands in the file twice."))
        found[key] = number


def _category(cell: str, dimension: Named) -> str | None:
    if cell in dimension.categories:
        return cell
    return next((code for code, words in dimension.categories.items() if words.casefold() == cell.casefold()), None)


def _count(cell: str) -> Decimal | str | None:
    if not cell:
        return None
    if not (cell.isascii() and cell.isdecimal()) or len(cell) > _MOST_PEOPLE_DIGITS:
        return sentence("Write a whole number, in figures alone.")
    return Decimal(cell)


def _share(cell: str) -> Decimal | str | None:
    text = cell.removesuffix("%").strip().replace(",", ".")
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(-1)
    if not text.isascii() or not number.is_finite() or not 0 <= number <= 100:
        return sentence("Write a share as per cent, such as 29 or 29.5.")
    return number


def _of_the_whole(last: int, head: _Head, found: Mapping[Group, Decimal]) -> Iterator[Problem]:
    column, whole = head.names[head.numbers[0]], sum(found.values(), Decimal(0))
    if len(found) < _FEWEST or not whole:
        yield Problem(last, column, sentence("Give people for at least two groups."))
    elif head.shares and abs(whole - 100) > _MOST_OFF:
        yield Problem(last, column, sentence("The shares do not add up to 100 per cent."))
