"""Who is told what, and when: one table. What is told never says more than that something waits, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .terms import Role

__all__ = ["TELLINGS", "Matter", "Telling", "stage_of"]


class Matter(StrEnum):
    """Something that concerns somebody: an act or a lapse, or a day that comes near."""

    STOPPED = "stopped"
    PAUSED = "paused"
    RUNS_AGAIN = "runs_again"
    SENT = "sent"
    RETURNED = "returned"
    DECIDED = "decided"
    POLICY_PROPOSED = "policy_proposed"
    POLICY_DECIDED = "policy_decided"
    DESTROYED = "destroyed"
    HELP_ASKED = "help_asked"
    COMPLAINT = "complaint"
    OWN_WORDS = "own_words"
    EVIDENCE_ENDS = "evidence_ends"
    CONTACT_TEST = "contact_test"
    CONDITION = "condition"
    DECISION_ENDS = "decision_ends"
    WINDOW_ENDED = "window_ended"
    NEED = "need"
    DEBT = "debt"
    APART = "apart"
    PROMISE = "promise"
    RETENTION = "retention"
    SESSION_WRONG = "session_wrong"
    PROPOSAL = "proposal"
    PARTNER_REMINDED = "partner_reminded"
    PROPOSAL_ANSWERED = "proposal_answered"
    ALLEGATION = "allegation"
    MEETING_PROOFS = "meeting_proofs"
    CALL_WAITS = "call_waits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Who is told of a matter.

    `told`: roles in the part, its consultation or the organisation; empty where the matter itself names the people.
    `before`: so many days before its day each of them is reminded; 0 is the day itself, and from then on it is overdue.
    Without any, it is told once, when it happens.
    """

    told: frozenset[Role] = frozenset()
    named: str = ""
    before: tuple[int, ...] = ()


_TEAM = frozenset({Role.LEAD_FACILITATOR, Role.CO_FACILITATOR})
_ON_DUTY = _TEAM | {Role.MODERATOR, Role.INTERPRETER, Role.SUPPORT_PRACTITIONER}
_LEAD = frozenset({Role.SAFEGUARDING_LEAD})
_APPROVER = frozenset({Role.INDEPENDENT_APPROVER})
_MANAGER = frozenset({Role.ORGANISATION_MANAGER})
_DATA = frozenset({Role.DATA_PROTECTION_LEAD})

#: The emergency stop reaches lead, approver and the head of the organisation (domain reference §4.3).
TELLINGS: Mapping[Matter, Telling] = {
    Matter.STOPPED: Telling(
        told=_LEAD | _APPROVER | _MANAGER | _ON_DUTY,
    ),
    Matter.PAUSED: Telling(
        told=_LEAD | _APPROVER | _ON_DUTY,
    ),
    Matter.RUNS_AGAIN: Telling(told=_LEAD | _ON_DUTY),
    Matter.SESSION_WRONG: Telling(told=_LEAD),
    Matter.SENT: Telling(told=_LEAD),
    Matter.RETURNED: Telling(told=_TEAM),
    Matter.DECIDED: Telling(told=_TEAM),
    Matter.POLICY_PROPOSED: Telling(told=_LEAD | _APPROVER),
    Matter.POLICY_DECIDED: Telling(told=_LEAD | _APPROVER | _MANAGER),
    Matter.DESTROYED: Telling(told=_LEAD | _MANAGER | _DATA),
    Matter.HELP_ASKED: Telling(
        named="the leads it is sealed to, while they lead that part; where none is left, the leads on call",
        before=(3, 0),
    ),
    Matter.COMPLAINT: Telling(
        named="the people it is sealed to, while they are outside the team; where none is left, who takes the next",
        before=(10, 5, 2, 0),
    ),
    Matter.OWN_WORDS: Telling(
        told=_LEAD | {Role.REDACTOR},
        before=(1, 0),
    ),
    Matter.EVIDENCE_ENDS: Telling(
        told=_LEAD | _TEAM | _MANAGER,
        before=(30, 7, 1),
    ),
    Matter.CONTACT_TEST: Telling(
        told=_LEAD | _TEAM,
        before=(7, 2),
    ),
    Matter.CONDITION: Telling(
        told=_LEAD | _TEAM,
        before=(7, 1, 0),
    ),
    Matter.DECISION_ENDS: Telling(
        told=_LEAD | _TEAM,
        before=(7, 1),
    ),
    Matter.WINDOW_ENDED: Telling(told=_LEAD, before=(0,)),
    Matter.NEED: Telling(
        told=_ON_DUTY | {Role.INCLUSION},
        before=(7, 2),
    ),
    Matter.DEBT: Telling(
        told=_LEAD | _APPROVER | _MANAGER | _TEAM,
        before=(30, 7, 0),
    ),
    Matter.APART: Telling(told=_LEAD | _APPROVER, before=(14, 7, 2)),
    Matter.PROMISE: Telling(
        told=_TEAM | _MANAGER | {Role.DECISION_MAKER},
        before=(30, 7, 0),
    ),
    Matter.RETENTION: Telling(
        told=_LEAD | _MANAGER | _DATA | {Role.ANALYST, Role.REDACTOR},
        before=(30, 7),
    ),
    Matter.PROPOSAL: Telling(told=_TEAM, before=(14, 3, 0)),
    Matter.PARTNER_REMINDED: Telling(named="the partner"),
    Matter.PROPOSAL_ANSWERED: Telling(named="the partner"),
    Matter.ALLEGATION: Telling(named="whoever can still say yes to its end, never whom it is about"),
    Matter.MEETING_PROOFS: Telling(told=_LEAD | _TEAM, before=(7, 2, 0)),
    Matter.CALL_WAITS: Telling(
        named="facilitators and leads who can confirm it; where there are none, whoever else can",
    ),
}


def stage_of(matter: Matter, due: date, today: date) -> int | None:
    """The reminder that is on: so many days before; None while it is too early for the first one."""
    left = (due - today).days
    return min((days for days in TELLINGS[matter].before if left <= days), default=None)
