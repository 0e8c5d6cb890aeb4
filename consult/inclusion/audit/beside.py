"""Live snapshots beside releases of the same people: what somebody learns who has seen both.

A snapshot is shown to staff in whole lots, and nobody says who came or left between it and a release. So whoever was
there at one of the two moments says nothing of who was there at the other: any people that fit the one go with any
that fit the other. Two moments at a time are therefore as exact as all at once, and what a release says of dimensions
that a snapshot does not have can be left out. `tests/inclusion/test_ledger.py` holds that against all moments in one
programme.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final

from consult.inclusion.audit.examination import Examination
from consult.inclusion.audit.findings import Finding, Kind

Json = Mapping[str, Any]

_FIRST_MAY_LEAVE: Final = frozenset({0})
_BETWEEN: Final = frozenset(
    {Kind.DIFFERENCING, Kind.IMPLIED_DIFFERENCE, Kind.INCONSISTENT, Kind.UNRESOLVED, Kind.INVALID}
)


def between(snapshot: Json, release: Json, left: Callable[[], float]) -> Iterator[Finding]:
    """What a snapshot in lots and a release tell together of the people who came or left in between; undecided counts.

    `left` tells the work that remains. Raises Unreadable.
    """
    shared = _shared(snapshot, release)
    moments = [_only({**snapshot, "k": release["k"]}, shared), _only(release, shared)]
    if all(one["tables"] for one in moments):
        for finding in Examination(moments, left, _FIRST_MAY_LEAVE).findings():
            if finding.kind in _BETWEEN:
                yield finding


def of_a_snapshot(
    snapshot: Json, releases: Sequence[Json], left: Callable[[], float], heads: int | None
) -> Iterator[Finding]:
    """What is wrong with showing a snapshot in lots: by itself, or beside releases that are out already.

    By itself for somebody who counted the `heads`: every group that is wide for him there is as wide in any change.
    """
    yield from Examination([snapshot if heads is None else _counted_by(snapshot, heads)], left).findings()
    for release in releases:
        yield from between(snapshot, release, left)


def _counted_by(snapshot: Json, heads: int) -> dict[str, Any]:
    """The snapshot with the exact number of everybody, also where they are all in the only category there is."""
    alone = {one["name"]: one["categories"][0] for one in snapshot["dimensions"] if len(one["categories"]) == 1}
    return {**snapshot, "tables": [_with_heads(one, heads, alone) for one in snapshot["tables"]]}


def _with_heads(table: Json, heads: int, alone: Mapping[str, str]) -> dict[str, Any]:
    names = table["dimensions"]
    everybody = [list(at) for at in product(*(dict.fromkeys(("*", alone.get(name, "*"))) for name in names))]
    cells = [cell for cell in table["cells"] if cell["at"] not in everybody]
    return {**table, "cells": [*cells, *({"at": at, "count": heads} for at in everybody)]}


def _shared(snapshot: Json, release: Json) -> list[str]:
    """Dimensions that both describe alike."""
    described = {one["name"]: _counted(one) for one in snapshot["dimensions"]}
    return [one["name"] for one in release["dimensions"] if described.get(one["name"]) == _counted(one)]


def _counted(dimension: Json) -> dict[str, Any]:
    """A dimension without whom the form asked what, which what was frozen earlier does not say."""
    return {key: value for key, value in dimension.items() if key not in ("not_asked_of", "offered_to")}


def _only(release: Json, names: Sequence[str]) -> dict[str, Any]:
    """The release by these dimensions alone: of every other one the cells that count all of its categories."""
    dimensions = [one for one in release["dimensions"] if one["name"] in names]
    return {**release, "dimensions": dimensions, "tables": [_summed(one, names) for one in release["tables"]]}


def _summed(table: Json, names: Sequence[str]) -> dict[str, Any]:
    kept = [place for place, name in enumerate(table["dimensions"]) if name in names]
    cells = [
        {**cell, "at": [cell["at"][place] for place in kept]}
        for cell in table["cells"]
        if all(label == "*" for place, label in enumerate(cell["at"]) if place not in kept)
    ]
    return {"dimensions": [table["dimensions"][place] for place in kept], "cells": cells}
