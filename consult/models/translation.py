"""Translations: who wrote which words for which source, and who else has read both."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base

__all__ = ["SourceChange", "Translation", "TranslationCheck"]


class Translation(Base):
    """Words in a language for a source text. What is found again elsewhere, word for word, is the same row."""

    __tablename__ = "translations"
    __table_args__ = (CheckConstraint("source <> '' AND words <> ''", name="words_are_there"),)

    #: SHA-256 in hex of language, source and words: `consult.services.translation.translating.pair_of`
    pair: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(index=True)
    source: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    draft: Mapped[bool]
    #: None: the words came with the program
    written_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    written_at: Mapped[datetime]


class TranslationCheck(Base):
    """Another person, who reads the language as their own, has found that the words say what the source says."""

    __tablename__ = "translation_checks"
    __table_args__ = (CheckConstraint("back_translation <> ''", name="back_translation_is_there"),)

    pair: Mapped[str] = mapped_column(ForeignKey("translations.pair"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    #: the words, put back into the language of the source by this person; a safety text needs one
    back_translation: Mapped[str | None] = mapped_column(Text)
    checked_at: Mapped[datetime]


class SourceChange(Base):
    """A source text was changed after these words were written for it as it was then, and nobody wrote new ones yet."""

    __tablename__ = "source_changes"
    __table_args__ = (CheckConstraint("source <> '' AND words <> ''", name="words_are_there"),)

    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
