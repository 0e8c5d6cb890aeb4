"""Notes of a live session, written with the strand held; and the one that somebody who takes part can cause.

Apart from the desk in `livesessions`, so that the participants' pages reach this and nothing that signs or opens.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.models import LiveSession, SessionNote, Strand
from consult.sealing.root import RootKeys
from consult.services.auditing import Verb, hold_part, record
from consult.services.participation.sittings import sitting_of
from consult.services.telling import tell
from safeguards.livesession import Note, Phase
from safeguards.policy import Policy
from safeguards.telling import Matter

__all__ = ["PARTICIPANT", "UNDER_WAY", "something_wrong", "write_note"]

PARTICIPANT = "participant"
"""The actor of what somebody who takes part says."""
UNDER_WAY = (Phase.RUNNING, Phase.BREAK, Phase.PAUSED)


def write_note(
    db: Session, keys: RootKeys, session_id: str, actor_id: str, what: Note, now: datetime, **about: object
) -> None:
    """One note more, and its event. When something is wrong the leads are told besides."""
    last = db.scalar(select(func.max(SessionNote.number)).where(SessionNote.session_id == session_id)) or 0
    by = None if actor_id == PARTICIPANT else actor_id
    db.add(SessionNote(session_id=session_id, number=last + 1, at=now, note=what, by_id=by, **about))
    db.flush()
    record(db, keys.audit, actor_id, Verb.SESSION_NOTED, session_id, now, {"note": what})
    if what is Note.WRONG:
        row = db.get_one(LiveSession, session_id)
        tell(db, Matter.SESSION_WRONG, now, strand=db.get_one(Strand, row.strand_id), subject=row.id, by=actor_id)


def something_wrong(db: Session, keys: RootKeys, policy: Policy, session_id: str, now: datetime) -> bool:
    """Somebody who takes part says that something is wrong: the session pauses; whether it was one that runs.

    Nothing is kept about who it was. The adults see it at their next page, and whom to call.
    """
    row = db.get(LiveSession, session_id)
    if row is None:
        return False
    hold_part(db, row.strand_id)
    sitting = sitting_of(db, session_id, db.get_one(Strand, row.strand_id), policy)
    if sitting is None or sitting.live(now).phase not in UNDER_WAY:
        return False
    if sitting.live(now).lead_due is None:  # pressed again by the next child, it says nothing new
        write_note(db, keys, session_id, PARTICIPANT, Note.WRONG, now)
    return True
