"""Invitation codes: they let somebody in once, and only a keyed digest of them is kept.

A database thief without the configuration can neither use a stored digest nor try out codes against it.
"""

import hmac
import secrets

from consult.sealing.canonical import encode
from consult.sealing.root import InvitationKey

# No vowels, so no words; no 0, 1, l or o, which look alike: 27 characters, 47.5 bits in ten of them.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
_CHARACTERS = 10


def new_code() -> str:
    """Ten characters in two groups, such as "7kq2m-x9tbd"."""
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(_CHARACTERS))
    return f"{drawn[:5]}-{drawn[5:]}"


def is_code(text: str) -> bool:
    """Whether this has the shape of a code that `new_code` made."""
    plain = text.replace("-", "", 1)
    return len(plain) == _CHARACTERS and len(text) == _CHARACTERS + 1 and set(plain) <= set(_ALPHABET)


def code_digest(invitation_key: InvitationKey, code: str) -> bytes:
    """What is stored and looked up for a code (32 bytes); case, spaces and dashes make no difference."""
    plain = "".join(character for character in code.casefold() if character.isalnum())
    return hmac.digest(invitation_key, encode("invitation", plain), "sha256")
