"""A profile as it is sealed for the inclusion tier: one byte a dimension, its place among the categories offered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from consult.inclusion.dimensions import Dimension
from consult.questionnaire.form import Form
from consult.questionnaire.profile import SKIPPED
from consult.services.tabulating import AGE, LANGUAGE, about_people

__all__ = ["PROFILE_SCHEMA", "chunks_of", "codes_of", "profile_tables"]

PROFILE_SCHEMA = "profile/1"
"""The schema that is authenticated with every profile; it changes when the meaning of a byte does."""

_CHUNK = 65_536


def codes_of(
    form: Form, bands: Sequence[str], languages: Sequence[str], band: str, language: str, profile: Mapping[str, str]
) -> bytes:
    """One byte for age, language, and each dimension that the strand chose, in this order."""
    given = {AGE: band, LANGUAGE: language, **profile}
    dimensions = about_people(form, tuple(bands), tuple(languages))
    return bytes(_place(dimension, given.get(dimension.name, SKIPPED)) for dimension in dimensions)


def chunks_of(
    plaintexts: Iterable[bytes], dimensions: Sequence[Dimension]
) -> Iterator[Mapping[str, NDArray[np.uint8]]]:
    """Codes by dimension, so many people at a time, as `tabulate_codes` counts them."""
    held: list[bytes] = []
    for plain in plaintexts:
        held.append(plain)
        if len(held) == _CHUNK:
            yield _columns(held, dimensions)
            held = []
    if held:
        yield _columns(held, dimensions)


def profile_tables(dimensions: Sequence[Dimension]) -> tuple[tuple[str, ...], ...]:
    """Single margins of everything, and age by each other dimension."""
    names = [dimension.name for dimension in dimensions]
    return (*((name,) for name in names), *((AGE, name) for name in names if name != AGE))


def _place(dimension: Dimension, category: str) -> int:
    """A category that is not offered counts as skipped: a byte has to be one of those that can be counted."""
    known = dimension.categories
    return known.index(category if category in known else SKIPPED if SKIPPED in known else known[-1])


def _columns(rows: list[bytes], dimensions: Sequence[Dimension]) -> Mapping[str, NDArray[np.uint8]]:
    matrix = np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(rows), len(dimensions))
    return {dimension.name: matrix[:, place] for place, dimension in enumerate(dimensions)}
