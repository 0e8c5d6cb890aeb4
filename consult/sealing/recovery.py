"""The printed recovery code: 128 random bits that open one identity key a second time, when its passphrase is lost.

26 characters of the alphabet that D. Crockford made for reading aloud (no I, L, O, U), and a check character. The code
is drawn at random, so it needs no stretching; a key of the configuration goes in, so that paper and database together
open nothing. Shown once, stored nowhere; losing it and the passphrase means that the key is lost. There is no escrow.
"""

import hmac
import os
import secrets
from dataclasses import dataclass
from typing import NewType

from consult.sealing.canonical import encode
from consult.sealing.root import PassphraseKey
from consult.sealing.suite import SealingError, Secret
from consult.sealing.wrapping import derive, unwrap, wrap

BITS = 128
GROUP = 3

RecoveryCode = NewType("RecoveryCode", str)

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OIL", "011")
_LENGTH = 26
_SALT_BYTES = 16
# x^5 + x^2 + 1, primitive over GF(2): its powers of x run through all 31 other elements of GF(32).
_POLYNOMIAL = 0b100101


@dataclass(frozen=True, slots=True)
class RecoveryWrap:
    """What is stored: a salt, and the identity key (nothing, for somebody who holds none) under code and salt."""

    salt: bytes
    wrapped: bytes


def new_recovery_code() -> RecoveryCode:
    """128 random bits as 26 characters, and one that finds a slip of the pen."""
    number = secrets.randbits(BITS)
    drawn = "".join(_ALPHABET[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))
    return RecoveryCode(drawn + _ALPHABET[_check(drawn)])


def grouped(code: RecoveryCode) -> str:
    """As it is printed: nine groups of three."""
    return " ".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def read_recovery_code(text: str) -> RecoveryCode:
    """The code in what somebody typed; case, spaces and dashes make no difference, O is read as 0, I and L as 1.

    Raises `SealingError` for other characters, another length, one wrong character or any two that changed places.
    """
    plain = "".join(letter for letter in text.upper() if letter.isalnum()).translate(_READ_AS)
    if set(plain) - set(_ALPHABET):
        raise SealingError("A recovery code has digits and letters without accents, and no U. Please look again.")
    if len(plain) != _LENGTH + 1:
        raise SealingError("A recovery code has nine groups of three. Some are missing, or there are too many.")
    if _check(plain[:-1]) != _ALPHABET.index(plain[-1]):
        raise SealingError("One of the characters is not right. Please compare them with the printed code.")
    return RecoveryCode(plain)


def wrap_for_recovery(code: RecoveryCode, key: PassphraseKey, private: bytes, public: bytes | None) -> RecoveryWrap:
    """The identity key under the code; `public`, its other half, is bound in."""
    salt = os.urandom(_SALT_BYTES)
    return RecoveryWrap(salt, wrap(_wrapping_key(code, key, salt), private, _context(salt, public)))


def unwrap_with_recovery(stored: RecoveryWrap, code: RecoveryCode, key: PassphraseKey, public: bytes | None) -> Secret:
    """The identity key. Raises `SealingError` for another code, another person, or any changed byte."""
    return unwrap(_wrapping_key(code, key, stored.salt), stored.wrapped, _context(stored.salt, public))


def _wrapping_key(code: RecoveryCode, key: PassphraseKey, salt: bytes) -> Secret:
    return derive(hmac.digest(key, encode("recovery", salt, code), "sha256"), encode("recovery"))


def _context(salt: bytes, public: bytes | None) -> bytes:
    return encode("recovery", salt, public or b"")


def _check(drawn: str) -> int:
    """The sum over GF(32) of each character times another power of x.

    So every single wrong character is found, and every two that changed places.
    """
    total, weight = 0, 1
    for letter in drawn:
        weight = _times_x(weight)
        total ^= _times(weight, _ALPHABET.index(letter))
    return total


def _times(left: int, right: int) -> int:
    product = 0
    while right:
        product ^= left if right & 1 else 0
        left, right = _times_x(left), right >> 1
    return product


def _times_x(element: int) -> int:
    doubled = element << 1
    return doubled ^ _POLYNOMIAL if doubled & 32 else doubled
