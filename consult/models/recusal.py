"""Who is kept out of a consultation, and by whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id

__all__ = ["Recusal"]


class Recusal(Base):
    """A named person is kept out of one consultation: it is not there for them, and no half of a key is sealed to them.

    It ends only when somebody else lifts it.
    """

    __tablename__ = "recusals"
    __table_args__ = (
        CheckConstraint("lifted_by <> person_id", name="never_lifted_by_oneself"),
        CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name="lifting_is_whole"),
        Index(
            "uq_recusals_standing",
            "consultation_id",
            "person_id",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    reason: Mapped[str]
    declared_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    declared_at: Mapped[datetime]
    lifted_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    lifted_at: Mapped[datetime | None]
