"""What was true around a release and is frozen with it: who came, what protected people, what lapsed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.inclusion.lots import lots
from consult.models import AuditEvent, EquivalentControl, Signature, Strand, StrandCount
from consult.services.auditing import Verb
from consult.services.gate.planning import plan_of
from safeguards.policy import Policy
from safeguards.terms import LapseClass, Level

__all__ = ["arrivals", "safeguards"]

_ARRIVING = ("came", "assented", "stopped")
_HALTS = {Verb.STRAND_SUSPENDED: "", Verb.STRAND_STOPPED: "stop"}
_ENDS = (Verb.STRAND_RESUMED, Verb.STRAND_CLOSED)


def arrivals(db: Session, strand: Strand, k: int, total: int | None) -> dict[str, int]:
    """How many came, said yes, and left on the way, in whole lots of `k`: never a number that one person moves.

    Where the `total` of the release is published, the lots are of those who came, or said yes, and are not in it: fifty
    who came beside a total of 49 would tell of one who did not send.
    """
    counted = dict(db.execute(select(StrandCount.what, StrandCount.n).where(StrandCount.strand_id == strand.id)).all())
    sent = {what: total or 0 for what in _ARRIVING if what != "stopped"}
    return {what: (base := sent.get(what, 0)) + lots(max(counted.get(what, 0) - base, 0), k) for what in _ARRIVING}


def safeguards(db: Session, policy: Policy, strand: Strand, signature: Signature | None) -> dict[str, Any]:
    """The safeguards record: what held when it was signed, what stood in for something, what was missing, what lapsed.

    Requirements by id and title; a halt by its days and class, without anybody's words.
    """
    missing = {each["requirement"] for each in signature.evaluation.get("reasons", ())} if signature else set()
    applying = list(policy.applying(plan_of(db, strand).strand))
    substitutes = db.scalars(select(EquivalentControl).where(EquivalentControl.strand_id == strand.id))
    return {
        "in_place": [_named(policy, rule.id) for rule, _ in applying if rule.id not in missing],
        "missing": [_named(policy, rule.id) for rule, level in applying if rule.id in missing and _advised(level)],
        "substitutes": [{**_named(policy, each.requirement), "what": each.what} for each in substitutes],
        "halts": list(_halts(db, strand)),
    }


def _advised(level: Level) -> bool:
    return level is Level.ADVISORY


def _named(policy: Policy, requirement: str) -> dict[str, str]:
    known = policy.requirements.get(requirement)
    return {"id": requirement, "title": known.title if known else requirement}


def _halts(db: Session, strand: Strand) -> Iterator[dict[str, Any]]:
    """Each time the strand stood still: from which day to which, and by which class of lapse or by the stop button."""
    verbs = [*_HALTS, *_ENDS]
    events = select(AuditEvent).where(AuditEvent.subject == strand.id, AuditEvent.verb.in_(verbs))
    begun: dict[str, Any] | None = None
    for event in db.scalars(events.order_by(AuditEvent.number)):
        day = event.at.date().isoformat()
        if event.verb in _ENDS:
            if begun is not None:
                yield {**begun, "until": day}
            begun = None
        elif begun is None:
            begun = {"from": day, "class": _HALTS[Verb(event.verb)] or event.facts.get("class", LapseClass.HALT)}
    if begun is not None:
        yield {**begun, "until": None}
