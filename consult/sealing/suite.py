"""The algorithms in use, and sealing to a public key with them.

HPKE (RFC 9180, base mode) with the hybrid MLKEM768-X25519, HKDF-SHA256 and AES-256-GCM: what a child says today stays
sensitive for eighty years, so it must also outlast quantum computers. Every blob this package writes begins with a
version byte and a suite byte, and the same two bytes stand in what is authenticated, so neither can be changed.

Base mode does not authenticate the sender: who may write is decided by tickets and row seals, not here.
"""

import hashlib
from dataclasses import dataclass
from typing import NewType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

VERSION = 1
SUITE = 1
HEADER = bytes([VERSION, SUITE])

KEY_BYTES = 32
PUBLIC_KEY_BYTES = 1216
PRIVATE_KEY_BYTES = 96

_MLKEM_PUBLIC_BYTES = 1184
_MLKEM_SEED_BYTES = 64
_HPKE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class SealingError(Exception):
    """Something does not open or may not be sealed; the message is one sentence that says why, and holds no secret."""


class Secret(bytes):
    """Bytes that nobody should read; they print as nothing, so that no log and no traceback shows them."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__


PrivateKey = NewType("PrivateKey", Secret)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """`public`: 1,216 bytes, ML-KEM-768 ‖ X25519. `private`: 96 bytes, ML-KEM seed ‖ X25519 scalar."""

    public: bytes
    private: PrivateKey


def generate_key_pair() -> KeyPair:
    """A new hybrid key pair. PyCA does not serialise hybrid keys: the parts are joined here."""
    mlkem, x25519 = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
    return KeyPair(
        public=mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw(),
        private=PrivateKey(Secret(mlkem.private_bytes_raw() + x25519.private_bytes_raw())),
    )


def public_of(private: PrivateKey) -> bytes:
    """The public key (1,216 bytes) that belongs to a private one."""
    mlkem, x25519 = _private_parts(private)
    return mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()


def fingerprint(public: bytes) -> str:
    """128 bits of the SHA-256 of a public key, as eight groups of four hexadecimal digits that two people compare."""
    digits = hashlib.sha256(public).hexdigest()[:32]
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def seal_to(public: bytes, plaintext: bytes, info: bytes) -> bytes:
    """Seal `plaintext` for the owner of `public`; it opens only with the same `info` (see `canonical.encode`).

    The result is 1,138 bytes longer than the plaintext. Raises `SealingError` if `public` is no usable key.
    """
    if len(public) != PUBLIC_KEY_BYTES:
        raise SealingError(f"A public key has {PUBLIC_KEY_BYTES} bytes, this one has {len(public)}.")
    try:
        key = MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC_BYTES]),
            X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC_BYTES:]),
        )
        return HEADER + _HPKE.encrypt(plaintext, key, HEADER + info)
    except ValueError as error:
        raise SealingError("This public key is damaged: nothing was sealed to it.") from error


def unseal(private: PrivateKey, sealed: bytes, info: bytes) -> Secret:
    """Open what `seal_to` made. Raises `SealingError` for another key, other `info`, or any changed byte."""
    return Unsealer(private).unseal(sealed, info)


class Unsealer:
    """A private key made ready once, for opening many blobs: making it ready costs as much as opening one."""

    __slots__ = ("_key",)

    def __init__(self, private: PrivateKey) -> None:
        self._key = MLKEM768X25519PrivateKey(*_private_parts(private))

    def unseal(self, sealed: bytes, info: bytes) -> Secret:
        """As the function `unseal`."""
        body = without_header(sealed)
        try:
            return Secret(_HPKE.decrypt(body, self._key, HEADER + info))
        except (InvalidTag, ValueError) as error:
            raise SealingError("This does not open: it was changed, or belongs to another key or place.") from error


def without_header(blob: bytes) -> bytes:
    """What follows the version and suite byte. Raises `SealingError` for a version or suite unknown to this program."""
    if blob.startswith(HEADER):  # a million times in a row
        return blob[len(HEADER) :]
    if len(blob) < len(HEADER):
        raise SealingError("This blob is cut short: it has no version and suite.")
    if blob[0] != VERSION:
        raise SealingError(f"This blob has version {blob[0]}, and only version {VERSION} is known here.")
    raise SealingError(f"This blob has suite {blob[1]}, and only suite {SUITE} is known here.")


def _private_parts(private: PrivateKey) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    if len(private) != PRIVATE_KEY_BYTES:
        raise SealingError(f"A private key has {PRIVATE_KEY_BYTES} bytes, this one has {len(private)}.")
    return (
        MLKEM768PrivateKey.from_seed_bytes(private[:_MLKEM_SEED_BYTES]),
        X25519PrivateKey.from_private_bytes(private[_MLKEM_SEED_BYTES:]),
    )
