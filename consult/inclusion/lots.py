"""Live figures in lots: so coarse that with the release nobody learns how few came or left in between.

A release follows its live figures by as few people as it happens to, and exact counts of both would tell of those few
what they are. A count in whole lots of 2k leaves 2k values for what it was, so 2k for how it changed until the release.
Where margins together would tell more than the lots do, lots are larger, as far as the audit asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from consult.inclusion.coverage import lots
from consult.inclusion.document import WITHHELD

__all__ = ["LIVE", "in_lots", "lot_that_hides", "size_of_a_lot"]

LIVE: Final = "live-"
"""How the series of live figures is called: this, then the series of the releases of the same people."""
_LOT: Final = "told_in_lots_of"
_TIMES: Final = (2, 3, 4, 5)
_METHOD: Final = {"name": "suppression", "public_bounds": {WITHHELD: [0, None]}}
"""What a page says of a number that is not there: nothing, it may be nought too."""


def size_of_a_lot(release: Mapping[str, Any]) -> int:
    """What was chosen for it, else twice the threshold: of k alone, the range left would be one short of k wide."""
    return int(release.get(_LOT, _TIMES[0] * int(release["k"])))


def in_lots(release: Mapping[str, Any]) -> dict[str, Any]:
    """The release with each count rounded down to whole lots; under one lot, nought too, it is withheld."""
    size = size_of_a_lot(release)
    tables = [{**table, "cells": [_told(cell, size) for cell in table["cells"]]} for table in release["tables"]]
    return {**release, "method": dict(_METHOD), "tables": tables}


def lot_that_hides(
    release: Mapping[str, Any], releases: Sequence[Mapping[str, Any]], budget_seconds: float
) -> dict[str, Any] | None:
    """The snapshot with the smallest lots in which the audit lets it be shown beside these releases; None: in none."""
    from consult.inclusion.audit import audit_snapshot  # noqa: PLC0415 - its solvers fill forty megabytes

    for times in _TIMES:
        chosen = {**release, _LOT: times * int(release["k"])}
        if not audit_snapshot(in_lots(chosen), budget_seconds / len(_TIMES), releases=releases):
            return chosen
    return None


def _told(cell: Mapping[str, Any], size: int) -> dict[str, Any]:
    told = lots(cell["count"] or 0, size)
    if not told:
        return {"at": cell["at"], "count": None, "protected": WITHHELD}
    return {**cell, "count": told, "in_lots_of": size}
