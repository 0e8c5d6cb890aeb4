"""How often anything that participants' pages are made of has changed: one number, which the database itself counts."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base

__all__ = ["Edition"]


class Edition(Base):
    """The edition of what participants may see: one row, counted up by triggers with every change of it."""

    __tablename__ = "edition"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)
