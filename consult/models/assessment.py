"""The self-assessment of a consultation: one score an indicator and scorer, with the evidence that shows it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, one_of
from safeguards.assessment import INDICATORS, Scorer

__all__ = ["IndicatorScore"]


class IndicatorScore(Base):
    """How far an indicator holds, from 0 (no) to 3 (fully), by the team or by the children's advisers."""

    __tablename__ = "indicator_scores"
    __table_args__ = (
        one_of("scorer", Scorer),
        one_of("indicator", tuple(INDICATORS)),
        CheckConstraint("score BETWEEN 0 AND 3", name="score_is_0_to_3"),
        CheckConstraint("evidence <> ''", name="evidence_is_given"),
    )

    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id"), primary_key=True)
    indicator: Mapped[str] = mapped_column(primary_key=True)
    scorer: Mapped[str] = mapped_column(primary_key=True)
    score: Mapped[int]
    #: where it can be seen: an address, or the name of a document
    evidence: Mapped[str]
    entered_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    entered_at: Mapped[datetime]
