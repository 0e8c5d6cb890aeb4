"""About whom or what a proof has to be to count for a part: one rule for the gate, for its pages and for doubt."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from consult.models import Evidence, Strand, StrandHolder, StrandService, StrandStaff
from consult.services.gate.addedmeetings import added_to
from safeguards.policy import Requirement
from safeguards.terms import LIVE_MODES, Scope

__all__ = ["counts_for", "subject_of"]

#: What is proven of the participants of one part says nothing of those of another.
_OF_ONE_PART = frozenset({Scope.STRAND, Scope.CHILD})


def subject_of(requirement: Requirement, strand: Strand, subject: str = "") -> str:
    """The subject a piece of evidence is filed under: the strand or consultation itself, nothing, or the one named.

    Where nobody meets, what is asked for each meeting is proven of the strand.
    """
    if requirement.scope in {Scope.ORGANISATION, Scope.INSTANCE}:
        return ""
    if requirement.scope in _OF_ONE_PART:
        return strand.id
    if requirement.scope is Scope.CONSULTATION:
        return strand.consultation_id
    return subject or (strand.id if requirement.scope is Scope.SESSION else "")


def counts_for(db: Session, *strands: Strand) -> ColumnElement[bool]:
    """Whether a row of evidence counts for one of the strands at least."""
    return or_(*(_counts_for(db, strand) for strand in strands))


def _counts_for(db: Session, strand: Strand) -> ColumnElement[bool]:
    subject, meetings = Evidence.subject, (*(strand.facts.get("sessions") or ()), *added_to(db, strand))
    about: dict[Scope, ColumnElement[bool]] = {
        Scope.ORGANISATION: subject == "",
        Scope.INSTANCE: subject == "",
        Scope.STRAND: subject == strand.id,
        Scope.CHILD: subject == strand.id,
        Scope.CONSULTATION: subject == strand.consultation_id,
        Scope.SESSION: subject.in_([each["id"] for each in meetings] if strand.mode in LIVE_MODES else [strand.id]),
        Scope.PERSON: or_(*(subject.in_(_named(duty.person_id, strand)) for duty in (StrandStaff, StrandHolder))),
        Scope.SERVICE: subject.in_(_named(StrandService.service_id, strand)),
        Scope.LANGUAGE: subject.in_(strand.facts.get("languages") or ()),
        Scope.JURISDICTION: subject.in_(strand.facts.get("jurisdictions") or ()),
    }
    return or_(*(and_(Evidence.scope == scope, fits) for scope, fits in about.items()))


def _named(column: InstrumentedAttribute[str], strand: Strand) -> Select[str]:
    return select(column).where(column.class_.strand_id == strand.id)
