"""What those who took part are told they said: the most chosen answers of one published release, never a withheld one.

A release is told to nobody by itself. Somebody who works on the consultation has read it with some of those who took
part, and then opens the page at its fixed address.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.models import Publication, Release, Strand
from consult.questionnaire.content import Reader, content, shipped_languages
from consult.sealing.root import AuditKey
from consult.services.actors import Actor, Ruling, roles_in, visible_strand
from consult.services.auditing import Verb, record
from consult.services.gate.standing import may_tell
from consult.services.tables.doubt import WAITS, in_doubt
from consult.services.tables.releasetables import ReleaseTables, Table
from consult.services.texts.wording import reader_of
from safeguards.terms import Audience, Role

__all__ = ["Chosen", "Idea", "Said", "may_publish", "preview", "publish", "published_on", "said"]

_TELLERS = (Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.SAFEGUARDING_LEAD)
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Chosen:
    """An answer, and how many of those who answered chose it; `line` says both in words."""

    answer: str
    line: str
    percent: int


@dataclass(frozen=True, slots=True)
class Idea:
    """One question with its most chosen answers, most first; `hidden`: there are others that are not shown."""

    question: str
    chosen: tuple[Chosen, ...]
    hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The whole page: sentences before the numbers, the questions, and the two sentences for what is not shown.

    `hidden`: that some answers are not shown, once for all of them; "" where all are. `unseen`: the questions of which
    no answer is shown; once together, not each with the same sentence.
    """

    language: str
    rtl: bool
    thanks: str
    opening: tuple[str, ...]
    often: str
    ideas: tuple[Idea, ...]
    unseen: tuple[str, ...]
    hidden: str
    nothing: str
    next: str
    published_on: date | None


def said(db: Session, strand_id: str, language: str) -> Said | None:
    """What the public page of a strand tells; None until a release of it was opened to those who took part."""
    newest = (
        select(Release, Publication)
        .join(Publication, Publication.release_id == Release.id)
        .where(Release.strand_id == strand_id)
        .order_by(Publication.published_at.desc(), Release.id)
    )
    row = db.execute(newest).first()
    if row is not None and in_doubt(db, row.Release):
        return None
    return _told(row.Release, language, row.Publication.published_at.date()) if row else None


def preview(db: Session, actor: Actor, release_id: str, language: str) -> Said:
    """The same before it is opened, for whoever will open it. Raises `NotFound` outside the actor's scope."""
    release = _release(db, actor, release_id)
    return _told(release, language, published_on(db, release_id))


def published_on(db: Session, release_id: str) -> date | None:
    """The day on which a release was opened to those who took part; None where it was not."""
    row = db.get(Publication, release_id)
    return row.published_at.date() if row else None


def may_publish(db: Session, actor: Actor, strand: Strand) -> Ruling:
    """Whether the actor may open the page to those who took part, now."""
    if not roles_in(db, actor, strand) & set(_TELLERS):
        return Ruling(ok=False, why=sentence("A facilitator or a safeguarding lead tells those who took part."))
    return may_tell(db, strand)


def publish(db: Session, key: AuditKey, actor: Actor, release_id: str, *, read_with_some: bool, now: datetime) -> None:
    """Open the page. Raises `Denied`, `Conflict` (a stop; told already), or `Invalid` if nobody has read it first."""
    release = _release(db, actor, release_id)
    strand = db.get_one(Strand, release.strand_id)
    stopped = may_tell(db, strand)
    if not stopped.ok:
        raise Conflict(stopped.why)
    may_publish(db, actor, strand).demand()
    if not read_with_some:
        raise Invalid(
            {"read_with_some": [sentence("First read it with some of those who took part, or who are like them.")]}
        )
    if in_doubt(db, release):
        raise Conflict(WAITS)
    if db.get(Publication, release_id) is not None:
        raise Conflict("This is open to those who took part already.")
    db.add(Publication(release_id=release_id, published_by=actor.id, published_at=now))
    db.flush()
    record(db, key, actor.id, Verb.RELEASE_PUBLISHED, release_id, now)


def _release(db: Session, actor: Actor, release_id: str) -> Release:
    release = db.get(Release, release_id)
    if release is None:
        raise NotFound
    visible_strand(db, actor, release.strand_id)
    return release


def _told(row: Release, language: str, day: date | None) -> Said:
    release, setting = json.loads(row.content), row.setting
    reader = reader_of(Audience(setting["strand"]["audience"]))
    tables = ReleaseTables(release, setting["form"], language)
    ideas = tuple(_idea(table, language, reader) for table in tables.answers())
    return Said(
        language=language,
        rtl=content(_known(language)).direction == "rtl",
        thanks=_say("Y-THANKS", language, reader),
        opening=_opening(tables, language, reader),
        often=_say("Y-OFTEN", language, reader),
        ideas=tuple(idea for idea in ideas if idea.chosen),
        unseen=tuple(idea.question for idea in ideas if not idea.chosen),
        hidden=_say("Y-HIDDEN", language, reader) if any(idea.hidden for idea in ideas) else "",
        nothing=_say("Y-NOTHING", language, reader),
        next=_say("Y-NEXT", language, reader, who=setting["consultation"]["decision_maker"]),
        published_on=day,
    )


def _opening(tables: ReleaseTables, language: str, reader: Reader) -> tuple[str, str]:
    """How many took part, and for whom they do not stand; of few people no number."""
    total = tables.total()
    came = _say("Y-FEW", language, reader) if total is None else _say("Y-COUNT", language, reader, n=total)
    return came, _say("R-CHOSE", language, reader)


def _idea(table: Table, language: str, reader: Reader) -> Idea:
    """Counts that are published, of a base that is published; options nobody chose are no news."""
    base = table.base
    chosen = tuple(
        Chosen(words, _say("Y-LINE", language, reader, n=count, base=base), round(100 * count / (base or 1)))
        for count, words in table.often()[:_SHOWN]
    )
    return Idea(table.title, chosen, hidden=any(row.withheld for row in table.answers))


def _say(key: str, language: str, reader: Reader, **blanks: object) -> str:
    """The shipped words, in the source language where a language has none."""
    found = content(_known(language)).text(key, reader) or content(shipped_languages()[0]).text(key, reader)
    return (found or "").format(**blanks)


def _known(language: str) -> str:
    languages = shipped_languages()
    return language if language in languages else languages[0]
