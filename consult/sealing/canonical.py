"""Several fields as one byte string that can be read in one way only.

Whatever is bound into a key, a seal or an `info` goes through `encode`. Joining fields with a separator would let
("a|b", "c") pass for ("a", "b|c"); here each field carries its kind and its length.
"""

Field = str | bytes | int | None


def encode(*fields: Field) -> bytes:
    """Each field as one kind byte, four bytes of length (big-endian), and its bytes. Booleans count as 0 and 1."""
    return b"".join(_one(field) for field in fields)


def _one(field: Field) -> bytes:
    match field:
        case None:
            kind, content = b"n", b""
        case bytes():
            kind, content = b"b", field
        case str():
            kind, content = b"s", field.encode("utf-8")
        case int():
            kind, content = b"i", b"%d" % field
        case _:
            raise TypeError(f"Only text, bytes, whole numbers and None can be encoded, not {type(field).__name__}.")
    return kind + len(content).to_bytes(4, "big") + content
