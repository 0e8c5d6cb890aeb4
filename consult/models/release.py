"""A frozen release: the only source of every page, chart and export."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id

__all__ = ["Release"]


class Release(Base):
    """One protected set of tables for one strand, from one granted opening, as published; never changed afterwards."""

    __tablename__ = "releases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["strand_id", "consultation_id", "respondent_class"],
            ["strands.id", "strands.consultation_id", "strands.respondent_class"],
        ),
        ForeignKeyConstraint(["opening_id", "strand_id"], ["opening_requests.id", "opening_requests.strand_id"]),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    consultation_id: Mapped[str] = mapped_column(index=True)
    strand_id: Mapped[str] = mapped_column(index=True)
    series: Mapped[str]
    respondent_class: Mapped[str]
    #: canonical JSON, as the release format defines it
    content: Mapped[str] = mapped_column(Text)
    digest: Mapped[str]
    #: what was true of the strand when it was made: dates, decision, fallback sentence, question wordings
    setting: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    opening_id: Mapped[str]
