"""Feeding back: main ideas, the decision-maker's answers with reasons, and notes published in every language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.models import Consultation, FeedbackNote, IdeaSource, MainIdea, Release
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, roles_in_consultation, visible_consultation, visible_consultations
from consult.services.auditing import Verb, record
from consult.services.following import follow
from consult.services.promising import begun, promises_of
from consult.services.waystoreach import way_to_reach
from safeguards.lifecycle import ConsultationState, Fact
from safeguards.policy import Policy
from safeguards.promises import Answer, Promise, Stage
from safeguards.said import said
from safeguards.terms import RespondentClass, Role

__all__ = [
    "FeedbackView",
    "IdeaView",
    "Owed",
    "add_idea",
    "answer_idea",
    "change_idea",
    "feedback",
    "languages_of",
    "may_answer",
    "may_write",
    "owed",
    "publish",
    "remove_idea",
]

Words = Mapping[str, str]
_WRITERS = frozenset({Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.ORGANISATION_MANAGER})
_ANSWERERS = _WRITERS | {Role.DECISION_MAKER}
LONGEST = 600


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
    promises: tuple[Promise, ...]
    ideas: tuple[IdeaView, ...]
    notes: Mapping[Stage, Words]
    codes: tuple[tuple[str, str], ...]
    heard_children: bool
    has_release: bool
    may_write: Ruling
    may_answer: Ruling
    today: date

    def published(self, stage: Stage) -> bool:
        """Whether the note of a stage is out."""
        return stage in self.notes


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
        promises=promises_of(db, consultation, policy),
        ideas=tuple(_idea(row) for row in _ideas(db, consultation.id)),
        notes={Stage(note.stage): dict(note.words) for note in _notes(db, consultation.id)},
        codes=tuple((strand.name, strand.entry_code) for strand in strands if strand.entry_code),
        heard_children=_heard_children(consultation),
        has_release=_has_release(db, consultation.id),
        may_write=may_write(db, actor, consultation),
        may_answer=may_answer(db, actor, consultation),
        today=now.date(),
    )


def may_write(db: Session, actor: Actor, consultation: Consultation) -> Ruling:
    """Whether the actor writes ideas and notes of this consultation."""
    held = bool(roles_in_consultation(db, actor, consultation) & _WRITERS)
    return Ruling(ok=held, why=sentence("Facilitators and the organisation's manager write what participants read."))


def may_answer(db: Session, actor: Actor, consultation: Consultation) -> Ruling:
    """Whether the actor enters answers: the decision-maker, or whoever writes down what the decision-maker said."""
    held = bool(roles_in_consultation(db, actor, consultation) & _ANSWERERS)
    return Ruling(ok=held, why=sentence("The decision-maker answers, or a facilitator who writes the answer down."))


def languages_of(consultation: Consultation) -> tuple[str, ...]:
    """The languages in which somebody could answer: those of every part that was ever open, the first part's first."""
    asked = [strand for strand in consultation.strands if strand.entry_code] or list(consultation.strands)
    return tuple(dict.fromkeys(code for strand in asked for code in strand.facts.get("languages", ())))


def add_idea(
    db: Session, keys: RootKeys, actor: Actor, consultation_id: str, source: IdeaSource, words: Words, now: datetime
) -> MainIdea:
    """Write down a main idea, in every language of the consultation. Raises `Invalid` and `Conflict`."""
    consultation = _to_write(db, actor, consultation_id)
    _must_be_open(db, consultation, Stage.SAID)
    _check_source(consultation, source)
    idea = MainIdea(
        consultation_id=consultation.id,
        source=source,
        words=_in_every_language(consultation, words, "words"),
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
    _must_be_open(db, consultation, Stage.SAID)
    _check_source(consultation, source)
    idea = _of(db, consultation, idea_id, version)
    idea.source, idea.words = source, _in_every_language(consultation, words, "words")
    db.flush()
    record(db, keys.audit, actor.id, Verb.IDEA_WRITTEN, idea.id, now, {"consultation": consultation.id})
    return idea


def remove_idea(
    db: Session, keys: RootKeys, actor: Actor, consultation_id: str, idea_id: str, version: int, now: datetime
) -> None:
    """Take an idea out again, until it is published."""
    consultation = _to_write(db, actor, consultation_id)
    _must_be_open(db, consultation, Stage.SAID)
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
    _must_be_open(db, consultation, Stage.ANSWERS)
    idea = _of(db, consultation, idea_id, version)
    idea.answer, idea.reason = answer, _in_every_language(consultation, reason, "reason")
    idea.answered_by, idea.answered_on = actor.id, now.date()
    db.flush()
    record(db, keys.audit, actor.id, Verb.IDEA_ANSWERED, idea.id, now, {"answer": answer.value})
    return idea


def publish(
    db: Session, keys: RootKeys, actor: Actor, consultation_id: str, stage: Stage, words: Words, now: datetime
) -> FeedbackNote:
    """Publish a stage to everybody who has the address; it stays as published. Raises `Invalid` and `Conflict`.

    In order: what was said needs a release and at least one idea, answers need one for every idea, the note on what
    came of it needs both.
    """
    consultation = _to_write(db, actor, consultation_id)
    _must_be_open(db, consultation, stage)
    missing = _missing(db, consultation, stage)
    if missing:
        raise Conflict(missing)
    note = FeedbackNote(
        consultation_id=consultation.id,
        stage=stage,
        words=_in_every_language(consultation, words, "words"),
        published_by=actor.id,
        published_on=now.date(),
    )
    db.add(note)
    db.flush()
    record(db, keys.audit, actor.id, Verb.FEEDBACK_PUBLISHED, consultation.id, now, {"stage": stage.value})
    if stage is Stage.ANSWERS and consultation.strands:
        follow(db, keys, actor, consultation.strands[0], "feed_back", now, {Fact.PROMISES_ANSWERED})
    return note


def _missing(db: Session, consultation: Consultation, stage: Stage) -> str:
    out = {note.stage for note in _notes(db, consultation.id)}
    ideas = _ideas(db, consultation.id)
    if not begun(db, consultation.id) or not _has_release(db, consultation.id):
        return sentence("There is no report yet. Tell people what was said when it was counted and protected.")
    if not ideas:
        return sentence("Write down at least one main idea first.")
    if stage is not Stage.SAID and Stage.SAID not in out:
        return sentence("Publish what was said first.")
    if stage is Stage.ANSWERS and any(idea.answer is None for idea in ideas):
        return sentence("Every main idea needs an answer and the reason for it.")
    if stage is Stage.IMPACT and Stage.ANSWERS not in out:
        return sentence("Publish the answers first.")
    return ""


def _to_write(db: Session, actor: Actor, consultation_id: str) -> Consultation:
    consultation = visible_consultation(db, actor, consultation_id)
    may_write(db, actor, consultation).demand()
    return consultation


def _must_be_open(db: Session, consultation: Consultation, stage: Stage) -> None:
    if db.get(FeedbackNote, (consultation.id, stage)) is not None:
        raise Conflict("This is published already. What people have read stays as it is.")


def _check_source(consultation: Consultation, source: IdeaSource) -> None:
    """R-L1, R-L2: an idea counts as children's only where children were asked themselves."""
    if source is IdeaSource.CHILDREN and not _heard_children(consultation):
        raise Invalid({"source": [sentence("No children were asked in this consultation, so no idea can be theirs.")]})


def _heard_children(consultation: Consultation) -> bool:
    return any(each.respondent_class == RespondentClass.CHILD and each.entry_code for each in consultation.strands)


def _has_release(db: Session, consultation_id: str) -> bool:
    return db.scalars(select(Release.id).where(Release.consultation_id == consultation_id).limit(1)).first() is not None


def _in_every_language(consultation: Consultation, words: Words, field: str) -> dict[str, str]:
    """Words that stand before participants: in each of their languages, and no number that one person brings alone."""
    kept = {code: words.get(code, "").strip() for code in languages_of(consultation)}
    problems = {
        f"{field}_{code}": [sentence("Write it in this language too.")] for code, text in kept.items() if not text
    }
    problems |= {
        f"{field}_{code}": [said("Keep it under %(most)s characters: people read it on small screens.", most=LONGEST)]
        for code, text in kept.items()
        if len(text) > LONGEST
    }
    places = {place for each in consultation.strands for place in each.facts.get("jurisdictions", ())}
    problems |= {
        f"{field}_{code}": [wrong] for code, text in kept.items() if (wrong := way_to_reach(text, code, sorted(places)))
    }
    if problems:
        raise Invalid(problems)
    return kept


def _of(db: Session, consultation: Consultation, idea_id: str, version: int) -> MainIdea:
    idea = db.get(MainIdea, idea_id)
    if idea is None or idea.consultation_id != consultation.id:
        raise NotFound
    if idea.version != version:
        raise Conflict
    return idea


def _ideas(db: Session, consultation_id: str) -> list[MainIdea]:
    rows = select(MainIdea).where(MainIdea.consultation_id == consultation_id)
    return list(db.scalars(rows.order_by(MainIdea.source.desc(), MainIdea.made_at, MainIdea.id)))


def _notes(db: Session, consultation_id: str) -> list[FeedbackNote]:
    return list(db.scalars(select(FeedbackNote).where(FeedbackNote.consultation_id == consultation_id)))


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
