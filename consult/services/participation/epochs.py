"""The epochs of one worker: the short-lived keys under which answers arrive, and counts that wait for an epoch's end.

In memory only. A worker never reads an epoch back from the database, so it cannot open its own past.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock, Thread
from time import monotonic, sleep

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
    #: on the clock that nobody sets, in seconds
    ends: float


class EpochBook:
    """At most one epoch a strand at a time, for so many responses or so much time, whichever ends first.

    Safe to use from several threads. `most_age` is kept by a thread too, so that a quiet worker forgets as well.
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
        self._watch: Thread | None = None

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
            self._pages.pop(strand_id, None)
            epoch = new_epoch(strand_id, public_key(), self._row_seal_key, inclusion())
            counts = self._counts.pop(strand_id, Counter())
            ends = monotonic() + self._most_age.total_seconds()
            self._pages[strand_id] = _Page(epoch, now, counts, self.most_responses - responses, ends)
            if self._watch is None:  # one for all: to start a thread takes its time, and senders wait meanwhile
                self._watch = Thread(target=self._forget_in_time, name="epochs", daemon=True)
                self._watch.start()
            return epoch, counts

    def drop(self, strand_id: str) -> None:
        """Forget the strand's epoch at once: it was paused, stopped or closed."""
        with self._lock:
            self._pages.pop(strand_id, None)

    def count(self, strand_id: str, what: Counted) -> None:
        """One more, kept in memory until an epoch ends: what is lost with the process is lost."""
        with self._lock:
            self._counts.setdefault(strand_id, Counter())[what] += 1

    def settle(self, strand_id: str) -> Mapping[Counted, int]:
        """The counts that still wait, for whoever closes the strand; they are not given twice."""
        with self._lock:
            return self._counts.pop(strand_id, Counter())

    def _forget_in_time(self) -> None:
        """Sleep until the next epoch ends, while there are any: one that begins meanwhile ends later."""
        while (seconds := self._forget_old()) is not None:
            sleep(seconds)

    def _forget_old(self) -> float | None:
        """Forget what is over; in how many seconds the next epoch ends, and None where there is none left."""
        with self._lock:
            now = monotonic()
            self._pages = {strand_id: page for strand_id, page in self._pages.items() if page.ends > now}
            if self._pages:
                return min(page.ends for page in self._pages.values()) - now
            self._watch = None
            return None
