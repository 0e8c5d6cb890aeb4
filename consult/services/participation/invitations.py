"""One-time codes: made in batches, shown once, spent once. Nothing that is stored ties a code to an answer.

A code is spent in a transaction of its own, which writes nothing else and no time, before the first page. What it gives
is a form state; that state is the ticket, and the digits in it decide where the one answer is stored.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, sentence
from consult.models import FormerCode, Invitation, LiveSession, Purpose, Strand, StrandState
from consult.sealing.invitation import code_digest, new_code
from consult.sealing.root import InvitationKey, RootKeys
from consult.services.actors import Actor, need_role
from consult.services.auditing import Verb, hold, record
from consult.services.participation.strandface import Door, door, written
from safeguards.levels import Condition, strictest
from safeguards.policy import Policy
from safeguards.terms import LIVE_MODES, SPECIALIST, Audience, Level, Mode, Role

__all__ = [
    "MOST_AT_ONCE",
    "codes_required",
    "door_once",
    "invited_to",
    "issue",
    "leads_in",
    "make_void",
    "new_entry_code",
    "spend",
]

MOST_AT_ONCE = 200
_CODE_DIGITS = 8
_ADULT_FROM = 13
_CONTROLLED_ENTRY = "SAF-17"
_GIVING = (
    Role.LEAD_FACILITATOR,
    Role.CO_FACILITATOR,
    Role.MODERATOR,
    Role.INTERPRETER,
    Role.SUPPORT_PRACTITIONER,
    Role.SAFEGUARDING_LEAD,
    Role.INDEPENDENT_APPROVER,
)
_GIVEN_OUT = frozenset({StrandState.OPEN, StrandState.SUSPENDED})


def codes_required(audience: str, mode: str, youngest: int, policy: Policy) -> bool:
    """Whether a strand may be entered with one-time codes only: where controlled entry is a hard requirement."""
    rule = policy.requirements[_CONTROLLED_ENTRY]
    holding = frozenset({Condition.UNDER_13}) if youngest < _ADULT_FROM else frozenset()
    return Mode(mode) in rule.mode_rule.modes and strictest(rule.rules, Audience(audience), holding) is Level.HARD


def leads_in(strand: Strand, policy: Policy) -> bool:
    """Whether the part's own code lets people in: not where they meet, need a card, or are asked by their service."""
    if not strand.entry_code or strand.mode in LIVE_MODES or strand.audience in SPECIALIST:
        return False
    return not codes_required(strand.audience, strand.mode, int(strand.facts["ages"][0]), policy)


def new_entry_code(db: Session) -> str:
    """A code for everybody whom a part, or a session of one, lets in; it leads nowhere else yet.

    Digits only: they are known everywhere, typed on any keypad, and say nothing.
    """
    while True:
        code = "".join(secrets.choice("0123456789") for _ in range(_CODE_DIGITS))
        led = (
            select(Strand.id).where(Strand.entry_code == code),
            select(LiveSession.id).where(LiveSession.code == code),
            select(FormerCode.code).where(FormerCode.code == code),
        )
        if not any(db.scalar(each) for each in led):
            return code


def issue(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, n: int, purpose: Purpose, now: datetime
) -> list[str]:
    """Make `n` codes for a strand that was opened. They are given back once and can not be shown again."""
    need_role(db, actor, strand, *_GIVING)
    if strand.audience in SPECIALIST:
        raise Conflict(sentence("These children are asked by their own service. There are no codes for them."))
    if strand.state not in _GIVEN_OUT:
        raise Conflict(sentence("Codes can be made once the part is open. Nothing was made."))
    if not 1 <= n <= MOST_AT_ONCE:
        raise Invalid({"n": [sentence("Write a number from 1 to 200.")]})
    codes = [new_code() for _ in range(n)]
    # in the order of the digests: the order on the sheet of cards is nobody's business
    digests = sorted(code_digest(keys.invitation, code) for code in codes)
    db.execute(insert(Invitation), [{"digest": each, "strand_id": strand.id, "purpose": purpose} for each in digests])
    record(db, keys.audit, actor.id, Verb.INVITATIONS_MADE, strand.id, now, {"n": n, "purpose": purpose})
    return codes


def make_void(db: Session, keys: RootKeys, actor: Actor, strand: Strand, now: datetime) -> None:
    """Something leaked: the part has another link and code from now on, and no card that was not used leads in.

    Who is inside goes on. Under the former code what changed can still be read, by whoever answered before.
    """
    need_role(db, actor, strand, *_GIVING)
    hold(db, strand)
    if strand.state not in _GIVEN_OUT or not strand.entry_code:
        raise Conflict(sentence("This part is not open. Nothing leads into it."))
    db.add(FormerCode(code=strand.entry_code, strand_id=strand.id))
    strand.entry_code = new_entry_code(db)
    db.execute(delete(Invitation).where(Invitation.strand_id == strand.id, ~Invitation.spent))
    record(db, keys.audit, actor.id, Verb.INVITATIONS_VOID, strand.id, now)


def invited_to(db: Session, key: InvitationKey, code: str) -> str | None:
    """The strand that an entry code leads to; it stays as it is.

    Spent or not: whoever gave somebody a card does not learn from it whether that person came. `spend` alone tells.
    """
    return db.scalars(
        select(Invitation.strand_id).where(
            Invitation.digest == code_digest(key, code), Invitation.purpose == Purpose.ENTRY
        )
    ).first()


def spend(
    db: Session, key: InvitationKey, strand_id: str, code: str, purpose: Purpose, by: bytes | None = None
) -> bool:
    """Spend a code, if it is one of this strand and purpose and nobody spent it before; two at once, one wins.

    `by`: the page it is spent from (`page_digest`). A second tap of that page finds its own code spent and goes on.
    The caller's transaction does this and nothing else.
    """
    mine = (
        Invitation.digest == code_digest(key, code),
        Invitation.strand_id == strand_id,
        Invitation.purpose == purpose,
    )
    spent = db.execute(update(Invitation).where(*mine, ~Invitation.spent).values(spent=True, spent_by=by))
    if isinstance(spent, CursorResult) and spent.rowcount == 1:
        return True
    return by is not None and db.scalar(select(Invitation.spent).where(*mine, Invitation.spent_by == by)) is True


def door_once(db: Session, code: str, now: datetime, policy: Policy) -> Door | None:
    """The door that a code led to until it was made void: for what can be read there, and nothing more.

    It bears the former code, so that nobody learns the one of now from it.
    """
    former = db.scalars(select(FormerCode).where(FormerCode.code.in_(written(code)))).first()
    found = door(db, former.strand_id, now, policy) if former else None
    return replace(found, code=former.code) if former and found else None
