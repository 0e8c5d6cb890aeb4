"""Notes of feedback: one person writes, another reads it over in every language and publishes, one alone takes it back.

What is published with a note stands under the same confirmation: the main ideas with what was said, the answers and
their reasons with the answers. It is public while it is, word for word, what the second person confirmed.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.models import AuditEvent, Consultation, FeedbackNote, MainIdea, Person, Release
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, visible_consultation
from consult.services.auditing import Verb, hold, record
from consult.services.feedback.feedbackwords import Words, in_every_language, may_read_over, may_take_back, may_write
from consult.services.gate.promising import begun
from consult.services.gate.standing import may_tell
from consult.services.participation.pagesounds import silence
from consult.services.signed.following import follow
from safeguards.lifecycle import Fact
from safeguards.promises import Stage

__all__ = [
    "NoteView",
    "has_release",
    "ideas_of",
    "must_be_in_work",
    "note_views",
    "notes_of",
    "publish",
    "stands",
    "take_back",
    "to_read_over",
    "write_note",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """One note as staff see it. `digest`: of all words it publishes now; `missing`: why it can not be published yet.

    `published_on`: the first day; `changed_on`: the last on which it was taken back or put up again.
    """

    stage: Stage
    words: Words
    written_by: str
    out: bool
    published_on: date | None
    changed_on: date | None
    digest: str
    missing: str
    may_publish: Ruling


def notes_of(db: Session, consultation_id: str) -> dict[Stage, FeedbackNote]:
    """The notes that somebody has written, published or not, in the order in which they are due."""
    rows = db.scalars(select(FeedbackNote).where(FeedbackNote.consultation_id == consultation_id))
    found = {Stage(row.stage): row for row in rows}
    return {stage: found[stage] for stage in Stage if stage in found}


def ideas_of(db: Session, consultation_id: str) -> list[MainIdea]:
    """The main ideas, the oldest first."""
    rows = select(MainIdea).where(MainIdea.consultation_id == consultation_id)
    return list(db.scalars(rows.order_by(MainIdea.made_at, MainIdea.id)))


def stands(note: FeedbackNote, ideas: Iterable[MainIdea]) -> bool:
    """Whether everybody may read it: a second person confirmed exactly what is there now."""
    return note.published_by is not None and note.digest == _digest(note, ideas)


def note_views(db: Session, actor: Actor, consultation: Consultation) -> dict[Stage, NoteView]:
    """Every note that somebody has written."""
    notes, ideas = notes_of(db, consultation.id), ideas_of(db, consultation.id)
    writers = {note.written_by for note in notes.values()}
    names = {row.id: row.name for row in db.execute(select(Person.id, Person.name).where(Person.id.in_(writers)))}
    return {
        stage: NoteView(
            stage=stage,
            words=dict(note.words),
            written_by=names[note.written_by],
            out=stands(note, ideas),
            published_on=note.published_on,
            changed_on=note.changed_on,
            digest=_digest(note, ideas),
            missing=_missing(db, consultation, stage),
            may_publish=_may_publish(db, actor, consultation, note, ideas),
        )
        for stage, note in notes.items()
    }


def to_read_over(db: Session, actor: Actor, consultations: Mapping[str, Consultation]) -> Counter[str]:
    """How many notes of each of these consultations, by its id, wait for this person to read them over."""
    waiting = db.scalars(select(FeedbackNote).where(FeedbackNote.published_by.is_(None))).all()
    return Counter(
        where.id
        for note in waiting
        if (where := consultations.get(note.consultation_id))
        and _may_publish(db, actor, where, note, ideas_of(db, where.id)).ok
        and not _missing(db, where, Stage(note.stage))
    )


def write_note(
    db: Session, keys: RootKeys, actor: Actor, consultation_id: str, stage: Stage, words: Words, now: datetime
) -> FeedbackNote:
    """Write the note of a stage for somebody else to read over, or write it better until it is published.

    In every language. Raises `Invalid` and `Conflict`.
    """
    consultation = visible_consultation(db, actor, consultation_id)
    may_write(db, actor, consultation).demand()
    must_be_in_work(db, consultation, stage)
    kept = in_every_language(consultation, words, "words")
    note = db.get(FeedbackNote, (consultation.id, stage)) or FeedbackNote(consultation_id=consultation.id, stage=stage)
    note.words, note.written_by = kept, actor.id
    db.add(note)
    db.flush()
    record(db, keys.audit, actor.id, Verb.FEEDBACK_WRITTEN, consultation.id, now, {"stage": stage.value})
    return note


def publish(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    consultation_id: str,
    stage: Stage,
    seen: str,
    now: datetime,
    *,
    nobody: bool,
) -> FeedbackNote:
    """Publish what somebody else wrote to everybody who has the address, after reading all of it in every language.

    `seen`: the digest of what was read. `nobody`: the reader says that it describes no single person. In order: what
    was said needs a release and at least one idea, answers need one for every idea, what came of it needs both.
    Raises `Denied` for whoever wrote some of it, `Conflict` when it was changed meanwhile, `Invalid`.
    """
    hold(db)  # whoever is kept out at this moment has been, or has published it before
    consultation = visible_consultation(db, actor, consultation_id)
    must_be_in_work(db, consultation, stage)
    note, ideas = _note(db, consultation, stage), ideas_of(db, consultation.id)
    _may_publish(db, actor, consultation, note, ideas).demand()
    if _digest(note, ideas) != seen:
        raise Conflict("Somebody changed the words while you were reading them. Read them over again.")
    missing = _missing(db, consultation, stage)
    if missing:
        raise Conflict(missing)
    if not nobody:
        raise Invalid({"nobody": [sentence("Publish only what you have read and what describes no single person.")]})
    again = note.published_on is not None
    note.published_by, note.digest = actor.id, seen
    note.published_on, note.changed_on = note.published_on or now.date(), now.date() if again else None
    db.flush()
    record(db, keys.audit, actor.id, Verb.FEEDBACK_PUBLISHED, consultation.id, now, {"stage": stage.value})
    if stage is Stage.ANSWERS and consultation.strands:
        follow(db, keys, actor, consultation.strands[0], "feed_back", now, {Fact.PROMISES_ANSWERED})
    return note


def take_back(db: Session, keys: RootKeys, actor: Actor, consultation_id: str, stage: Stage, now: datetime) -> None:
    """Take a published note back, at once and alone, with the ideas or answers that are published with it.

    The public page says so; recordings of it are gone. It comes back when somebody has published it anew. Raises
    `Denied` and `Conflict`.
    """
    consultation = visible_consultation(db, actor, consultation_id)
    may_take_back(db, actor, consultation).demand()
    hold(db)
    note = _note(db, consultation, stage)
    if note.published_by is None:
        raise Conflict("It is not public, so there is nothing to take back.")
    note.published_by, note.digest, note.changed_on = None, None, now.date()
    silence(db, stage, consultation.id)
    db.flush()
    record(db, keys.audit, actor.id, Verb.FEEDBACK_TAKEN_BACK, consultation.id, now, {"stage": stage.value})


def must_be_in_work(db: Session, consultation: Consultation, *stages: Stage) -> None:
    """Raise `Conflict` while one of these is published; nobody publishes one before this transaction ends."""
    hold(db)
    notes = notes_of(db, consultation.id)
    if any(stage in notes and notes[stage].published_by is not None for stage in stages):
        raise Conflict("This is published already. To change it, take it back first.")


def has_release(db: Session, consultation_id: str) -> bool:
    """Whether anything was counted and protected yet."""
    return db.scalars(select(Release.id).where(Release.consultation_id == consultation_id).limit(1)).first() is not None


def _note(db: Session, consultation: Consultation, stage: Stage) -> FeedbackNote:
    note = notes_of(db, consultation.id).get(stage)
    if note is None:
        raise NotFound
    return note


def _digest(note: FeedbackNote, ideas: Iterable[MainIdea]) -> str:
    shown: dict[str, list[object]] = {
        Stage.SAID: [(each.id, each.source, each.words) for each in ideas],
        Stage.ANSWERS: [(each.id, each.answer, each.reason) for each in ideas if each.answer],
        Stage.IMPACT: [],
    }
    whole = json.dumps([note.stage, note.words, shown[note.stage]], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def _may_publish(
    db: Session, actor: Actor, consultation: Consultation, note: FeedbackNote, ideas: Iterable[MainIdea]
) -> Ruling:
    """Never whoever wrote some of what is published, or of what stood there before."""
    ruling = may_read_over(db, actor, consultation)
    if ruling.ok and actor.id in _writers(db, note, ideas):
        return Ruling(ok=False, why=sentence("You wrote some of it. Somebody else reads it over and publishes it."))
    return ruling


def _writers(db: Session, note: FeedbackNote, ideas: Iterable[MainIdea]) -> set[str]:
    of_ideas = {Stage.SAID: Verb.IDEA_WRITTEN, Stage.ANSWERS: Verb.IDEA_ANSWERED}.get(Stage(note.stage))
    events = select(AuditEvent.actor, AuditEvent.facts)
    wrote = events.where(AuditEvent.verb == Verb.FEEDBACK_WRITTEN, AuditEvent.subject == note.consultation_id)
    found = {row.actor for row in db.execute(wrote) if row.facts.get("stage") == note.stage}
    named = events.where(AuditEvent.verb == of_ideas, AuditEvent.subject.in_([each.id for each in ideas]))
    return found | {note.written_by} | {row.actor for row in db.execute(named)}


def _missing(db: Session, consultation: Consultation, stage: Stage) -> str:
    notes, ideas = notes_of(db, consultation.id), ideas_of(db, consultation.id)
    out = {each for each, note in notes.items() if stands(note, ideas)}
    told = may_tell(db, *consultation.strands)
    if not told.ok:
        return told.why
    if not begun(db, consultation.id) or not has_release(db, consultation.id):
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
