"""Changes of the safeguard policy: proposed by one person, decided by another; rows that are never edited."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id, one_of
from safeguards.terms import Role

__all__ = ["DECIDES_ON_POLICY", "PolicyDecision", "PolicyOutcome", "PolicyProposal"]

#: A change needs one of each.
DECIDES_ON_POLICY = (str(Role.SAFEGUARDING_LEAD), str(Role.INDEPENDENT_APPROVER))


class PolicyOutcome(StrEnum):
    """What became of a proposed change."""

    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class PolicyProposal(Base):
    """A change that somebody proposes: every number of the policy that would differ from the one that ships."""

    __tablename__ = "policy_proposals"
    __table_args__ = (
        one_of("proposed_as", DECIDES_ON_POLICY),
        CheckConstraint("reason <> ''", name="reason_is_there"),
        UniqueConstraint("id", "proposed_by", "proposed_as"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    #: the parameter that this proposal is about, such as P-TEST
    parameter: Mapped[str]
    #: parameter -> case -> number: all that would be in force, not only what changes
    numbers: Mapped[dict[str, Any]]
    #: digest of the policy that it would change: when another one came into force meanwhile, it can not be approved
    changes_digest: Mapped[str]
    reason: Mapped[str]
    proposed_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    proposed_as: Mapped[str]
    proposed_at: Mapped[datetime]


class PolicyDecision(Base):
    """What became of a proposal. The newest approved one is in force."""

    __tablename__ = "policy_decisions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["proposal_id", "proposed_by", "proposed_as"],
            ["policy_proposals.id", "policy_proposals.proposed_by", "policy_proposals.proposed_as"],
        ),
        one_of("outcome", PolicyOutcome),
        one_of("decided_as", DECIDES_ON_POLICY),
        CheckConstraint("outcome = 'withdrawn' OR decided_by <> proposed_by", name="four_eyes"),
        CheckConstraint("outcome = 'withdrawn' OR decided_as <> proposed_as", name="lead_and_approver"),
        CheckConstraint("outcome <> 'withdrawn' OR decided_by = proposed_by", name="only_its_author_withdraws"),
    )

    #: in the order of the decisions
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    proposal_id: Mapped[str] = mapped_column(unique=True)
    proposed_by: Mapped[str]
    proposed_as: Mapped[str]
    outcome: Mapped[str]
    decided_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    decided_as: Mapped[str]
    decided_at: Mapped[datetime]
