"""Several fields as one byte string that can be read in one way only.

Whatever is bound into a key, a seal or an `info` goes through `encode`. Joining fields with a separator would let
("a|b", "c") pass for ("a", "b|c"); here each field carries its kind and its length.
"""

from struct import Struct

Field = str | bytes | int | None

_HEAD = Struct(">cI")


def encode(*fields: Field) -> bytes:
    """Each field as one kind byte, four bytes of length (big-endian), and its bytes. Booleans count as 0 and 1."""
    return b"".join(map(_one, fields))


def _one(field: Field) -> bytes:
    if isinstance(field, bytes):
        kind, content = b"b", field
    elif isinstance(field, str):
        kind, content = b"s", field.encode()
    elif isinstance(field, int):
        kind, content = b"i", b"%d" % field
    elif field is None:
        kind, content = b"n", b""
    else:
        raise TypeError(f"Only text, bytes, whole numbers and None can be encoded, not {type(field).__name__}.")
    return _HEAD.pack(kind, len(content)) + content
