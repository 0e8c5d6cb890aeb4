"""Files of questions and translations that somebody brings: one is there, and not too large to be read."""

from __future__ import annotations

from consult.errors import Invalid, sentence

__all__ = ["MOST_BYTES", "must_be_brought"]

MOST_BYTES = 1_000_000


def must_be_brought(content: bytes) -> None:
    """Raise `Invalid` where no file was chosen, it is empty, or larger than `MOST_BYTES`."""
    if not content:
        raise Invalid({"file": [sentence("Choose the file first. This one is empty, or none was chosen.")]})
    if len(content) > MOST_BYTES:
        raise Invalid({"file": [sentence("The file is larger than 1 MB.")]})
