"""Live figures in lots: so coarse that with the release nobody learns how few came or left in between.

A release follows its live figures by as few people as it happens to, and exact counts of both would tell of those few
what they are. A count in whole lots of 2k leaves 2k values for what it was, so 2k for how it changed until the release.
Where tables together would tell more than the lots do, crossings are left out or lots are larger, as the audit asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from consult.inclusion.document import WITHHELD

__all__ = ["LIVE", "in_lots", "lot_that_hides", "lots", "size_of_a_lot"]

LIVE: Final = "live-"
"""How the series of live figures is called: this, then the series of the releases of the same people."""
_LOT: Final = "told_in_lots_of"
_TIMES: Final = (2, 3, 4, 5)
_CROSSED: Final = 2
_METHOD: Final = {"name": "suppression", "public_bounds": {WITHHELD: [0, None]}}
"""What a page says of a number that is not there: nothing, it may be nought too."""


def lots(count: int, size: int) -> int:
    """A count rounded down to whole lots: how live and event counts are shown (rule 6)."""
    return count // size * size


def lots_of_parts(whole: int, cuts: Sequence[Mapping[str, int]], k: int) -> tuple[int, list[dict[str, int]]]:
    """A whole and its parts, cut in several ways, in whole lots of `k`, so that sums narrow no part within its lot.

    All four of four parts under ten and a whole of thirty would tell that there are three of each. So the largest
    numbers are told by a lot less, until nothing like that follows: then each is the least there is.
    """
    told, parts = lots(whole, k), [{part: lots(count, k) for part, count in cut.items()} for cut in cuts]
    while not _each_fills_its_lot(told, parts, k):
        most = max(told, *(number for cut in parts for number in cut.values()))
        told -= k * (told == most)
        parts = [{part: number - k * (number == most) for part, number in cut.items()} for cut in parts]
    return told, parts


def _each_fills_its_lot(whole: int, cuts: Sequence[Mapping[str, int]], k: int) -> bool:
    """Whether whole and parts can be everything from the least to the most of their lots, given all the others."""
    more = k - 1
    sums = [(sum(cut.values()), sum(cut.values()) + more * len(cut)) for cut in cuts]
    least, most = max(whole, *(low for low, _ in sums)), min(whole + more, *(high for _, high in sums))
    if (least, most) != (whole, whole + more):
        return False
    return all(least <= high - more and most >= low + more for low, high in sums)


def size_of_a_lot(release: Mapping[str, Any]) -> int:
    """What was chosen for it, else twice the threshold: of k alone, the range left would be one short of k wide."""
    return int(release.get(_LOT, _TIMES[0] * int(release["k"])))


def in_lots(release: Mapping[str, Any]) -> dict[str, Any]:
    """The release with each count rounded down to whole lots; under one lot, nought too, it is withheld.

    Without the summary of its audit, which is of the exact counts.
    """
    size = size_of_a_lot(release)
    tables = [{**table, "cells": [_told(cell, size) for cell in table["cells"]]} for table in release["tables"]]
    shown = {key: value for key, value in release.items() if key != "audit"}
    return {**shown, "method": dict(_METHOD), "tables": tables}


def lot_that_hides(
    release: Mapping[str, Any], releases: Sequence[Mapping[str, Any]], work: float
) -> dict[str, Any] | None:
    """The snapshot with the smallest lots in which the audit lets it be shown beside these releases.

    Crossings that the audit objects to are left out before lots grow, and with the largest lots single tables too; None
    where nothing is left. `work` is how much may be done, in seconds that are the same on every machine
    (`audit/effort.py`), so that the same people are shown in the same lots on each.
    """
    from consult.inclusion.audit.effort import work_time  # noqa: PLC0415 - its solvers fill forty megabytes

    end = work_time() + work
    for times in _TIMES:
        chosen = {**release, _LOT: times * int(release["k"])}
        found = _without_objections(chosen, releases, lambda: end - work_time(), single=times == _TIMES[-1])
        if found is not None:
            return found
    return None


def _without_objections(
    chosen: Mapping[str, Any], releases: Sequence[Mapping[str, Any]], left: Callable[[], float], *, single: bool
) -> dict[str, Any] | None:
    """The snapshot less the tables that the audit objects to; `single`: those of one dimension among them."""
    from consult.inclusion.audit import audit_snapshot  # noqa: PLC0415 - as above

    tables = list(chosen["tables"])
    heads = next((cell["count"] for each in tables for cell in each["cells"] if set(cell["at"]) <= {"*"}), None)
    while True:
        shown = {**chosen, "tables": tables}
        found = audit_snapshot(in_lots(shown), left(), releases=releases, heads=heads)
        if not found:
            return shown if tables or not chosen["tables"] else None
        about = [{name for name, _ in finding.region} for finding in found]
        kept = [
            each
            for each in tables
            if (len(each["dimensions"]) < _CROSSED and not single)
            or not any(names <= set(each["dimensions"]) for names in about)
        ]
        if len(kept) == len(tables):
            return None
        tables = kept


def _told(cell: Mapping[str, Any], size: int) -> dict[str, Any]:
    told = lots(cell["count"] or 0, size)
    if not told:
        return {"at": cell["at"], "count": None, "protected": WITHHELD}
    return {**cell, "count": told, "in_lots_of": size}
