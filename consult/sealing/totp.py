"""Codes of an authenticator app (TOTP, RFC 6238): the seed kept sealed, each 30 seconds' code taken once.

The seed is a secret of the configuration's: whoever takes the database alone makes no code, and nobody's code opens
an answer.
"""

import base64
import hmac
import os
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from consult.sealing.canonical import encode
from consult.sealing.root import SeedKey
from consult.sealing.suite import SealingError, Secret
from consult.sealing.wrapping import unwrap, wrap

STEP_SECONDS = 30
DIGITS = 6
SEED_BYTES = 20  # RFC 4226 §4 R6 recommends 160 bits
#: RFC 6238 §5.2: one step to either side, for clocks that differ and people who type slowly.
_STEPS_EITHER_SIDE = 1


def seed_for(key: SeedKey, session_token: bytes) -> Secret:
    """The seed (20 bytes) that a sign-in offers while an app is set up: the same on each page, stored nowhere."""
    return Secret(hmac.digest(key, encode("offered seed", session_token), "sha256")[:SEED_BYTES])


def new_seed() -> Secret:
    """A seed (20 bytes) that nobody has yet."""
    return Secret(os.urandom(SEED_BYTES))


def seal_seed(key: SeedKey, person_id: str, seed: bytes) -> bytes:
    """The seed as it is stored, bound to its person."""
    return wrap(key, seed, encode("seed", person_id))


def open_seed(key: SeedKey, person_id: str, sealed: bytes) -> Secret:
    """The seed of this person. Raises `SealingError` when it was changed or belongs to somebody else."""
    return unwrap(key, sealed, encode("seed", person_id))


def matching_step(seed: bytes, code: str, now: datetime, last_step: int) -> int | None:
    """The 30-second step (since 1970) of a code that fits now and is later than `last_step`; None when none does."""
    digits = "".join(character for character in code if not character.isspace())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdecimal()):
        return None
    current = int(now.timestamp()) // STEP_SECONDS
    for step in range(current - _STEPS_EITHER_SIDE, current + _STEPS_EITHER_SIDE + 1):
        if step > last_step and _fits(seed, digits, step):
            return step
    return None


def code_at(seed: bytes, now: datetime) -> str:
    """The code (six digits) that an app shows at this moment: for the demonstration, which has no phone."""
    return _totp(seed).generate(int(now.timestamp())).decode("ascii")


def seed_text(seed: bytes) -> str:
    """The seed as apps take it when it is typed: base32."""
    return base64.b32encode(seed).decode("ascii")


def seed_of(text: str) -> Secret:
    """The seed that somebody typed in base32. Raises `SealingError` when it is none."""
    try:
        seed = base64.b32decode("".join(text.split()).upper())
    except ValueError as error:
        raise SealingError("This is no seed: it has letters A to Z and digits 2 to 7 only.") from error
    if len(seed) != SEED_BYTES:
        raise SealingError(f"A seed has {SEED_BYTES * 8 // 5} letters and digits.")
    return Secret(seed)


def app_address(seed: bytes, account: str, issuer: str) -> str:
    """The otpauth:// address that an app reads from a QR code."""
    return _totp(seed).get_provisioning_uri(account, issuer)


def _fits(seed: bytes, digits: str, step: int) -> bool:
    try:
        _totp(seed).verify(digits.encode("ascii"), step * STEP_SECONDS)
    except InvalidToken:
        return False
    return True


def _totp(seed: bytes) -> TOTP:
    # SHA-1, six digits and 30 seconds are the only values that every app knows; HMAC-SHA1 is sound for this use.
    return TOTP(seed, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - see above
