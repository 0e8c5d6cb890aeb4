"""The states and moves of a consultation and of a strand, and who may make them: all of it, and nowhere else.

Two tables. A move says where it leads from and to, who may make it and what must hold. What holds is a set of facts
that the caller has established from the record; nothing is guessed here, so a fact that is left out does not hold.

No row of the strand's table leads into ``open`` without ``OPENING``: a gate that passes, on the plan that was signed,
by a second person. docs/reference/states.md is drawn from these tables.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from .said import either, joined, said
from .terms import SPECIALIST, Audience, Role

__all__ = [
    "BEFORE_SIGNING",
    "CONSULTATION",
    "OPENING",
    "SIGNED",
    "STRAND",
    "ConsultationState",
    "Fact",
    "Move",
    "Ruling",
    "StrandState",
    "may_move",
    "moves_from",
    "needs",
]

State = TypeVar("State", bound=StrEnum)


class ConsultationState(StrEnum):
    """Where a consultation is in its life."""

    DRAFT = "draft"
    DESIGN_REVIEW = "design_review"
    RUNNING = "running"
    ANALYSIS = "analysis"
    FEEDBACK_DUE = "feedback_due"
    FED_BACK = "fed_back"
    ARCHIVED = "archived"
    STOPPED = "stopped"


class StrandState(StrEnum):
    """Where a strand is in its life. ``open`` takes answers; ``opened`` means that two people opened the answers."""

    DRAFT = "draft"
    GATE_PENDING = "gate_pending"
    DECIDED = "decided"
    OPEN = "open"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    OPENED = "opened"
    RELEASED = "released"
    DESTROYED = "destroyed"
    REFUSED = "refused"
    FALLEN_BACK = "fallen_back"
    STOPPED = "stopped"


#: nobody has signed it yet: what it says may still be changed
BEFORE_SIGNING = frozenset({StrandState.DRAFT, StrandState.GATE_PENDING})
#: signed, and opens, is open or may be open again: what was signed is what opens, other words shut their language
SIGNED = frozenset({StrandState.DECIDED, StrandState.OPEN, StrandState.SUSPENDED})


class Fact(StrEnum):
    """What a move may need; each value reads after "this still needs"."""

    PLAN_COMPLETE = said("a plan with nothing left out")
    GATE_PASSES = said("a gate that says yes now")
    GO_SIGNED = said("a signed decision to open, no less strict than the gate's")
    FALLBACK_SIGNED = said("a signed decision to ask adults instead")
    REFUSAL_SIGNED = said("a signed refusal")
    SECOND_PERSON = said("a signature of somebody other than the author")
    APPROVER_SIGNED = said("the independent approver's signature")
    SIGNED_SINCE = said("a signature since somebody who had checked or signed it was kept out")
    SAME_PLAN = said("that the plan is the one that was signed")
    IN_DATE = said("a decision that has not run out")
    NO_STOP = said("no emergency stop in force")
    CAUSE_REMOVED = said("the cause to be removed")
    REVERIFIED = said("a second person's check that it is removed")
    SIGNED_AGAIN = said("the safeguarding lead's new signature")
    NOTED = said("a note to participants")
    LIFTED_BY_TWO = said("the safeguarding lead and the independent approver, two people, to lift the stop")
    CAUSE_WRITTEN = said("the cause in writing")
    INCIDENT_REVIEWED = said("a review of the incident")
    OPENING_ASKED = said("a reviewer's request to open the answers")
    OPENING_GRANTED = said("a lead's grant, by another person than the reviewer")
    RELEASE_AUDITED = said("a release that passed the check of small numbers")
    RETENTION_OVER = said("the time of keeping to be over")
    DECISION_MAKER_NAMED = said("a named decision-maker and the date of the answer")
    REVIEWED_BY_SECOND = said("a review by somebody other than the author")
    STRANDS_CLOSED = said("that no part takes answers any more")
    RELEASE_MADE = said("a release to report from")
    PROMISES_ANSWERED = said("an answer to every main idea, with the reason for each no")
    NO_STRAND_OPENED = said("that no part was ever open")


@dataclass(frozen=True, slots=True)
class Move(Generic[State]):
    """One arrow. ``who``: roles that may make it; ``by_itself``: the system makes it too, without a person."""

    name: str
    source: State
    target: State
    who: frozenset[Role]
    needs: frozenset[Fact] = frozenset()
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a move may be made, and why or why not, in words for the person who asked."""

    ok: bool
    why: str
    missing: frozenset[Fact] = frozenset()

    def __bool__(self) -> bool:
        return self.ok


# ---- who may move

_LEAD = frozenset({Role.SAFEGUARDING_LEAD})
_APPROVER = frozenset({Role.INDEPENDENT_APPROVER})
_FACILITATORS = frozenset({Role.LEAD_FACILITATOR, Role.CO_FACILITATOR})
_DESIGNERS = _FACILITATORS | {Role.ORGANISATION_MANAGER}
_ON_DUTY = _FACILITATORS | _LEAD | {Role.MODERATOR, Role.INTERPRETER, Role.SUPPORT_PRACTITIONER}
_PAUSERS = _ON_DUTY | _APPROVER | {Role.TECHNICAL_OPERATOR}
_OPENERS = _LEAD | {Role.REDACTOR, Role.ANALYST}
_REPORTERS = _FACILITATORS | _LEAD | {Role.ANALYST}
_KEEPERS = frozenset({Role.DATA_PROTECTION_LEAD})

# ---- what must hold

OPENING = frozenset(
    {
        *(Fact.GATE_PASSES, Fact.GO_SIGNED, Fact.SECOND_PERSON, Fact.SIGNED_SINCE),
        *(Fact.SAME_PLAN, Fact.IN_DATE, Fact.NO_STOP),
    }
)
"""What every move into ``open`` needs; S and H need the independent approver's signature besides."""
_RESTART = (Fact.CAUSE_REMOVED, Fact.REVERIFIED, Fact.SIGNED_AGAIN, Fact.NOTED)
_LIFT = (Fact.LIFTED_BY_TWO, Fact.CAUSE_WRITTEN, Fact.INCIDENT_REVIEWED)
_TWO_OPEN = (Fact.OPENING_ASKED, Fact.OPENING_GRANTED, Fact.NO_STOP)


def _moves(
    name: str,
    sources: tuple[State, ...],
    target: State,
    who: frozenset[Role],
    *needed: Fact,
    by_itself: bool = False,
) -> tuple[Move[State], ...]:
    needs = frozenset(needed)
    return tuple(Move(name, source, target, who, needs, by_itself) for source in sources)


_S = StrandState
STRAND: tuple[Move[StrandState], ...] = (
    *_moves("ask_for_decision", (_S.DRAFT,), _S.GATE_PENDING, _FACILITATORS, Fact.PLAN_COMPLETE),
    *_moves("take_back", (_S.GATE_PENDING,), _S.DRAFT, _FACILITATORS | _LEAD | _APPROVER),
    *_moves("decide", (_S.GATE_PENDING,), _S.DECIDED, _LEAD, *OPENING),
    *_moves("fall_back", (_S.GATE_PENDING,), _S.FALLEN_BACK, _LEAD, Fact.FALLBACK_SIGNED, Fact.SECOND_PERSON),
    *_moves("refuse", (_S.GATE_PENDING,), _S.REFUSED, _LEAD, Fact.REFUSAL_SIGNED, Fact.SECOND_PERSON),
    *_moves("redesign", (_S.REFUSED, _S.FALLEN_BACK), _S.DRAFT, _FACILITATORS),
    *_moves("decide_anew", (_S.DECIDED,), _S.GATE_PENDING, _FACILITATORS | _LEAD | _APPROVER, by_itself=True),
    *_moves("open", (_S.DECIDED,), _S.OPEN, _LEAD, *OPENING),
    *_moves("suspend", (_S.OPEN,), _S.SUSPENDED, _PAUSERS, by_itself=True),
    *_moves("resume", (_S.SUSPENDED,), _S.OPEN, _LEAD, *OPENING, *_RESTART),
    *_moves("stop", (_S.DECIDED, _S.OPEN, _S.SUSPENDED), _S.STOPPED, _PAUSERS),
    # A lifted stop opens nothing: the strand waits, suspended, for a restart of its own.
    *_moves("lift", (_S.STOPPED,), _S.SUSPENDED, _LEAD | _APPROVER, *_LIFT),
    *_moves("close", (_S.OPEN, _S.SUSPENDED), _S.CLOSED, _LEAD, by_itself=True),
    *_moves("open_answers", (_S.CLOSED,), _S.OPENED, _OPENERS, *_TWO_OPEN),
    *_moves("release", (_S.OPENED,), _S.RELEASED, _OPENERS, Fact.RELEASE_AUDITED, Fact.NO_STOP),
    *_moves(
        "destroy",
        (_S.STOPPED, _S.CLOSED, _S.OPENED, _S.RELEASED),
        _S.DESTROYED,
        _KEEPERS,
        Fact.RETENTION_OVER,
        by_itself=True,
    ),
)

_C = ConsultationState
CONSULTATION: tuple[Move[ConsultationState], ...] = (
    *_moves("ask_for_review", (_C.DRAFT,), _C.DESIGN_REVIEW, _DESIGNERS, Fact.DECISION_MAKER_NAMED),
    *_moves("return", (_C.DESIGN_REVIEW,), _C.DRAFT, _DESIGNERS | _LEAD | _APPROVER),
    *_moves("start", (_C.DESIGN_REVIEW,), _C.RUNNING, _LEAD, Fact.REVIEWED_BY_SECOND, Fact.NO_STOP),
    *_moves("analyse", (_C.RUNNING,), _C.ANALYSIS, _REPORTERS, Fact.STRANDS_CLOSED),
    *_moves("report", (_C.ANALYSIS,), _C.FEEDBACK_DUE, _REPORTERS, Fact.RELEASE_MADE, Fact.NO_STOP),
    *_moves("feed_back", (_C.FEEDBACK_DUE,), _C.FED_BACK, _DESIGNERS | _LEAD, Fact.PROMISES_ANSWERED),
    *_moves("archive", (_C.FED_BACK,), _C.ARCHIVED, _DESIGNERS | _KEEPERS, Fact.RETENTION_OVER),
    *_moves("give_up", (_C.DRAFT, _C.DESIGN_REVIEW), _C.ARCHIVED, _DESIGNERS, Fact.NO_STRAND_OPENED),
    *_moves("stop", (_C.DESIGN_REVIEW, _C.RUNNING, _C.ANALYSIS, _C.FEEDBACK_DUE), _C.STOPPED, _PAUSERS),
    # After a stop everything is looked at once more before it runs.
    *_moves("lift", (_C.STOPPED,), _C.DESIGN_REVIEW, _LEAD | _APPROVER, *_LIFT),
)


def moves_from(table: tuple[Move[State], ...], state: State) -> tuple[Move[State], ...]:
    """The arrows that leave a state, in table order."""
    return tuple(move for move in table if move.source is state)


def needs(move: Move[State], audience: Audience | None = None) -> frozenset[Fact]:
    """What must hold for a move of a strand with this audience: S and H need the approver wherever a lead signs GO."""
    two_sign = audience in SPECIALIST and Fact.GO_SIGNED in move.needs
    return move.needs | {Fact.APPROVER_SIGNED} if two_sign else move.needs


def may_move(
    table: tuple[Move[State], ...],
    state: State,
    name: str,
    role: Role | None,
    facts: AbstractSet[Fact],
    audience: Audience | None = None,
) -> Ruling:
    """Whether somebody in a role (None: the system itself) may make the named move now.

    ``facts``: what the caller has established. ``audience``: the strand's; a consultation has none.
    The check behind a button and the check behind its action are this one.
    """
    move = next((move for move in moves_from(table, state) if move.name == name), None)
    if move is None:
        return Ruling(ok=False, why=said("This can not be done as things stand: %(state)s.", state=state))
    if not (move.by_itself if role is None else role in move.who):
        return Ruling(ok=False, why=said("This is for: %(roles)s.", roles=either(sorted(move.who))))
    missing = needs(move, audience) - facts
    if missing:
        what = joined(fact.value for fact in sorted(missing))
        return Ruling(ok=False, why=said("This still needs: %(what)s.", what=what), missing=missing)
    return Ruling(ok=True, why="")
