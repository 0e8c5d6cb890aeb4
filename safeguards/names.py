"""Names of platforms and places, as they are compared. What was typed is kept and shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

__all__ = ["known_as", "may_be_in", "places_of"]


def known_as(name: str) -> str:
    """A name as it is compared with another: people type "Zoom" and "zoom", and mean one platform."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


def places_of(jurisdictions: Iterable[str]) -> tuple[str, ...]:
    """Places, and the countries that they are parts of: whoever is asked in GB-SCT may have GB stopped."""
    return tuple(dict.fromkeys(place for each in jurisdictions for place in (each, _country(each))))


def may_be_in(place: str, jurisdictions: Iterable[str]) -> bool:
    """Whether somebody asked in one of these may be in that place.

    GB reaches who is asked in GB-SCT, and GB-SCT who is asked anywhere in GB: nobody knows in which part of it.
    """
    there, country = known_as(place), known_as(_country(place))
    asked = set(map(known_as, jurisdictions))
    return bool(asked & {there, country}) or there in map(_country, asked)


def _country(place: str) -> str:
    return place.partition("-")[0]
