"""A secret kept under a symmetric key: AES-256-GCM with a fresh random nonce.

For keys that wrap a handful of things in their life (an identity, a strand, a request, a form state per page), far
below the 2^32 messages at which random 96-bit nonces become unsafe (NIST SP 800-38D §8.3).
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from consult.sealing.suite import HEADER, KEY_BYTES, SealingError, Secret, without_header

NONCE_BYTES = 12
TAG_BYTES = 16


def wrap(key: bytes, plaintext: bytes, context: bytes) -> bytes:
    """`plaintext` under a 32-byte `key`; it unwraps only with the same `context`. 30 bytes longer than before."""
    nonce = os.urandom(NONCE_BYTES)
    return HEADER + nonce + AESGCM(_checked(key)).encrypt(nonce, plaintext, HEADER + context)


def unwrap(key: bytes, wrapped: bytes, context: bytes) -> Secret:
    """What `wrap` kept. Raises `SealingError` for another key, another context, or any changed byte."""
    body = without_header(wrapped)
    if len(body) < NONCE_BYTES + TAG_BYTES:
        raise SealingError("This blob is cut short.")
    try:
        return Secret(AESGCM(_checked(key)).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], HEADER + context))
    except InvalidTag as error:
        raise SealingError("This does not open: it was changed, or belongs to another key or place.") from error


def derive(material: bytes, label: bytes) -> Secret:
    """A 32-byte key for one use, from key material that is already random (HKDF-SHA256, RFC 5869)."""
    return Secret(HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=label).derive(material))


def _checked(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise SealingError(f"A wrapping key has {KEY_BYTES} bytes, this one has {len(key)}.")
    return key
