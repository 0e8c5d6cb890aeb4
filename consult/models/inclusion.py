"""Whom a strand wants to hear, what got in people's way, and what was told to those who took part."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id, one_of

__all__ = ["BARRIERS", "NEEDS", "OUTCOMES", "AdjustmentRequest", "CoveragePlan", "Publication"]

#: What gets in the way (domain.md §7.2).
BARRIERS = (
    "language",
    "literacy",
    "seeing",
    "hearing",
    "moving",
    "understanding",
    "communicating",
    "device",
    "data_cost",
    "power_network",
    "private_space",
    "time",
    "travel",
    "gender_norms",
    "caregiver_permission",
    "fear_of_authorities",
    "stigma",
    "residential_rules",
    "digital_skill",
    "distrust",
)
#: What is needed, never a diagnosis (domain.md §7.3).
NEEDS = (
    "sign_language",
    "captions",
    "easy_read",
    "pictures",
    "read_aloud",
    "extra_time",
    "breaks",
    "support_person",
    "quiet_room",
    "same_gender_facilitator",
    "girls_only_time",
    "transport",
    "child_care",
    "data_voucher",
    "borrowed_device",
    "paper_or_voice",
    "interpreter",
    "something_else",
)
OUTCOMES = ("open", "provided", "other", "not_provided")


class CoveragePlan(Base):
    """Targets by group, reference populations and how many were invited: what the grid of coverage compares with."""

    __tablename__ = "coverage_plans"
    __table_args__ = (CheckConstraint("invited >= 0", name="invited_not_negative"),)

    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), primary_key=True)
    #: {"targets": [...], "references": [...]} as `consult.services.tables.coverageplans` writes it
    plan: Mapped[dict[str, Any]]
    invited: Mapped[int | None]
    saved_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    saved_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - the column above; SQLAlchemy's way


class AdjustmentRequest(Base):
    """Something somebody needs to take part, in codes only: no name, no diagnosis, nothing in anybody's words."""

    __tablename__ = "adjustment_requests"
    __table_args__ = (one_of("barrier", BARRIERS), one_of("need", NEEDS), one_of("outcome", OUTCOMES))

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), index=True)
    barrier: Mapped[str]
    need: Mapped[str]
    outcome: Mapped[str] = mapped_column(default="open")
    #: the day of the meeting or of the close: an answer is due before, the row goes 30 days after
    day: Mapped[date]


class Publication(Base):
    """A release whose child-friendly page ("What you said") is open to those who took part."""

    __tablename__ = "publications"

    release_id: Mapped[str] = mapped_column(ForeignKey("releases.id"), primary_key=True)
    published_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    published_at: Mapped[datetime]
