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
_PAGE_BYTES = 16
_HEX = frozenset("0123456789abcdef")


def new_code() -> str:
    """Ten characters in two groups, such as "7kq2m-x9tbd"."""
    return _code(secrets.randbits(256))


def code_of_words(invitation_key: InvitationKey, page: str, words: str) -> str:
    """A code for what was written on this page: for the same words the same one. Nobody has it from the words alone."""
    return _code(int.from_bytes(hmac.digest(invitation_key, encode("words", page, words), "sha256")))


def _code(drawn: int) -> str:
    """Ten characters of 256 random bits, so many that no character comes up more often."""
    characters = []
    for _ in range(_CHARACTERS):
        drawn, n = divmod(drawn, len(_ALPHABET))
        characters.append(_ALPHABET[n])
    plain = "".join(characters)
    return f"{plain[:5]}-{plain[5:]}"


def new_page() -> str:
    """128 random bits that stand in one page alone, in hexadecimal: by them a second tap of the page is known."""
    return secrets.token_hex(_PAGE_BYTES)


def is_page(text: str) -> bool:
    """Whether this has the shape of what `new_page` draws."""
    return len(text) == 2 * _PAGE_BYTES and set(text) <= _HEX


def page_digest(invitation_key: InvitationKey, page: str, way: str = "") -> bytes | None:
    """What is stored beside a code that was spent from this page (32 bytes); None for what is no page of ours.

    `way`: what the cookies carry, so that a page copied elsewhere is worth nothing there.
    """
    return hmac.digest(invitation_key, encode("page", page, way), "sha256") if is_page(page) else None


def ticket_seed(invitation_key: InvitationKey, page: str, code: str) -> bytes:
    """From what the digits of a way that begins with this code on this page are drawn: the same for every tap of it."""
    return hmac.digest(invitation_key, encode("ticket", page, _plain(code)), "sha256")


def code_digest(invitation_key: InvitationKey, code: str) -> bytes:
    """What is stored and looked up for a code (32 bytes); case, spaces and dashes make no difference."""
    return hmac.digest(invitation_key, encode("invitation", _plain(code)), "sha256")


def _plain(code: str) -> str:
    return "".join(character for character in code.casefold() if character.isalnum())
