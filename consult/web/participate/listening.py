"""What reads out the list of help, the receipt and the ends of a way: heard with nothing carried, behind one press."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flask import url_for

from consult.questionnaire.bank import HELP_PARTS
from consult.services.strandface import Door
from consult.web.spoken import END_PARTS, RECEIPT_PARTS
from consult.web.wording import Words, number

__all__ = ["HEARD_OUTSIDE", "HELP", "RECEIPT", "Listen", "listen"]

#: as the list shows them: what to do in danger stands at its end
HELP = tuple(f"texts.{key}" for key in sorted(HELP_PARTS, key="T-HELP-danger".__eq__))
RECEIPT = tuple(f"texts.{key}" for key in RECEIPT_PARTS)
HEARD_OUTSIDE = frozenset((*HELP, *RECEIPT, *(f"texts.{key}" for key in END_PARTS)))


@dataclass(frozen=True, slots=True)
class Listen:
    """Addresses of recordings in the order of the words, and how many kilobytes they have together."""

    addresses: tuple[str, ...]
    kilobytes: str


def listen(
    door: Door, words: Words, places: Iterable[str], filled: Mapping[str, Iterable[object]] = MappingProxyType({})
) -> Listen | None:
    """The recordings of these places that say what is shown; None where there is none, or the language is shut."""
    language = words.language
    if not door.code or language not in door.offered:
        return None
    found = words.heard(places, filled)
    if not found:
        return None
    addresses = tuple(
        url_for("participate.sound_of_part", code=door.code, language=language, where=each.where) for each in found
    )
    return Listen(addresses, number((sum(each.bytes for each in found) + 1023) // 1024))
