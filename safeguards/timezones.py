"""The time zone of a place, where all clocks there show the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

__all__ = ["zone_of"]

_YEAR = tuple(datetime(2027, 1, 1, 12, tzinfo=UTC) + timedelta(days=day) for day in range(366))


@lru_cache
def zone_of(*places: str) -> str:
    """The zone of these places (PE, GB-SCT), such as America/Lima; "" where their clocks differ in a year, or no place.

    Zones by country, the one with most people first, are those of the tz database (`zone.tab`).
    """
    zones = [zone for place in places for zone in _zones().get(place[:2].upper(), ("",))]
    return zones[0] if len({*_clocks(zones)}) == 1 else ""


def _clocks(zones: Iterable[str]) -> Iterator[tuple[object, ...]]:
    """What the clocks of each zone show through a year."""
    for zone in dict.fromkeys(zones):
        yield tuple(day.astimezone(ZoneInfo(zone)).utcoffset() for day in _YEAR) if zone else ()


@cache
def _zones() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found[country] = (*found.get(country, ()), zone)
    return found
