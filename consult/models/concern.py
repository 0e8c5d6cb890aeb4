"""A concern: somebody may be in danger. A minimal log of codes and times; the story stays out of the program."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id, one_of

__all__ = ["Channel", "Closure", "Concern", "Severity", "Wish"]


class Channel(StrEnum):
    """How staff came to know."""

    OWN_WORDS = "own_words"
    LIVE = "live"
    HELP_REQUEST = "help_request"
    OTHER = "other"


class Severity(StrEnum):
    """How soon somebody has to act (P-DANGER; wellbeing: P-FU)."""

    IMMINENT = "imminent"
    SERIOUS = "serious"
    OTHER = "other"
    WELLBEING = "wellbeing"


class Wish(StrEnum):
    """What the child wants, where somebody could ask."""

    REPORT = "report"
    NO_REPORT = "no_report"
    NOT_KNOWN = "not_known"


class Closure(StrEnum):
    """How it ended."""

    REFERRED = "referred"
    NO_DUTY = "no_duty"
    NOBODY_FOUND = "nobody_found"
    MISTAKEN = "mistaken"


class Concern(Base):
    """Codes and times of what was done. It names no child and points to no answer."""

    __tablename__ = "concerns"
    __table_args__ = (
        one_of("channel", Channel),
        one_of("severity", Severity),
        one_of("wish", Wish),
        CheckConstraint(
            f"closure IS NULL OR closure IN {tuple(str(each) for each in Closure)}", name="closure_is_known"
        ),
        CheckConstraint("(closed_at IS NULL) = (closure IS NULL)", name="closing_is_whole"),
        CheckConstraint("(referred_at IS NULL) = (referred_to IS NULL)", name="referral_is_whole"),
        CheckConstraint(
            "closure IS NULL OR closure <> 'referred' OR referred_at IS NOT NULL", name="referred_somewhere"
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), index=True)
    known_at: Mapped[datetime]
    channel: Mapped[str]
    severity: Mapped[str]
    logged_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    #: what was done, and when: the emergency service called, the lead told, the lead's decision, the referral
    called_at: Mapped[datetime | None]
    lead_told_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    referred_at: Mapped[datetime | None]
    referred_to: Mapped[str | None] = mapped_column(ForeignKey("support_services.id"))
    child_told: Mapped[bool | None]
    wish: Mapped[str] = mapped_column(default=Wish.NOT_KNOWN)
    handled_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    closed_at: Mapped[datetime | None]
    closure: Mapped[str | None]
