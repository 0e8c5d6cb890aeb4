"""The audit log: who did what to what, chained, without content."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base

__all__ = ["AuditEvent"]


class AuditEvent(Base):
    """One event, written in the transaction of what it records and linked to the one before under the audit key."""

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_subject_verb", "subject", "verb"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    verb: Mapped[str]
    subject: Mapped[str]
    facts: Mapped[dict[str, Any]]
    link: Mapped[bytes] = mapped_column(LargeBinary)
