"""Words that one person writes for many: no address, number or account in them by which somebody can be reached."""

from __future__ import annotations

from collections.abc import Iterable

from consult.errors import sentence
from consult.redaction import reaches_somebody

__all__ = ["way_to_reach"]

_LEAVE_OUT = sentence("Leave out how somebody can be reached: no address, number or account.")


def way_to_reach(text: str, language: str, places: Iterable[str] = ()) -> str:
    """What to say where one is found; "" where none is. `places`: whose way of writing numbers is tried too."""
    return _LEAVE_OUT if reaches_somebody(text, (language,), places) else ""
