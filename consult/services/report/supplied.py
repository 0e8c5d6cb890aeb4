"""Child survivors and children who caused harm: their own service asks them and supplies totals, signed by two."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.inclusion.supplied import Shown
from consult.models import Person, Strand, StrandState, SuppliedRelease, SuppliedTotals
from consult.questionnaire.form import Form
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, roles_in
from consult.services.auditing import Verb, hold, record
from consult.services.gate.planning import form_of
from consult.services.gate.standing import stops_in_force
from consult.services.people.accounts import confirm as passphrase_of
from consult.services.report.suppliedreports import countable, freeze_totals, most_of, shown_of
from consult.services.tables.doubt import WAITS, in_doubt, is_undecided
from safeguards.policy import Policy
from safeguards.said import said
from safeguards.terms import SPECIALIST, Audience, Role

__all__ = ["Counts", "Supplied", "asked_by_service", "confirm", "countable", "enter", "may_confirm", "may_enter", "see"]

Counts = Mapping[str, Mapping[str, int]]
_TAKEN_IN = frozenset({StrandState.OPEN, StrandState.CLOSED})
_MOST = 100_000
_NOT_HERE = sentence("Totals are for parts that a service asks: child survivors and children who caused harm.")
_NOT_SIGNED = sentence("Totals are taken once the part is signed and open: readiness and legal safety hold then.")
_STOPPED = sentence("An emergency stop is in force. No totals are taken until two people lift it.")


@dataclass(frozen=True, slots=True)
class Supplied:
    """The totals as a person may see them: `counts` for the two who sign, `shown` for everybody once both have."""

    entered_by: str
    confirmed_by: str
    people: int | None
    counts: Counts
    shown: Shown | None
    #: a hash of what was entered, for whoever signs beside it: `confirm` compares it
    seen: str


def asked_by_service(audience: str) -> bool:
    """Whether these children are asked by their service alone: there is no page on which they could answer."""
    return Audience(audience) in SPECIALIST


def may_enter(db: Session, actor: Actor, strand: Strand) -> Ruling:
    """Whether the actor may enter totals: the service's practitioner, while the signed part runs or is just over."""
    if not asked_by_service(strand.audience):
        return Ruling(ok=False, why=_NOT_HERE)
    if Role.SUPPORT_PRACTITIONER not in roles_in(db, actor, strand):
        return Ruling(ok=False, why=sentence("Only the service's own practitioner enters its totals."))
    if why := _why_not_now(db, strand):
        return Ruling(ok=False, why=why)
    row = db.get(SuppliedTotals, strand.id)
    if db.get(SuppliedRelease, strand.id) is not None or (row is not None and row.confirmed_by is not None):
        return Ruling(ok=False, why=sentence("Two people have signed these totals: they stay as they are."))
    return Ruling(ok=True)


def may_confirm(db: Session, actor: Actor, strand: Strand) -> Ruling:
    """Whether the actor may sign beside the service: a safeguarding lead who did not enter them."""
    row = db.get(SuppliedTotals, strand.id)
    if row is None or row.confirmed_by is not None:
        return Ruling(ok=False, why=sentence("No totals wait for a signature."))
    if Role.SAFEGUARDING_LEAD not in roles_in(db, actor, strand) or row.entered_by == actor.id:
        return Ruling(
            ok=False, why=sentence("A safeguarding lead signs beside the service: another person than entered them.")
        )
    why = _why_not_now(db, strand)
    return Ruling(ok=not why, why=why)


def _why_not_now(db: Session, strand: Strand) -> str:
    """Why nobody signs totals at this moment, whatever was entered before; "" where nothing speaks against it."""
    if strand.state not in _TAKEN_IN:
        return _NOT_SIGNED
    if stops_in_force(db, strand):
        return _STOPPED
    return WAITS if is_undecided(db, strand.id) else ""


def enter(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    strand: Strand,
    people: int | None,
    counts: Counts,
    passphrase: str,
    now: datetime,
) -> None:
    """The service's signature under its totals; entered again before the second signature, the new ones stand.

    Raises `Denied`, and `Invalid` for numbers that can not be, with the question.
    """
    hold(db, strand)  # signed beside at this moment, they stay as they are
    may_enter(db, actor, strand).demand()
    checked = _checked(form_of(strand), people, counts)
    passphrase_of(db, keys, actor, passphrase)
    old = db.get(SuppliedTotals, strand.id)
    if old is not None:
        db.delete(old)
        db.flush()
    db.add(SuppliedTotals(strand_id=strand.id, people=people or 0, counts=checked, entered_by=actor.id, entered_at=now))
    db.flush()
    record(db, keys.audit, actor.id, Verb.TOTALS_ENTERED, strand.id, now)


def _checked(form: Form, people: int | None, counts: Counts) -> dict[str, dict[str, int]]:
    if people is None or not 0 < people <= _MOST:
        raise Invalid({"people": [sentence("Write how many children the service asked.")]})
    asked, problems = {each.id: each for each in countable(form)}, dict[str, list[str]]()
    if set(counts) - set(asked):
        raise NotFound
    for key, options in counts.items():
        most = people * most_of(asked[key])
        if set(options) - set(asked[key].option_ids):
            raise NotFound
        if any(not 0 <= n <= people for n in options.values()) or sum(options.values()) > most:
            problems[key] = [said("%(question)s: these are more answers than the children could give.", question=key)]
    if problems:
        raise Invalid(problems)
    return {key: dict(options) for key, options in counts.items()}


def confirm(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, strand: Strand, seen: str, passphrase: str, now: datetime
) -> None:
    """The lead's signature beside the service's: the totals count, apart from everything else, and are frozen.

    Raises `Conflict` when they are others than the lead has looked at.
    """
    hold(db, strand)
    may_confirm(db, actor, strand).demand()
    row = db.get_one(SuppliedTotals, strand.id, populate_existing=True)
    if _seen(row) != seen:
        raise Conflict(sentence("The service entered other totals since you looked at them. Look again, then sign."))
    passphrase_of(db, keys, actor, passphrase)
    row.confirmed_by, row.confirmed_at = actor.id, now
    db.flush()
    freeze_totals(db, strand, row, policy, now)
    record(db, keys.audit, actor.id, Verb.TOTALS_CONFIRMED, strand.id, now)


def see(db: Session, actor: Actor, strand: Strand) -> Supplied | None:
    """The totals for the person who looks: as they were entered to those who may sign, else what singles nobody out."""
    row, release = db.get(SuppliedTotals, strand.id), db.get(SuppliedRelease, strand.id)
    if row is None:
        return None
    signs = row.confirmed_by is None and (may_enter(db, actor, strand).ok or may_confirm(db, actor, strand).ok)
    return Supplied(
        entered_by=db.get_one(Person, row.entered_by).name,
        confirmed_by=db.get_one(Person, row.confirmed_by).name if row.confirmed_by else "",
        people=row.people if signs else None,
        counts=row.counts if signs else {},
        shown=shown_of(release) if release is not None and not in_doubt(db, release) else None,
        seen=_seen(row) if signs else "",
    )


def _seen(row: SuppliedTotals) -> str:
    return hashlib.sha256(json.dumps([row.people, row.counts], sort_keys=True).encode()).hexdigest()
