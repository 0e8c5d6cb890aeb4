"""How often the same thing may be tried, without keeping who tried: counters under names that soon mean nothing.

A counter's name is a keyed digest of an address, under a salt that is drawn anew every ten minutes and lies in
memory only. When the salt goes, all counters go with it. Nothing is written to a database, a file or a log.
"""

from __future__ import annotations

import hmac
import secrets
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from threading import Lock

from consult.sealing.canonical import encode

__all__ = ["WINDOW", "Throttle", "Tried"]

WINDOW = timedelta(minutes=10)
_MOST_COUNTERS = 200_000
_NAME_BYTES = 16


class Tried(StrEnum):
    """What is counted."""

    START = "start"
    WRONG_CODE = "wrong code"
    TAKE_BACK = "take back"
    SIGN_IN = "sign in"
    SEND = "send"
    CONTACT = "ask for contact"


_MISTAKES = 40


class Throttle:
    """One worker's counters. Safe to use from several threads.

    `tries` is how often one address may start, and send, within ten minutes: a class of thirty behind one address does
    so freely, a script does not. Mistyped codes and numbers have a lower limit of their own; of that each of the
    `workers` allows its share, so that whoever reaches all of them has no more. Starts and sendings are no secrets to
    guess: there each worker allows the whole, for a class may well reach one alone.
    """

    def __init__(self, tries: int, workers: int = 1) -> None:
        mistakes = max(max(tries // 3, min(tries, _MISTAKES)) // workers, 1)
        self._limits: Mapping[Tried, int] = {
            Tried.START: tries,
            Tried.SEND: tries,
            Tried.WRONG_CODE: mistakes,
            Tried.TAKE_BACK: mistakes,
            Tried.SIGN_IN: mistakes,
            Tried.CONTACT: mistakes,
        }
        self._counts: Counter[bytes] = Counter()
        self._salt = b""
        self._until: datetime | None = None
        self._lock = Lock()

    def allows(self, what: Tried, address: str, now: datetime) -> bool:
        """Whether this address is still under the limit; counts nothing."""
        with self._lock:
            return self._counts[self._name(what, address, now)] < self._limits[what]

    def count(self, what: Tried, address: str, now: datetime) -> bool:
        """Count one more try; whether it was still under the limit."""
        with self._lock:
            name = self._name(what, address, now)
            if self._counts[name] >= self._limits[what]:
                return False
            if len(self._counts) >= _MOST_COUNTERS:  # somebody has very many addresses: memory comes first
                self._counts.clear()
            self._counts[name] += 1
            return True

    def _name(self, what: Tried, address: str, now: datetime) -> bytes:
        if self._until is None or not self._until - WINDOW <= now < self._until:
            self._salt, self._until = secrets.token_bytes(32), now + WINDOW
            self._counts.clear()
        return hmac.digest(self._salt, encode(what.value, _network(address)), "sha256")[:_NAME_BYTES]


def _network(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: inside it everybody can take as many addresses as they like."""
    try:
        read = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(read, IPv6Address):
        return str(read.ipv4_mapped) if read.ipv4_mapped else read.exploded[:19]
    return str(read)
