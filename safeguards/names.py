"""Names of platforms and places, as they are compared. What was typed is kept and shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

__all__ = ["known_as", "places_of"]


def known_as(name: str) -> str:
    """A name as it is compared with another: people type "Zoom" and "zoom", and mean one platform."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


def places_of(jurisdictions: Iterable[str]) -> tuple[str, ...]:
    """Places, and the countries that they are parts of: whoever stops GB stops GB-SCT."""
    return tuple(dict.fromkeys(place for each in jurisdictions for place in (each, each.partition("-")[0])))
