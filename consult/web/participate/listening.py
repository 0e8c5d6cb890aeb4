"""What reads out a page: recordings that are heard with nothing carried, behind one press.

Of a part: the list of help, the receipt and the ends of a way. Of the program: what pages say in its own words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flask import url_for
from sqlalchemy.exc import SQLAlchemyError

from consult.questionnaire.bank import HELP_PARTS
from consult.services.participation.pagesounds import PageRecordings
from consult.services.participation.strandface import Door
from consult.web.languages import current_language
from consult.web.pagewords import Spoken, said_by
from consult.web.site import site
from consult.web.spoken import END_PARTS, RECEIPT_PARTS
from consult.web.wording import Words, number

__all__ = ["HEARD_OUTSIDE", "HELP", "Listen", "listen", "own_words", "together", "words_of_fault"]

#: as the list shows them: what to do in danger stands at its end
HELP = tuple(f"texts.{key}" for key in sorted(HELP_PARTS, key="T-HELP-danger".__eq__))
HEARD_OUTSIDE = frozenset((*HELP, *(f"texts.{key}" for key in (*RECEIPT_PARTS, *END_PARTS))))


@dataclass(frozen=True, slots=True)
class Listen:
    """Addresses of recordings in the order of the words, and how many bytes they have together."""

    addresses: tuple[str, ...]
    bytes: int

    @property
    def kilobytes(self) -> str:
        """The same, as the page writes it."""
        return number((self.bytes + 1023) // 1024)


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
    return Listen(addresses, sum(each.bytes for each in found))


def own_words(door: Door | None, says: Iterable[str | Spoken], language: str = "") -> Listen | None:
    """The recordings of what a page says in the program's own words: pages by name, or the words themselves."""
    return _found(_recordings(door), says, language or current_language().code)


def words_of_fault(says: Iterable[str]) -> Listen | None:
    """The same for a page of a fault, which asks the database nothing."""
    return _found(site().doors.recordings_known, says, current_language().code)


def _found(recordings: PageRecordings, says: Iterable[str | Spoken], language: str) -> Listen | None:
    recorded = recordings.get(language)
    if not recorded:
        return None
    wanted = (each if isinstance(each, Spoken) else said_by(each) for each in says)
    found = [recorded[each.says] for each in wanted if each.says in recorded]
    if not found:
        return None
    addresses = tuple(url_for("participate.sound_of_page", digest=each.digest) for each in found)
    return Listen(addresses, sum(each.bytes for each in found))


def together(*parts: Listen | None) -> Listen | None:
    """All of them, one after the other; None where there is none."""
    found = [each for each in parts if each]
    if not found:
        return None
    return Listen(tuple(where for each in found for where in each.addresses), sum(each.bytes for each in found))


def _recordings(door: Door | None) -> PageRecordings:
    try:
        return site().doors.page_recordings(door.edition if door else None)
    except SQLAlchemyError:
        return {}  # the page stays up when the database does not
