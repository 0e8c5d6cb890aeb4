"""What a benchmark of an opening runs inside the opening's own process: no more than the product does, and a clock."""

from __future__ import annotations

import os
import re
import resource
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import Self, TypeVar

from consult.inclusion.tabulate import Tables

__all__ = ["Figures", "Memory", "figures", "figures_and_totals", "timed"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Figures:
    """People counted, and seconds of the clock and of processors."""

    total: int
    seconds: float
    processor_s: float


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """The first stage: the work, and its seconds."""
    begun = perf_counter()
    return work(), perf_counter() - begun


def figures(done: tuple[Tables, float]) -> Figures:
    """The second stage: the counts end here."""
    counted, seconds = done
    own, copies = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return Figures(counted.total, seconds, own.ru_utime + own.ru_stime + copies.ru_utime + copies.ru_stime)


def figures_and_totals(done: tuple[tuple[Tables, bytes], float]) -> tuple[Figures, bytes]:
    """The second stage of counting profiles: sealed totals go past."""
    (counted, totals), seconds = done
    return figures((counted, seconds)), totals


class Memory:
    """The most memory (MB) that the processes begun inside the block had together; what they share counts once.

    Looked at ten times a second, so what comes and goes in between is not seen.
    """

    def __enter__(self) -> Self:
        self.most_mb = 0.0
        self._over = Event()
        self._watcher = Thread(target=self._watch)
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watcher.join()

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            self.most_mb = max(self.most_mb, sum(_kib(pid) for pid in _below(os.getpid())) / 1024)


def _below(pid: int) -> Iterator[int]:
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text().split():
                yield int(child)
                yield from _below(int(child))


def _kib(pid: int) -> int:
    """The proportional set size; 0 for one that has just ended."""
    with suppress(OSError):
        found = re.search(r"Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())
        return int(found[1]) if found else 0
    return 0
