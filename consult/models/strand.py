"""A strand: the unit the gate decides on. One audience, one mode, its ages, languages, places, questions and dates."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id, one_of
from safeguards.lifecycle import StrandState
from safeguards.terms import Audience, Mode, RepresentativeClass, RespondentClass, Role

__all__ = [
    "FallbackDebt",
    "HolderRole",
    "Strand",
    "StrandCount",
    "StrandHolder",
    "StrandService",
    "StrandStaff",
    "StrandState",
]


class HolderRole(StrEnum):
    """The two roles that must come together before an answer can be opened."""

    LEAD = "lead"
    REVIEWER = "reviewer"


#: What an answer of each audience counts as; the database holds the same pairs.
_PAIRS = (
    "(audience IN ('G','S','H') AND respondent_class = 'child')"
    " OR (audience = 'A' AND respondent_class = 'adult_survivor')"
    " OR (audience = 'R' AND representatives = 'RY' AND respondent_class = 'young_adult')"
    " OR (audience = 'R' AND representatives = 'RO' AND respondent_class = 'representative')"
    " OR (audience = 'R' AND representatives = 'RP' AND respondent_class = 'professional')"
    " OR (audience = 'R' AND representatives = 'RC' AND respondent_class = 'caregiver')"
)


class Strand(Base):
    """One audience asked in one way. What it counts as never changes: adults are never counted as children."""

    __tablename__ = "strands"
    __table_args__ = (
        one_of("audience", Audience),
        one_of("mode", Mode),
        one_of("state", StrandState),
        one_of("respondent_class", RespondentClass),
        CheckConstraint(
            f"representatives IS NULL OR representatives IN {tuple(str(c) for c in RepresentativeClass)}",
            name="representatives_is_known",
        ),
        CheckConstraint("(audience = 'R') = (representatives IS NOT NULL)", name="representatives_only_for_R"),
        CheckConstraint(_PAIRS, name="class_follows_audience"),
        CheckConstraint("stands_in_for_id IS NULL OR audience IN ('A', 'R')", name="only_adults_stand_in"),
        # what signatures and releases repeat, so that a foreign key holds them to it
        UniqueConstraint("id", "author_id", "audience"),
        UniqueConstraint("id", "consultation_id", "respondent_class"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id"), index=True)
    name: Mapped[str]
    audience: Mapped[str]
    representatives: Mapped[str | None]
    respondent_class: Mapped[str]
    mode: Mapped[str]
    #: the facts the gate looks at that live nowhere else: the strand object of a plan file
    facts: Mapped[dict[str, Any]]
    #: questions, texts and profile dimensions copied in when the strand was made: `consult.questionnaire.form.Form`
    form: Mapped[dict[str, Any]]
    author_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=StrandState.DRAFT)
    #: why it is suspended or stopped, in staff words
    state_reason: Mapped[str | None]
    #: languages of a signed strand in which nobody can begin, go on or send now: language → why, in staff words
    languages_shut: Mapped[dict[str, Any] | None]
    #: while suspended by a C2 lapse: people inside may finish until then
    finish_by: Mapped[datetime | None]
    #: what a participant types or scans; made when the strand opens
    entry_code: Mapped[str | None] = mapped_column(unique=True)
    #: the strand of children this one stands in for
    stands_in_for_id: Mapped[str | None] = mapped_column(ForeignKey("strands.id"))
    decision_due: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - the column above; SQLAlchemy's way


class StrandStaff(Base):
    """Somebody's duty in a strand."""

    __tablename__ = "strand_staff"
    __table_args__ = (one_of("role", Role),)

    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    languages: Mapped[list[str]] = mapped_column(default=list)


class StrandHolder(Base):
    """Somebody who will hold one half of the strand's key. One human, one role: the primary key sees to it."""

    __tablename__ = "strand_holders"
    __table_args__ = (one_of("role", HolderRole), UniqueConstraint("strand_id", "person_id", "role"))

    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    role: Mapped[str]
    #: after signing only a holder of the same role adds one; before, whoever sets the strand up names them
    added_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))


class StrandService(Base):
    """A support service that a strand relies on."""

    __tablename__ = "strand_services"

    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), primary_key=True)
    service_id: Mapped[str] = mapped_column(ForeignKey("support_services.id"), primary_key=True)


class StrandCount(Base):
    """How many came, assented, stopped or withdrew: totals only, added in lots, never a time."""

    __tablename__ = "strand_counts"
    __table_args__ = (
        one_of("what", ("came", "assented", "stopped", "withdrew")),
        CheckConstraint("n >= 0", name="n_not_negative"),
    )

    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(default=0)


class FallbackDebt(Base):
    """Children were not asked: why, who stands in, and by when they will be asked themselves."""

    __tablename__ = "fallback_debts"
    __table_args__ = (CheckConstraint("(kept_by_id IS NULL) = (kept_on IS NULL)", name="keeping_is_whole"),)

    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), primary_key=True)
    stand_in_id: Mapped[str | None] = mapped_column(ForeignKey("strands.id"))
    public_reason: Mapped[str]
    ask_children_by: Mapped[date]
    made_at: Mapped[datetime]
    #: the part that asked the children themselves, and the day it opened to them
    kept_by_id: Mapped[str | None] = mapped_column(ForeignKey("strands.id"))
    kept_on: Mapped[date | None]
