"""Who may ask for which opening, and when: by role, by half of the key, by the state of the strand."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, sentence
from consult.models import HolderRole, OpeningMode, OpeningRequest, Strand, StrandHolder
from consult.services.actors import Actor, roles_in
from consult.services.gate.standing import stops_in_force
from consult.services.tables.doubt import WAITS, is_undecided
from safeguards.lifecycle import StrandState
from safeguards.terms import Role

__all__ = ["USED_ONCE", "grant_stands", "may_ask", "must_be_ready", "must_hold", "must_review"]

#: The states in which each mode opens; a mode that is not here opens nothing.
_CAN_BE_OPENED: Mapping[OpeningMode, frozenset[StrandState]] = {
    # After a release no second one: telling them apart needs the audit across releases (disclosure control, rule 6).
    OpeningMode.TABLES: frozenset({StrandState.CLOSED, StrandState.OPENED}),
    OpeningMode.READ: frozenset({StrandState.CLOSED, StrandState.OPENED, StrandState.RELEASED}),
    OpeningMode.TRIAGE: frozenset({StrandState.OPEN, StrandState.SUSPENDED, StrandState.CLOSED}),
    # New halves show nobody anything, so they can be drawn whenever there is a key, also under an emergency stop.
    OpeningMode.REWRAP: frozenset(StrandState) - {StrandState.DRAFT, StrandState.GATE_PENDING, StrandState.DESTROYED},
}
#: One use ends the request; reading own words takes days, so that one stands until its end, each use on record.
USED_ONCE = frozenset({OpeningMode.TABLES, OpeningMode.REWRAP})
#: These take in everything that a part holds, once; triage reads what came since.
_WHOLE = frozenset({OpeningMode.TABLES, OpeningMode.READ})
#: An analyst sees tables only.
_FOR_REDACTORS = frozenset({OpeningMode.READ, OpeningMode.TRIAGE})
_ONLY = {
    HolderRole.LEAD: sentence("Only a lead who holds a half of this part's key can do this."),
    HolderRole.REVIEWER: sentence("Only a reviewer who holds a half of this part's key can do this."),
}


def may_ask(db: Session, actor: Actor, strand: Strand, mode: OpeningMode = OpeningMode.TABLES) -> bool:
    """Whether the actor may ask for this mode of a strand in the state it is in: the check behind the button."""
    if strand.state not in _CAN_BE_OPENED.get(mode, frozenset()):
        return False
    held = db.get(StrandHolder, (strand.id, actor.id))
    if held is None or held.role != HolderRole.REVIEWER:
        return False
    return mode not in _FOR_REDACTORS or Role.REDACTOR in roles_in(db, actor, strand)


def must_be_ready(db: Session, strand: Strand, mode: OpeningMode) -> None:
    """Raise `Conflict` unless this mode opens in this state, no stop is in force, and nothing is in doubt."""
    if strand.state not in _CAN_BE_OPENED.get(mode, frozenset()):
        if strand.state == StrandState.RELEASED:
            raise Conflict("This part has its release. A second one of the same people could give single people away.")
        if mode is OpeningMode.TRIAGE:
            raise Conflict("New own words are read while a part runs.")
        raise Conflict("Answers are opened after this part has closed.")
    if mode is not OpeningMode.REWRAP and stops_in_force(db, strand):
        raise Conflict("An emergency stop is in force. Nothing is opened until two people lift it.")
    if mode in _WHOLE and is_undecided(db, strand.id):
        raise Conflict(WAITS)


def must_hold(db: Session, actor: Actor, strand: Strand, role: HolderRole) -> None:
    """Raise `Denied` for whoever holds no half of this role."""
    held = db.get(StrandHolder, (strand.id, actor.id))
    if held is None or held.role != role:
        raise Denied(_ONLY[role])


def grant_stands(db: Session, request: OpeningRequest) -> bool:
    """Whether whoever granted it still holds a lead's half: a grant ends with the lead who left or is kept out."""
    held = db.get(StrandHolder, (request.strand_id, request.granted_by)) if request.granted_by else None
    return held is not None and held.role == HolderRole.LEAD


def must_review(db: Session, actor: Actor, strand: Strand, mode: OpeningMode) -> None:
    """Raise `Denied` for whoever may not ask for this mode: a reviewer's half, and for reading a redactor."""
    must_hold(db, actor, strand, HolderRole.REVIEWER)
    if mode in _FOR_REDACTORS and Role.REDACTOR not in roles_in(db, actor, strand):
        raise Denied("Own words are read by a redactor. An analyst asks for tables.")
