"""Notices: what concerns a person, told once; and who is to get an e-mail that something waits."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id, one_of
from safeguards.telling import Matter

__all__ = ["MailWaiting", "Notice"]


class Notice(Base):
    """One matter for one person. It has the day only: some matters must not be dated more closely."""

    __tablename__ = "notices"
    __table_args__ = (
        one_of("matter", Matter),
        UniqueConstraint("person_id", "matter", "subject", "occasion"),
        CheckConstraint("subject <> ''", name="subject_is_there"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    matter: Mapped[str]
    #: id of a row or a requirement, never words
    subject: Mapped[str]
    #: which time it is: the day that it is about and the reminder, or the number of its event
    occasion: Mapped[str]
    consultation_id: Mapped[str | None] = mapped_column(ForeignKey("consultations.id"))
    strand_id: Mapped[str | None] = mapped_column(ForeignKey("strands.id"))
    told_on: Mapped[date]
    due_on: Mapped[date | None]
    #: the person has put it away
    seen_on: Mapped[date | None]
    #: the matter itself is over
    done_on: Mapped[date | None]


class MailWaiting(Base):
    """Somebody is to get an e-mail that something waits: one at a time, gone when it was sent. It has no content."""

    __tablename__ = "mails_waiting"
    __table_args__ = (CheckConstraint("tries >= 0", name="tries_are_counted"),)

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    tries: Mapped[int] = mapped_column(default=0)
    next_try: Mapped[datetime]
