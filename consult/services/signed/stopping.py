"""The emergency stop, and the two ways back: two people lift a stop, and a restart is signed anew.

One of a consultation stops every part of it; one of a platform or a place every part that relies on it, of any team.
An alert says that there is an emergency or a conflict in a place: of the parts there those pause that need proof of a
stable setting (SAF-22), and it ends like a stop.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Denied, Invalid, NotFound, sentence
from consult.models import Stop, Strand
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, roles_in, roles_in_each
from consult.services.auditing import Verb, hold, record
from consult.services.gate.standing import OVER, WIDE, covered_by, must, reached_by, standing_of, stops_in_force
from consult.services.people.accounts import confirm, sign_in
from consult.services.people.secondfactor import use_code
from consult.services.policyinforce import in_force
from consult.services.signed.following import follow
from consult.services.signed.incidents import NO_CAUSE, STOPPERS, put_on_notice
from consult.services.signed.running import let_in, put_on_hold, reconsider
from consult.services.signed.signing import Countersigner, approver, facts_once_signed, is_independent, write_signature
from consult.services.telling import tell
from safeguards.lifecycle import STRAND, Fact, StrandState
from safeguards.names import known_as
from safeguards.policy import Policy
from safeguards.record import StopScope
from safeguards.telling import Matter
from safeguards.terms import SPECIALIST, Audience, Role

__all__ = [
    "RESTART_FACTS",
    "STOPPERS",
    "Restart",
    "lift_stop",
    "lift_wide",
    "may_lift",
    "may_lift_wide",
    "press_stop",
    "press_wide",
    "resume",
    "stop_of",
    "stoppable",
]

_STOPPABLE = frozenset(move.source for move in STRAND if move.name == "stop")
_LIFTERS = (Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER)
_LIFTED = frozenset({Fact.LIFTED_BY_TWO, Fact.CAUSE_WRITTEN, Fact.INCIDENT_REVIEWED})
RESTART_FACTS = frozenset({Fact.CAUSE_REMOVED, Fact.REVERIFIED, Fact.SIGNED_AGAIN, Fact.NOTED})


@dataclass(frozen=True, slots=True)
class Restart:
    """What a restart needs besides a gate that passes: the cause and its mend, a note, two people's passphrases.

    `plan_digest`: of the plan that the lead looked at.
    """

    cause_removed: str
    note_to_participants: str
    plan_digest: str
    passphrase: str = field(repr=False)
    second: Countersigner


def press_stop(db: Session, keys: RootKeys, actor: Actor, strand: Strand, cause: str, now: datetime) -> Stop:
    """Emergency stop for the whole consultation: every strand of it stops at once. Any adult on duty may."""
    if not roles_in(db, actor, strand) & STOPPERS:
        raise Denied("An emergency stop is for those on duty, the leads, the approver and the operator.")
    stop = _press(db, keys, actor, StopScope.CONSULTATION, strand.consultation_id, cause, now)
    follow(db, keys, actor, strand, "stop", now)
    return stop


def stoppable(db: Session, actor: Actor) -> list[tuple[StopScope, str]]:
    """The platforms and places of parts that go on, where the actor may press it: by kind, then by name or code."""
    going_on = db.scalars(select(Strand).where(Strand.state.not_in(OVER)))
    parts = {each.id: each for each in going_on}
    theirs = [parts[part] for part, roles in roles_in_each(db, actor, parts.values()).items() if roles & STOPPERS]
    found = {(scope, each) for strand in theirs for scope in WIDE for each in reached_by(strand, scope)}
    return sorted({(scope, known_as(each)): (scope, each) for scope, each in sorted(found, reverse=True)}.values())


def press_wide(
    db: Session, keys: RootKeys, actor: Actor, scope: StopScope, subject: str, cause: str, now: datetime
) -> Stop:
    """Emergency stop of a platform or a place, or an alert there: it reaches every part at once, of other teams too.

    Whoever presses it where it is pressed already gets that one. Raises `Invalid` for what is not `stoppable`.
    """
    if known_as(subject) not in {known_as(each) for kind, each in stoppable(db, actor) if kind is scope}:
        raise Invalid({"what": [sentence("Choose what has to stop.")]})
    hold(db)
    pressed = db.scalars(select(Stop).where(Stop.scope == scope, Stop.lifted_at.is_(None)).order_by(Stop.pressed_at))
    same = next((each for each in pressed if known_as(each.subject) == known_as(subject)), None)
    return same or _press(db, keys, actor, scope, subject, cause, now)


def _press(
    db: Session, keys: RootKeys, actor: Actor, scope: StopScope, subject: str, cause: str, now: datetime
) -> Stop:
    stop = Stop(scope=scope, subject=subject, cause=cause.strip() or NO_CAUSE, pressed_by=actor.id, pressed_at=now)
    db.add(stop)
    db.flush()
    parts = covered_by(db, stop)
    hold(db, *parts)  # nobody is faster: a stop that was refused would leave children inside
    put_on_notice(db, stop)
    record(db, keys.audit, actor.id, Verb.STOP_PRESSED, stop.id, now)
    if scope is StopScope.ALERT:
        reconsider(db, keys, in_force(db), parts, now, actor.id)
    else:
        _stop(db, keys, actor, stop, parts, now)
    return stop


def _stop(db: Session, keys: RootKeys, actor: Actor, stop: Stop, parts: list[Strand], now: datetime) -> None:
    for each in parts:
        if each.state not in _STOPPABLE:
            continue
        each.state = StrandState.STOPPED
        each.state_reason = stop.cause
        each.finish_by = None
        record(db, keys.audit, actor.id, Verb.STRAND_STOPPED, each.id, now)
    db.flush()
    for _, group in groupby(parts, key=lambda each: each.consultation_id):
        first, *others = sorted(group, key=lambda each: (each.state != StrandState.STOPPED, each.id))
        tell(db, Matter.STOPPED, now, strand=first, beside=others, subject=stop.id, by=actor.id)


def stop_of(db: Session, strand: Strand) -> Stop | None:
    """The oldest emergency stop that still holds this strand."""
    return next(iter(stops_in_force(db, strand)), None)


def may_lift(db: Session, actor: Actor, stop: Stop, strand: Strand | None = None) -> Role | None:
    """The role in which the actor can give one of the two yeses that lift a stop; None where it is not for him.

    A consultation's stop is lifted from one of its parts. For that of a platform or a place the role counts in every
    part that it covers: for nobody who is kept out of one.
    """
    if stop.lifted_at is not None or actor.id in {stop.lifted_by_lead, stop.lifted_by_approver}:
        return None
    given = {Role.SAFEGUARDING_LEAD: stop.lifted_by_lead, Role.INDEPENDENT_APPROVER: stop.lifted_by_approver}
    over = [strand] if strand is not None and stop.scope == StopScope.CONSULTATION else covered_by(db, stop)
    held = list(roles_in_each(db, actor, over).values()) or [actor.roles]
    roles = held[0].intersection(*held)
    return next((role for role in _LIFTERS if role in roles and given[role] is None), None)


def lift_stop(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, review: str, passphrase: str, now: datetime
) -> Stop:
    """One of two yeses: the lead's or the independent approver's. With the second the stop is lifted.

    `review` is what was found and mended. A lifted stop opens nothing: every strand waits, paused, for a restart.
    """
    hold(db, strand)  # two yeses at the same moment: the second one sees the first
    stop = stop_of(db, strand)
    if stop is None:
        raise NotFound("No emergency stop is in force here.")
    _say_yes(db, keys, actor, stop, may_lift(db, actor, stop, strand), review, passphrase, now)
    if stop.lifted_at is not None and stop.scope == StopScope.CONSULTATION:
        follow(db, keys, actor, strand, "lift", now, _LIFTED)
    return stop


def lift_wide(
    db: Session, keys: RootKeys, actor: Actor, stop_id: str, review: str, passphrase: str, now: datetime
) -> Stop:
    """The same for the stop of a platform or a place, from its own page: there may be no part left that it covers."""
    hold(db)
    stop = db.get(Stop, stop_id, populate_existing=True)
    if stop is None or stop.scope not in WIDE or stop.lifted_at is not None:
        raise NotFound("No emergency stop is in force here.")
    return _say_yes(db, keys, actor, stop, may_lift(db, actor, stop), review, passphrase, now)


def may_lift_wide(db: Session, actor: Actor, stop_id: str) -> bool:
    """Whether the actor's yes to the end of this stop of a platform or a place is still missing."""
    stop = db.get(Stop, stop_id)
    return stop is not None and stop.scope in WIDE and may_lift(db, actor, stop) is not None


def _say_yes(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    stop: Stop,
    role: Role | None,
    review: str,
    passphrase: str,
    now: datetime,
) -> Stop:
    if role is None:
        raise Denied("A safeguarding lead and the independent approver lift a stop: two people, one yes each.")
    if not review.strip():
        raise Invalid({"review": [sentence("Write what the cause was, and what the review of the incident found.")]})
    confirm(db, keys, actor, passphrase)
    stop.cause = f"{stop.cause}\n\n{role.words}: {review.strip()}"
    if role is Role.SAFEGUARDING_LEAD:
        stop.lifted_by_lead = actor.id
    else:
        stop.lifted_by_approver = actor.id
    if stop.lifted_by_lead and stop.lifted_by_approver:
        stop.lifted_at = now
        _let_go(db, keys, actor, stop, now)
    record(db, keys.audit, actor.id, Verb.STOP_LIFTED, stop.id, now, {"as": role})
    return stop


def _let_go(db: Session, keys: RootKeys, actor: Actor, stop: Stop, now: datetime) -> None:
    """What it stopped waits for a restart; what another stop holds too stays stopped."""
    db.flush()
    for each in covered_by(db, stop):
        if each.state != StrandState.STOPPED or stops_in_force(db, each):
            continue
        must(db, actor, each, "lift", _LIFTED)
        put_on_hold(each, sentence("The emergency stop is lifted. A restart has to be signed."), finish_by=None)
        record(db, keys.audit, actor.id, Verb.STRAND_SUSPENDED, each.id, now, {"move": "lift"})


def resume(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, strand: Strand, restart: Restart, now: datetime
) -> None:
    """Open again: the cause is gone, a second person has checked that it is, the lead signs the plan of now anew.

    Languages that were shut stay so, unless all of them were: each is signed again by itself
    (`consult.services.signed.languages`).
    Raises `Conflict` when the plan is another one than the lead looked at, `Refused` while the gate does not pass,
    `Denied` for a wrong person or passphrase.
    """
    if not restart.cause_removed.strip():
        raise Invalid({"cause_removed": [sentence("Write what the cause was and how it was removed.")]})
    if not restart.note_to_participants.strip():
        raise Invalid({"note_to_participants": [sentence("Write what people who take part are told.")]})
    hold(db, strand)
    judgement = standing_of(db, strand, policy, now).judgement
    evaluation = judgement.evaluation
    judgement.must_be_of(restart.plan_digest)
    is_independent(db, actor, strand).demand()
    facts = facts_once_signed(db, strand, evaluation.decision, evaluation) | RESTART_FACTS
    must(db, actor, strand, "resume", facts, evaluation)
    confirm(db, keys, actor, restart.passphrase)
    second = _second_check(db, keys, strand, actor, restart.second, now)
    note = f"{restart.cause_removed.strip()}\n\nTold to participants: {restart.note_to_participants.strip()}"
    write_signature(db, keys, strand, judgement, evaluation.decision, actor, second, note, now)
    signed = judgement.plan.strand.languages
    strand.languages_shut = {each: why for each, why in (strand.languages_shut or {}).items() if each not in signed}
    let_in(db, keys, actor, strand, Verb.STRAND_RESUMED, now, facts)
    tell(db, Matter.RUNS_AGAIN, now, strand=strand, by=actor.id)


def _second_check(
    db: Session, keys: RootKeys, strand: Strand, actor: Actor, second: Countersigner, now: datetime
) -> str | None:
    """Another person has looked that the cause is gone; for S and H the approver, whose signature it then is."""
    if Audience(strand.audience) in SPECIALIST:
        return approver(db, keys, strand, actor, second, now)
    other = sign_in(db, keys, second.email, second.passphrase)
    if other.id == actor.id or not roles_in(db, other, strand) & STOPPERS:
        raise Denied("A second person of this consultation, on duty or independent, checks that the cause is gone.")
    use_code(db, keys, other, second.code, now)
    return None if other.id == strand.author_id else other.id
