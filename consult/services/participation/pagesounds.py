"""What pages may offer of their own words, read aloud: only what enough people have confirmed. For every page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from consult.errors import NotFound
from consult.models import IdeaSource, PageRecording
from consult.questionnaire.easier import in_one_line
from safeguards.promises import Stage

__all__ = [
    "CONFIRMATIONS",
    "PageRecordings",
    "PageSound",
    "fingerprint",
    "heard_by_language",
    "silence",
    "sound_heard",
    "told_as",
]

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


def told_as(kind: str, consultation_id: str) -> str:
    """The page of a recording of what people wrote: a note by its stage, or the ideas of `children` or `adults`."""
    return f"{kind} {consultation_id}"


def silence(db: Session, stage: Stage, consultation_id: str) -> None:
    """Let the recordings go of a note that is taken back, and of the ideas with which it was published, for good."""
    pages = [told_as(kind, consultation_id) for kind in (stage, *IdeaSource)]
    db.execute(delete(PageRecording).where(PageRecording.page.in_(pages)))


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
