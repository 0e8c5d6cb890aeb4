"""What everybody who has the address may read of the feedback: published words, promises kept and missed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.models import Consultation, FeedbackNote, IdeaSource, MainIdea, Strand
from consult.services.feedback.feedbacknotes import ideas_of, notes_of, stands
from consult.services.feedback.feedbackwords import languages_of
from consult.services.gate.planning import form_of
from consult.services.gate.promising import promises_of
from consult.services.partners.codesign import CoDesign, Helper, changes_of
from safeguards.policy import Policy
from safeguards.promises import Answer, Promise, Stage

__all__ = ["Idea", "News", "Said", "Told", "news_of", "told_in"]


@dataclass(frozen=True, slots=True)
class Said:
    """Words in the reader's language, or in the language named where there are none in it."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Idea:
    """One idea; its answer and reason once the answers are published."""

    words: Said
    answer: Answer | None
    reason: Said | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What two people published, as it stands. Children's ideas and those of adults are two lists, never one."""

    consultation_id: str
    notes: Mapping[Stage, Said]
    children: tuple[Idea, ...]
    adults: tuple[Idea, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class News(Told):
    """The page of what changed.

    `changed`: the day on which a note that was public was taken back, or put up again. `helpers`: organisations that
    changed something; `helped`: the texts of this part that they changed.
    """

    decision_maker: str
    languages: tuple[str, ...]
    promises: tuple[Promise, ...]
    changed: Mapping[Stage, date]
    helpers: tuple[Helper, ...]
    helped: tuple[Said, ...]
    language: str
    today: date

    @property
    def foreign(self) -> bool:
        """Whether the page is in another language than the reader's."""
        return self.language not in self.languages


def news_of(db: Session, strand_id: str, language: str, policy: Policy, now: datetime) -> News:
    """What is published of the consultation that a part belongs to, for a reader of `language`."""
    consultation = db.get_one(Consultation, db.get_one(Strand, strand_id).consultation_id)
    notes, rows = notes_of(db, consultation.id), ideas_of(db, consultation.id)
    told = _told(consultation.id, notes, rows, language)
    helped = changes_of(db, consultation.id)
    return News(
        consultation_id=consultation.id,
        notes=told.notes,
        children=told.children,
        adults=told.adults,
        decision_maker=consultation.decision_maker,
        languages=languages_of(consultation),
        promises=promises_of(db, consultation, policy),
        changed={stage: note.changed_on for stage, note in notes.items() if note.changed_on},
        helpers=tuple(dict.fromkeys(each.by for each in helped.changes)),
        helped=_helped(db.get_one(Strand, strand_id), helped, language),
        today=now.date(),
        language=language,
    )


def told_in(db: Session, language: str) -> tuple[Told, ...]:
    """What is published of each consultation, for a reader of `language`."""
    out = select(FeedbackNote.consultation_id).where(FeedbackNote.published_by.is_not(None)).distinct()
    ids = db.scalars(out.order_by(FeedbackNote.consultation_id)).all()
    return tuple(_told(each, notes_of(db, each), ideas_of(db, each), language) for each in ids)


def _told(consultation_id: str, notes: Mapping[Stage, FeedbackNote], rows: Sequence[MainIdea], language: str) -> Told:
    published = {stage: note for stage, note in notes.items() if stands(note, rows)}
    shown = _ideas(rows, language, answered=Stage.ANSWERS in published) if Stage.SAID in published else {}
    return Told(
        consultation_id=consultation_id,
        notes={stage: _said(note.words, language) for stage, note in published.items()},
        children=tuple(shown.get(IdeaSource.CHILDREN, ())),
        adults=tuple(shown.get(IdeaSource.ADULTS, ())),
    )


def _ideas(rows: Iterable[MainIdea], language: str, *, answered: bool) -> dict[IdeaSource, list[Idea]]:
    found: dict[IdeaSource, list[Idea]] = {}
    for row in rows:
        answer = Answer(row.answer) if answered and row.answer else None
        reason = _said(row.reason, language) if answer and row.reason else None
        found.setdefault(IdeaSource(row.source), []).append(Idea(_said(row.words, language), answer, reason))
    return found


def _helped(strand: Strand, helped: CoDesign, language: str) -> tuple[Said, ...]:
    """The words of questions of this part that partners changed, as they read now; each once."""
    words = form_of(strand).words_by_place()
    changed = (each.place for each in helped.changes if each.strand_id == strand.id and each.now_reads)
    places = dict.fromkeys(place for place in changed if place.startswith("questions."))
    return tuple(_said(words[place], language) for place in places if words.get(place))


def _said(words: Mapping[str, str], language: str) -> Said:
    code = language if language in words else next(iter(words))
    return Said(words[code], code)
