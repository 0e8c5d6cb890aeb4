"""The parts of somebody's consultations at a glance: what stops each, who was heard so far, what comes near."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.errors import Invalid
from consult.models import AdjustmentRequest, LiveSnapshot, Person, Strand, StrandStaff, StrandState
from consult.services.actors import Actor, visible_consultations
from consult.services.evidence.board import Item, board
from consult.services.gate.gating import judge
from consult.services.gate.standing import standing_signature
from consult.services.participation.invitations import leads_in
from consult.services.telling import Duties
from safeguards.policy import Policy
from safeguards.terms import LIVE_MODES, Role

__all__ = ["Glance", "Need", "at_a_glance", "next_needs"]

_OVER = frozenset({StrandState.CLOSED, StrandState.OPENED, StrandState.RELEASED, StrandState.DESTROYED})
#: What is looked at by the gate for the page: beyond that a list of links is shorter to read.
MOST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """One part. `stops`: what keeps it from opening, what the reader can do first; `more` stand on its own page.

    `names`: who has the roles that those wait for.
    """

    consultation_id: str
    consultation: str
    strand_id: str
    strand: str
    state: StrandState
    reason: str
    stops: tuple[Item, ...]
    more: int
    unread: bool
    decision_due: datetime | None
    valid_until: datetime | None
    closes: str
    timezone: str
    #: the code that lets people in; "" where no code of the part does
    entry_code: str
    in_sessions: bool
    heard_on: date | None
    names: Mapping[Role, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Need:
    """What somebody needs to take part, and by which day."""

    consultation_id: str
    strand_id: str
    strand: str
    need: str
    day: date


def at_a_glance(db: Session, actor: Actor, policy: Policy, now: datetime, first: int = 2) -> tuple[Glance, ...]:
    """The parts that the actor sets up or works on and that are not over, the ones that are stopped first."""
    names = {row.id: row.name for row in db.execute(select(Person.id, Person.name))}
    duties = Duties(db)
    found = []
    for strand, title in _mine(db, actor)[:MOST]:
        seen = _glance(db, actor, strand, title, policy, now, first)
        wanted = {role for item in seen.stops for role in (*item.who_attests, *item.who_verifies)}
        held = {role: duties.holders([role], strand.consultation_id, [strand.id]) for role in wanted}
        found.append(replace(seen, names={role: tuple(sorted(names[i] for i in ids)) for role, ids in held.items()}))
    return tuple(found)


def next_needs(db: Session, actor: Actor, most: int = 5) -> tuple[Need, ...]:
    """What is still open in the register of those parts, the next day first."""
    strands = {strand.id: strand for strand, _ in _mine(db, actor)}
    rows = select(AdjustmentRequest).where(
        AdjustmentRequest.strand_id.in_(strands), AdjustmentRequest.outcome == "open"
    )
    ordered = rows.order_by(AdjustmentRequest.day, AdjustmentRequest.id).limit(most)
    return tuple(
        Need(strands[row.strand_id].consultation_id, row.strand_id, strands[row.strand_id].name, row.need, row.day)
        for row in db.scalars(ordered)
    )


def _mine(db: Session, actor: Actor) -> list[tuple[Strand, str]]:
    """The parts that are not over and that the actor set up or has a duty in, with their consultation's title."""
    titles = {each.id: each.title for each in visible_consultations(db, actor)}
    duties = set(db.scalars(select(StrandStaff.strand_id).where(StrandStaff.person_id == actor.id)))
    here = {where for where, _ in actor.duties}
    rows = db.scalars(
        select(Strand).where(Strand.consultation_id.in_(titles), Strand.state.not_in(_OVER)).order_by(Strand.made_at)
    )
    mine = [each for each in rows if each.author_id == actor.id or each.id in duties or each.consultation_id in here]
    return [(each, titles[each.consultation_id]) for each in sorted(mine, key=lambda each: _ORDER[each.state])]


_ORDER: Mapping[str, int] = {
    state: place
    for place, state in enumerate(
        (
            StrandState.STOPPED,
            StrandState.SUSPENDED,
            StrandState.DRAFT,
            StrandState.OPEN,
            StrandState.DECIDED,
            StrandState.GATE_PENDING,
            StrandState.REFUSED,
            StrandState.FALLEN_BACK,
        )
    )
}


def _glance(db: Session, actor: Actor, strand: Strand, title: str, policy: Policy, now: datetime, first: int) -> Glance:
    try:
        judgement = judge(db, strand, policy, now)
        blockers, unread = board(db, actor, strand, policy, judgement, now).blockers, False
    except Invalid:
        blockers, unread = (), True
    window, signature = strand.facts.get("window") or {}, standing_signature(db, strand.id)
    snapshot = select(func.max(LiveSnapshot.made_at)).where(LiveSnapshot.strand_id == strand.id)
    heard = db.scalar(snapshot)
    return Glance(
        consultation_id=strand.consultation_id,
        consultation=title,
        strand_id=strand.id,
        strand=strand.name,
        state=StrandState(strand.state),
        reason=strand.state_reason or "",
        stops=blockers[:first],
        more=len(blockers[first:]),
        unread=unread,
        decision_due=strand.decision_due,
        valid_until=signature.valid_until if signature else None,
        closes=str(window.get("closes", "")),
        timezone=str(window.get("timezone", "UTC")),
        entry_code=(strand.entry_code or "") if leads_in(strand, policy) else "",
        in_sessions=strand.mode in LIVE_MODES,
        heard_on=heard.date() if heard else None,
        names={},
    )
