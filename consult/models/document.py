"""A document that proves a requirement, sealed under a key of the configuration: name, type and content alike."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id

__all__ = ["EvidenceDocument"]


class EvidenceDocument(Base):
    """The document behind a piece of evidence. Rows are inserted, never updated: what was checked stays as it was."""

    __tablename__ = "evidence_documents"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
