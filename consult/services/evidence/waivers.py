"""Waivers of guardian consent (ETH-04, W1 to W4): proposed by whoever leads the part, agreed by two other people.

A safeguarding lead agrees first, with the ethics board's name where one is needed (W1 to W3), then the independent
approver. What a waiver still lacks is said by the same rule that the gate judges it by.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import safeguards.record as history
from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.models import GuardianWaiver, Person, Strand
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, roles_in, visible_consultations
from consult.services.auditing import Verb, hold, record
from consult.services.gate.planning import plan_of
from consult.services.signed.running import PEOPLE_INSIDE, reconsider
from safeguards.judging import waiver_lacks
from safeguards.lifecycle import BEFORE_SIGNING
from safeguards.policy import Policy
from safeguards.record import WaiverCode
from safeguards.said import joined, said
from safeguards.terms import CHILD_AUDIENCES, FACILITATING, Role

__all__ = [
    "Awaited",
    "Shown",
    "WaiverValues",
    "agree",
    "awaited",
    "may_agree",
    "may_propose",
    "may_revoke",
    "propose",
    "revoke",
    "waivers_of",
]

_PROPOSING = frozenset({Role.LEAD_FACILITATOR})
_DECIDING = frozenset({Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER})
_MOST_WORDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverValues:
    """What is proposed. `everyone`: nobody in this place brings a code; else single children, who still do."""

    jurisdiction: str
    code: str
    grounds: str
    everyone: bool = True
    law_allows: bool = False
    independent_adult: bool = False
    support_worker: bool = False
    expires: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A waiver as everybody who works on the safeguards of the part sees it."""

    id: str
    jurisdiction: str
    code: WaiverCode
    everyone: bool
    grounds: str
    expires: datetime | None
    proposed_by: str
    proposed_at: datetime
    board: str
    lead: str
    approver: str
    revoked_by: str
    revoked_reason: str
    may_agree: Ruling
    may_revoke: bool
    #: the lead's yes is what is asked next, with the ethics board's name where one is needed
    lead_next: bool

    @property
    def agreed(self) -> bool:
        """Whether it counts now."""
        return bool(self.approver) and not self.revoked_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """A waiver that waits for the yes of whoever looks."""

    consultation_id: str
    consultation: str
    strand_id: str
    strand: str
    code: WaiverCode
    jurisdiction: str
    proposed_by: str
    proposed_at: datetime


def awaited(db: Session, actor: Actor) -> tuple[Awaited, ...]:
    """Every waiver within the actor's scope for which the actor's yes is the next, who waits longest first."""
    consultations = {each.id: each for each in visible_consultations(db, actor)}
    rows = db.execute(
        select(GuardianWaiver, Strand)
        .join(Strand, Strand.id == GuardianWaiver.strand_id)
        .where(
            Strand.consultation_id.in_(consultations),
            GuardianWaiver.approver_id.is_(None),
            GuardianWaiver.revoked_by.is_(None),
        )
        .order_by(GuardianWaiver.proposed_at, GuardianWaiver.id)
    )
    mine = [(row, strand) for row, strand in rows if may_agree(db, actor, strand, row).ok]
    names = _names(db, [row for row, _ in mine])
    return tuple(
        Awaited(
            consultation_id=strand.consultation_id,
            consultation=consultations[strand.consultation_id].title,
            strand_id=strand.id,
            strand=strand.name,
            code=WaiverCode(row.code),
            jurisdiction=row.jurisdiction,
            proposed_by=names[row.proposed_by],
            proposed_at=row.proposed_at,
        )
        for row, strand in mine
    )


def may_propose(db: Session, actor: Actor, strand: Strand) -> Ruling:
    """Whether the actor may propose a waiver for this part."""
    if strand.audience not in CHILD_AUDIENCES:
        return Ruling(ok=False, why=sentence("Adults need no guardian."))
    if strand.state not in BEFORE_SIGNING:
        why = sentence("This part is signed. Return it to draft before you change it: what was signed is what opens.")
        return Ruling(ok=False, why=why)
    return Ruling(
        ok=bool(roles_in(db, actor, strand) & _PROPOSING), why=sentence("A lead facilitator proposes a waiver.")
    )


def propose(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, values: WaiverValues, now: datetime
) -> GuardianWaiver:
    """Propose it. Raises `Denied`, and `Invalid` for each thing that its kind needs and that is not there."""
    hold(db, strand)
    may_propose(db, actor, strand).demand()
    _check(db, strand, values, now)
    row = GuardianWaiver(
        strand_id=strand.id,
        jurisdiction=values.jurisdiction,
        code=values.code,
        everyone=values.everyone,
        grounds=values.grounds.strip()[:_MOST_WORDS],
        law_allows=values.law_allows,
        independent_adult=values.independent_adult,
        support_worker=values.support_worker,
        expires=values.expires,
        proposed_by=actor.id,
        proposed_at=now,
    )
    db.add(row)
    db.flush()
    facts = {"waiver": row.id, "code": row.code, "place": row.jurisdiction}
    record(db, keys.audit, actor.id, Verb.WAIVER_PROPOSED, strand.id, now, facts)
    return row


def _check(db: Session, strand: Strand, values: WaiverValues, now: datetime) -> None:
    problems: dict[str, list[str]] = {}
    if values.jurisdiction not in strand.facts.get("jurisdictions", ()):
        problems["jurisdiction"] = [sentence("Choose a place of this part.")]
    if values.code not in set(WaiverCode):
        problems["code"] = [sentence("Choose which kind it is.")]
    if not values.grounds.strip():
        problems["grounds"] = [sentence("Say why, without anything about a single child.")]
    if values.expires is not None and values.expires <= now:
        problems["expires"] = [sentence("This day is over already.")]
    if not problems:
        kind = history.Waiver(
            code=WaiverCode(values.code),
            law_allows=values.law_allows,
            independent_adult=values.independent_adult,
            support_worker=values.support_worker,
        )
        lacking = waiver_lacks(kind, plan_of(db, strand).strand)
        if lacking:
            problems["code"] = [said("This still needs: %(what)s.", what=joined(lacking, ", "))]
    if problems:
        raise Invalid(problems)


def may_agree(db: Session, actor: Actor, strand: Strand, row: GuardianWaiver) -> Ruling:
    """Whether the actor's yes is the one that is missing: the lead's first, then the independent approver's."""
    roles = roles_in(db, actor, strand)
    if row.revoked_by or row.approver_id:
        return Ruling(ok=False)
    if row.everyone and strand.state not in BEFORE_SIGNING:
        return Ruling(ok=False, why=sentence("This part is signed: nobody agrees to fewer safeguards now."))
    needed = Role.SAFEGUARDING_LEAD if row.lead_id is None else Role.INDEPENDENT_APPROVER
    if needed not in roles:
        if row.lead_id is None:
            return Ruling(ok=False, why=sentence("A safeguarding lead agrees first."))
        return Ruling(ok=False, why=sentence("The independent approver agrees last."))
    if actor.id in {row.proposed_by, row.lead_id, strand.author_id} or roles & FACILITATING:
        return Ruling(ok=False, why=sentence("Whoever proposed it, set the part up or facilitates it does not agree."))
    return Ruling(ok=True)


def agree(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, waiver_id: str, board: str, now: datetime
) -> GuardianWaiver:
    """Say yes, as lead or as approver. `board`: who of the ethics board agreed, and in which letter (lead, W1 to W3).

    Raises `Denied`, `Conflict` for one that is agreed or taken back, `Invalid` without the board's name.
    """
    row = _row(db, strand, waiver_id)
    hold(db, strand, row)  # signed or taken back at this moment: nobody agrees to it any more
    if row.revoked_by or row.approver_id:
        raise Conflict(sentence("This was agreed or taken back already."))
    may_agree(db, actor, strand, row).demand()
    if row.lead_id is None:
        if not board.strip() and row.code != WaiverCode.OPT_OUT:
            raise Invalid({"board": [sentence("Name the ethics board that agreed, and its letter.")]})
        row.board, row.lead_id, row.lead_at = board.strip(), actor.id, now
    else:
        row.approver_id, row.approver_at = actor.id, now
    db.flush()
    facts = {"waiver": row.id, "code": row.code, "as": "lead" if row.approver_id is None else "approver"}
    record(db, keys.audit, actor.id, Verb.WAIVER_AGREED, strand.id, now, facts)
    return row


def may_revoke(db: Session, actor: Actor, strand: Strand, row: GuardianWaiver) -> bool:
    """Whether the actor may take it back: who proposed it, a lead, or the independent approver."""
    return row.revoked_by is None and (row.proposed_by == actor.id or bool(roles_in(db, actor, strand) & _DECIDING))


def revoke(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    strand: Strand,
    waiver_id: str,
    reason: str,
    now: datetime,
) -> None:
    """Take it back, with a reason. From the next page on codes are asked again, and open parts are looked at anew."""
    row = _row(db, strand, waiver_id)
    hold(db, row)
    Ruling(
        ok=may_revoke(db, actor, strand, row),
        why=sentence("Only a lead, the independent approver or whoever proposed it takes it back."),
    ).demand()
    if not reason.strip():
        raise Invalid({"reason": [sentence("Say why it no longer holds.")]})
    row.revoked_by, row.revoked_at, row.revoked_reason = actor.id, now, reason.strip()
    db.flush()
    record(db, keys.audit, actor.id, Verb.WAIVER_REVOKED, strand.id, now, {"waiver": row.id, "code": row.code})
    reconsider(db, keys, policy, db.scalars(select(Strand).where(PEOPLE_INSIDE)).all(), now, actor.id)


def waivers_of(db: Session, actor: Actor, strand: Strand) -> tuple[Shown, ...]:
    """Every waiver of this part, the newest first."""
    rows = db.scalars(
        select(GuardianWaiver)
        .where(GuardianWaiver.strand_id == strand.id)
        .order_by(GuardianWaiver.proposed_at.desc(), GuardianWaiver.id)
    ).all()
    names = _names(db, rows)
    return tuple(
        Shown(
            id=row.id,
            jurisdiction=row.jurisdiction,
            code=WaiverCode(row.code),
            everyone=row.everyone,
            grounds=row.grounds,
            expires=row.expires,
            proposed_by=names[row.proposed_by],
            proposed_at=row.proposed_at,
            board=row.board,
            lead=names.get(row.lead_id or "", ""),
            approver=names.get(row.approver_id or "", ""),
            revoked_by=names.get(row.revoked_by or "", ""),
            revoked_reason=row.revoked_reason or "",
            may_agree=may_agree(db, actor, strand, row),
            may_revoke=may_revoke(db, actor, strand, row),
            lead_next=row.lead_id is None,
        )
        for row in rows
    )


def _names(db: Session, rows: Iterable[GuardianWaiver]) -> dict[str, str]:
    ids = {each for row in rows for each in (row.proposed_by, row.lead_id, row.approver_id, row.revoked_by) if each}
    return {row.id: row.name for row in db.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))}


def _row(db: Session, strand: Strand, waiver_id: str) -> GuardianWaiver:
    row = db.get(GuardianWaiver, waiver_id)
    if row is None or row.strand_id != strand.id:
        raise NotFound
    return row
