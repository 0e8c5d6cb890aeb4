"""The one policy in force: what ships, tightened by the newest change that two people agreed on."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, Row, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from consult.errors import ConsultError, sentence
from consult.models import AuditEvent, PolicyDecision, PolicyOutcome, PolicyProposal
from consult.services.auditing import Verb
from consult.shortquestion import ShortQuestion
from safeguards.policy import Policy
from safeguards.policyfile import Numbers, PolicyError, default, tightened

__all__ = [
    "UNREADABLE",
    "PolicyBook",
    "PolicyDamaged",
    "fingerprint_of",
    "in_force",
    "is_on_record",
    "no_longer_possible",
    "numbers_of",
    "policy_with",
]

_NEWEST = (
    select(PolicyProposal.id, PolicyDecision.number, PolicyProposal.numbers)
    .join(PolicyDecision, PolicyDecision.proposal_id == PolicyProposal.id)
    .where(PolicyDecision.outcome == PolicyOutcome.APPROVED)
    .order_by(PolicyDecision.number.desc())
    .limit(1)
)


class PolicyDamaged(ConsultError):
    """What two people agreed on can not be read: nobody is asked, nothing opens and nothing is decided by a guess."""

    def __init__(
        self,
        message: str = sentence(
            "The policy that two people agreed on can not be read. Nobody is asked and nothing opens until it can. "
            "Tell the technical operator: this is an incident."
        ),
    ) -> None:
        super().__init__(message)


#: What pages have to do without that stay up whatever is broken.
UNREADABLE = (SQLAlchemyError, PolicyDamaged)


class PolicyBook:
    """The policy in force as one worker knows it: asked for by every request, read anew after a decision."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._decisions = ShortQuestion(engine, "SELECT coalesce(max(number), 0) FROM policy_decisions")
        self._known: tuple[int | None, Policy] = (None, default())

    def current(self) -> Policy:
        """The policy of this moment."""
        newest = self._decisions.answer()
        if self._known[0] is None or self._known[0] != newest:
            with self._engine.connect() as connection:
                self._known = (newest, in_force(connection))
        return self._known[1]

    def known(self) -> Policy:
        """As `current`; while that can not be read the one read last, for what pages say without it."""
        try:
            return self.current()
        except UNREADABLE:
            return self._known[1]


def in_force(db: Session | Connection) -> Policy:
    """The policy that the gate, the jobs and every page read at this moment. Raises `PolicyDamaged`."""
    row = _newest(db)
    try:
        return policy_with(row.numbers, row.number) if row else default()
    except PolicyError as error:
        raise PolicyDamaged from error


def _newest(db: Session | Connection) -> Row[Any] | None:
    """The newest change that two people agreed on, if its numbers have the form that was agreed on."""
    try:
        row = db.execute(_NEWEST).first()
    except ValueError as error:  # no JSON at all
        raise PolicyDamaged from error
    if row is not None and not _are_numbers(row.numbers):
        raise PolicyDamaged
    return row


def _are_numbers(found: object) -> bool:
    return isinstance(found, dict) and all(
        isinstance(cases, dict) and all(type(value) is int for value in cases.values()) for cases in found.values()
    )


def policy_with(numbers: Numbers, number: int) -> Policy:
    """The policy with these numbers, as decision `number` of this organisation."""
    return _read(json.dumps(numbers, sort_keys=True), str(number))


def numbers_of(policy: Policy) -> dict[str, dict[str, int]]:
    """Every number in which a policy differs from the one that ships."""
    shipped = default().parameters
    differing = {
        key: {case: value for case, value in parameter.values.items() if value != shipped[key].values[case]}
        for key, parameter in policy.parameters.items()
    }
    return {key: cases for key, cases in differing.items() if cases}


def no_longer_possible(db: Session) -> list[str]:
    """Numbers that were agreed on and that this version of the program no longer allows, or no longer knows."""
    row = _newest(db)
    agreed: Numbers = row.numbers if row else {}
    counted = _allowed(agreed)
    return [
        f"{key} ({case}): {value} was agreed on; {counted.get(key, {}).get(case, 'nothing')} counts"
        for key, cases in sorted(agreed.items())
        for case, value in sorted(cases.items())
        if counted.get(key, {}).get(case) != value
    ]


def fingerprint_of(numbers: Numbers) -> str:
    """What stands in the log of a decision: it shows later whether the numbers are still those."""
    return hashlib.sha256(json.dumps(numbers, sort_keys=True).encode()).hexdigest()


def is_on_record(db: Session) -> bool:
    """Whether the numbers in force are those of the newest approval in the audit log."""
    row = _newest(db)
    decided = select(AuditEvent).where(AuditEvent.verb == Verb.POLICY_DECIDED).order_by(AuditEvent.number.desc())
    approved = (event for event in db.scalars(decided) if event.facts.get("outcome") == PolicyOutcome.APPROVED)
    newest = next(approved, None)
    if row is None or newest is None:
        return row is None and newest is None
    return (row.id, fingerprint_of(row.numbers)) == (newest.subject, newest.facts.get("numbers"))


def _allowed(numbers: Numbers) -> dict[str, dict[str, int]]:
    """After an upgrade the stricter of both counts: a raised floor holds, and what is gone asks for nothing."""
    shipped = default().parameters
    known: dict[str, dict[str, int]] = {}
    for key, cases in numbers.items():
        for case, value in cases.items():
            if key in shipped and case in shipped[key].values:
                parameter = shipped[key]
                known.setdefault(key, {})[case] = parameter.floors[case] if parameter.looser(case, value) else value
    return known


@lru_cache(maxsize=32)
def _read(numbers: str, number: str) -> Policy:
    return tightened(_allowed(json.loads(numbers)), number)
