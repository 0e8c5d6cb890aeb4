"""Whether a column of people holds categories: few, short, each written in one way. Never says a value, only where."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from unicodedata import category, normalize

import numpy as np
from numpy.typing import NDArray

from consult.inclusion.dimensions import InvalidInput
from consult.inclusion.gathered import original_name

__all__ = ["MOST_VALUES", "must_be_categories", "must_be_groups", "must_be_written_alike"]

MOST_VALUES: Final = 60
"""More different values than this are no categories: names, free text, or an exact number."""
_FEW_VALUES: Final = 20
_PEOPLE_A_VALUE: Final = 2
"""More than a few values, with not even two people for each, are none either, unless somebody lists them."""
_LONGEST: Final = 100


def must_be_categories(path: Path, columns: Sequence[str], seen: Sequence[Mapping[str, int]]) -> None:
    """Refuse values that can not be read, too many of them, and whole sentences."""
    for name, codes in zip(columns, seen, strict=True):
        if any(category(letter) == "Cc" for value in codes for letter in value):
            raise InvalidInput(f"{path}: a value of column {name!r} has a sign that can not be read: mend the rows")
        if len(codes) > MOST_VALUES:
            raise InvalidInput(
                f"{path}: column {name!r} has more than {MOST_VALUES} different values: "
                "give categories, not names, words or exact numbers"
            )
        if any(len(value) > _LONGEST for value in codes):
            raise InvalidInput(
                f"{path}: a value of column {name!r} is longer than {_LONGEST} letters: give categories, not words"
            )


def must_be_written_alike(
    path: Path, name: str, codes: Mapping[str, int], chunks: Sequence[NDArray[np.uint16]]
) -> None:
    """Refuse two spellings of one category: they would be two smaller groups, and numbers would go for them."""
    known: dict[str, int] = {}
    for value, code in codes.items():
        other = known.setdefault(_spoken(value), code)
        if other != code:
            first, second = sorted(int(np.argmax(np.concatenate(chunks) == each)) + 1 for each in (other, code))
            raise InvalidInput(
                f"{path}: column {name!r} has one category written in two ways, by persons {first} and {second}: they "
                "differ by capitals, spaces, or signs that can not be seen; write it in one way"
            )


def _spoken(value: str) -> str:
    """A value without what nobody hears: capitals, the kind and number of spaces, signs that can not be seen."""
    heard = "".join(letter for letter in normalize("NFKC", value) if category(letter) != "Cf")
    return " ".join(normalize("NFKC", heard.casefold()).replace("_", " ").split())


def must_be_groups(name: str, values: Sequence[str], people: int, *, listed: bool) -> None:
    """Refuse names and words, unless they are `listed` as categories: a release has each, also of one person.

    Refuse a column that is called as a release calls the groups of another one, too.
    """
    if name != original_name(name):
        raise InvalidInput(f"column {name!r} is called as a release calls groups of another: name it otherwise")
    if not listed and len(values) > max(_FEW_VALUES, people // _PEOPLE_A_VALUE):
        raise InvalidInput(
            f"column {name!r} has {len(values)} different values for {people} people, and a release has each of them: "
            "leave it out if they are names or words; if they are categories, list them in the spec"
        )
