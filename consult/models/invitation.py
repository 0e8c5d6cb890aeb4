"""A code that lets somebody in once: its keyed digest and whether it was spent. No time, no order, nobody's name."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, one_of

__all__ = ["FormerCode", "Invitation", "Purpose"]


class Purpose(StrEnum):
    """What a code is for: coming in, or a grown-up's permission for a child."""

    ENTRY = "entry"
    GUARDIAN = "guardian"


class Invitation(Base):
    """A one-time code of a strand. The code itself stands on a card only; spending it leaves no time."""

    __tablename__ = "invitations"
    __table_args__ = (one_of("purpose", Purpose),)

    #: HMAC of the code under the invitation key of the configuration
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), index=True)
    purpose: Mapped[str]
    spent: Mapped[bool] = mapped_column(default=False)
    #: by which page it was spent, so that a second tap of the same one is no second try: a keyed digest of a random
    #: number that stands in that page alone, and of the digits that its way carries
    spent_by: Mapped[bytes | None] = mapped_column(LargeBinary)


class FormerCode(Base):
    """A code that let people into a strand until its link was made void: what changed stays readable under it."""

    __tablename__ = "former_codes"

    code: Mapped[str] = mapped_column(primary_key=True)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), index=True)
