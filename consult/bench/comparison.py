"""A figure beside its limit, and the clock that measures both turn by turn."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

__all__ = ["Comparison", "machine", "turn_by_turn"]

Work = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What was measured: each figure's name ends in its unit.

    `ratio` is how many times the limit the product takes or, with `share`, the part of the limit's rate it reaches.
    """

    name: str
    saying: str
    product: Mapping[str, float]
    limit: Mapping[str, float]
    ratio: float
    n: int
    share: bool = False

    def to_json(self) -> dict[str, Any]:
        """The object that `consult bench --json` prints."""
        return {
            "name": self.name,
            "product": {key: _rounded(value) for key, value in self.product.items()},
            "limit": {key: _rounded(value) for key, value in self.limit.items()},
            "ratio": _rounded(self.ratio),
            "n": self.n,
            "machine": machine(),
        }


def machine() -> dict[str, str | int]:
    """What the figures were measured on; nothing that names the machine or its owner."""
    return {
        "cpus": os.cpu_count() or 1,
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def turn_by_turn(product: Work, limit: Work, *, rounds: int, repeats: int = 1) -> tuple[float, float]:
    """Seconds that one run of each takes, from the fastest of so many rounds of so many repeats.

    In turns, so that a busy machine is busy for both.
    """
    timed = [(_seconds(product, repeats), _seconds(limit, repeats)) for _ in range(rounds)]
    return min(seconds for seconds, _ in timed), min(seconds for _, seconds in timed)


def _seconds(work: Work, repeats: int) -> float:
    begun = perf_counter()
    for _ in range(repeats):
        work()
    return (perf_counter() - begun) / repeats


def _rounded(value: float) -> float:
    """Three figures are all that a run on a shared machine can say."""
    return float(f"{value:.3g}")
