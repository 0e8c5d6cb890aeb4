"""A recording of what a page says in the program's own words: its buttons, the first page, the last ones."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base

__all__ = ["PageRecording"]


class PageRecording(Base):
    """The sound (MP3 frames without tags) of words in one language, found by the SHA-256 of these words.

    It belongs to no part: every page that says the words has it. `page`: where they were when it was brought.
    `heard_by`: ids of those who listened and found that it says them. Nothing in it is secret.
    """

    __tablename__ = "page_recordings"
    __table_args__ = (CheckConstraint("length(content) > 0", name="content_is_there"),)

    language: Mapped[str] = mapped_column(primary_key=True)
    says: Mapped[str] = mapped_column(primary_key=True)
    words: Mapped[str]
    page: Mapped[str]
    digest: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    added_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    added_at: Mapped[datetime]
    heard_by: Mapped[list[str]] = mapped_column(JSON(none_as_null=True))
