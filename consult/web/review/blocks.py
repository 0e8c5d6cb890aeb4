"""What a report is made of: sections of a few kinds of blocks. Every format draws these and nothing else.

A number stands in a block once, so page, PDF, spreadsheet and data file can not differ. None is a withheld number,
whatever the reason; it looks the same in every format.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from consult.errors import sentence
from consult.services.tables.releasetables import Of, Table
from consult.web.languages import gettext
from consult.web.wording import percent

__all__ = [
    "Block",
    "Cell",
    "Code",
    "Document",
    "Facts",
    "Figure",
    "Grid",
    "GridRow",
    "Percent",
    "Points",
    "Quoted",
    "Section",
    "Tag",
    "Words",
]


@dataclass(frozen=True, slots=True)
class Percent:
    """A whole percentage."""

    value: int

    def __str__(self) -> str:
        """As it is read in the language of the page."""
        return percent(self.value)


@dataclass(frozen=True, slots=True)
class Tag:
    """A verdict in words, with the colour and sign that a page may add (see `tag` in staff/macros.html)."""

    text: str
    kind: str = ""
    sign: str = ""

    def __str__(self) -> str:
        """The words, which say it all."""
        return self.text


_SHARES = {
    Of.EVERYBODY: sentence("Shares of all %(n)s who took part."),
    Of.ASKED: sentence("Shares of %(n)s who were asked."),
    Of.ANSWERED: sentence("Shares of %(n)s who answered."),
}
#: "100–100 %" and what stands for it in other scripts.
_LONGEST_RANGE = 11

Cell = int | str | Percent | Tag | None
"""A count, words, a share, a verdict, or None for a withheld number. "" is an empty cell."""


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph. `strong`: what has to be understood before any number. `quiet`: a note beside numbers."""

    text: str
    strong: bool = False
    quiet: bool = False
    kind: str = field(default="words", init=False)


@dataclass(frozen=True, slots=True)
class Points:
    """A list of sentences."""

    items: tuple[str, ...]
    kind: str = field(default="points", init=False)


class Code(str):
    """Something that is copied and compared, not read: a fingerprint."""

    __slots__ = ()
    is_code = True


@dataclass(frozen=True, slots=True)
class Facts:
    """Terms and what they are: (term, value) pairs."""

    pairs: tuple[tuple[str, str], ...]
    kind: str = field(default="facts", init=False)


@dataclass(frozen=True, slots=True)
class Quoted:
    """Somebody's words as two people released them, and whose they are: class and basis (R-L4)."""

    text: str
    whose: str
    language: str
    kind: str = field(default="quoted", init=False)


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row: what it is about, then one cell a column. `light`: counted beside the answers ("skipped")."""

    label: str
    cells: tuple[Cell, ...]
    light: bool = False


def _is_wordy(cell: Cell) -> bool:
    return isinstance(cell, Tag) or (isinstance(cell, str) and len(cell) > _LONGEST_RANGE)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a title; `folded`: it may start closed. `k` is the threshold that its mark names."""

    title: str
    head: str
    columns: tuple[str, ...]
    rows: tuple[GridRow, ...]
    k: int
    note: str = ""
    folded: bool = False
    kind: str = field(default="grid", init=False)

    @property
    def withheld(self) -> bool:
        """Whether any number in it is withheld."""
        return any(cell is None for row in self.rows for cell in row.cells)

    @property
    def judges(self) -> bool:
        """Whether its rows end in verdicts: a narrow page then sets each row on lines of its own."""
        return any(isinstance(cell, Tag) for row in self.rows for cell in row.cells)

    @property
    def wordy(self) -> tuple[bool, ...]:
        """Of each column, whether it holds sentences or verdicts, not numbers, shares and ranges."""
        return tuple(any(map(_is_wordy, cells)) for cells in zip(*(row.cells for row in self.rows), strict=True))


@dataclass(frozen=True, slots=True)
class Figure:
    """A bar chart and the same numbers as a table. `labels` are the words of the table's rows, in order.

    `plans` marks on each bar how many people were planned and `verdicts` says how that went; both empty, or one a row.
    """

    title: str
    head: str
    table: Table
    labels: tuple[str, ...]
    k: int
    plans: tuple[int, ...] = ()
    verdicts: tuple[Tag, ...] = ()
    kind: str = field(default="figure", init=False)

    @property
    def withheld(self) -> bool:
        """Whether any number in it is withheld."""
        return self.table.withheld

    @property
    def note(self) -> str:
        """Of whom the shares are."""
        table = self.table
        if table.base is None:
            return ""
        base = gettext(_SHARES[table.of], n=table.base)
        several = gettext("People could choose several, so shares add up to more than a hundred.")
        return f"{base} {several}" if table.several else base

    @property
    def description(self) -> str:
        """The same in words as the bars say in lengths."""
        withheld = gettext("withheld")
        said = [
            f"{label}: {withheld if row.count is None else row.count}"
            for label, row in zip(self.labels, self.table.rows, strict=True)
        ]
        if self.plans:
            planned = [gettext("planned %(n)s", n=plan) for plan in self.plans]
            said = [f"{words}, {plan}" for words, plan in zip(said, planned, strict=True)]
        return gettext("; ").join(said) + "."

    def grid(self) -> Grid:
        """The numbers alone."""
        if self.plans:
            return self._planned()
        shares = self.table.base is not None
        rows = []
        for label, row in zip(self.labels, self.table.rows, strict=True):
            share: Cell = "" if row.percent is None else Percent(row.percent)
            rows.append(GridRow(label, (row.count, share) if shares else (row.count,), light=row.beside))
        columns = (gettext("People"), gettext("Percent")) if shares else (gettext("People"),)
        return Grid(self.title, self.head, columns, tuple(rows), self.k, self.note)

    def _planned(self) -> Grid:
        columns = (gettext("Planned"), gettext("Heard"), gettext("What it means"))
        rows = zip(self.labels, self.plans, self.table.rows, self.verdicts, strict=True)
        cells = tuple(GridRow(label, (plan, row.count, verdict)) for label, plan, row, verdict in rows)
        return Grid(self.title, self.head, columns, cells, self.k, self.note)


Block = Words | Points | Facts | Quoted | Grid | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report under one heading; `key` is its anchor and the name of its sheet."""

    key: str
    heading: str
    blocks: Sequence[Block]

    @property
    def withheld(self) -> bool:
        """Whether any number in it is withheld: its mark is explained once, before the first."""
        return any(block.withheld for block in self.blocks if isinstance(block, Figure | Grid))


@dataclass(frozen=True, slots=True)
class Document:
    """The whole report in one language. `opening` is read before any number; `k` is the threshold."""

    title: str
    about: tuple[str, ...]
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    made_on: date
    language: str
    direction: str
    k: int
