"""The release as a JSON document: the same for trials, for the audit and for what is published."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from consult.inclusion.cells import Key, grid, key_of
from consult.inclusion.dimensions import NOT_ASKED, Dimension
from consult.inclusion.tabulate import Tables

WITHHELD: Final = "withheld"
ZEROS: Final = "shown_outside_sensitive"


@dataclass(frozen=True, slots=True)
class Heading:
    """What a release says of itself before any number."""

    id: str
    series: str
    respondent_class: str
    k: int
    previous: tuple[str, ...] = ()
    withdrawn: int | None = None


def document(
    heading: Heading,
    tables: Tables,
    withheld: Collection[Key],
    *,
    only: Iterable[tuple[str, ...]] | None = None,
) -> dict[str, Any]:
    """The release document (format version 1) of these tables, or of `only` some of them.

    A document of some tables declares only their dimensions, and all options of a question that has one among them.
    """
    names = tuple(tables.counts if only is None else only)
    declared = [*tables.dimensions.values()] if only is None else _declared(names, tables.dimensions)
    return {
        **_head(heading, declared),
        "tables": [_table(table, tables, withheld) for table in names] or [_total(tables.total)],
    }


def unnumbered(heading: Heading) -> dict[str, Any]:
    """The release of a population under k: it says that a few people took part, and no number."""
    empty = _head(heading, [])
    return {**empty, "population": {**empty["population"], "size": "under_k"}, "changes": {}, "tables": []}


def total_only(heading: Heading, total: int) -> dict[str, Any]:
    """The release that tells how many people took part and nothing else; later ones may still choose categories."""
    return {**_head(heading, []), "tables": [_total(total)]}


def _head(heading: Heading, dimensions: list[Dimension]) -> dict[str, Any]:
    zeros_hidden = any(dimension.sensitive for dimension in dimensions)
    return {
        "version": 1,
        "id": heading.id,
        "series": heading.series,
        "previous": list(heading.previous),
        "k": heading.k,
        "population": {"respondent_class": heading.respondent_class},
        "method": {
            "name": "suppression",
            "public_bounds": {WITHHELD: [0 if zeros_hidden else 1, None]},
            "zeros": ZEROS,
        },
        "dimensions": [_dimension(dimension) for dimension in dimensions],
        "changes": _changes(heading),
    }


def _changes(heading: Heading) -> dict[str, int]:
    """Withdrawals in whole lots of k, rounded down; not a word where there is no whole lot."""
    lots = (heading.withdrawn or 0) // heading.k
    return {"withdrawn": lots * heading.k, "withdrawn_in_lots_of": heading.k} if lots else {}


def _dimension(dimension: Dimension) -> dict[str, Any]:
    described: dict[str, Any] = {"name": dimension.name, "categories": list(dimension.categories)}
    if dimension.sensitive:
        described["sensitive"] = True
    if dimension.option_of is not None:
        described["option_of"] = dimension.option_of
    if dimension.choices is not None:
        described["choices"] = list(dimension.choices)
    if NOT_ASKED in dimension.categories:
        described["not_asked_of"] = unasked(dimension)
    if dimension.offered_to is not None:
        by, offered = dimension.offered_to
        described["offered_to"] = {by: {label: list(ages) for label, ages in offered.items()}}
    return described


def unasked(dimension: Dimension) -> dict[str, list[str]]:
    """Of whom a release says that they were not asked; nobody where no dimension decides it."""
    return {} if dimension.not_asked_of is None else {dimension.not_asked_of[0]: list(dimension.not_asked_of[1])}


def _table(names: tuple[str, ...], tables: Tables, withheld: Collection[Key]) -> dict[str, Any]:
    cells: list[dict[str, Any]] = []
    for labels, count in grid(names, tables.counts[names], tables.dimensions):
        if key_of(names, labels, tables.dimensions) in withheld:
            cells.append({"at": labels, "count": None, "protected": WITHHELD})
        else:
            cells.append({"at": labels, "count": count})
    return {"dimensions": list(names), "cells": cells}


def _total(total: int) -> dict[str, Any]:
    return {"dimensions": [], "cells": [{"at": [], "count": total}]}


def _declared(names: Iterable[tuple[str, ...]], dimensions: Mapping[str, Dimension]) -> list[Dimension]:
    used = {name for table in names for name in table}
    questions = {dimensions[name].option_of for name in used} - {None}
    return [one for one in dimensions.values() if one.name in used or one.option_of in questions]
