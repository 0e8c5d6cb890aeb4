"""Recordings of what pages say in the program's own words: buttons, the first page, the last ones, taking back.

These words belong to no part and nobody signs them: they come with the program. So one recording serves every page that
says them, in every part. Nobody who takes part hears it before two others have confirmed that it says the words, and
only while the page shows exactly these.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.models import PageRecording, Person, Strand
from consult.questionnaire.easier import in_one_line
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling
from consult.services.auditing import Verb, record
from consult.services.participation.pagesounds import CONFIRMATIONS, fingerprint
from consult.services.translation.mp3 import Sound
from consult.services.translation.recordings import by_another
from consult.services.translation.translating import CHECKING, TRANSLATING
from safeguards.lifecycle import BEFORE_SIGNING, SIGNED

__all__ = [
    "PageVoice",
    "bring",
    "confirm",
    "may_bring",
    "may_confirm",
    "places_asked",
    "sound_of",
    "take_away",
    "voices",
]

_ROLE = "Your role in this consultation does not include this step."
_FASTER = sentence("Somebody else changed this recording while you were working on it. Look again.")


@dataclass(frozen=True, slots=True)
class PageVoice:
    """A recording as staff see it. `says`: SHA-256 of its words; `page`: where they were when it was brought."""

    language: str
    says: str
    words: str
    page: str
    digest: str
    bytes: int
    brought_by: str
    brought_at: datetime
    confirmed_by: tuple[str, ...]
    is_confirmed: bool
    may_confirm: Ruling


def sound_of(db: Session, digest: str) -> bytes:
    """The MP3, for whoever listens before it is confirmed. Raises `NotFound`."""
    content = db.scalar(select(PageRecording.content).where(PageRecording.digest == digest).limit(1))
    if content is None:
        raise NotFound
    return content


def places_asked(db: Session) -> set[tuple[str, ...]]:
    """The lists of places among which the parts that are set up or open let somebody choose."""
    facts = db.scalars(select(Strand.facts).where(Strand.state.in_(BEFORE_SIGNING | SIGNED)))
    return {tuple(each.get("jurisdictions", ())) for each in facts}


def voices(db: Session, actor: Actor) -> tuple[PageVoice, ...]:
    """Every recording of a page's own words, the newest last."""
    size = func.length(PageRecording.content)
    order = (PageRecording.added_at, PageRecording.says)
    rows = db.execute(select(PageRecording, size.label("n")).order_by(*order)).all()
    ids = {each for row, _ in rows for each in (row.added_by, *row.heard_by)}
    known = db.execute(select(Person.id, Person.name).where(Person.id.in_(ids))).all() if ids else ()
    names = {row.id: row.name for row in known}
    return tuple(
        PageVoice(
            language=row.language,
            says=row.says,
            words=row.words,
            page=row.page,
            digest=row.digest,
            bytes=n,
            brought_by=names[row.added_by],
            brought_at=row.added_at,
            confirmed_by=tuple(names.get(each, "") for each in row.heard_by),
            is_confirmed=len(row.heard_by) >= CONFIRMATIONS,
            may_confirm=may_confirm(actor, row),
        )
        for row, n in rows
    )


def may_bring(actor: Actor) -> Ruling:
    """Whether the actor may bring recordings of pages and take them away: whoever translates in any consultation."""
    return Ruling(ok=True) if _roles(actor) & TRANSLATING else Ruling(ok=False, why=_ROLE)


def may_confirm(actor: Actor, row: PageRecording) -> Ruling:
    """Whether the actor may confirm that it says its words: never who brought it, and nobody twice."""
    if not _roles(actor) & CHECKING:
        return Ruling(ok=False, why=_ROLE)
    return by_another(actor, row.added_by, row.heard_by)


def bring(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    page: str,
    language: str,
    words: str,
    sound: Sound | None,
    seen: str,
    now: datetime,
) -> None:
    """Keep a recording of these words of a page, in the place of the one whose digest was seen ("" for none).

    Raises `Denied`, `Conflict` when somebody else was faster, `Invalid` without a file.
    """
    may_bring(actor).demand()
    there = _as_seen(db, language, fingerprint(words), seen)
    if sound is None:
        raise Invalid({"recording": [sentence("Choose the file with the recording.")]})
    if there:
        db.delete(there)
        db.flush()
    said = in_one_line(words)
    db.add(
        PageRecording(
            language=language,
            says=fingerprint(said),
            words=said,
            page=page,
            digest=hashlib.sha256(sound.content).hexdigest(),
            content=sound.content,
            added_by=actor.id,
            added_at=now,
            heard_by=[],
        )
    )
    _noted(db, keys, actor, Verb.PAGE_RECORDED, page, language, now)


def confirm(
    db: Session, keys: RootKeys, actor: Actor, language: str, says: str, seen: str, now: datetime, *, native: bool
) -> None:
    """Say that a recording says its words, after listening to all of it. Raises `Denied`, `Conflict`, `Invalid`."""
    if not native:
        raise Invalid({"native": [sentence("Only somebody who understands the language as their own confirms it.")]})
    row = _as_seen(db, language, says, seen)
    if row is None:
        raise NotFound
    may_confirm(actor, row).demand()
    row.heard_by = [*row.heard_by, actor.id]
    _noted(db, keys, actor, Verb.PAGE_HEARD, row.page, language, now)


def take_away(db: Session, keys: RootKeys, actor: Actor, language: str, says: str, seen: str, now: datetime) -> None:
    """Take a recording away: from the next page on nobody hears it. Raises `Denied`, `Conflict`."""
    if not _roles(actor) & CHECKING:
        Ruling(ok=False, why=_ROLE).demand()
    row = _as_seen(db, language, says, seen)
    if row is None:
        raise NotFound
    db.delete(row)
    _noted(db, keys, actor, Verb.PAGE_SILENCED, row.page, language, now)


def _roles(actor: Actor) -> frozenset[object]:
    """What the actor is anywhere: these words belong to no consultation."""
    return frozenset(actor.roles | {role for _, role in actor.duties})


def _as_seen(db: Session, language: str, says: str, seen: str) -> PageRecording | None:
    row = db.get(PageRecording, (language, says), with_for_update=True)
    if (row.digest if row else "") != seen:
        raise Conflict(_FASTER)
    return row


def _noted(db: Session, keys: RootKeys, actor: Actor, verb: Verb, page: str, language: str, now: datetime) -> None:
    db.flush()
    record(db, keys.audit, actor.id, verb, f"page {page}", now, {"language": language})
