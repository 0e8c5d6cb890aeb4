"""The sound of a recording, for whoever may hear it: staff before it is signed, participants after."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import NotFound
from consult.models import Recording

__all__ = ["sound_of"]


def sound_of(db: Session, strand_id: str, digest: str) -> bytes:
    """The MP3. Raises `NotFound` for one that this part has not."""
    content = db.scalar(select(Recording.content).where(Recording.strand_id == strand_id, Recording.digest == digest))
    if content is None:
        raise NotFound
    return content
