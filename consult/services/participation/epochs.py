"""The epochs of one worker: the short-lived keys under which answers arrive, and counts that wait for an epoch's end.

In memory only. A worker never reads an epoch back from the database, so it cannot open its own past.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock, Timer

from consult.sealing.epoch import Epoch, new_epoch
from consult.sealing.root import RowSealKey

__all__ = ["Counted", "EpochBook"]


class Counted(StrEnum):
    """What is counted about people who may leave without a trace: totals a strand, never a time."""

    CAME = "came"
    ASSENTED = "assented"
    STOPPED = "stopped"


@dataclass(slots=True)
class _Page:
    epoch: Epoch
    begun: datetime
    counts: Mapping[Counted, int]
    left: int
    timer: Timer


class EpochBook:
    """At most one epoch a strand at a time, for so many responses or so much time, whichever ends first.

    Safe to use from several threads. `most_age` is kept by a timer too, so that a quiet worker forgets as well.
    """

    def __init__(
        self, row_seal_key: RowSealKey, most_responses: int = 64, most_age: timedelta = timedelta(minutes=15)
    ) -> None:
        self._row_seal_key = row_seal_key
        self.most_responses = most_responses
        self._most_age = most_age
        self._pages: dict[str, _Page] = {}
        self._counts: dict[str, Counter[Counted]] = {}
        self._lock = Lock()

    def take(
        self,
        strand_id: str,
        public_key: Callable[[], bytes],
        now: datetime,
        inclusion: Callable[[], tuple[int, bytes] | None] = lambda: None,
        responses: int = 1,
    ) -> tuple[Epoch, Mapping[Counted, int]]:
        """The epoch for so many more responses, and the counts that waited when it began, to be stored once, with its
        row. `responses` is at most `most_responses`.

        `public_key` and `inclusion` (for profiles, where there are any) are asked for only when a new epoch begins. The
        epoch's row must be stored before, or in the transaction of, the response that is sealed under it.
        """
        with self._lock:
            page = self._pages.get(strand_id)
            if page is not None and page.left >= responses and now - page.begun < self._most_age:
                page.left -= responses
                return page.epoch, page.counts
            self._forget(strand_id)
            epoch = new_epoch(strand_id, public_key(), self._row_seal_key, inclusion())
            counts = self._counts.pop(strand_id, Counter())
            self._pages[strand_id] = _Page(
                epoch, now, counts, self.most_responses - responses, self._timer(strand_id, epoch)
            )
            return epoch, counts

    def drop(self, strand_id: str) -> None:
        """Forget the strand's epoch at once: it was paused, stopped or closed."""
        with self._lock:
            self._forget(strand_id)

    def count(self, strand_id: str, what: Counted) -> None:
        """One more, kept in memory until an epoch ends: what is lost with the process is lost."""
        with self._lock:
            self._counts.setdefault(strand_id, Counter())[what] += 1

    def settle(self, strand_id: str) -> Mapping[Counted, int]:
        """The counts that still wait, for whoever closes the strand; they are not given twice."""
        with self._lock:
            return self._counts.pop(strand_id, Counter())

    def _timer(self, strand_id: str, epoch: Epoch) -> Timer:
        timer = Timer(self._most_age.total_seconds(), self._end, (strand_id, epoch.id))
        timer.daemon = True
        timer.start()
        return timer

    def _end(self, strand_id: str, epoch_id: bytes) -> None:
        with self._lock:
            page = self._pages.get(strand_id)
            if page is not None and page.epoch.id == epoch_id:
                self._forget(strand_id)

    def _forget(self, strand_id: str) -> None:
        page = self._pages.pop(strand_id, None)
        if page is not None:
            page.timer.cancel()
