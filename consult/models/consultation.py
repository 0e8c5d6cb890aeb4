"""A consultation: one purpose, one named decision-maker, one promise to report back. It holds strands."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.models.base import Base, new_id, one_of
from consult.models.strand import Strand
from safeguards.lifecycle import ConsultationState

__all__ = ["Consultation", "ConsultationState"]


class Consultation(Base):
    """What is asked, for whom it is asked, and when those who answered hear back."""

    __tablename__ = "consultations"
    __table_args__ = (one_of("state", ConsultationState),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    title: Mapped[str]
    #: what participants see in titles and on cards; it must not give the topic away
    cover_name: Mapped[str]
    purpose: Mapped[str]
    decision_maker: Mapped[str]
    feedback_due: Mapped[date]
    state: Mapped[str] = mapped_column(default=ConsultationState.DRAFT)
    author_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(nullable=False)

    strands: Mapped[list[Strand]] = relationship(order_by="Strand.made_at, Strand.id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - the column above; SQLAlchemy's way
