"""What pages may offer of their own words, read aloud: only what enough people have confirmed. For every page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.errors import NotFound
from consult.models import PageRecording
from consult.questionnaire.easier import in_one_line

__all__ = ["CONFIRMATIONS", "PageRecordings", "PageSound", "fingerprint", "heard_by_language", "sound_heard"]

#: So many others listen to one before anybody who takes part hears it: most of these words are about a free choice.
CONFIRMATIONS = 2


@dataclass(frozen=True, slots=True)
class PageSound:
    """A recording that is heard: SHA-256 of its sound, how many bytes that has."""

    digest: str
    bytes: int


#: language → SHA-256 of the words → what says them; only what enough people have confirmed
PageRecordings = Mapping[str, Mapping[str, PageSound]]


def fingerprint(words: str) -> str:
    """By what a recording is found: SHA-256 in hexadecimal of what it says, in one line."""
    return hashlib.sha256(in_one_line(words).encode()).hexdigest()


def heard_by_language(db: Session) -> PageRecordings:
    """Everything that pages may offer."""
    size = func.length(PageRecording.content)
    found: dict[str, dict[str, PageSound]] = {}
    for row in db.execute(
        select(
            PageRecording.language, PageRecording.says, PageRecording.digest, size.label("n"), PageRecording.heard_by
        )
    ):
        if len(row.heard_by) >= CONFIRMATIONS:
            found.setdefault(row.language, {})[row.says] = PageSound(row.digest, row.n)
    return found


def sound_heard(db: Session, digest: str) -> bytes:
    """The MP3, for whoever takes part. Raises `NotFound` for one that nobody has, or that too few have confirmed."""
    found = select(PageRecording.content, PageRecording.heard_by).where(PageRecording.digest == digest)
    for row in db.execute(found):
        if len(row.heard_by) >= CONFIRMATIONS:
            content: bytes = row.content
            return content
    raise NotFound
