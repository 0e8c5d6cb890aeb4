"""The tables of a frozen release as people read them: words beside codes, shares of a stated base, gaps left gaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consult.inclusion.dimensions import YES
from consult.questionnaire.form import Kind
from consult.questionnaire.profile import ASIDE
from consult.services.tabulating import AGE, LANGUAGE

__all__ = ["Cross", "ReleaseTables", "Row", "Table"]

_EVERYBODY = "*"
_CHOICES = frozenset({Kind.ONE, Kind.SCALE, Kind.NUMBER})


@dataclass(frozen=True, slots=True)
class Row:
    """One category: its code, its words where the form has some, its count (None: withheld), its share of the base.

    `beside`: it is counted and is no answer ("skipped", "not asked").
    """

    code: str
    words: str
    count: int | None
    percent: int | None
    beside: bool = False

    @property
    def withheld(self) -> bool:
        """Whether no number is shown."""
        return self.count is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One question or dimension.

    `base`: how many people the shares are of, `answered` whether those are the people who answered or everybody;
    None where it is under the threshold or not published, and then no share is shown either.
    """

    key: str
    title: str
    rows: tuple[Row, ...]
    base: int | None = None
    answered: bool = False
    several: bool = False

    @property
    def withheld(self) -> bool:
        """Whether anything in it is withheld."""
        return any(row.withheld for row in self.rows)

    @property
    def largest(self) -> int:
        """The largest count, which the longest bar stands for."""
        return max((row.count or 0 for row in self.rows), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cross:
    """Groups beside something else. `columns` are codes of groups, one count each in every row (None: withheld).

    `by` says what the groups are: age, or a dimension that the part asked; `heads` are the columns' words where the
    form has some.
    """

    by: str = AGE
    heads: tuple[str, ...] = ()
    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Row, tuple[int | None, ...]], ...]

    @property
    def withheld(self) -> bool:
        """Whether anything in it is withheld."""
        return any(count is None for _, counts in self.rows for count in counts)


@dataclass(frozen=True, slots=True)
class _Base:
    people: int | None
    answered: bool

    def percent(self, count: int | None) -> int | None:
        return None if count is None or not self.people else round(100 * count / self.people)


Counts = Mapping[tuple[str, ...], int | None]


class ReleaseTables:
    """Reads one release with the words it was made with; `language` first, then the form's own first language."""

    def __init__(self, release: Mapping[str, Any], form: Mapping[str, Any], language: str) -> None:
        self._k = int(release["k"])
        self._categories = {d["name"]: tuple(d["categories"]) for d in release["dimensions"]}
        self._tables: dict[tuple[str, ...], Counts] = {
            tuple(table["dimensions"]): {tuple(cell["at"]): cell["count"] for cell in table["cells"]}
            for table in release["tables"]
        }
        self._form = form
        self._language = language

    def total(self) -> int | None:
        """Everybody, wherever that is published."""
        for counts in self._tables.values():
            for at, count in counts.items():
                if count is not None and set(at) <= {_EVERYBODY}:
                    return count
        return None

    def about(self) -> Iterator[Table]:
        """Who took part: age, what the strand asked about the person, the language."""
        for key in (AGE, *self._form["dimensions"], LANGUAGE):
            if (key,) in self._tables:
                yield self._single(key, self._form["dimensions"].get(key, {}), answers=False)

    def answers(self) -> Iterator[Table]:
        """Every closed question in the form's order, also one of which nothing can be shown."""
        for key, question in self._form["questions"].items():
            if question["kind"] in _CHOICES:
                yield self._single(key, question, answers=True)
            elif question["kind"] == Kind.MULTI:
                yield self._several(key, question)

    def crossed(self) -> Iterator[Cross]:
        """Everything that is shown by age; nothing where the release knows one age group only."""
        if len(self._ages()) < 2:
            return
        for key, words in {LANGUAGE: {}, **self._form["dimensions"], **self._form["questions"]}.items():
            rows = self._crossed_rows(key, words)
            if rows:
                yield Cross(key=key, title=self._say(words.get("text", {})), columns=self._ages(), rows=rows)

    def named(self, key: str, code: str) -> Row:
        """A category of a dimension with its words, where they are the form's, and without numbers."""
        return Row(code, self._label(code, self._form["dimensions"].get(key, {})), None, None, code in ASIDE)

    def title(self, key: str) -> str:
        """What was asked for a dimension; nothing where it is ours (age, language)."""
        return self._say(self._form["dimensions"].get(key, {}).get("text", {}))

    def grouped(self) -> Iterator[Cross]:
        """Closed answers by what the part asked about the person, where the release shows any."""
        for by, about in self._form["dimensions"].items():
            columns = self._categories.get(by, ())
            heads = tuple(self._label(code, about) for code in columns)
            for key, words in self._form["questions"].items():
                counts = self._tables.get((by, key))
                if counts is not None:
                    rows = tuple(self._row_by(columns, code, words, counts) for code in self._categories[key])
                    title = self._say(words["text"])
                    yield Cross(by=by, heads=heads, key=key, title=title, columns=columns, rows=rows)

    def _row_by(
        self, columns: tuple[str, ...], code: str, words: Mapping[str, Any], counts: Counts
    ) -> tuple[Row, tuple[int | None, ...]]:
        row = Row(code, self._label(code, words), None, None, code in ASIDE)
        return row, tuple(counts.get((group, code)) for group in columns)

    def _ages(self) -> tuple[str, ...]:
        return self._categories.get(AGE, ())

    def _single(self, key: str, words: Mapping[str, Any], *, answers: bool) -> Table:
        counts = self._tables.get((key,), {})
        base = self._base(counts, answers=answers)
        rows = tuple(
            self._row(category, words, counts.get((category,)), base) for category in self._shown_of(key, counts)
        )
        return Table(
            key=key, title=self._say(words.get("text", {})), rows=rows, base=base.people, answered=base.answered
        )

    def _shown_of(self, key: str, counts: Counts) -> tuple[str, ...]:
        return self._categories[key] if counts else ()

    def _several(self, key: str, question: Mapping[str, Any]) -> Table:
        """One row an option: how many chose it. An option whose own table is not published is withheld."""
        tables = {option: self._tables.get((f"{key}.{option}",), {}) for option in question["labels"]}
        published = next((counts for counts in tables.values() if counts), {})
        base = self._base(published, answers=True)
        rows = [self._row(option, question, counts.get((YES,)), base) for option, counts in tables.items()]
        rows += [self._row(each, question, published[(each,)], base) for each in ASIDE if (each,) in published]
        return Table(
            key=key,
            title=self._say(question["text"]),
            rows=tuple(rows) if published else (),
            base=base.people,
            answered=base.answered,
            several=True,
        )

    def _base(self, counts: Counts, *, answers: bool) -> _Base:
        """The people shares are of: those who answered where that can be known from published cells, else everybody."""
        total = counts.get((_EVERYBODY,))
        beside = [counts[(each,)] for each in ASIDE if (each,) in counts]
        known = [count for count in beside if count is not None]
        if total is None:
            return _Base(None, answered=False)
        if answers and beside and len(known) == len(beside):
            left = total - sum(known)
            return _Base(left if left >= self._k else None, answered=True)
        return _Base(total if total >= self._k else None, answered=False)

    def _row(self, code: str, words: Mapping[str, Any], count: int | None, base: _Base) -> Row:
        beside = code in ASIDE
        share = None if beside and base.answered else base.percent(count)
        return Row(code, self._label(code, words), count, share, beside)

    def _crossed_rows(self, key: str, words: Mapping[str, Any]) -> tuple[tuple[Row, tuple[int | None, ...]], ...]:
        """Rows of the table of age by this, and for several choices by each of its options; nothing where none is."""
        rows = []
        whole = self._tables.get((AGE, key))
        if whole is not None:
            rows = [self._crossed_row(code, code, words, whole) for code in self._categories[key]]
        for option in words.get("labels", ()):
            counts = self._tables.get((AGE, f"{key}.{option}"))
            if counts is not None:
                rows.append(self._crossed_row(option, YES, words, counts))
        return tuple(rows)

    def _crossed_row(
        self, code: str, category: str, words: Mapping[str, Any], counts: Counts
    ) -> tuple[Row, tuple[int | None, ...]]:
        row = Row(code, self._label(code, words), None, None, code in ASIDE)
        return row, tuple(counts.get((age, category)) for age in self._ages())

    def _label(self, code: str, words: Mapping[str, Any]) -> str:
        """The words of a category; of a wider group, the words of its members; nothing where the code is ours."""
        labels: Mapping[str, Mapping[str, str]] = words.get("labels", {})
        if code in labels:
            return self._say(labels[code])
        members: Sequence[str] = words.get("groups", {}).get(code, ())
        return " / ".join(self._say(labels[member]) for member in members)

    def _say(self, texts: Mapping[str, str]) -> str:
        return texts.get(self._language) or next(iter(texts.values()), "")
