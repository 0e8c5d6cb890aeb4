"""What changed because of partners: the record behind ACC-04, as the gate, the report and everybody may read it.

No person stands in it. An organisation is named as it wishes to be named, else by who leads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.models import Outcome, Partner, PartnerKind, Proposal, Strand, StrandState

__all__ = ["Answered", "CoDesign", "Helper", "changes_of"]

#: Whose help is children's or survivors' help (ACC-04).
_COUNTS = frozenset({PartnerKind.CHILD_LED, PartnerKind.SURVIVOR_LED})
_OVER = frozenset({StrandState.CLOSED, StrandState.OPENED, StrandState.RELEASED, StrandState.DESTROYED})


@dataclass(frozen=True, slots=True)
class Helper:
    """An organisation that proposed something; `name` is "" where it does not wish to be named."""

    kind: PartnerKind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One proposal that was answered. `now_reads`: the text since then, "" where this answer changed none."""

    by: Helper
    strand_id: str
    strand: str
    place: str
    language: str
    before: str
    now_reads: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoDesign:
    """The whole of one consultation: who helped, what became of it, and who hosts which part."""

    helpers: tuple[Helper, ...] = ()
    answered: tuple[Answered, ...] = ()
    hosts: tuple[tuple[str, Helper], ...] = ()

    @property
    def taken(self) -> int:
        """How many proposals were taken."""
        return self._n(Outcome.TAKEN)

    @property
    def in_part(self) -> int:
        """How many were taken in part."""
        return self._n(Outcome.IN_PART)

    @property
    def not_taken(self) -> int:
        """How many were not taken."""
        return self._n(Outcome.NOT_TAKEN)

    @property
    def changes(self) -> tuple[Answered, ...]:
        """What was taken, or taken in part."""
        return tuple(each for each in self.answered if each.outcome is not Outcome.NOT_TAKEN)

    @property
    def counts(self) -> bool:
        """Whether children or survivors, by an organisation that they lead, changed something."""
        return any(each.by.kind in _COUNTS for each in self.changes)

    def to_json(self) -> list[dict[str, Any]]:
        """The record as plain values, for its fingerprint."""
        return [
            {
                "by": each.by.kind,
                "part": each.strand_id,
                "place": each.place,
                "language": each.language,
                "before": each.before,
                "now": each.now_reads,
                "outcome": each.outcome,
                "reason": each.reason,
            }
            for each in self.answered
        ]

    def _n(self, outcome: Outcome) -> int:
        return sum(each.outcome is outcome for each in self.answered)


def changes_of(db: Session, consultation_id: str) -> CoDesign:
    """What became of everything that partners of a consultation proposed, the oldest first."""
    rows = db.execute(
        select(Proposal, Partner, Strand.name)
        .join(Partner, Partner.id == Proposal.partner_id)
        .join(Strand, Strand.id == Proposal.strand_id)
        .where(Partner.consultation_id == consultation_id, Proposal.outcome.is_not(None))
        .order_by(Proposal.decided_at, Proposal.id)
    ).all()
    answered = tuple(
        Answered(
            by=_helper(partner),
            strand_id=row.strand_id,
            strand=strand,
            place=row.place,
            language=row.language,
            before=row.before,
            now_reads=row.now_reads or "",
            outcome=Outcome(row.outcome or ""),
            reason=row.reason or "",
        )
        for row, partner, strand in rows
    )
    return CoDesign(
        helpers=_each_once([partner for _, partner, _ in rows]), answered=answered, hosts=_hosts(db, consultation_id)
    )


def _each_once(partners: Sequence[Partner]) -> tuple[Helper, ...]:
    """Each organisation once, however many people speak for it; those without a name are counted by kind alone."""
    found = {(each.kind, each.organisation.casefold()): _helper(each) for each in partners}
    return tuple(dict.fromkeys(sorted(found.values(), key=lambda each: (not each.name, each.kind, each.name))))


def _hosts(db: Session, consultation_id: str) -> tuple[tuple[str, Helper], ...]:
    partners = {row.id: row for row in db.scalars(select(Partner).where(Partner.consultation_id == consultation_id))}
    strands = db.scalars(select(Strand).where(Strand.consultation_id == consultation_id).order_by(Strand.made_at)).all()
    named = [
        (strand.name, partners[each])
        for strand in strands
        for each in strand.facts.get("partners", ())
        if each in partners and (partners[each].ended_at is None or strand.state in _OVER)
    ]
    return tuple((name, _helper(each)) for name, each in named)


def _helper(partner: Partner) -> Helper:
    return Helper(PartnerKind(partner.kind), partner.shown_as or "")
