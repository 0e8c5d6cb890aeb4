"""The tables of a frozen release as people read them: words beside codes, shares of a stated base, gaps left gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import product
from typing import Any

from consult.inclusion.dimensions import YES
from consult.inclusion.gathered import OTHERS, largest_name, original_name
from consult.questionnaire.profile import ASIDE, NOT_ASKED, SKIPPED
from consult.questionnaire.question import Kind
from consult.services.tables.tabulating import AGE, LANGUAGE

__all__ = ["Cross", "Of", "ReleaseTables", "Row", "Table"]

_EVERYBODY = "*"
_BY_AGE = ((AGE,), (largest_name(AGE),))
_CHOICES = frozenset({Kind.ONE, Kind.SCALE, Kind.NUMBER})


class Of(Enum):
    """Whom shares are of."""

    EVERYBODY = auto()
    ASKED = auto()
    ANSWERED = auto()


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

    `base`: how many people the shares are of, and `of` who they are; None where it is under the threshold or not
    published, and then no share is shown either.
    """

    key: str
    title: str
    rows: tuple[Row, ...]
    base: int | None = None
    of: Of = Of.EVERYBODY
    several: bool = False
    #: asked only of whoever gave one of these answers to that question, in words; ("", ()): of everybody of its ages
    after: tuple[str, tuple[str, ...]] = ("", ())

    @property
    def withheld(self) -> bool:
        """Whether anything in it is withheld."""
        return any(row.withheld for row in self.rows)

    @property
    def answers(self) -> tuple[Row, ...]:
        """The rows without "skipped" and the like."""
        return tuple(row for row in self.rows if not row.beside)

    def often(self) -> tuple[tuple[int, str], ...]:
        """What people chose, most first: count and words. Nothing without a base.

        Of one choice each, an answer is left out where withheld ones may have more: then it was not chosen often.
        """
        if not self.base:
            return ()
        unseen = 0 if self.several else self.base - sum(row.count or 0 for row in self.answers)
        counted = [(row.count, row.words) for row in self.answers if row.count and row.count >= unseen]
        return tuple(sorted(counted, key=lambda pair: -pair[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cross:
    """Groups beside something else, one count of each group in every row (None: withheld).

    `by` says what the groups are: age, or one or two dimensions that the part asked; each of the `columns` has one
    category for each of them. `asked` is what was asked for each, where the form has words for it. `bases`: how many
    people each group has, where that is published of all; `unasked`: the places of groups that were not asked at all.
    """

    by: tuple[str, ...] = (AGE,)
    asked: tuple[str, ...] = ("",)
    key: str
    title: str
    columns: tuple[tuple[Row, ...], ...]
    rows: tuple[tuple[Row, tuple[int | None, ...]], ...]
    bases: tuple[int, ...] = ()
    unasked: frozenset[int] = frozenset()

    @property
    def withheld(self) -> bool:
        """Whether anything in it is withheld."""
        return any(count is None for _, counts in self.rows for count in counts)


@dataclass(frozen=True, slots=True)
class _Base:
    people: int | None
    of: Of

    def percent(self, count: int | None) -> int | None:
        return None if count is None or not self.people else round(100 * count / self.people)


Counts = Mapping[tuple[str, ...], int | None]


def _in_order(name: str, categories: Sequence[str]) -> tuple[str, ...]:
    """The categories as they are read: where some stand alone everybody else after them, who was not asked last."""
    if name == original_name(name):
        return tuple(categories)
    return tuple(sorted(categories, key=lambda each: (each == NOT_ASKED, each == OTHERS)))


def _is_of(name: str, key: str) -> bool:
    """Whether a table's dimension is a question, in its own or in wider categories, or an option of it."""
    return original_name(name) == key or name.startswith(f"{key}.")


class ReleaseTables:
    """Reads one release with the words it was made with; `language` first, then the form's own first language."""

    def __init__(self, release: Mapping[str, Any], form: Mapping[str, Any], language: str) -> None:
        self._k = int(release["k"])
        self._categories = {d["name"]: _in_order(d["name"], d["categories"]) for d in release["dimensions"]}
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
        """What is shown by age, or by the largest age and all others; nothing where the release knows one age alone."""
        if len(self._categories.get(AGE, ())) < 2:
            return
        for key, words in {LANGUAGE: {}, **self._form["dimensions"], **self._form["questions"]}.items():
            for by in _BY_AGE:
                if by[0] in self._categories:
                    yield from self._crossing(by, key, {"labels": {}, **words})

    def named(self, key: str, code: str) -> Row:
        """A category of a dimension with its words, where they are the form's, and without numbers."""
        return Row(code, self._label(code, self._form["dimensions"].get(key, {})), None, None, code in ASIDE)

    def title(self, key: str) -> str:
        """What was asked for a dimension; nothing where it is ours (age, language)."""
        return self._say(self._form["dimensions"].get(key, {}).get("text", {}))

    def grouped(self) -> Iterator[Cross]:
        """Closed answers by what the part asked about the person, and by two such things, where the release has any."""
        known = {AGE, LANGUAGE, *self._form["dimensions"]}
        groups = dict.fromkeys(names[:-1] for names in self._tables if len(names) > 1)
        for by in groups:
            if by not in _BY_AGE and all(original_name(name) in known for name in by):
                for key, words in self._form["questions"].items():
                    yield from self._crossing(by, key, words)

    def _crossing(self, by: tuple[str, ...], key: str, words: Mapping[str, Any]) -> Iterator[Cross]:
        """What is shown of a dimension or question by groups, if anything is."""
        columns = tuple(product(*(self._named_of(name) for name in by)))
        codes = [tuple(row.code for row in column) for column in columns]
        rows = tuple(self._rows_by(by, codes, key, words))
        if rows:
            bases, unasked = self._asked(by, codes, key)
            asked, title = tuple(self.title(original_name(name)) for name in by), self._say(words.get("text", {}))
            yield Cross(
                by=by, asked=asked, key=key, title=title, columns=columns, rows=rows, bases=bases, unasked=unasked
            )

    def _rows_by(
        self, by: tuple[str, ...], groups: Sequence[tuple[str, ...]], key: str, words: Mapping[str, Any]
    ) -> Iterator[tuple[Row, tuple[int | None, ...]]]:
        """The rows of a question by groups; of several choices one row an option that has a table."""
        name = key if (*by, key) in self._tables else largest_name(key)
        whole = self._tables.get((*by, name), {})
        for code in self._categories[name] if whole else ():
            yield self._row_by(code, words, (whole.get((*group, code)) for group in groups))
        for option in words["labels"]:
            counts = self._tables.get((*by, f"{key}.{option}"))
            if counts is not None:
                yield self._row_by(option, words, (counts.get((*group, YES)) for group in groups))

    def _asked(
        self, by: tuple[str, ...], groups: Sequence[tuple[str, ...]], key: str
    ) -> tuple[tuple[int, ...], frozenset[int]]:
        """How many people each group has, and the places of groups of which everybody was not asked."""
        tables = (counts for names, counts in self._tables.items() if names[:-1] == by and _is_of(names[-1], key))
        counts = next(tables, {})
        people = [counts.get((*group, _EVERYBODY)) for group in groups]
        unasked = [counts.get((*group, NOT_ASKED)) for group in groups]
        none = frozenset(at for at, each in enumerate(people) if each and each == unasked[at])
        bases = tuple(each for each in people if each is not None)
        return (bases if len(bases) == len(people) else ()), none

    def _row_by(
        self, code: str, words: Mapping[str, Any], counts: Iterable[int | None]
    ) -> tuple[Row, tuple[int | None, ...]]:
        return Row(code, self._label(code, words), None, None, code in ASIDE), tuple(counts)

    def _named_of(self, name: str) -> tuple[Row, ...]:
        return tuple(self.named(original_name(name), code) for code in self._categories[name])

    def _single(self, key: str, words: Mapping[str, Any], *, answers: bool) -> Table:
        counts = self._tables.get((key,), {})
        base = self._base(counts, answers=answers)
        rows = tuple(
            self._row(category, words, counts.get((category,)), base) for category in self._shown_of(key, counts)
        )
        title, after = self._say(words.get("text", {})), self._after(words)
        return Table(key=key, title=title, rows=rows, base=base.people, of=base.of, after=after)

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
            of=base.of,
            several=True,
            after=self._after(question),
        )

    def _after(self, words: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
        if "only_if" not in words:
            return "", ()
        key, options = words["only_if"]
        earlier = self._form["questions"][key]
        return self._say(earlier["text"]), tuple(self._say(earlier["labels"][each]) for each in options)

    def _base(self, counts: Counts, *, answers: bool) -> _Base:
        """The people shares are of: those who answered, else those who were asked, as far as published cells tell it.

        Where "skipped" is merged with "not chosen" nothing tells who answered.
        """
        total, unasked = counts.get((_EVERYBODY,)), counts.get((NOT_ASKED,), 0)
        skipped = counts.get((SKIPPED,))
        if total is None:
            return _Base(None, Of.EVERYBODY)
        people, of = total, Of.EVERYBODY
        if answers and unasked is not None:
            people, of = total - unasked, Of.ASKED if unasked else Of.EVERYBODY
            if skipped is not None:
                people, of = people - skipped, Of.ANSWERED
        return _Base(people if people >= self._k else None, of)

    def _row(self, code: str, words: Mapping[str, Any], count: int | None, base: _Base) -> Row:
        beside = code in ASIDE
        share = None if beside and base.of is not Of.EVERYBODY else base.percent(count)
        return Row(code, self._label(code, words), count, share, beside)

    def _label(self, code: str, words: Mapping[str, Any]) -> str:
        """The words of a category; of a wider group, the words of its members; nothing where the code is ours."""
        labels: Mapping[str, Mapping[str, str]] = words.get("labels", {})
        if code in labels:
            return self._say(labels[code])
        members: Sequence[str] = words.get("groups", {}).get(code, ())
        return " / ".join(self._say(labels[member]) for member in members)

    def _say(self, texts: Mapping[str, str]) -> str:
        return texts.get(self._language) or next(iter(texts.values()), "")
