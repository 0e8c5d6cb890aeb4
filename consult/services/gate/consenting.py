"""Guardians' consent as evidence (ETH-04): the codes that a part asks for, and the waivers that take their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

import safeguards.record as history
from consult.models import GuardianWaiver, Strand
from consult.services.actors import kept_out_of
from safeguards.terms import Role

__all__ = ["GUARDIANS", "agreed_waivers", "consent"]

GUARDIANS = "ETH-04"


def consent(db: Session, strands: Iterable[Strand], attested: Iterable[history.Evidence]) -> Iterator[history.Evidence]:
    """What proves consent for these parts: as it was attested, and place by place where a waiver stands."""
    entries = list(attested)
    for strand in strands:
        mine = [each for each in entries if each.strand == strand.id]
        yield from list(_by_place(db, strand, mine)) or mine


def _by_place(db: Session, strand: Strand, codes: Sequence[history.Evidence]) -> Iterator[history.Evidence]:
    """A part with a waiver for everybody in a place: each place by its waivers, else by the proof of the codes.

    Nothing where no waiver was agreed: then what was attested stands for all places alike.
    """
    waivers = [row for row in agreed_waivers(db, strand.consultation_id, strand.id) if row.everyone]
    if not waivers:
        return
    for place in strand.facts.get("jurisdictions", ()):
        entries = [_waived(row) for row in waivers if row.jurisdiction == place]
        entries = entries or [replace(each, subject=place) for each in codes]
        yield from entries or [history.Evidence(subject=place, strand=strand.id, missing=True)]


def agreed_waivers(db: Session, consultation_id: str, strand_id: str) -> Sequence[GuardianWaiver]:
    """The waivers of guardian consent of a part that everybody has agreed to and nobody took back.

    The yes of whoever is kept out counts no more: codes are asked again.
    """
    out = kept_out_of(db, consultation_id)
    rows = select(GuardianWaiver).where(
        GuardianWaiver.strand_id == strand_id,
        GuardianWaiver.approver_id.is_not(None),
        GuardianWaiver.revoked_by.is_(None),
        GuardianWaiver.lead_id.not_in(out),
        GuardianWaiver.approver_id.not_in(out),
    )
    return db.scalars(rows.order_by(GuardianWaiver.proposed_at, GuardianWaiver.id)).all()


def _waived(row: GuardianWaiver) -> history.Evidence:
    """A waiver as evidence. Somebody outside agreed for the ethics board: the lead entered it, the approver saw it."""
    agreed = [
        history.Approval(person=row.lead_id or "", role=Role.SAFEGUARDING_LEAD, at=row.lead_at),
        history.Approval(person=row.approver_id or "", role=Role.INDEPENDENT_APPROVER, at=row.approver_at),
    ]
    if row.board:
        agreed.append(history.Approval(person=f"outside: {row.board}", role=Role.ETHICS_BOARD, at=row.lead_at))
    return history.Evidence(
        attested_by=row.proposed_by,
        attested_as=Role.LEAD_FACILITATOR,
        attested_at=row.proposed_at,
        verified_by=row.lead_id or "",
        verified_as=Role.SAFEGUARDING_LEAD,
        verified_at=row.lead_at,
        subject=row.jurisdiction,
        strand=row.strand_id,
        expires=row.expires,
        waiver=history.Waiver(
            code=history.WaiverCode(row.code),
            law_allows=row.law_allows,
            independent_adult=row.independent_adult,
            support_worker=row.support_worker,
            approved_by=tuple(agreed),
        ),
    )
