"""Row seals: database rows that somebody who can only write the database can neither swap nor forge.

For public keys, holders, epochs and everything else that decides who can open what. The newest generation of a row
is known from the audit trail, so an older row put back with its older seal is refused as well.
"""

import hmac
from collections.abc import Mapping

from consult.sealing.canonical import Field, encode
from consult.sealing.root import RowSealKey
from consult.sealing.suite import SealingError


def row_seal(
    key: RowSealKey, table: str, row_id: str | bytes | int, columns: Mapping[str, Field], generation: int
) -> bytes:
    """The seal (32 bytes) of one row: HMAC-SHA256 over the table, the id, all columns by name, and the generation.

    The order of `columns` does not matter. Times go in as text, in one form only.
    """
    named = [part for name in sorted(columns) for part in (name, columns[name])]
    return hmac.digest(key, encode("row", table, row_id, generation, len(columns), *named), "sha256")


def check_row_seal(
    key: RowSealKey,
    table: str,
    row_id: str | bytes | int,
    columns: Mapping[str, Field],
    generation: int,
    seal: bytes,
) -> None:
    """Raises `SealingError` naming table and row, unless `seal` is the seal of exactly this row and generation.

    `generation` comes from the audit trail where the row can change, never from the row itself.
    """
    if not hmac.compare_digest(row_seal(key, table, row_id, columns, generation), seal):
        shown = row_id.hex() if isinstance(row_id, bytes) else row_id
        raise SealingError(
            f"Row {shown} of table {table} was changed outside the application, or is older than the audit trail says."
        )
