"""A signed strand's life: open, pause, close, and what a lapse does to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from consult.errors import Invalid, sentence
from consult.logs import fault
from consult.models import Strand
from consult.sealing.root import RootKeys
from consult.services.actors import Actor
from consult.services.auditing import Verb, hold, record
from consult.services.gate.standing import Standing, must, standing_of
from consult.services.opening.quarantine import set_apart
from consult.services.participation.invitations import new_entry_code
from consult.services.signed.debts import keep_by_opening
from consult.services.signed.following import follow
from consult.services.signed.languages import CHANGED_WORDS, failing_alone, shut, shut_languages
from consult.services.telling import tell
from safeguards.lapse import Effect, Happening, NewStarts, PeopleIn, SentAnswers, class_of, doubts, effect
from safeguards.lifecycle import Fact, StrandState
from safeguards.policy import Policy
from safeguards.said import joined, said
from safeguards.telling import Matter
from safeguards.terms import LapseClass

__all__ = [
    "PEOPLE_INSIDE",
    "Lapsed",
    "close",
    "lapse_of",
    "let_in",
    "open_strand",
    "pause",
    "put_on_hold",
    "reconsider",
    "sweep",
]

SYSTEM = "sweep"
_NOT_JUDGED = said("Its plan or its proofs can not be read. Let the technical operator look.")
_KEPT_OUT = said(
    "Somebody who had checked or signed something of this part is kept out now. Another lead looks at what that person "
    "had checked, and signs anew."
)
_STRICTEST_FIRST = tuple(LapseClass)
#: Strands in which somebody may be answering: what is open, and what is suspended while people inside may finish.
PEOPLE_INSIDE = or_(
    Strand.state == StrandState.OPEN, and_(Strand.state == StrandState.SUSPENDED, Strand.finish_by.is_not(None))
)


def open_strand(db: Session, keys: RootKeys, policy: Policy, actor: Actor, strand: Strand, now: datetime) -> str:
    """Open what was signed, if the gate still gives it. Returns the code that participants type."""
    hold(db, strand)
    standing = standing_of(db, strand, policy, now)
    must(db, actor, strand, "open", standing.facts, standing.evaluation)
    return let_in(db, keys, actor, strand, Verb.STRAND_OPENED, now, standing.facts)


def let_in(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, verb: Verb, now: datetime, facts: AbstractSet[Fact]
) -> str:
    """From here on people may begin; that they may was asked before. Returns the code that participants type.

    A part can be stopped before it was ever open, so a restart may be its first opening.
    """
    strand.entry_code = strand.entry_code or new_entry_code(db)
    strand.state = StrandState.OPEN
    strand.state_reason = None
    strand.finish_by = None
    record(db, keys.audit, actor.id, verb, strand.id, now)
    keep_by_opening(db, keys, strand, actor.id, now)
    follow(db, keys, actor, strand, "start", now, facts | {Fact.REVIEWED_BY_SECOND})
    return strand.entry_code


def pause(db: Session, keys: RootKeys, actor: Actor, strand: Strand, reason: str, now: datetime) -> None:
    """Stop new starts and answers at once; help stays up. Any adult on duty may."""
    hold(db, strand)
    must(db, actor, strand, "suspend")
    if not reason.strip():
        raise Invalid(
            {"reason": [sentence("Say why, in a few words: whoever opens it again has to know what to check.")]}
        )
    put_on_hold(strand, reason.strip(), finish_by=None)
    record(db, keys.audit, actor.id, Verb.STRAND_SUSPENDED, strand.id, now, {"class": LapseClass.HALT})
    tell(db, Matter.PAUSED, now, strand=strand, by=actor.id)


def put_on_hold(strand: Strand, reason: str, finish_by: datetime | None) -> None:
    """Suspended; whoever is inside may finish until `finish_by`, if that is set."""
    strand.state = StrandState.SUSPENDED
    strand.state_reason = reason
    strand.finish_by = finish_by


def close(db: Session, keys: RootKeys, actor: Actor, strand: Strand, now: datetime) -> None:
    """End the strand: nobody can answer any more; from here on it can be opened by two people."""
    hold(db, strand)
    must(db, actor, strand, "close")
    strand.state = StrandState.CLOSED
    strand.finish_by = None
    record(db, keys.audit, actor.id, Verb.STRAND_CLOSED, strand.id, now)
    follow(db, keys, actor, strand, "analyse", now)


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A strand that was suspended, by which class of lapse and why."""

    strand_id: str
    lapse: LapseClass
    why: str


def reconsider(
    db: Session, keys: RootKeys, policy: Policy, strands: Iterable[Strand], now: datetime, actor_id: str = SYSTEM
) -> list[Lapsed]:
    """Look again at strands with people inside after something changed; suspend what the gate no longer gives.

    Called in the transaction of every change of evidence, tests, services, incidents and stops, and by the sweep.
    Where people may only finish (C2), a worse lapse ends that too; the same one never gives them more time.
    """
    lapsed = []
    for strand in strands:
        db.refresh(strand)  # it may have been opened since it was read
        if not _inside(strand, now):
            continue
        effects = _effects_now(db, keys, policy, strand, now, actor_id)
        found = _strictest(effects)
        if found is None or found.lapse_class is None:
            continue
        hold(db, strand)  # it may have been stopped or closed since the gate was asked: that stays
        finishing = found.people_in is PeopleIn.FINISH
        if not _inside(strand, now) or (finishing and strand.state != StrandState.OPEN):
            continue
        put_on_hold(strand, found.why, finish_by=found.must_close_by if finishing else None)
        record(db, keys.audit, actor_id, Verb.STRAND_SUSPENDED, strand.id, now, {"class": found.lapse_class})
        _set_apart(db, keys, policy, strand, effects, actor_id, now)
        tell(db, Matter.PAUSED, now, strand=strand, by=actor_id)
        lapsed.append(Lapsed(strand.id, found.lapse_class, found.why))
    return lapsed


def _effects_now(
    db: Session, keys: RootKeys, policy: Policy, strand: Strand, now: datetime, actor_id: str
) -> list[tuple[str, Effect]]:
    """As `_effects`. What the gate can not judge does not stay open, and keeps it from judging no other part."""
    try:
        return _effects(_without_shut_languages(db, keys, policy, strand, now, actor_id), policy, now)
    except SQLAlchemyError:
        raise
    except Exception as error:  # whatever it stumbles over, nobody is asked on it
        fault("a part can not be judged", error=type(error).__name__, about=strand.id)
        return [("", Effect(lapse_class=LapseClass.HALT, why=_NOT_JUDGED, people_in=PeopleIn.STOP))]


def _set_apart(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    strand: Strand,
    effects: Iterable[tuple[str, Effect]],
    actor_id: str,
    now: datetime,
) -> None:
    """Quarantine what was sent, where a cause casts doubt on it."""
    for cause, told in effects:
        if told.sent_answers is SentAnswers.QUARANTINED:
            set_apart(db, keys, policy, strand, cause, told.why, actor_id, now)


def _without_shut_languages(
    db: Session, keys: RootKeys, policy: Policy, strand: Strand, now: datetime, actor_id: str
) -> Standing:
    """Where protection is missing for some languages alone they are shut, and the standing is that of the others."""
    standing = standing_of(db, strand, policy, now)
    known = strand.languages_shut or {}
    changed = [each for each in shut_languages(strand, standing.signature) if each not in known]
    shut(db, keys, strand, changed, CHANGED_WORDS, now, actor_id)
    alone = failing_alone(standing, policy)
    if not alone:
        return standing
    why = joined(joined((each.requirement, each.why), ": ") for each in standing.evaluation.reasons)
    shut(db, keys, strand, alone, why, now, actor_id)
    _set_apart(db, keys, policy, strand, _effects(standing, policy, now), actor_id, now)
    return standing_of(db, strand, policy, now)


def _inside(strand: Strand, now: datetime) -> bool:
    """Whether somebody may be answering, or finishing, now."""
    finishing = strand.state == StrandState.SUSPENDED and strand.finish_by is not None and now < strand.finish_by
    return strand.state == StrandState.OPEN or finishing


def lapse_of(standing: Standing, policy: Policy, now: datetime) -> Effect | None:
    """What happens because something no longer holds of an open strand; None while it may go on."""
    return _strictest(_effects(standing, policy, now))


def _strictest(effects: list[tuple[str, Effect]]) -> Effect | None:
    return min((told for _, told in effects), key=_strictness, default=None)


def _strictness(told: Effect) -> int:
    return len(_STRICTEST_FIRST) if told.lapse_class is None else _STRICTEST_FIRST.index(told.lapse_class)


def _effects(standing: Standing, policy: Policy, now: datetime) -> list[tuple[str, Effect]]:
    """What ends new starts because something no longer holds of an open strand: each cause and what follows."""
    plan = standing.judgement.plan.strand
    effects = [(cause, effect(each, plan, policy, now)) for cause, each in _happenings(standing, policy)]
    return [(cause, told) for cause, told in effects if told.new_starts is NewStarts.BLOCKED]


def _happenings(standing: Standing, policy: Policy) -> Iterator[tuple[str, Happening]]:
    """Each thing that does not hold, with its class. A quality gap (C3) is noted by the gate and closes nothing.

    The whole strand is meant even where one place alone has lapsed: the others are signed for anew.
    """
    if Fact.NO_STOP not in standing.facts:
        yield "", Happening(lapse_class=LapseClass.HALT, why=said("An emergency stop is in force."), stop=True)
    if Fact.SAME_PLAN not in standing.facts:
        yield "", Happening(lapse_class=LapseClass.HALT, why=said("The plan is not the one that was signed."))
    if Fact.SIGNED_SINCE not in standing.facts:
        yield "", Happening(lapse_class=LapseClass.HALT, why=_KEPT_OUT)
    if Fact.GATE_PASSES not in standing.facts:
        for finding in standing.evaluation.reasons:
            why = joined((finding.requirement, finding.why), ": ")
            happening = Happening(lapse_class=class_of(finding, policy), why=why, quarantine=doubts(finding))
            yield finding.requirement, happening
        if not standing.evaluation.reasons:
            yield "", Happening(lapse_class=LapseClass.HALT, why=said("The gate no longer gives what was signed."))
    if Fact.IN_DATE not in standing.facts:
        yield "", Happening(lapse_class=LapseClass.FINISH_SAFELY, why=said("The signed decision has run out."))


def sweep(db: Session, keys: RootKeys, policy: Policy, now: datetime) -> list[Lapsed]:
    """Look at every strand with people inside again (every two minutes, and whenever somebody asks)."""
    return reconsider(db, keys, policy, db.scalars(select(Strand).where(PEOPLE_INSIDE)).all(), now)
