"""The audit trail: each event tied to the one before it under a key of the configuration.

A changed, missing, added or moved event breaks every link after it. Events cut off at the end leave a valid chain:
compare its last link with one that was printed or copied elsewhere.
"""

import hmac
from collections.abc import Iterable

from consult.sealing.canonical import encode
from consult.sealing.root import AuditKey
from consult.sealing.suite import SealingError

GENESIS = bytes(32)


class ChainBroken(SealingError):
    """The chain does not hold; `index` (from 0) is the first event that does not fit."""

    def __init__(self, index: int) -> None:
        super().__init__(
            f"The audit trail does not hold at event {index}: it, or one before it, was changed or removed."
        )
        self.index = index


def audit_link(audit_key: AuditKey, previous: bytes, event: bytes) -> bytes:
    """The link (32 bytes) of `event` to the link before it; the first event follows `GENESIS`."""
    return hmac.digest(audit_key, encode("audit", previous, event), "sha256")


def verify_chain(audit_key: AuditKey, events: Iterable[tuple[bytes, bytes]], *, start: bytes = GENESIS) -> bytes:
    """The last link of a chain of (event, link), which begins after the link `start`. Raises `ChainBroken`."""
    previous = start
    for index, (event, link) in enumerate(events):
        if not hmac.compare_digest(audit_link(audit_key, previous, event), link):
            raise ChainBroken(index)
        previous = link
    return previous
