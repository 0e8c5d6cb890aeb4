"""Feeding back: main ideas, the decision-maker's answers with reasons, and how far the promised notes are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.models import Consultation, IdeaSource, MainIdea
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, visible_consultation, visible_consultations
from consult.services.auditing import Verb, record
from consult.services.feedback.feedbacknotes import NoteView, has_release, ideas_of, must_be_in_work, note_views
from consult.services.feedback.feedbackwords import (
    Words,
    in_every_language,
    languages_of,
    may_answer,
    may_take_back,
    may_write,
    places_of,
)
from consult.services.gate.promising import promises_of
from safeguards.lifecycle import ConsultationState
from safeguards.policy import Policy
from safeguards.promises import Answer, Promise, Stage
from safeguards.terms import RespondentClass

__all__ = [
    "FeedbackView",
    "IdeaView",
    "Owed",
    "add_idea",
    "answer_idea",
    "change_idea",
    "feedback",
    "owed",
    "remove_idea",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdeaView:
    """One main idea. `words` and `reason` by language; no reason while there is no answer."""

    id: str
    source: IdeaSource
    words: Words
    answer: Answer | None
    reason: Words
    answered_on: date | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackView:
    """Everything that is owed to those who answered, and how far it is; `codes`: the name and the code of each part."""

    consultation_id: str
    title: str
    decision_maker: str
    state: ConsultationState
    languages: tuple[str, ...]
    places: tuple[str, ...]
    promises: tuple[Promise, ...]
    ideas: tuple[IdeaView, ...]
    notes: Mapping[Stage, NoteView]
    codes: tuple[tuple[str, str], ...]
    heard_children: bool
    has_release: bool
    may_write: Ruling
    may_answer: Ruling
    may_take_back: Ruling
    today: date

    def published(self, stage: Stage) -> bool:
        """Whether the note of a stage is out."""
        return stage in self.notes and self.notes[stage].out


@dataclass(frozen=True, slots=True)
class Owed:
    """One consultation in the list of what is owed."""

    consultation_id: str
    title: str
    decision_maker: str
    promises: tuple[Promise, ...]


def owed(db: Session, actor: Actor, policy: Policy) -> tuple[Owed, ...]:
    """Every consultation within the actor's scope in which somebody was asked, with its promises."""
    found = ((each, promises_of(db, each, policy)) for each in visible_consultations(db, actor))
    return tuple(Owed(each.id, each.title, each.decision_maker, owing) for each, owing in found if owing)


def feedback(db: Session, actor: Actor, consultation_id: str, policy: Policy, now: datetime) -> FeedbackView:
    """The feedback of one consultation. Raises `NotFound` outside the actor's scope."""
    consultation = visible_consultation(db, actor, consultation_id)
    strands = list(consultation.strands)
    return FeedbackView(
        consultation_id=consultation.id,
        title=consultation.title,
        decision_maker=consultation.decision_maker,
        state=ConsultationState(consultation.state),
        languages=languages_of(consultation),
        places=places_of(consultation),
        promises=promises_of(db, consultation, policy),
        ideas=tuple(_idea(row) for row in ideas_of(db, consultation.id)),
        notes=note_views(db, actor, consultation),
        codes=tuple((strand.name, strand.entry_code) for strand in strands if strand.entry_code),
        heard_children=_heard_children(consultation),
        has_release=has_release(db, consultation.id),
        may_write=may_write(db, actor, consultation),
        may_answer=may_answer(db, actor, consultation),
        may_take_back=may_take_back(db, actor, consultation),
        today=now.date(),
    )


def add_idea(
    db: Session, keys: RootKeys, actor: Actor, consultation_id: str, source: IdeaSource, words: Words, now: datetime
) -> MainIdea:
    """Write down a main idea, in every language of the consultation. Raises `Invalid` and `Conflict`."""
    consultation = _to_write(db, actor, consultation_id)
    must_be_in_work(db, consultation, Stage.SAID, Stage.ANSWERS)
    _check_source(consultation, source)
    idea = MainIdea(
        consultation_id=consultation.id,
        source=source,
        words=in_every_language(consultation, words, "words"),
        made_by=actor.id,
        made_at=now,
    )
    db.add(idea)
    db.flush()
    record(db, keys.audit, actor.id, Verb.IDEA_WRITTEN, idea.id, now, {"consultation": consultation.id})
    return idea


def change_idea(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    consultation_id: str,
    idea_id: str,
    version: int,
    source: IdeaSource,
    words: Words,
    now: datetime,
) -> MainIdea:
    """Word an idea better, until it is published. Raises `Conflict` when somebody was faster."""
    consultation = _to_write(db, actor, consultation_id)
    must_be_in_work(db, consultation, Stage.SAID)
    _check_source(consultation, source)
    idea = _of(db, consultation, idea_id, version)
    idea.source, idea.words = source, in_every_language(consultation, words, "words")
    db.flush()
    record(db, keys.audit, actor.id, Verb.IDEA_WRITTEN, idea.id, now, {"consultation": consultation.id})
    return idea


def remove_idea(
    db: Session, keys: RootKeys, actor: Actor, consultation_id: str, idea_id: str, version: int, now: datetime
) -> None:
    """Take an idea out again, until it is published."""
    consultation = _to_write(db, actor, consultation_id)
    must_be_in_work(db, consultation, Stage.SAID, Stage.ANSWERS)
    db.delete(_of(db, consultation, idea_id, version))
    record(db, keys.audit, actor.id, Verb.IDEA_REMOVED, idea_id, now, {"consultation": consultation.id})


def answer_idea(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    consultation_id: str,
    idea_id: str,
    version: int,
    answer: Answer,
    reason: Words,
    now: datetime,
) -> MainIdea:
    """The decision-maker's answer with its reason, in every language, until the answers are published."""
    consultation = visible_consultation(db, actor, consultation_id)
    may_answer(db, actor, consultation).demand()
    must_be_in_work(db, consultation, Stage.ANSWERS)
    idea = _of(db, consultation, idea_id, version)
    idea.answer, idea.reason = answer, in_every_language(consultation, reason, "reason")
    idea.answered_by, idea.answered_on = actor.id, now.date()
    db.flush()
    record(db, keys.audit, actor.id, Verb.IDEA_ANSWERED, idea.id, now, {"answer": answer.value})
    return idea


def _to_write(db: Session, actor: Actor, consultation_id: str) -> Consultation:
    consultation = visible_consultation(db, actor, consultation_id)
    may_write(db, actor, consultation).demand()
    return consultation


def _check_source(consultation: Consultation, source: IdeaSource) -> None:
    """R-L1, R-L2: an idea counts as children's only where children were asked themselves."""
    if source is IdeaSource.CHILDREN and not _heard_children(consultation):
        raise Invalid({"source": [sentence("No children were asked in this consultation, so no idea can be theirs.")]})


def _heard_children(consultation: Consultation) -> bool:
    return any(each.respondent_class == RespondentClass.CHILD and each.entry_code for each in consultation.strands)


def _of(db: Session, consultation: Consultation, idea_id: str, version: int) -> MainIdea:
    idea = db.get(MainIdea, idea_id)
    if idea is None or idea.consultation_id != consultation.id:
        raise NotFound
    if idea.version != version:
        raise Conflict
    return idea


def _idea(row: MainIdea) -> IdeaView:
    return IdeaView(
        id=row.id,
        source=IdeaSource(row.source),
        words=dict(row.words),
        answer=Answer(row.answer) if row.answer else None,
        reason=dict(row.reason or {}),
        answered_on=row.answered_on,
        version=row.version,
    )
