"""Totals that a service supplies about children who are asked by it alone: no answer of one person is ever stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base

__all__ = ["SuppliedRelease", "SuppliedTotals"]


class SuppliedTotals(Base):
    """What the children of one part said, counted by their service. Two people sign; kept as long as answers are."""

    __tablename__ = "supplied_totals"
    __table_args__ = (
        CheckConstraint("people > 0", name="people_are_there"),
        CheckConstraint("confirmed_by <> entered_by", name="two_people"),
        CheckConstraint("(confirmed_by IS NULL) = (confirmed_at IS NULL)", name="confirmation_is_whole"),
    )

    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), primary_key=True)
    #: how many children the service asked
    people: Mapped[int]
    #: question → option → how many of them chose it
    counts: Mapped[dict[str, Any]]
    entered_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    entered_at: Mapped[datetime]
    confirmed_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    confirmed_at: Mapped[datetime | None]


class SuppliedRelease(Base):
    """What may be shown of the totals of a part, frozen with the second signature; it stays when they are destroyed."""

    __tablename__ = "supplied_releases"

    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), primary_key=True)
    #: canonical JSON: people, threshold, and each question that may be shown
    content: Mapped[str] = mapped_column(Text)
    digest: Mapped[str]
    #: question wordings and languages of the day
    setting: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
