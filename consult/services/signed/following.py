"""A consultation's own state follows what happens to its strands, along its own table of moves."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.models import Consultation, Strand
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, roles_in
from consult.services.auditing import Verb, record
from safeguards.lifecycle import CONSULTATION, ConsultationState, Fact, StrandState, may_move, moves_from

__all__ = ["follow"]

#: Or may again: what the stop of a platform or a place holds goes on when it is lifted.
_TAKING_ANSWERS = frozenset({StrandState.OPEN, StrandState.SUSPENDED, StrandState.STOPPED, StrandState.DECIDED})


def follow(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    strand: Strand,
    move: str,
    now: datetime,
    facts: AbstractSet[Fact] = frozenset(),
) -> None:
    """Make the consultation's move if its table allows it now; else leave it: another strand may not be so far."""
    db.flush()
    consultation = db.get_one(Consultation, strand.consultation_id)
    state = ConsultationState(consultation.state)
    holding = facts | _facts(db, consultation)
    for role in sorted(roles_in(db, actor, strand)):
        if may_move(CONSULTATION, state, move, role, holding):
            consultation.state = next(row.target for row in moves_from(CONSULTATION, state) if row.name == move)
            record(db, keys.audit, actor.id, Verb.CONSULTATION_CHANGED, consultation.id, now, {"move": move})
            return


def _facts(db: Session, consultation: Consultation) -> set[Fact]:
    states = set(db.scalars(select(Strand.state).where(Strand.consultation_id == consultation.id)))
    found = {Fact.DECISION_MAKER_NAMED} if consultation.decision_maker.strip() else set()
    return found if states & _TAKING_ANSWERS else found | {Fact.STRANDS_CLOSED}
