"""Invented people for the inclusion tests: dimensions, rows from counts, and releases written by hand."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from consult.inclusion.dimensions import Dimension
from consult.inclusion.gathered import OTHERS, original_name

AGE = Dimension("age_band", ("13_15", "16_17"))
GENDER = Dimension("gender", ("girl", "boy", "other"))
PLACE = Dimension("place", ("north", "south"))
DISABILITY = Dimension("disability", ("yes", "no"), sensitive=True)


def rows_from(dimensions: Sequence[Dimension], counts: Sequence[int]) -> list[dict[str, str]]:
    """One row a person: `counts` gives the people for each crossing of the categories, the last dimension fastest."""
    names = [dimension.name for dimension in dimensions]
    rows = []
    crossings = product(*(dimension.categories for dimension in dimensions))
    for labels, count in zip(crossings, counts, strict=True):
        rows += [dict(zip(names, labels, strict=True))] * count
    return rows


def in_wider(person: Mapping[str, str], release: Mapping[str, Any]) -> dict[str, str]:
    """A person as a release counts him: in wider categories he is what he is, or one of the others."""
    known = {one["name"]: one["categories"] for one in release["dimensions"]}
    wider = {name: person[original_name(name)] for name in known if original_name(name) in person}
    return {**person, **{name: own if own in known[name] else OTHERS for name, own in wider.items() if ":" in name}}


def cell(*at: str, count: int | None = None) -> dict[str, Any]:
    """A published cell, or a withheld one without a count."""
    return (
        {"at": list(at), "count": count}
        if count is not None
        else {"at": list(at), "count": None, "protected": "withheld"}
    )


def written(
    tables: Sequence[Mapping[str, Any]], dimensions: Sequence[Dimension], k: int = 10, **more: Any
) -> dict[str, Any]:
    """A release written by hand in the release format; zeros are shown outside sensitive dimensions."""
    described = [
        {"name": one.name, "categories": list(one.categories), "sensitive": one.sensitive} for one in dimensions
    ]
    method = {"name": "suppression", "public_bounds": {"withheld": [0, None]}, "zeros": "shown_outside_sensitive"}
    head = {"version": 1, "id": "hand", "series": "hand", "k": k, "population": {"respondent_class": "child"}}
    return {**head, "method": method, "dimensions": described, "tables": list(tables), **more}


def table(release: Mapping[str, Any], *names: str) -> dict[tuple[str, ...], int | None]:
    """Counts of one table of a release by labels; None where withheld."""
    found = next(one for one in release["tables"] if one["dimensions"] == list(names))
    return {tuple(one["at"]): one["count"] for one in found["cells"]}
