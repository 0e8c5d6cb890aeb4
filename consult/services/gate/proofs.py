"""About whom or what a proof has to be to count for a part: one rule for the gate, for its pages and for doubt."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from consult.models import Evidence, Strand, StrandHolder, StrandService, StrandStaff
from consult.services.gate.addedmeetings import added_to
from safeguards.policy import Requirement
from safeguards.terms import LIVE_MODES, Scope

__all__ = ["counts_for", "subject_of", "subjects"]

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


def subjects(db: Session, strand: Strand) -> Mapping[Scope, set[str]]:
    """The subjects of the evidence that counts for the strand, for every scope."""
    people = {each for duty in (StrandStaff, StrandHolder) for each in db.scalars(_people(duty, strand))}
    services = db.scalars(select(StrandService.service_id).where(StrandService.strand_id == strand.id))
    meetings = {each["id"] for each in (*(strand.facts.get("sessions") or ()), *added_to(db, strand))}
    return {
        Scope.ORGANISATION: {""},
        Scope.INSTANCE: {""},
        Scope.STRAND: {strand.id},
        Scope.CHILD: {strand.id},
        Scope.CONSULTATION: {strand.consultation_id},
        Scope.SESSION: meetings if strand.mode in LIVE_MODES else {strand.id},
        Scope.PERSON: people,
        Scope.SERVICE: set(services),
        Scope.LANGUAGE: set(strand.facts.get("languages", ())),
        Scope.JURISDICTION: set(strand.facts.get("jurisdictions", ())),
    }


def counts_for(db: Session, *strands: Strand) -> ColumnElement[bool]:
    """Whether a row of evidence counts for one of the strands at least."""
    about = [subjects(db, strand) for strand in strands]
    return or_(
        *(
            and_(Evidence.scope == scope, Evidence.subject.in_(set[str]().union(*(each[scope] for each in about))))
            for scope in Scope
        )
    )


def _people(duty: type[StrandStaff | StrandHolder], strand: Strand) -> Select[str]:
    return select(duty.person_id).where(duty.strand_id == strand.id)
