"""The 20 digits that take answers back, and the two record ids they lead to.

Digits, because they exist in every language and are easy to copy and to hide. They are drawn at assent, shown once and
stored nowhere; whoever holds them can delete, and open nothing. When the strand's salt is destroyed after the
withdrawal window, the digits lead nowhere, for everybody alike.
"""

import hmac
import secrets
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from consult.sealing.root import ReceiptKey
from consult.sealing.suite import SealingError

RANDOM_BITS = 63
DIGITS = 20
SALT_BYTES = 32

ReceiptDigits = NewType("ReceiptDigits", str)

_GROUP = 5

# The quasigroup of H. M. Damm (2004): one check digit that notices every single wrong digit and every two neighbours
# swapped. Row: what was read so far; column: the next digit.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


class ReceiptProblem(StrEnum):
    """What is wrong with what was typed; pages say it in the person's language."""

    CHARACTER = "character"
    LENGTH = "length"
    DIGIT = "digit"


_SENTENCES = {
    ReceiptProblem.CHARACTER: "A receipt has digits only. Please look at the number again.",
    ReceiptProblem.LENGTH: "A receipt has 20 digits. Some are missing, or there are too many. Please look again.",
    ReceiptProblem.DIGIT: "One of the digits is not right. Please compare them with your receipt; nothing was changed.",
}


class ReceiptError(Exception):
    """What was typed is no receipt. `problem` says why; the message is the English sentence for it."""

    def __init__(self, problem: ReceiptProblem) -> None:
        super().__init__(_SENTENCES[problem])
        self.problem = problem


@dataclass(frozen=True, slots=True)
class RecordIds:
    """The ids (32 bytes each) of the two records of one response."""

    profile: bytes = field(repr=False)
    answers: bytes = field(repr=False)


def new_receipt() -> ReceiptDigits:
    """63 random bits as 19 digits, and a check digit."""
    return _receipt(secrets.randbits(RANDOM_BITS))


def receipt_from(seed: bytes) -> ReceiptDigits:
    """The same, drawn from a seed of at least eight bytes that nobody else can know."""
    return _receipt(int.from_bytes(seed[:8]) >> (64 - RANDOM_BITS))


def _receipt(bits: int) -> ReceiptDigits:
    drawn = f"{bits:0{DIGITS - 1}d}"
    return ReceiptDigits(drawn + str(_check_digit(drawn)))


def grouped(digits: ReceiptDigits) -> str:
    """As it is shown: four groups of five."""
    return " ".join(digits[start : start + _GROUP] for start in range(0, DIGITS, _GROUP))


def normalise(text: str) -> ReceiptDigits:
    """The digits in what somebody typed, whatever spaces, dashes, full stops or digits of another script it holds.

    Raises `ReceiptError` for other characters, another number of digits, or a check digit that does not fit.
    """
    digits = "".join(_digit(character) for character in text)
    if len(digits) != DIGITS:
        raise ReceiptError(ReceiptProblem.LENGTH)
    if _check_digit(digits) != 0:
        raise ReceiptError(ReceiptProblem.DIGIT)
    return ReceiptDigits(digits)


def record_ids(receipt_key: ReceiptKey, strand_salt: bytes, digits: ReceiptDigits) -> RecordIds:
    """The ids of the records that these digits lead to, in the strand whose salt (32 random bytes) this is.

    The same digits always give the same ids, so sending twice stores once.
    """
    if len(strand_salt) != SALT_BYTES:
        raise SealingError(f"The salt of a strand has {SALT_BYTES} bytes; this one is damaged.")
    key = hmac.digest(receipt_key, strand_salt, "sha256")
    return RecordIds(
        profile=hmac.digest(key, b"profile|" + digits.encode("ascii"), "sha256"),
        answers=hmac.digest(key, b"answers|" + digits.encode("ascii"), "sha256"),
    )


def _digit(character: str) -> str:
    """One ASCII digit, or nothing for what only separates (spaces, dashes, full stops, direction marks)."""
    value = unicodedata.decimal(character, None)
    if value is not None:
        return str(value)
    if character.isspace() or character == "." or unicodedata.category(character) in ("Pd", "Cf", "Zs"):
        return ""
    raise ReceiptError(ReceiptProblem.CHARACTER)


def _check_digit(digits: str) -> int:
    """The digit that completes `digits`; 0 for digits that are complete and right."""
    state = 0
    for digit in digits:
        state = _DAMM[state][int(digit)]
    return state
