"""An approved exception from guardian consent: who leads the part proposes it; lead, approver and board agree."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id, one_of
from safeguards.record import WaiverCode

__all__ = ["GuardianWaiver"]


class GuardianWaiver(Base):
    """Guardian consent is waived (W1 to W4, ETH-04) for children of one place in one part. It names no child.

    It counts once a safeguarding lead and the independent approver have agreed, two people who did not propose it;
    W1 to W3 with an ethics board's yes as well, which the lead enters and the approver has seen.
    """

    __tablename__ = "guardian_waivers"
    __table_args__ = (
        one_of("code", WaiverCode),
        CheckConstraint("grounds <> ''", name="grounds_are_given"),
        CheckConstraint("lead_id <> proposed_by", name="lead_is_another_person"),
        CheckConstraint("approver_id <> proposed_by AND approver_id <> lead_id", name="approver_is_another_person"),
        CheckConstraint("(lead_id IS NULL) = (lead_at IS NULL)", name="lead_is_whole"),
        CheckConstraint("(approver_id IS NULL) = (approver_at IS NULL)", name="approval_is_whole"),
        CheckConstraint("approver_id IS NULL OR lead_id IS NOT NULL", name="approver_comes_last"),
        CheckConstraint("code = 'W4' OR lead_id IS NULL OR board <> ''", name="board_has_agreed"),
        CheckConstraint(
            "(revoked_by IS NULL) = (revoked_at IS NULL) AND (revoked_by IS NULL) = (revoked_reason IS NULL)",
            name="revocation_is_whole",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"), index=True)
    jurisdiction: Mapped[str]
    code: Mapped[str]
    #: True: no child of this place brings a code. False: single children, and each still types a code that the
    #: independent adult hands out
    everyone: Mapped[bool]
    grounds: Mapped[str]
    law_allows: Mapped[bool]
    independent_adult: Mapped[bool]
    support_worker: Mapped[bool]
    expires: Mapped[datetime | None]
    proposed_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    proposed_at: Mapped[datetime]
    #: name of the ethics board and of its letter; empty where none is needed
    board: Mapped[str] = mapped_column(default="")
    lead_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    lead_at: Mapped[datetime | None]
    approver_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    approver_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None]
