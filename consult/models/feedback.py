"""What becomes of what was said: main ideas, the decision-maker's answers, and the notes that were promised."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id, one_of
from safeguards.promises import Answer, Stage

__all__ = ["FeedbackNote", "IdeaSource", "MainIdea"]


class IdeaSource(StrEnum):
    """Whose idea it is: the two are shown apart."""

    CHILDREN = "children"
    ADULTS = "adults"


class MainIdea(Base):
    """One idea that came out of a consultation, in every language of it, and what the decision-maker does about it."""

    __tablename__ = "main_ideas"
    __table_args__ = (
        one_of("source", IdeaSource),
        CheckConstraint(
            f"answer IS NULL OR answer IN {tuple(str(each) for each in Answer)}",
            name="answer_is_known",
        ),
        CheckConstraint(
            "(answer IS NULL) = (reason IS NULL) AND (answer IS NULL) = (answered_by IS NULL)"
            " AND (answer IS NULL) = (answered_on IS NULL)",
            name="answer_is_whole",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id"), index=True)
    source: Mapped[str]
    #: language -> the idea in words
    words: Mapped[dict[str, Any]]
    made_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
    answer: Mapped[str | None]
    #: language -> why, in words for whoever had the idea
    reason: Mapped[dict[str, Any] | None]
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    answered_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - the column above; SQLAlchemy's way


class FeedbackNote(Base):
    """A promise kept: what was said, what is answered, or what came of it a year later.

    One person writes it, another publishes it: it is public while `published_by` stands. `digest`: SHA-256 of all words
    that they confirmed. `published_on`: the first day. `changed_on`: the last day on which it was taken back, or put up
    again.
    """

    __tablename__ = "feedback_notes"
    __table_args__ = (
        one_of("stage", Stage),
        CheckConstraint("published_by <> written_by", name="two_people"),
        CheckConstraint("(published_by IS NULL) = (digest IS NULL)", name="confirmed_whole"),
        CheckConstraint(
            "published_on IS NOT NULL OR (published_by IS NULL AND changed_on IS NULL)", name="published_first"
        ),
    )

    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id"), primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    #: language -> a few sentences
    words: Mapped[dict[str, Any]]
    written_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    published_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    digest: Mapped[str | None]
    published_on: Mapped[date | None]
    changed_on: Mapped[date | None]
