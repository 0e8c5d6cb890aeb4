"""Recordings of the texts of a part: taken as MP3, kept with the part, signed by their hash with the words they read.

Which recording belongs to which text stands in the form, so a changed recording is a changed text: it asks for the
sign-off of its language again, and a signed part has exactly the recordings that were signed. Nobody who takes part
hears one before somebody other than whoever brought it has confirmed that it says the words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, sentence
from consult.models import Person, Recording, Strand, StrandStaff
from consult.questionnaire.easier import Recording as Signed
from consult.questionnaire.easier import in_one_line, read_out, words_place
from consult.questionnaire.form import Form
from consult.questionnaire.strict import placeholders
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, roles_in
from consult.services.auditing import Verb, record
from consult.services.gate.planning import form_of
from consult.services.setup.drafting import touched
from consult.services.signed.languages import CHANGED_WORDS, shut
from consult.services.texts.wording import with_recording
from consult.services.translation.mp3 import Sound, sound_in
from consult.services.translation.translating import CHECKING, may_translate
from safeguards.lifecycle import SIGNED

__all__ = [
    "MOST_BYTES",
    "MOST_BYTES_TOGETHER",
    "Kept",
    "bring",
    "by_another",
    "checked",
    "confirm",
    "kept",
    "may_bring",
    "may_confirm",
    "take_away",
    "to_hear",
]

#: two minutes at 64 kbit/s; a text is read in less
MOST_BYTES = 1024 * 1024
MOST_BYTES_TOGETHER = 64 * 1024 * 1024
_FASTER = sentence("Somebody else changed this recording while you were working on it. Look again.")
_TWICE = sentence("Another text of this part has this very recording. Bring the one that reads this text.")
_NO_FILE = sentence("Choose the file with the recording.")
_NOT_WHOLE = sentence("Translate the whole question first: its recording says the answers too.")
_BLANKS = sentence("Write the words as the recording says them, with real words in the place of the braces.")


@dataclass(frozen=True, slots=True)
class Kept:
    """A recording as staff see it: what it reads, who brought it, who confirmed it; `is_confirmed`: it is played."""

    digest: str
    bytes: int
    reads: str
    brought_by: str
    brought_at: datetime
    confirmed_by: tuple[str, ...]
    is_confirmed: bool


def checked(content: bytes) -> Sound:
    """The sound, if it is an MP3 that is short enough. Raises `Invalid` for the field `recording`."""
    if len(content) > MOST_BYTES:
        raise Invalid(
            {"recording": [sentence("This file is too large. One megabyte is the most: save it with 64 kbit/s.")]}
        )
    sound = sound_in(content)
    if sound is None:
        raise Invalid({"recording": [sentence("This is no MP3, whatever its name says. Nothing was kept.")]})
    return sound


def may_bring(db: Session, actor: Actor, strand: Strand, language: str) -> Ruling:
    """Whether the actor may bring recordings in this language now or take them away; in a signed part that shuts it.

    The language of the source is the question set itself: once that is signed nobody changes it.
    """
    if strand.state in SIGNED and language == form_of(strand).languages[0]:
        why = "This part is signed. Return it to draft before you change it: what was signed is what opens."
        return Ruling(ok=False, why=why)
    return may_translate(db, actor, strand)


def may_confirm(db: Session, actor: Actor, strand: Strand, where: str, language: str) -> Ruling:
    """Whether the actor may confirm that a recording says its text: never who brought it, and nobody twice."""
    if not roles_in(db, actor, strand) & CHECKING:
        return Ruling(ok=False, why="Your role in this consultation does not include this step.")
    found = _at(form_of(strand), where, language)
    if found is None:
        return Ruling(ok=False, why=sentence("It is not ready to be confirmed."))
    row = db.get_one(Recording, (strand.id, found.digest))
    return by_another(actor, row.added_by, found.heard_by)


def by_another(actor: Actor, added_by: str, heard_by: Sequence[str]) -> Ruling:
    """Whether the actor is another than who brought a recording, and has not confirmed it yet."""
    if added_by == actor.id:
        return Ruling(ok=False, why=sentence("You brought this recording: another person has to confirm it."))
    if actor.id in heard_by:
        return Ruling(ok=False, why=sentence("You have confirmed this already."))
    return Ruling(ok=True)


def bring(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    strand: Strand,
    where: str,
    language: str,
    sound: Sound | None,
    reads: str,
    seen: str,
    now: datetime,
) -> None:
    """Keep a recording of one text in one language, in the place of the one whose digest was seen ("" for none).

    `reads`: the words as they are spoken, for a text with blanks and for what is asked about a person, whose answers
    differ with age; a question is read out with its answers. Without a
    sound the one that is there stays, and only the words that it says are put right: others confirm it again. Raises
    `Denied`, `Conflict` when somebody else was faster or it is signed, `Invalid` for what does not fit.
    """
    may_bring(db, actor, strand, language).demand()
    form = form_of(strand)
    _must_be_as_seen(form, where, language, seen)
    spoken = _spoken(form, where, language, reads)
    signed = _signed(db, actor, strand, sound, now) if sound else _the_same(form, where, language, spoken)
    if any(
        each.digest == signed.digest and (place, tag) != (where, language)
        for place, found in form.recordings.items()
        for tag, each in found.items()
    ):
        raise Invalid({"recording": [_TWICE]})
    _save(db, keys, actor, strand, with_recording(form, where, language, replace(signed, reads=spoken)), language, now)


def take_away(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, where: str, language: str, seen: str, now: datetime
) -> None:
    """Take the recording of one text in one language away. Raises like `bring`."""
    may_bring(db, actor, strand, language).demand()
    form = form_of(strand)
    _must_be_as_seen(form, where, language, seen)
    _save(db, keys, actor, strand, with_recording(form, where, language, None), language, now)


def confirm(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    strand: Strand,
    where: str,
    language: str,
    seen: str,
    now: datetime,
    *,
    native: bool,
) -> None:
    """Say that a recording says its text, after listening to all of it.

    `native`: the person understands the language as their own. Raises `Denied` as `may_confirm` says, `Conflict` for a
    recording other than the one seen.
    """
    if not native:
        raise Invalid({"native": [sentence("Only somebody who understands the language as their own confirms it.")]})
    form = form_of(strand)
    _must_be_as_seen(form, where, language, seen)
    may_confirm(db, actor, strand, where, language).demand()
    found = form.recordings[where][language]
    heard = replace(found, heard_by=(*found.heard_by, actor.id))
    strand.form = with_recording(form, where, language, heard).to_json()
    touched(db, keys.audit, actor, strand, now, "recordings")
    record(db, keys.audit, actor.id, Verb.WORDS_CHECKED, strand.id, now, {"language": language, "n": 1})


def to_hear(db: Session, actor: Actor, strand: Strand) -> tuple[tuple[str, str], ...]:
    """Recordings that nobody who takes part hears yet and that the actor may confirm: place and language of each.

    Of somebody whose languages are known, those in these languages.
    """
    form = form_of(strand)
    waiting = {
        (where, language): each
        for where, found in form.recordings.items()
        for language, each in found.items()
        if not each.is_confirmed(where) and actor.id not in each.heard_by
    }
    if not waiting or not roles_in(db, actor, strand) & CHECKING:
        return ()
    digests = {each.digest for each in waiting.values()}
    mine = select(Recording.digest).where(
        Recording.strand_id == strand.id, Recording.digest.in_(digests), Recording.added_by == actor.id
    )
    own = set(db.scalars(mine))
    duties = select(StrandStaff.languages).where(StrandStaff.strand_id == strand.id, StrandStaff.person_id == actor.id)
    spoken = {each for languages in db.scalars(duties) for each in languages}
    return tuple(
        place for place, each in waiting.items() if each.digest not in own and (not spoken or place[1] in spoken)
    )


def kept(db: Session, strand: Strand, where: str, language: str) -> Kept | None:
    """The recording of one text in one language; None where there is none."""
    found = _at(form_of(strand), where, language)
    if found is None:
        return None
    row = db.get_one(Recording, (strand.id, found.digest))
    people = (row.added_by, *found.heard_by)
    names = {row.id: row.name for row in db.execute(select(Person.id, Person.name).where(Person.id.in_(people)))}
    return Kept(
        digest=found.digest,
        bytes=found.bytes,
        reads=found.reads,
        brought_by=names.get(row.added_by, ""),
        brought_at=row.added_at,
        confirmed_by=tuple(names.get(each, "") for each in found.heard_by),
        is_confirmed=found.is_confirmed(where),
    )


def _spoken(form: Form, where: str, language: str, reads: str) -> str:
    """The words that the recording says where these are others or more than those of the text; else ""."""
    said, place = form.said_by_place(), words_place(where)
    words = said.get(place, {}).get(language, "")
    if placeholders(words) or place.startswith("profile."):
        spoken = in_one_line(reads)
        if not spoken or "{" in spoken or "}" in spoken:
            raise Invalid({"reads": [_BLANKS]})
        return spoken
    whole = read_out(said).get(place, {}).get(language)
    if whole is None:
        raise Invalid({"recording": [_NOT_WHOLE]})
    return "" if whole == words else in_one_line(whole)


def _at(form: Form, where: str, language: str) -> Signed | None:
    return form.recordings.get(where, {}).get(language)


def _must_be_as_seen(form: Form, where: str, language: str, seen: str) -> None:
    found = _at(form, where, language)
    if (found.digest if found else "") != seen:
        raise Conflict(_FASTER)


def _save(db: Session, keys: RootKeys, actor: Actor, strand: Strand, form: Form, language: str, now: datetime) -> None:
    strand.form = form.to_json()
    touched(db, keys.audit, actor, strand, now, "recordings")
    record(db, keys.audit, actor.id, Verb.WORDS_WRITTEN, strand.id, now, {"language": language, "n": 1})
    if strand.state in SIGNED:
        shut(db, keys, strand, [language], CHANGED_WORDS, now, actor.id)
    _forget(db, strand.id, (each.digest for found in form.recordings.values() for each in found.values()))


def _signed(db: Session, actor: Actor, strand: Strand, sound: Sound, now: datetime) -> Signed:
    digest = hashlib.sha256(sound.content).hexdigest()
    if db.get(Recording, (strand.id, digest)) is None:
        size = select(func.coalesce(func.sum(func.length(Recording.content)), 0))
        together = db.scalar(size.where(Recording.strand_id == strand.id)) or 0
        if together + len(sound.content) > MOST_BYTES_TOGETHER:
            raise Invalid({"recording": [sentence("All recordings of this part together are too large now.")]})
        db.add(Recording(strand_id=strand.id, digest=digest, content=sound.content, added_by=actor.id, added_at=now))
        db.flush()
    return Signed(digest, len(sound.content))


def _the_same(form: Form, where: str, language: str, spoken: str) -> Signed:
    """The sound that is there, for other words than those that were typed for it."""
    found = _at(form, where, language)
    if found is None or found.reads == spoken:
        raise Invalid({"recording": [_NO_FILE]})
    return Signed(found.digest, found.bytes)


def _forget(db: Session, strand_id: str, used: Iterable[str]) -> None:
    """Sound that no text of this part has any more is deleted."""
    kept = set(used)
    for row in db.scalars(select(Recording).where(Recording.strand_id == strand_id)):
        if row.digest not in kept:
            db.delete(row)
    db.flush()
