""" "Please contact me": a participant asks, and the safeguarding leads on call can read it, nobody else.

Nothing here knows of answers, and nothing ties a request to one. It is offered only where a lead is on call and two
people have put on record that such requests are answered in time (SUP-09).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.database import inserting
from consult.errors import Conflict, Invalid, sentence
from consult.models import Evidence, HelpAlert, HelpCopy, HelpRequest, Person, Strand
from consult.sealing.helprequest import REQUEST_ID_BYTES, seal_help
from consult.sealing.invitation import page_digest
from consult.sealing.root import RootKeys
from consult.services.actors import actor_of, roles_in
from consult.services.gate.overdue import ANSWERED_IN_TIME
from consult.services.keys.confirming import confirmed_keys
from consult.services.participation.strandface import Door
from safeguards.lifecycle import StrandState
from safeguards.policy import Policy
from safeguards.terms import Role, Scope

__all__ = ["LONGEST", "Contact", "Offer", "ask_for_contact", "leads_on_call", "offer"]

#: The longest text of each field, in characters.
LONGEST = {"name": 60, "how": 200, "when": 200, "more": 500}
_RUNNING = frozenset({StrandState.OPEN, StrandState.SUSPENDED, StrandState.STOPPED})


@dataclass(frozen=True, slots=True)
class Offer:
    """Who would read a request now, and by when they answer (hours), and for how many days it is kept after that."""

    strand_id: str
    leads: tuple[str, ...]
    hours: int
    kept_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What a person wrote to be found by: a name they chose, a safe way, a safe time, and more if they like."""

    name: str = field(repr=False)
    how: str = field(repr=False)
    when: str = field(default="", repr=False)
    more: str = field(default="", repr=False)
    language: str


def offer(db: Session, entrance: Door, now: datetime, policy: Policy) -> Offer | None:
    """Whether a participant of this strand may ask now, and who would read it; None: say nothing of it."""
    strand = db.get(Strand, entrance.strand_id)
    if strand is None or not _is_attended(strand, now) or not _is_answered(db, strand, now):
        return None
    leads = leads_on_call(db, strand)
    if not leads:
        return None
    hours = policy.p("P-FU", strand.audience)
    return Offer(strand.id, tuple(each.name for each in leads), hours, policy.p("P-EMC"))


def ask_for_contact(
    db: Session, keys: RootKeys, policy: Policy, entrance: Door, contact: Contact, now: datetime, page: str = ""
) -> None:
    """Seal it to each lead on call and alert them. The caller commits; until then nothing is stored.

    `page`: the random number of the page that sends it (`new_page`): the same words from it a second time are one
    request. Raises `Invalid` for a field that is missing or too long, `Conflict` when nobody is on call any more.
    """
    _check(contact)
    strand = db.get_one(Strand, entrance.strand_id)
    if offer(db, entrance, now, policy) is None:
        raise Conflict("Nobody can read this now. Please use the help on this page.")
    plain = json.dumps(asdict(contact), ensure_ascii=False, sort_keys=True).encode()
    tapped = page_digest(keys.invitation, page, hashlib.sha256(plain).hexdigest())
    request_id = tapped[:REQUEST_ID_BYTES] if tapped else os.urandom(REQUEST_ID_BYTES)
    copies = [
        HelpCopy(request_id=request_id, person_id=lead, sealed=seal_help(public, request_id, strand.id, lead, plain))
        for lead, public in confirmed_keys(keys, leads_on_call(db, strand)).items()
    ]
    if not copies:
        raise Conflict("Nobody can read this now. Please use the help on this page.")
    made = inserting(db, HelpRequest).values(id=request_id, strand_id=strand.id, asked_on=now.date())
    if db.execute(made.on_conflict_do_nothing().returning(HelpRequest.id)).first() is not None:  # else another tap's is
        db.add_all([*copies, HelpAlert(strand_id=strand.id, at=now)])


def leads_on_call(db: Session, strand: Strand) -> list[Person]:
    """The lead on duty and the deputies of the plan, as far as they are leads with an account and a confirmed key."""
    named = _named_on_duty(strand.facts)
    rows = db.scalars(select(Person).where(Person.id.in_(named), Person.active, Person.confirmed_by.is_not(None))).all()
    leads = [each for each in rows if Role.SAFEGUARDING_LEAD in roles_in(db, actor_of(each), strand)]
    return sorted(leads, key=lambda each: named.index(each.id))


def _check(contact: Contact) -> None:
    problems: dict[str, list[str]] = {}
    for name in ("name", "how"):
        if not getattr(contact, name).strip():
            problems[name] = [sentence("Please write something here.")]
    for name, most in LONGEST.items():
        if len(getattr(contact, name)) > most:
            problems[name] = [sentence("This is too long. Please write less.")]
    if problems:
        raise Invalid(problems)


def _named_on_duty(facts: Mapping[str, Any]) -> Sequence[str]:
    duty = facts.get("duty") or {}
    return tuple(each for each in (duty.get("lead"), *duty.get("deputies", ())) if each)


def _is_attended(strand: Strand, now: datetime) -> bool:
    """While it runs, halted or not, and as long after the planned close as the plan says a lead can be reached."""
    if strand.state in _RUNNING:
        return True
    hours, window = (strand.facts.get("duty") or {}).get("reachable_hours_after"), strand.facts.get("window") or {}
    if strand.state != StrandState.CLOSED or not hours or not window.get("closes"):
        return False
    return now < datetime.fromisoformat(window["closes"]) + timedelta(hours=hours)


def _is_answered(db: Session, strand: Strand, now: datetime) -> bool:
    """Whether it is attested and verified that requests are answered in time (SUP-09), and holds now."""
    rows = db.scalars(
        select(Evidence).where(
            Evidence.requirement == ANSWERED_IN_TIME,
            Evidence.scope == Scope.STRAND,
            Evidence.subject == strand.id,
            Evidence.verified_by.is_not(None),
            Evidence.revoked_by.is_(None),
        )
    )
    return any(row.expires is None or now < row.expires for row in rows)
