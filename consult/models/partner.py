"""Partners of one consultation: organisations that help with its questions and texts, and what became of that."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id, one_of

__all__ = ["Outcome", "Partner", "PartnerKind", "Proposal", "ProposalKind"]


class PartnerKind(StrEnum):
    """Who leads the organisation."""

    CHILD_LED = "child_led"
    SURVIVOR_LED = "survivor_led"
    OTHER = "other"


class ProposalKind(StrEnum):
    """Other words for a text, or something said about it."""

    CHANGE = "change"
    COMMENT = "comment"


class Outcome(StrEnum):
    """What became of a proposal."""

    TAKEN = "taken"
    IN_PART = "in_part"
    NOT_TAKEN = "not_taken"


class Partner(Base):
    """Somebody who speaks for an organisation in one consultation, and is nothing else here while that lasts."""

    __tablename__ = "partners"
    __table_args__ = (
        one_of("kind", PartnerKind),
        CheckConstraint("organisation <> ''", name="organisation_is_given"),
        CheckConstraint("shown_as <> ''", name="shown_name_is_given"),
        CheckConstraint("person_id <> invited_by", name="invited_by_another"),
        CheckConstraint("(ended_by IS NULL) = (ended_at IS NULL)", name="end_is_whole"),
        Index(
            "uq_partners_standing",
            "person_id",
            "consultation_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    organisation: Mapped[str]
    kind: Mapped[str]
    #: the organisation's name as it wishes to be named in reports and in public; without one it is not named
    shown_as: Mapped[str | None]
    invited_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    invited_at: Mapped[datetime]
    ended_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    ended_at: Mapped[datetime | None]


class Proposal(Base):
    """What a partner proposes or says about one text of a part, and the facilitator's answer with its reason."""

    __tablename__ = "proposals"
    __table_args__ = (
        one_of("kind", ProposalKind),
        one_of("outcome", Outcome),
        CheckConstraint("place <> ''", name="place_is_given"),
        CheckConstraint("words <> '' OR erased", name="words_are_given"),
        CheckConstraint("reason <> ''", name="reason_is_given"),
        CheckConstraint(
            "(outcome IS NULL) = (decided_by IS NULL) AND (outcome IS NULL) = (decided_at IS NULL)"
            " AND (outcome IS NULL) = (reason IS NULL)",
            name="answer_is_whole",
        ),
        CheckConstraint(
            "now_reads IS NULL OR (kind = 'change' AND outcome IN ('taken', 'in_part'))",
            name="only_what_is_taken_changes",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    partner_id: Mapped[str] = mapped_column(ForeignKey("partners.id"), index=True)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), index=True)
    kind: Mapped[str]
    #: a place of the form, such as `questions.Q14.text`, and the language in which it was read
    place: Mapped[str]
    language: Mapped[str]
    #: the text as the partner read it
    before: Mapped[str]
    words: Mapped[str]
    why: Mapped[str]
    made_at: Mapped[datetime]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]
    #: the text as it reads since; empty where the draft was not changed by this answer
    now_reads: Mapped[str | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    #: the partner's own words were taken out, for they were too personal or kept long enough
    erased: Mapped[bool] = mapped_column(default=False)
