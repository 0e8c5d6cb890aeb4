"""What a text may give away: where, and of which kind. Everything found is a suggestion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from consult.redaction.patterns import patterns_of

__all__ = ["Detail", "DetailKind", "Piece", "pieces", "reaches_somebody", "suggest", "suggest_in_any"]


class DetailKind(StrEnum):
    """What a passage looks like; the most telling kind first, so that it names a passage that looks like several."""

    EMAIL = "email"
    LINK = "link"
    DATE = "date"
    PHONE = "phone"
    ADDRESS = "address"
    HANDLE = "handle"
    AGE = "age"
    PLACE = "place"
    NAME = "name"
    NUMBER = "number"


_WAYS = frozenset({DetailKind.EMAIL, DetailKind.PHONE, DetailKind.HANDLE})


@dataclass(frozen=True, slots=True)
class Detail:
    """One suggestion: characters `start` to `end` (not included) of the text look like `kind`."""

    kind: DetailKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a text: plain where `kind` is None, else what it looks like."""

    text: str
    kind: DetailKind | None = None


def suggest(text: str, language: str, regions: Iterable[str] = ()) -> tuple[Detail, ...]:
    """Passages that may be personal details, in order, none overlapping another.

    `language`: a language of the text (an unknown one gets the rules that need no words). `regions`: codes of countries
    (ISO 3166, "KE" or "GB-SCT") whose way of writing phone numbers is tried beside the international one.
    """
    return suggest_in_any(text, (language,), regions)


def suggest_in_any(text: str, languages: Iterable[str], regions: Iterable[str] = ()) -> tuple[Detail, ...]:
    """The same for a text whose language nobody knows: what the rules of any of these suggest."""
    found = [*_phones(text, regions)]
    for kind, pattern in (each for language in languages for each in patterns_of(language)):
        for match in pattern.finditer(text):
            start, end = match.span("it")
            found.append(Detail(DetailKind(kind), start, end))
    return tuple(_merged(found))


def reaches_somebody(text: str, languages: Iterable[str], regions: Iterable[str] = ()) -> bool:
    """Whether something in the text looks like a way to reach somebody: an address, a number to call, an account."""
    return any(each.kind in _WAYS for each in suggest_in_any(text, languages, regions))


def pieces(text: str, details: Iterable[Detail]) -> tuple[Piece, ...]:
    """The text cut at its details, so that a page can mark them; joined again it is the same text."""
    cut: list[Piece] = []
    at = 0
    for detail in details:
        cut += [Piece(text[at : detail.start]), Piece(text[detail.start : detail.end], detail.kind)]
        at = detail.end
    return tuple(piece for piece in (*cut, Piece(text[at:])) if piece.text)


def _phones(text: str, regions: Iterable[str]) -> Iterable[Detail]:
    """By Google's rules for every country; digits of any script. The library is lenient: a human decides anyway."""
    from phonenumbers import Leniency, PhoneNumberMatcher  # noqa: PLC0415 - few pages need it, and it is large

    for region in (None, *sorted({region.partition("-")[0].upper() for region in regions})):
        for match in PhoneNumberMatcher(text, region, leniency=Leniency.POSSIBLE):
            yield Detail(DetailKind.PHONE, match.start, match.end)


def _merged(found: list[Detail]) -> Iterable[Detail]:
    """Overlapping suggestions as one, of the most telling kind."""
    order = tuple(DetailKind)
    merged: list[Detail] = []
    for detail in sorted(found, key=lambda each: (each.start, -each.end)):
        last = merged[-1] if merged else None
        if last is None or detail.start >= last.end:
            merged.append(detail)
        else:
            kind = min(last.kind, detail.kind, key=order.index)
            merged[-1] = Detail(kind, last.start, max(last.end, detail.end))
    return merged
