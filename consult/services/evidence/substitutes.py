"""Written substitutes for requirements that allow one (level EQ): proposed, accepted by two, kept, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, NotFound, sentence
from consult.models import EquivalentControl, Strand
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, roles_in
from consult.services.auditing import Verb, hold, record
from consult.services.gate.gating import judge
from consult.services.people.accounts import confirm
from consult.services.signed.running import reconsider
from safeguards.policy import Policy
from safeguards.terms import FACILITATING, Level, Role

__all__ = [
    "AGREEMENT",
    "Substitute",
    "SubstituteValues",
    "accept_substitute",
    "allowing",
    "end_substitute",
    "found_in_place",
    "may_propose",
    "propose_substitute",
    "substitutes_of",
    "yes_of",
]

#: Its substitute has conditions of its own: written notice and a named local practitioner.
AGREEMENT = "SUP-01"
_PROPOSERS = frozenset({Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.SAFEGUARDING_LEAD, Role.ORGANISATION_MANAGER})
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class SubstituteValues:
    """What is done instead, by whom, by when it is in place (None: it is already), until when it is accepted."""

    requirement: str
    what: str
    owner_id: str
    expires: datetime | None
    due: datetime | None = None
    written_notice: bool = False
    practitioner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitute:
    """One substitute as its page shows it, and what the person who looks may do with it."""

    id: str
    requirement: str
    title: str
    what: str
    written_notice: bool
    practitioner: str
    owner_id: str
    proposed_by: str
    proposed_at: datetime
    lead_id: str | None
    approver_id: str | None
    accepted_at: datetime | None
    expires: datetime
    due: datetime | None
    done_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    ended_reason: str | None
    my_yes: Role | None
    may_end: bool
    may_find_in_place: bool

    @property
    def waits(self) -> bool:
        """Whether a yes is still missing."""
        return self.accepted_at is None and self.ended_at is None


def may_propose(db: Session, actor: Actor, strand: Strand) -> Ruling:
    """Whether the actor may propose a substitute for this part."""
    return Ruling(
        ok=bool(roles_in(db, actor, strand) & _PROPOSERS),
        why=sentence("A facilitator, a safeguarding lead or the organisation manager proposes a substitute."),
    )


def allowing(db: Session, strand: Strand, policy: Policy, now: datetime) -> tuple[tuple[str, str], ...]:
    """(id, title) of each unmet requirement of the part that may be met by a substitute; never a HARD one."""
    findings = judge(db, strand, policy, now).evaluation.findings
    return tuple((each.requirement, each.title) for each in findings if not each.met and each.level is Level.EQUIVALENT)


def propose_substitute(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, strand: Strand, values: SubstituteValues, now: datetime
) -> EquivalentControl:
    """Put a substitute before lead and approver. Raises `Invalid` for what is missing, `Conflict` for a HARD one."""
    may_propose(db, actor, strand).demand()
    if values.requirement not in policy.requirements:
        raise NotFound
    if values.requirement not in {requirement for requirement, _ in allowing(db, strand, policy, now)}:
        raise Conflict("This requirement takes no substitute here: it must hold itself, or it is in place already.")
    _check(values, now)
    row = EquivalentControl(
        strand_id=strand.id,
        requirement=values.requirement,
        what=values.what.strip(),
        written_notice=values.written_notice,
        practitioner=values.practitioner.strip(),
        proposed_by=actor.id,
        proposed_at=now,
        expires=values.expires,
        owner_id=values.owner_id,
        due=values.due,
    )
    db.add(row)
    db.flush()
    record(db, keys.audit, actor.id, Verb.EQUIVALENT_PROPOSED, row.id, now, {"requirement": row.requirement})
    return row


def _check(values: SubstituteValues, now: datetime) -> None:
    problems: dict[str, list[str]] = {}
    if not values.what.strip():
        problems["what"] = [sentence("Say what is done instead, and why it protects as well.")]
    elif len(values.what) > _LONGEST:
        problems["what"] = [sentence("Keep it short enough to be read before a signature.")]
    if not values.owner_id:
        problems["owner"] = [sentence("Name who keeps it.")]
    if values.expires is None or values.expires <= now:
        problems["expires"] = [sentence("Say until when it is accepted: a day in the future.")]
    elif values.due is not None and values.due > values.expires:
        problems["due"] = [sentence("It has to be in place before it ends.")]
    if values.requirement == AGREEMENT and not (values.written_notice and values.practitioner.strip()):
        problems["practitioner"] = [
            sentence("Instead of an agreement: tell the service in writing, and name a practitioner.")
        ]
    if problems:
        raise Invalid(problems)


def yes_of(db: Session, actor: Actor, strand: Strand, row: EquivalentControl) -> Role | None:
    """The role in which the actor can give one of the two yeses; None where it is not for them.

    Nobody accepts for a part they set up or facilitate, and nobody gives both.
    """
    roles = roles_in(db, actor, strand)
    given = {Role.SAFEGUARDING_LEAD: row.lead_id, Role.INDEPENDENT_APPROVER: row.approver_id}
    if row.ended_at is not None or row.accepted_at is not None or actor.id in given.values():
        return None
    if strand.author_id == actor.id or roles & FACILITATING:
        return None
    return next((role for role, by in given.items() if role in roles and by is None), None)


def accept_substitute(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, substitute_id: str, passphrase: str, now: datetime
) -> EquivalentControl:
    """One of two yeses, with the passphrase typed again; with the second the gate counts it."""
    row = _row(db, strand, substitute_id)
    hold(db, row)  # two yeses at the same moment: the second one sees the first
    role = yes_of(db, actor, strand, row)
    if role is None:
        raise Denied("A safeguarding lead and the independent approver accept it: two people outside the team.")
    if row.expires <= now:
        raise Conflict("The day until which it should hold is over. Propose it anew.")
    confirm(db, keys, actor, passphrase)
    if role is Role.SAFEGUARDING_LEAD:
        row.lead_id = actor.id
    else:
        row.approver_id = actor.id
    if row.lead_id and row.approver_id:
        row.accepted_at = now
    db.flush()
    facts = {"requirement": row.requirement, "as": role}
    record(db, keys.audit, actor.id, Verb.EQUIVALENT_ACCEPTED, row.id, now, facts)
    return row


def found_in_place(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, substitute_id: str, now: datetime
) -> None:
    """A lead has seen that it is in place. Not before its due day: the decision that relied on it ends."""
    row = _row(db, strand, substitute_id)
    if not _may_find(db, actor, strand, row):
        raise Denied("A safeguarding lead who does not keep it looks whether it is in place.")
    row.done_at = now
    db.flush()
    record(db, keys.audit, actor.id, Verb.EQUIVALENT_KEPT, row.id, now, {"requirement": row.requirement})


def end_substitute(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    strand: Strand,
    substitute_id: str,
    reason: str,
    now: datetime,
) -> None:
    """Refuse it, or take it back, with a reason. What is open and relied on it is looked at again at once."""
    row = _row(db, strand, substitute_id)
    if not _may_end(db, actor, strand, row):
        raise Denied("A lead, the independent approver or whoever proposed it ends it.")
    if not reason.strip():
        raise Invalid({"reason": [sentence("Say why: whoever proposed it reads it.")]})
    row.ended_at, row.ended_by, row.ended_reason = now, actor.id, reason.strip()
    db.flush()
    record(db, keys.audit, actor.id, Verb.EQUIVALENT_ENDED, row.id, now, {"requirement": row.requirement})
    reconsider(db, keys, policy, [strand], now, actor.id)


def substitutes_of(db: Session, actor: Actor, strand: Strand, policy: Policy) -> tuple[Substitute, ...]:
    """Every substitute of the part, the newest first."""
    rows = db.scalars(
        select(EquivalentControl)
        .where(EquivalentControl.strand_id == strand.id)
        .order_by(EquivalentControl.proposed_at.desc(), EquivalentControl.id)
    )
    return tuple(_substitute(db, actor, strand, policy, row) for row in rows)


def _substitute(db: Session, actor: Actor, strand: Strand, policy: Policy, row: EquivalentControl) -> Substitute:
    requirement = policy.requirements.get(row.requirement)
    return Substitute(
        id=row.id,
        requirement=row.requirement,
        title=requirement.title if requirement else row.requirement,
        what=row.what,
        written_notice=row.written_notice,
        practitioner=row.practitioner,
        owner_id=row.owner_id,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        lead_id=row.lead_id,
        approver_id=row.approver_id,
        accepted_at=row.accepted_at,
        expires=row.expires,
        due=row.due,
        done_at=row.done_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        ended_reason=row.ended_reason,
        my_yes=yes_of(db, actor, strand, row),
        may_end=_may_end(db, actor, strand, row),
        may_find_in_place=_may_find(db, actor, strand, row),
    )


def _may_end(db: Session, actor: Actor, strand: Strand, row: EquivalentControl) -> bool:
    deciding = {Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER} & roles_in(db, actor, strand)
    return row.ended_at is None and (bool(deciding) or row.proposed_by == actor.id)


def _may_find(db: Session, actor: Actor, strand: Strand, row: EquivalentControl) -> bool:
    roles = roles_in(db, actor, strand)
    stands = row.accepted_at is not None and row.ended_at is None
    waits = row.due is not None and row.done_at is None
    outside = Role.SAFEGUARDING_LEAD in roles and not roles & FACILITATING
    return stands and waits and outside and actor.id != row.owner_id


def _row(db: Session, strand: Strand, substitute_id: str) -> EquivalentControl:
    row = db.get(EquivalentControl, substitute_id)
    if row is None or row.strand_id != strand.id:
        raise NotFound
    return row
