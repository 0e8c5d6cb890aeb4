"""The signed act: who decided what about which exact plan, never the plan's own author."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id, one_of
from safeguards.terms import Decision

__all__ = ["ReviewNote", "Signature"]


class Signature(Base):
    """A gate decision as signed. The digest is the plan's; what was signed is what may open."""

    __tablename__ = "signatures"
    __table_args__ = (
        one_of("decision", Decision),
        ForeignKeyConstraint(
            ["strand_id", "author_id", "audience"], ["strands.id", "strands.author_id", "strands.audience"]
        ),
        CheckConstraint("signed_by <> author_id", name="signer_is_not_author"),
        CheckConstraint("second_by <> author_id AND second_by <> signed_by", name="second_is_another_person"),
        CheckConstraint(
            "audience NOT IN ('S', 'H') OR decision NOT IN ('GO', 'GO_WITH_CONDITIONS') OR second_by IS NOT NULL",
            name="survivors_need_two_signatures",
        ),
        CheckConstraint(
            "decision NOT IN ('GO', 'GO_WITH_CONDITIONS') OR valid_until IS NOT NULL", name="opening_has_an_end"
        ),
        UniqueConstraint("id", "strand_id", "decision"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    strand_id: Mapped[str]
    author_id: Mapped[str]
    audience: Mapped[str]
    plan_digest: Mapped[str]
    #: language → hash of all that is read in it, for those that were signed; None: signed before they were told apart
    texts: Mapped[dict[str, Any] | None]
    #: the digest of the plan without its languages: it stays the same when one of them is signed again
    frame: Mapped[str | None]
    decision: Mapped[str]
    row: Mapped[str]
    #: the whole evaluation as the signer saw it
    evaluation: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(default="")
    valid_until: Mapped[datetime | None]
    signed_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    signed_at: Mapped[datetime]
    second_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))


class ReviewNote(Base):
    """What a lead said of a part that waited for a decision: a question to answer, or a reason for returning it.

    `requirement`: which one it is about; empty for the part as a whole.
    """

    __tablename__ = "review_notes"
    __table_args__ = (
        one_of("kind", ("ask", "return")),
        CheckConstraint(
            "(answered_by IS NULL) = (answered_at IS NULL) AND (answered_by IS NULL) = (answer IS NULL)",
            name="answer_is_whole",
        ),
        CheckConstraint("answered_by <> written_by", name="answered_by_another"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), index=True)
    kind: Mapped[str]
    requirement: Mapped[str] = mapped_column(default="")
    words: Mapped[str]
    written_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    written_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    answered_at: Mapped[datetime | None]
