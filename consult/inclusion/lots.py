"""Live figures in lots: so coarse that with the release nobody learns how few came or left in between.

A release follows its live figures by as few people as it happens to, and exact counts of both would tell of those few
what they are. A count in whole lots of 2k leaves 2k values for what it was, so 2k for how it changed until the release.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consult.inclusion.coverage import lots
from consult.inclusion.document import WITHHELD

__all__ = ["in_lots", "size_of_a_lot"]


def size_of_a_lot(release: Mapping[str, Any]) -> int:
    """Twice the threshold: of k alone, the range left would be one short of k wide."""
    return 2 * int(release["k"])


def in_lots(release: Mapping[str, Any]) -> dict[str, Any]:
    """The release with each count rounded down to whole lots; under one lot, nought too, it is withheld."""
    size = size_of_a_lot(release)
    tables = [{**table, "cells": [_told(cell, size) for cell in table["cells"]]} for table in release["tables"]]
    return {**release, "tables": tables}


def _told(cell: Mapping[str, Any], size: int) -> dict[str, Any]:
    told = lots(cell["count"] or 0, size)
    return {**cell, "count": told} if told else {"at": cell["at"], "count": None, "protected": WITHHELD}
