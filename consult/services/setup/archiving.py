"""The end of a consultation: everybody was answered, every key is destroyed, nothing begins here any more.

Keys and answers end by themselves, part by part, when the time of keeping is over (`retention`); the
inclusion key, which the parts share, ends here. Reports, certificates and the public page of what changed stay, and the
note of a year later can still be published.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consult.errors import sentence
from consult.models import Consultation, InclusionKey, InclusionShare, Strand, StrandKey, StrandState
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, roles_in_consultation, visible_consultation
from consult.services.auditing import Verb, record
from safeguards.lifecycle import CONSULTATION, ConsultationState, Fact, may_move, moves_from

__all__ = ["archive", "may_archive"]

_MOVE = "archive"
#: States in which a part asks nobody, holds nothing, and waits for nobody's signature.
_OVER = frozenset({StrandState.DRAFT, StrandState.REFUSED, StrandState.FALLEN_BACK, StrandState.DESTROYED})
_NOT_FED_BACK = sentence("It can be archived once every main idea has its answer and the answers are published.")
_STILL_KEPT = sentence("It can be archived once the answers of every part are destroyed. That happens by itself.")
_NOT_YOURS = sentence("Facilitators, the organisation's manager and the data protection lead archive a consultation.")


def may_archive(db: Session, actor: Actor, consultation: Consultation) -> Ruling:
    """Whether the actor may archive the consultation now: the check behind the button and behind its action."""
    state = ConsultationState(consultation.state)
    move = next((each for each in moves_from(CONSULTATION, state) if each.name == _MOVE), None)
    if move is None:
        return Ruling(ok=False, why=_NOT_FED_BACK)
    role = next((each for each in sorted(roles_in_consultation(db, actor, consultation)) if each in move.who), None)
    if role is None:
        return Ruling(ok=False, why=_NOT_YOURS)
    facts = {Fact.RETENTION_OVER} if _kept_long_enough(db, consultation.id) else set[Fact]()
    return Ruling(ok=bool(may_move(CONSULTATION, state, _MOVE, role, facts)), why=_STILL_KEPT)


def archive(db: Session, keys: RootKeys, actor: Actor, consultation_id: str, now: datetime) -> None:
    """Archive the consultation, for good, and destroy its inclusion key. Raises `NotFound` and `Denied`."""
    consultation = visible_consultation(db, actor, consultation_id)
    may_archive(db, actor, consultation).demand()
    db.execute(delete(InclusionShare).where(InclusionShare.consultation_id == consultation.id))
    db.execute(delete(InclusionKey).where(InclusionKey.consultation_id == consultation.id))
    consultation.state = ConsultationState.ARCHIVED
    db.flush()
    record(db, keys.audit, actor.id, Verb.CONSULTATION_CHANGED, consultation.id, now, {"move": _MOVE})


def _kept_long_enough(db: Session, consultation_id: str) -> bool:
    """Whether no part runs, waits or still has a key that opens."""
    parts = select(Strand.id).where(Strand.consultation_id == consultation_id)
    unfinished = parts.where(Strand.state.not_in(_OVER))
    keys = select(StrandKey.strand_id).where(StrandKey.strand_id.in_(parts), StrandKey.wrapped_private != b"")
    return not db.scalars(unfinished.union(keys)).first()
