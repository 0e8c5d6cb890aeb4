"""Recordings of the texts of a part: taken as MP3, kept with the part, signed by their hash with the words they read.

Which recording belongs to which text stands in the form, so a changed recording is a changed text: it asks for the
sign-off of its language again, and a signed part has exactly the recordings that were signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.errors import Invalid, NotFound, sentence
from consult.models import Recording, Strand
from consult.questionnaire.easier import Recording as Signed
from consult.sealing.root import AuditKey
from consult.services import drafting
from consult.services.actors import Actor
from consult.services.mp3 import Sound, sound_in
from consult.services.planning import form_of
from consult.services.wording import with_easy, with_recording

__all__ = ["MOST_BYTES", "MOST_BYTES_TOGETHER", "change", "checked", "sound_of"]

#: two minutes at 64 kbit/s; a text is read in less
MOST_BYTES = 1024 * 1024
MOST_BYTES_TOGETHER = 64 * 1024 * 1024


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


def change(
    db: Session,
    key: AuditKey,
    actor: Actor,
    strand_id: str,
    version: int,
    where: str,
    language: str,
    easy: str,
    sound: Sound | None,
    now: datetime,
    *,
    take_away: bool = False,
) -> Strand:
    """Save what makes one text easier in one language: its easy words, and its recording where one is given.

    Raises `Denied`, `Conflict` when it is signed or somebody else was faster, `Invalid` for what does not fit.
    """
    strand = drafting.editable(db, actor, strand_id, version)
    form = with_easy(form_of(strand), where, language, easy)
    if sound is not None:
        form = with_recording(form, where, language, _kept(db, actor, strand, sound, now))
    elif take_away:
        form = with_recording(form, where, language, None)
    changed = drafting.change_form(db, key, actor, strand_id, version, form.to_json(), now)
    _forget(db, strand_id, (each.digest for found in form.recordings.values() for each in found.values()))
    return changed


def sound_of(db: Session, strand_id: str, digest: str) -> bytes:
    """The MP3. Raises `NotFound` for one that this part has not."""
    content = db.scalar(select(Recording.content).where(Recording.strand_id == strand_id, Recording.digest == digest))
    if content is None:
        raise NotFound
    return content


def _kept(db: Session, actor: Actor, strand: Strand, sound: Sound, now: datetime) -> Signed:
    digest = hashlib.sha256(sound.content).hexdigest()
    if db.get(Recording, (strand.id, digest)) is None:
        size = select(func.coalesce(func.sum(func.length(Recording.content)), 0))
        together = db.scalar(size.where(Recording.strand_id == strand.id)) or 0
        if together + len(sound.content) > MOST_BYTES_TOGETHER:
            raise Invalid({"recording": [sentence("All recordings of this part together are too large now.")]})
        db.add(Recording(strand_id=strand.id, digest=digest, content=sound.content, added_by=actor.id, added_at=now))
        db.flush()
    return Signed(digest, len(sound.content))


def _forget(db: Session, strand_id: str, used: Iterable[str]) -> None:
    """Sound that no text of this part has any more is deleted."""
    kept = set(used)
    for row in db.scalars(select(Recording).where(Recording.strand_id == strand_id)):
        if row.digest not in kept:
            db.delete(row)
    db.flush()
