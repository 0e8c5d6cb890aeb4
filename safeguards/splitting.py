"""Cuts a strand into the part that passes and the parts that do not (decision table D8, and several modes)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from .plan import Strand
from .results import Finding
from .terms import AgeBand, Mode

__all__ = ["apart", "by_mode", "narrowed", "split"]

_ORDER = ("languages", "jurisdictions", "bands")


def by_mode(strand: Strand) -> tuple[Strand, ...]:
    """One strand for each mode."""
    return tuple(narrowed(strand, "modes", [mode.value]) for mode in strand.modes)


def split(strand: Strand, unmet: Iterable[Finding]) -> tuple[Strand, ...]:
    """The passing part first, then one part for each language, place or band that fails alone.

    Nothing when some finding fails for the whole strand, or when no part would be left.
    """
    failing = _failing(unmet)
    if not failing or any(not _partly(strand, kind, values) for kind, values in failing.items()):
        return ()
    return apart(strand, failing)


def apart(strand: Strand, gone: Mapping[str, frozenset[str]]) -> tuple[Strand, ...]:
    """What is left first, then one part for each language, place or band that is ``gone``: together the strand."""
    parts: list[Strand] = []
    rest = strand
    for kind in _ORDER:
        out = gone.get(kind, frozenset())
        parts += [narrowed(rest, kind, [value]) for value in _values(strand, kind) if value in out]
        rest = narrowed(rest, kind, [value for value in _values(strand, kind) if value not in out])
    return (rest, *parts)


def _failing(unmet: Iterable[Finding]) -> Mapping[str, frozenset[str]]:
    failing: dict[str, frozenset[str]] = {}
    for finding in unmet:
        if not finding.failing:
            return {}
        for kind, values in finding.failing.items():
            failing[kind] = failing.get(kind, frozenset()) | values
    return failing


def _partly(strand: Strand, kind: str, failing: frozenset[str]) -> bool:
    """Whether some of the strand's values fail and some do not: only then is there something to cut."""
    values = set(_values(strand, kind)) if kind in _ORDER else set()
    return bool(values & failing) and bool(values - failing)


def _values(strand: Strand, kind: str) -> tuple[str, ...]:
    if kind == "bands":
        return tuple(band.value for band in strand.age_bands)
    if kind == "modes":
        return tuple(mode.value for mode in strand.modes)
    values: tuple[str, ...] = getattr(strand, kind)
    return values


def narrowed(strand: Strand, kind: str, values: Sequence[str]) -> Strand:
    """The same strand for these values alone, with the services and places that still concern it."""
    if _values(strand, kind) == tuple(values):
        return strand
    if kind == "bands":
        bands = tuple(AgeBand(value) for value in values)
        youngest = max(strand.ages[0], min(band.youngest for band in bands))
        oldest = min(strand.ages[1], max(band.oldest for band in bands))
        return replace(strand, bands=bands, ages=(youngest, oldest))
    if kind == "modes":
        modes = tuple(Mode(value) for value in values)
        sessions = tuple(session for session in strand.sessions if session.mode is None or session.mode in modes)
        return replace(strand, modes=modes, sessions=sessions)
    cut = replace(strand, languages=tuple(values)) if kind == "languages" else _in_places(strand, tuple(values))
    serving = tuple(
        service
        for service in strand.services
        if set(service.languages) & set(cut.languages) and set(service.jurisdictions) & set(cut.jurisdictions)
    )
    return replace(cut, services=serving)


def _in_places(strand: Strand, places: tuple[str, ...]) -> Strand:
    emergency = tuple(contact for contact in strand.emergency if contact.jurisdiction in places)
    return replace(strand, jurisdictions=places, emergency=emergency)
