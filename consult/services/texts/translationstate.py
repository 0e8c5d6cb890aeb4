"""How far each translation of a form is: missing, draft, ready, confirmed by others, or of a source that has changed.

Easy words are translated like any text, from the easy words of the source or, where that has none, from its usual ones.
They are never missing: a text without them is read in its usual words. Those that are there have to be confirmed.

A translation is known by its words: the same words for the same source count wherever they stand, in every part and
every consultation. Whatever is edited, source or words, makes another pair, and nobody has confirmed that yet.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.models import Person, SourceChange, Translation, TranslationCheck
from consult.questionnaire.easier import EASY, MAY_BE_EASIER, hangs_safety_on
from consult.questionnaire.form import Form

__all__ = [
    "Checked",
    "Segment",
    "Status",
    "Text",
    "Unconfirmed",
    "counts_of",
    "pair_of",
    "remember_sources",
    "segments_of",
    "texts_in",
    "unconfirmed",
]


class Status(StrEnum):
    """Where one text stands in one language."""

    MISSING = "missing"
    #: no easy words: the text is read in its usual ones
    USUAL = "usual"
    DRAFT = "draft"
    #: its source was changed after somebody wrote or confirmed these words
    CHANGED = "changed"
    #: written, and waits for whoever confirms it
    READY = "ready"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Checked:
    """One person's yes to a translation."""

    person_id: str
    name: str
    at: datetime
    back_translation: str


@dataclass(frozen=True, slots=True)
class Text:
    """The words at one place in the language of the source and in another one. `easier`: the source has easy words."""

    place: str
    source: str
    words: str
    easier: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One text in one language beside its source. `needed`: how many other people have to confirm it (INC-05)."""

    place: str
    source: str
    words: str
    pair: str
    safety: bool
    status: Status
    writer_id: str
    writer: str
    written_at: datetime | None
    checks: tuple[Checked, ...]
    #: the source that these words were written for, where it is another one now
    source_then: str
    #: of easy words: whether the source has easy words too
    easier: bool = False

    @property
    def is_easy(self) -> bool:
        """Whether these are the easy words of another text."""
        return self.place.startswith(EASY)

    @property
    def needed(self) -> int:
        """How many people beside the translator confirm it."""
        return 2 if self.safety else 1

    @property
    def needs_back_translation(self) -> bool:
        """Whether nobody has put a safety text back into the language of the source yet."""
        return self.safety and not any(each.back_translation for each in self.checks)


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """How many texts of a language keep it shut: of those on which safety hangs, and of the others."""

    safety: int
    others: int


def pair_of(language: str, source: str, words: str) -> str:
    """SHA-256 in hex of a source with its words in a language; "" where there are no words."""
    if not words:
        return ""
    return hashlib.sha256(json.dumps([language, source, words], ensure_ascii=False).encode()).hexdigest()


def unconfirmed(db: Session, form: Form, language: str) -> Unconfirmed:
    """What is still to be translated or confirmed in a language; nothing for the language of the source."""
    if language == form.languages[0]:
        return Unconfirmed(0, 0)
    pairs = _pairs(json.dumps(form.to_json(), ensure_ascii=False, sort_keys=True), language)
    confirmed = _confirmed(db, pairs.values())
    open_places = [place for place, pair in pairs.items() if not _holds(place, pair, confirmed)]
    safety = sum(hangs_safety_on(place) for place in open_places)
    return Unconfirmed(safety, len(open_places) - safety)


@lru_cache(maxsize=64)
def _pairs(text: str, language: str) -> Mapping[str, str]:
    form = Form.from_json(json.loads(text))
    return {
        each.place: pair_of(language, each.source, each.words)
        for each in texts_in(form, language)
        if each.words or not each.place.startswith(EASY)
    }


def _confirmed(db: Session, pairs: Iterable[str]) -> Mapping[str, tuple[int, bool]]:
    """Pair → by how many it is confirmed, and whether one of them put it back into the language of the source."""
    found: dict[str, tuple[int, bool]] = {}
    rows = db.execute(
        select(TranslationCheck.pair, TranslationCheck.back_translation).where(TranslationCheck.pair.in_(set(pairs)))
    )
    for pair, back in rows:
        people, put_back = found.get(pair, (0, False))
        found[pair] = (people + 1, put_back or back is not None)
    return found


def _holds(place: str, pair: str, confirmed: Mapping[str, tuple[int, bool]]) -> bool:
    people, put_back = confirmed.get(pair, (0, False))
    return people >= 2 and put_back if hangs_safety_on(place) else people >= 1


def texts_in(form: Form, language: str) -> list[Text]:
    """Every text of the form in this language, in the form's order; behind each its easy words, there or not."""
    source, found = form.languages[0], list[Text]()
    for place, words in form.places():
        found.append(Text(place, words[source], words.get(language, "")))
        if MAY_BE_EASIER.fullmatch(place):
            easy = form.easy.get(place, {})
            found.append(
                Text(EASY + place, easy.get(source, words[source]), easy.get(language, ""), easier=source in easy)
            )
    return found


def segments_of(db: Session, strand_id: str, form: Form, language: str) -> tuple[Segment, ...]:
    """Every text of the form in this language with its easy words, as `texts_in` orders them."""
    texts = texts_in(form, language)
    pairs = {pair for each in texts if (pair := pair_of(language, each.source, each.words))}
    written = _written(db, pairs)
    checks = _checks(db, pairs)
    changed = {
        (row.place, row.words): row.source
        for row in db.scalars(
            select(SourceChange).where(SourceChange.strand_id == strand_id, SourceChange.language == language)
        )
    }
    return tuple(_segment(language, each, written, checks, changed.get((each.place, each.words), "")) for each in texts)


def _written(db: Session, pairs: Iterable[str]) -> Mapping[str, tuple[Translation, str]]:
    """Pair → what was put down about it, and the writer's name."""
    rows = db.execute(
        select(Translation, Person.name)
        .outerjoin(Person, Person.id == Translation.written_by)
        .where(Translation.pair.in_(pairs))
    )
    return {row.pair: (row, name or "") for row, name in rows}


def _checks(db: Session, pairs: Iterable[str]) -> Mapping[str, list[Checked]]:
    found: dict[str, list[Checked]] = {}
    rows = db.execute(
        select(TranslationCheck, Person.name)
        .join(Person, Person.id == TranslationCheck.person_id)
        .where(TranslationCheck.pair.in_(set(pairs)))
        .order_by(TranslationCheck.checked_at, TranslationCheck.person_id)
    )
    for row, name in rows:
        found.setdefault(row.pair, []).append(Checked(row.person_id, name, row.checked_at, row.back_translation or ""))
    return found


def _segment(
    language: str,
    text: Text,
    written: Mapping[str, tuple[Translation, str]],
    checks: Mapping[str, list[Checked]],
    source_then: str,
) -> Segment:
    place, source, words = text.place, text.source, text.words
    pair = pair_of(language, source, words)
    row, writer = written.get(pair, (None, ""))
    yes = checks.get(pair, [])
    then = source_then if source_then != source else ""
    status = (
        Status.USUAL if not words and place.startswith(EASY)
        else Status.MISSING if not words
        else Status.CONFIRMED if _holds(place, pair, {pair: (len(yes), any(each.back_translation for each in yes))})
        else Status.DRAFT if row is not None and row.draft
        else Status.CHANGED if then
        else Status.READY
    )  # fmt: skip
    return Segment(
        place=place,
        source=source,
        words=words,
        pair=pair,
        safety=hangs_safety_on(place),
        status=status,
        writer_id=(row.written_by or "") if row else "",
        writer=writer,
        written_at=row.written_at if row else None,
        checks=tuple(yes),
        source_then=then if status is Status.CHANGED else "",
        easier=text.easier,
    )


def counts_of(segments: Iterable[Segment]) -> Mapping[Status, int]:
    """How many texts are in each status."""
    return Counter(segment.status for segment in segments)


def remember_sources(db: Session, strand_id: str, before: Form, after: Form) -> None:
    """When source texts change: put down which ones the translations that stay were made for."""
    if after.languages[0] != before.languages[0]:
        return
    for language in before.languages[1:]:
        new = {each.place: each for each in texts_in(after, language)} if language in after.languages else {}
        for old in texts_in(before, language):
            now = new.get(old.place)
            if not old.words or now is None or now.words != old.words or now.source == old.source:
                continue
            if db.get(SourceChange, (strand_id, old.place, language)) is None:
                db.add(
                    SourceChange(
                        strand_id=strand_id, place=old.place, language=language, source=old.source, words=old.words
                    )
                )
