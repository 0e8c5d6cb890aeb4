"""Staff passphrases, and the identity keys of holders under them.

A passphrase is stretched by Argon2id (RFC 9106) with a key of the configuration as its secret, then split in two: one
half is stored hashed and checked at sign-in, the other wraps the holder's identity key. The wrap cannot be opened with
anything that is stored, so an identity key exists in clear only inside a request in which its passphrase was typed.

A second wrap lies under a printed recovery code (`consult.sealing.recovery`). There is no escrow: whoever loses both
has lost the key.
"""

import hmac
import math
import os
import secrets
import unicodedata
from dataclasses import dataclass, replace
from hashlib import sha256

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from consult.sealing.canonical import encode
from consult.sealing.recovery import RecoveryCode, RecoveryWrap, unwrap_with_recovery, wrap_for_recovery
from consult.sealing.root import PassphraseKey
from consult.sealing.suite import KEY_BYTES, PrivateKey, SealingError, Secret, generate_key_pair
from consult.sealing.wrapping import derive, unwrap, wrap

WORDS = 6
SALT_BYTES = 16

# Two syllables of two or three letters make a word: 24 openings × 5 vowels, twice, is 14,400 words, 13.8 bits each;
# six words are 82.9 bits. Letters that sound like others, fall silent or make rude words easily are left out.
_OPENINGS: tuple[str, ...] = (*"bdfgjklmnrstvw", "bl", "br", "dr", "fl", "gl", "kl", "kr", "pl", "st", "tr")
_VOWELS = tuple("aeiou")
#: What guessing six generated words costs, in bits: the measure for a passphrase of one's own.
GENERATED_BITS = 2 * WORDS * math.log2(len(_OPENINGS) * len(_VOWELS))


@dataclass(frozen=True, slots=True)
class Stretching:
    """What Argon2id costs: memory in KiB, passes over it, lanes. Stored with each identity."""

    memory_kib: int
    iterations: int
    lanes: int

    def weaker_than(self, floor: "Stretching") -> bool:
        """Whether guessing is cheaper here than at `floor`."""
        return self.memory_kib < floor.memory_kib or self.iterations < floor.iterations


# The second recommendation of RFC 9106 §4: 64 MiB, three passes, four lanes; about 0.1 s on a small machine.
STANDARD = Stretching(memory_kib=64 * 1024, iterations=3, lanes=4)
# For tests and the demonstration only: `create_identity` refuses it unless `strict` is off.
LIGHT = Stretching(memory_kib=64, iterations=1, lanes=1)
# Nothing above this is run, whatever a stored record says: a forged row must not exhaust the server.
_CEILING = Stretching(memory_kib=1024 * 1024, iterations=20, lanes=16)


@dataclass(frozen=True, slots=True)
class Identity:
    """What is stored for one person; none of it is a secret that opens anything.

    `public` and `wrapped_private` are there for holders only (lead, reviewer, inclusion, on call). `recovery` is there
    once a code was printed.
    """

    salt: bytes
    stretching: Stretching
    sign_in_hash: bytes
    public: bytes | None
    wrapped_private: bytes | None
    recovery: RecoveryWrap | None = None


def new_passphrase() -> str:
    """Six pronounceable words, 82.9 bits, such as "jaga viva semu krege breklo konu"."""
    return " ".join("".join(_syllable() for _ in range(2)) for _ in range(WORDS))


def create_identity(
    passphrase: str,
    passphrase_key: PassphraseKey,
    *,
    holder: bool,
    stretching: Stretching = STANDARD,
    strict: bool = True,
    code: RecoveryCode | None = None,
) -> Identity:
    """A new identity under `passphrase`, and under `code` as well; a holder gets a key pair.

    Raises `SealingError` if `strict` and guessing would be cheaper than at `STANDARD`.
    """
    if strict and stretching.weaker_than(STANDARD):
        raise SealingError("These Argon2 parameters are below the floor of 64 MiB and 3 passes.")
    pair = generate_key_pair() if holder else None
    empty = Identity(b"", stretching, b"", pair.public if pair else None, None)
    return _under(empty, pair.private if pair else b"", passphrase, passphrase_key, code)


def check_passphrase(identity: Identity, passphrase: str, passphrase_key: PassphraseKey) -> bool:
    """Whether this is the person's passphrase; compared in constant time. Costs one Argon2id run."""
    sign_in, _ = _stretch(passphrase, passphrase_key, identity.salt, identity.stretching)
    return hmac.compare_digest(_stored(sign_in), identity.sign_in_hash)


def unwrap_identity(identity: Identity, passphrase: str, passphrase_key: PassphraseKey) -> PrivateKey:
    """The holder's private key, for this one use: keep it in no session and no field.

    Raises `SealingError` for a wrong passphrase, a person who holds no key, or a changed record.
    """
    if identity.public is None or identity.wrapped_private is None:
        raise SealingError("This person holds no identity key.")
    sign_in, wrap_key = _stretch(passphrase, passphrase_key, identity.salt, identity.stretching)
    if not hmac.compare_digest(_stored(sign_in), identity.sign_in_hash):
        raise SealingError("This is not the passphrase of this person.")
    return PrivateKey(unwrap(wrap_key, identity.wrapped_private, _context(identity.salt, identity.public)))


def rewrap_identity(
    identity: Identity, passphrase: str, new: str, passphrase_key: PassphraseKey, code: RecoveryCode | None = None
) -> Identity:
    """The same person and key under another passphrase, with a salt of its own and the same cost; and under `code`.

    What was wrapped under the old passphrase opens with it for ever: a passphrase that others may know is handled as
    a leaver's, not by this. Raises `SealingError` when `passphrase` is not this person's.
    """
    return _under(identity, _private(identity, passphrase, passphrase_key), new, passphrase_key, code)


def with_recovery(identity: Identity, passphrase: str, code: RecoveryCode, passphrase_key: PassphraseKey) -> Identity:
    """The same identity with `code` as its second wrap; an older code opens nothing that is stored any more.

    Raises `SealingError` when `passphrase` is not this person's.
    """
    private = _private(identity, passphrase, passphrase_key)
    return replace(identity, recovery=wrap_for_recovery(code, passphrase_key, private, identity.public))


def recover_identity(
    identity: Identity,
    code: RecoveryCode,
    new: str,
    passphrase_key: PassphraseKey,
    next_code: RecoveryCode | None = None,
) -> Identity:
    """The same person and key under a new passphrase, by the printed code, which is used up; `next_code` follows it.

    Raises `SealingError` for another code, or when none was ever printed for this person.
    """
    if identity.recovery is None:
        raise SealingError("No recovery code was printed for this person.")
    private = unwrap_with_recovery(identity.recovery, code, passphrase_key, identity.public)
    return _under(replace(identity, recovery=None), private, new, passphrase_key, next_code)


def _private(identity: Identity, passphrase: str, passphrase_key: PassphraseKey) -> bytes:
    """The private key, empty for nobody's. Raises `SealingError` when `passphrase` is not this person's."""
    if identity.public is not None:
        return unwrap_identity(identity, passphrase, passphrase_key)
    if not check_passphrase(identity, passphrase, passphrase_key):
        raise SealingError("This is not the passphrase of this person.")
    return b""


def _under(
    identity: Identity, private: bytes, new: str, passphrase_key: PassphraseKey, code: RecoveryCode | None
) -> Identity:
    """The identity with its private key (empty for nobody's) under a new passphrase, which its owner alone knows."""
    salt = os.urandom(SALT_BYTES)
    sign_in, wrap_key = _stretch(new, passphrase_key, salt, identity.stretching)
    wrapped = wrap(wrap_key, private, _context(salt, identity.public)) if identity.public else None
    recovery = wrap_for_recovery(code, passphrase_key, private, identity.public) if code else identity.recovery
    return replace(identity, salt=salt, sign_in_hash=_stored(sign_in), wrapped_private=wrapped, recovery=recovery)


def _stretch(passphrase: str, key: PassphraseKey, salt: bytes, stretching: Stretching) -> tuple[Secret, Secret]:
    """The sign-in half and the wrapping key."""
    if _CEILING.memory_kib < stretching.memory_kib or _CEILING.iterations < stretching.iterations:
        raise SealingError("The Argon2 parameters of this identity are beyond what this program will run.")
    try:
        stretched = Argon2id(
            salt=salt,
            length=KEY_BYTES,
            iterations=stretching.iterations,
            lanes=min(stretching.lanes, _CEILING.lanes),
            memory_cost=stretching.memory_kib,
            secret=key,
        ).derive(normalised(passphrase).encode("utf-8"))
    except ValueError as error:
        raise SealingError("The salt or the Argon2 parameters of this identity are damaged.") from error
    return derive(stretched, encode("sign-in")), derive(stretched, encode("wrap"))


def normalised(passphrase: str) -> str:
    """As a person would read it aloud: case, kind of space or dash, and composed accents make no difference."""
    folded = unicodedata.normalize("NFKC", passphrase).casefold()
    spaced = "".join(" " if unicodedata.category(letter) == "Pd" else letter for letter in folded)
    return " ".join(spaced.split())


def _stored(sign_in: Secret) -> bytes:
    return sha256(sign_in).digest()


def _context(salt: bytes, public: bytes) -> bytes:
    return encode("identity", salt, public)


def _syllable() -> str:
    return secrets.choice(_OPENINGS) + secrets.choice(_VOWELS)
