"""One-time codes of staff: links that set up an account, and backup codes. Only a keyed digest of each is kept.

A database thief without the configuration can neither use a stored digest nor try out codes against it.
"""

import hmac

from consult.sealing.canonical import encode
from consult.sealing.invitation import new_code
from consult.sealing.root import StaffCodeKey

BACKUP_CODES = 10
LINK = "link"
BACKUP = "backup"


def new_link_code() -> str:
    """What stands in the link to a new account: 95 bits, such as "7kq2m-x9tbd-4hwzr-p8vnc"."""
    return f"{new_code()}-{new_code()}"


def new_backup_codes() -> list[str]:
    """Ten codes for the second step, 47.5 bits each: useless without the passphrase, and tries are few."""
    return [new_code() for _ in range(BACKUP_CODES)]


def staff_code_digest(key: StaffCodeKey, purpose: str, code: str, person_id: str = "") -> bytes:
    """What is stored for a code (32 bytes); case, spaces and dashes make no difference. `purpose`: LINK or BACKUP."""
    plain = "".join(character for character in code.casefold() if character.isalnum())
    return hmac.digest(key, encode("staff code", purpose, person_id, plain), "sha256")


def address_digest(key: StaffCodeKey, address: str) -> bytes:
    """Under what name failed sign-ins of an address are counted (32 bytes)."""
    return hmac.digest(key, encode("sign-in tries", address), "sha256")
