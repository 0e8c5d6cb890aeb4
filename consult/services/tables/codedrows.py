"""People as they are counted: one byte a dimension, its place among the categories offered.

A profile is sealed as nothing else. An answer begins with such bytes, behind a mark of what they mean; where the mark
is another (the plan of a part changed since) or none, the same is read from the answer itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from consult.inclusion.dimensions import Dimension, InvalidInput
from consult.inclusion.published import Group
from consult.inclusion.tabulate import Tables, tabulate_codes
from consult.questionnaire.form import Form
from consult.questionnaire.profile import SKIPPED
from consult.services.tables.payload import Payload, with_length
from consult.services.tables.plannedtables import planned_pairs
from consult.services.tables.tabulating import (
    AGE,
    LANGUAGE,
    Tabulation,
    about_people,
    answer_tables,
    dimensions_of,
    row_of,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["PROFILE_SCHEMA", "codes_of", "count_answers", "count_profiles", "sealed_bytes"]

PROFILE_SCHEMA = "profile/1"
"""The schema that is authenticated with every profile; it changes when the meaning of a byte does."""

_CHUNK = 16_384
_MARK_BYTES = 8


def codes_of(
    form: Form,
    digest: str,
    bands: Sequence[str],
    languages: Sequence[str],
    band: str,
    language: str,
    profile: Mapping[str, str],
) -> bytes:
    """A profile: one byte for age, language, and each dimension that the strand chose, in this order.

    `digest` is the form's.
    """
    given = {AGE: band, LANGUAGE: language, **profile}
    dimensions = _about_people(_Asked(digest, tuple(bands), tuple(languages), form))
    return bytes(_place(dimension, given.get(dimension.name, SKIPPED)) for dimension in dimensions)


def sealed_bytes(
    form: Form, digest: str, bands: tuple[str, ...], languages: tuple[str, ...], payload: Payload
) -> bytes:
    """An answer as it is sealed: what is counted of it, then all of it. `digest` is the form's."""
    coding = _coding(_Asked(digest, bands, languages, form))
    try:
        return payload.to_bytes(coding.mark + coding.codes(row_of(form, payload)))
    except InvalidInput:
        return payload.to_bytes()  # nobody loses an answer over how it is counted


def count_profiles(
    plaintexts: Iterable[bytes], dimensions: Sequence[Dimension], planned: Sequence[Group] = ()
) -> Tables:
    """Single margins of everything, age by each other dimension, and the pairs that were planned for."""
    names = [dimension.name for dimension in dimensions]
    by_age = ((AGE, name) for name in names if name != AGE)
    tables = tuple(dict.fromkeys((*((name,) for name in names), *by_age, *planned_pairs(planned, names))))
    return tabulate_codes(_chunks(plaintexts, dimensions), dimensions, tables)


def count_answers(plaintexts: Iterable[bytes], tabulation: Tabulation) -> Tables:
    """All tables that a release of this strand may show, not protected. Raises InvalidInput, never with an answer."""
    form = Form.from_json(dict(tabulation.form))
    coding = _Coding.of(dimensions_of(form, tabulation.bands, tabulation.languages))
    rows = _coded(plaintexts, form, coding)
    return tabulate_codes(_chunks(rows, coding.dimensions), coding.dimensions, answer_tables(form, tabulation.planned))


@dataclass(frozen=True, slots=True)
class _Coding:
    """Dimensions with the place of each category, and a mark (8 bytes of SHA-256) of them all."""

    dimensions: tuple[Dimension, ...]
    places: tuple[tuple[str, Mapping[str, int]], ...]
    mark: bytes

    @classmethod
    def of(cls, dimensions: tuple[Dimension, ...]) -> _Coding:
        named = [(each.name, each.categories) for each in dimensions]
        mark = hashlib.sha256(json.dumps(named).encode()).digest()[:_MARK_BYTES]
        places = tuple((name, {each: place for place, each in enumerate(known)}) for name, known in named)
        return cls(dimensions, places, mark)

    def codes(self, row: Mapping[str, str]) -> bytes:
        """One person's categories as bytes. Raises InvalidInput for one that cannot be counted, without naming it."""
        try:
            return bytes([known[row[name]] for name, known in self.places])
        except KeyError:
            wrong = next(name for name, known in self.places if row.get(name) not in known)
            raise InvalidInput(f"an answer has something in {wrong!r} that its form does not offer") from None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A form with what its dimensions depend on besides, told apart by its digest."""

    digest: str
    bands: tuple[str, ...]
    languages: tuple[str, ...]
    form: Form = field(compare=False, repr=False)


@lru_cache(maxsize=64)
def _about_people(asked: _Asked) -> tuple[Dimension, ...]:
    return about_people(asked.form, asked.bands, asked.languages)


@lru_cache(maxsize=64)
def _coding(asked: _Asked) -> _Coding:
    return _Coding.of(dimensions_of(asked.form, asked.bands, asked.languages))


def _coded(plaintexts: Iterable[bytes], form: Form, coding: _Coding) -> Iterator[bytes]:
    ready = with_length(coding.mark + bytes(len(coding.places)))[: -len(coding.places)]
    start, end = len(ready), len(ready) + len(coding.places)
    for plain in plaintexts:
        if plain.startswith(ready):
            yield plain[start:end]
        else:
            yield coding.codes(row_of(form, Payload.from_bytes(plain)))


def _chunks(rows: Iterable[bytes], dimensions: Sequence[Dimension]) -> Iterator[Mapping[str, NDArray[np.uint8]]]:
    """Codes by dimension, so many people at a time, as `tabulate_codes` counts them."""
    import numpy as np  # noqa: PLC0415 - eleven megabytes that a worker for participants does without

    remaining = iter(rows)
    while held := list(islice(remaining, _CHUNK)):
        matrix = np.frombuffer(b"".join(held), dtype=np.uint8).reshape(len(held), len(dimensions)).T.copy()
        yield {dimension.name: matrix[place] for place, dimension in enumerate(dimensions)}


def _place(dimension: Dimension, category: str) -> int:
    """A category that is not offered counts as skipped: a byte has to be one of those that can be counted."""
    known = dimension.categories
    return known.index(category if category in known else SKIPPED if SKIPPED in known else known[-1])
