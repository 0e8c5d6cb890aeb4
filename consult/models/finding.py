"""What was found in own words: themes by hand, texts kept after two people looked, and the frozen count of themes."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id, one_of

__all__ = ["KeptKind", "KeptText", "Theme", "ThemeRelease"]


class KeptKind(StrEnum):
    """How a text was kept: in the reader's words, or in the person's own after details were taken out."""

    PARAPHRASE = "paraphrase"
    REDACTED = "redacted"


class Theme(Base):
    """A code for what people wrote to one question, with a memo that says when it is given."""

    __tablename__ = "themes"
    __table_args__ = (UniqueConstraint("strand_id", "question_id", "name"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"))
    question_id: Mapped[str]
    name: Mapped[str]
    memo: Mapped[str]
    made_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]


class KeptText(Base):
    """A text that may be shown once a second person has confirmed it. Nothing ties it to an answer; days, no hours."""

    __tablename__ = "kept_texts"
    __table_args__ = (
        one_of("kind", KeptKind),
        CheckConstraint("confirmed_by <> kept_by", name="two_people"),
        CheckConstraint("(confirmed_by IS NULL) = (confirmed_on IS NULL)", name="confirmation_is_whole"),
        CheckConstraint("(dimension IS NULL) = (category IS NULL)", name="attribute_is_whole"),
        CheckConstraint("text <> ''", name="text_is_there"),
        ForeignKeyConstraint(["opening_id", "strand_id"], ["opening_requests.id", "opening_requests.strand_id"]),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), index=True)
    opening_id: Mapped[str]
    question_id: Mapped[str]
    #: the language of `text`
    language: Mapped[str]
    kind: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    #: at most one thing said of the person: a dimension of the strand and one of its published categories
    dimension: Mapped[str | None]
    category: Mapped[str | None]
    kept_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    kept_on: Mapped[date]
    confirmed_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    confirmed_on: Mapped[date | None]


class ThemeRelease(Base):
    """How many responses to one question have each theme: protected, audited with all before it, frozen."""

    __tablename__ = "theme_releases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["strand_id", "consultation_id", "respondent_class"],
            ["strands.id", "strands.consultation_id", "strands.respondent_class"],
        ),
        ForeignKeyConstraint(["opening_id", "strand_id"], ["opening_requests.id", "opening_requests.strand_id"]),
        # counting the same people again by other themes could be compared with the first count
        UniqueConstraint("strand_id", "question_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    consultation_id: Mapped[str]
    strand_id: Mapped[str]
    respondent_class: Mapped[str]
    question_id: Mapped[str]
    #: canonical JSON, as the release format defines it; a theme's dimension is "theme." and its id
    content: Mapped[str] = mapped_column(Text)
    digest: Mapped[str]
    #: the themes as they were when they were counted: id to name and memo
    themes: Mapped[dict[str, Any]]
    opening_id: Mapped[str]
    made_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
