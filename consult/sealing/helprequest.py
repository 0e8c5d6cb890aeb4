"""A request for help: sealed to each safeguarding lead on call, with their own identity keys and no other.

It has nothing in common with answers: not their keys, not their ids, not their epochs. One lead alone opens it, since
somebody waits for a call.
"""

from consult.sealing.canonical import encode
from consult.sealing.suite import PrivateKey, SealingError, seal_to, unseal

REQUEST_ID_BYTES = 16
SIZE = 4096  # every request is as long as every other

_LENGTH_BYTES = 4
LONGEST_BYTES = SIZE - _LENGTH_BYTES


def seal_help(lead_public: bytes, request_id: bytes, strand_id: str, lead_id: str, plaintext: bytes) -> bytes:
    """One lead's copy of a request. Raises `SealingError` above 4,092 bytes, or for a key that is none."""
    if len(plaintext) > LONGEST_BYTES:
        raise SealingError(f"A request for help holds at most {LONGEST_BYTES} bytes, this one has {len(plaintext)}.")
    padded = len(plaintext).to_bytes(_LENGTH_BYTES, "big") + plaintext
    return seal_to(lead_public, padded.ljust(SIZE, b"\0"), _context(request_id, strand_id, lead_id))


def open_help(lead_private: PrivateKey, request_id: bytes, strand_id: str, lead_id: str, sealed: bytes) -> bytes:
    """What was written. Raises `SealingError` for another lead, request or strand, or a changed byte."""
    padded = unseal(lead_private, sealed, _context(request_id, strand_id, lead_id))
    length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    return padded[_LENGTH_BYTES : _LENGTH_BYTES + length]


def _context(request_id: bytes, strand_id: str, lead_id: str) -> bytes:
    return encode("help", request_id, strand_id, lead_id)
