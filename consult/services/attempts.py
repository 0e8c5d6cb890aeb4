"""Passphrases that did not fit, counted by address in this worker's memory: nothing typed is stored anywhere.

An address that nobody has is treated as one that somebody has, so that trying tells nothing about who works here.
"""

from __future__ import annotations

import hmac
import os
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from consult.services.actors import plain_address

__all__ = ["ALERT_EVERY", "Attempts"]

ALERT_EVERY = 5
_FREE = 3
_FIRST_WAIT = timedelta(seconds=15)
#: Six generated words can not be guessed at any pace; longer would only let a stranger keep somebody out.
_LONGEST_WAIT = timedelta(minutes=5)
_FORGOTTEN_AFTER = timedelta(hours=1)
_MOST = 10_000


@dataclass(slots=True)
class Attempts:
    """Failed passphrases in a row: address (under a key of this process) → how many, and when the last was."""

    _key: bytes = field(default_factory=lambda: os.urandom(32), repr=False)
    _failed: OrderedDict[bytes, tuple[int, datetime]] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def must_wait(self, email: str, now: datetime) -> bool:
        """Whether the next try with this address comes too soon; such a try is not looked at."""
        with self._lock:
            n, last = self._failed.get(self._of(email), (0, now))
        if n <= _FREE or now - last >= _FORGOTTEN_AFTER:
            return False
        wait: timedelta = min(_FIRST_WAIT * 2 ** min(n - _FREE - 1, 10), _LONGEST_WAIT)
        return now < last + wait

    def failed(self, email: str, now: datetime) -> int:
        """Count one more; how many in a row that makes."""
        of = self._of(email)
        with self._lock:
            n, last = self._failed.pop(of, (0, now))
            n = 1 if now - last >= _FORGOTTEN_AFTER else n + 1
            self._failed[of] = n, now
            if len(self._failed) > _MOST:
                self._failed.popitem(last=False)
        return n

    def passed(self, email: str) -> None:
        """The passphrase fitted: begin anew."""
        with self._lock:
            self._failed.pop(self._of(email), None)

    def _of(self, email: str) -> bytes:
        return hmac.digest(self._key, plain_address(email).encode(), "sha256")[:16]
