"""What the gate looks at besides the plan: evidence, equivalents, contact tests, stops, incidents, services."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base, new_id, one_of
from safeguards.terms import Role, Scope

__all__ = [
    "ContactTest",
    "EquivalentControl",
    "Evidence",
    "Incident",
    "ProgramCheck",
    "Stop",
    "StopNotice",
    "SupportService",
]


class SupportService(Base):
    """A named service: channels, hours, languages, ages, as the plan file's service object."""

    __tablename__ = "support_services"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    facts: Mapped[dict[str, Any]]
    #: the same as it was when a lead last signed a part that relies on it: participants read of no other
    signed: Mapped[dict[str, Any] | None]


class Evidence(Base):
    """One person's signed statement that a requirement holds for a subject, and another person's check of it."""

    __tablename__ = "evidence"
    __table_args__ = (
        one_of("scope", Scope),
        one_of("attested_as", Role),
        CheckConstraint("verified_by <> attested_by", name="four_eyes"),
        CheckConstraint(
            "(verified_by IS NULL) = (verified_at IS NULL) AND (verified_by IS NULL) = (verified_as IS NULL)",
            name="verification_is_whole",
        ),
        CheckConstraint(
            "(revoked_by IS NULL) = (revoked_at IS NULL) AND (revoked_by IS NULL) = (revoked_reason IS NULL)",
            name="revocation_is_whole",
        ),
        Index("ix_evidence_subject", "scope", "subject", "requirement"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    requirement: Mapped[str]
    scope: Mapped[str]
    #: id of the person, strand, consultation, service … ; language or place code; empty for the organisation itself
    subject: Mapped[str] = mapped_column(default="")
    statement: Mapped[str]
    #: what the certificate said, seen and hashed; the document itself is not kept
    document_digest: Mapped[str | None]
    #: the plan, question-set or text digest this was given for, where an edit must undo it
    given_for: Mapped[str | None]
    finding: Mapped[str | None]
    #: somebody without an account (legal expert, ethics board, service) whose word was entered
    outside_person: Mapped[str | None]
    attested_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    attested_as: Mapped[str]
    attested_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]
    expires: Mapped[datetime | None]
    verified_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    verified_as: Mapped[str | None]
    verified_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None]
    found_false: Mapped[bool] = mapped_column(default=False)


class EquivalentControl(Base):
    """A documented substitute for an EQ-level requirement: proposed, then accepted by lead and independent approver.

    It counts once both have said yes. `ended_at`: refused, or taken back.
    """

    __tablename__ = "equivalent_controls"
    __table_args__ = (
        CheckConstraint("lead_id <> approver_id", name="four_eyes"),
        CheckConstraint(
            "(accepted_at IS NULL) OR (lead_id IS NOT NULL AND approver_id IS NOT NULL)", name="accepted_by_two"
        ),
        CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (ended_reason IS NULL)",
            name="end_is_whole",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    strand_id: Mapped[str] = mapped_column(ForeignKey("strands.id"))
    requirement: Mapped[str]
    what: Mapped[str]
    #: SUP-01 alone: the service was told of the dates in writing, and a named local practitioner stands ready
    written_notice: Mapped[bool] = mapped_column(default=False)
    practitioner: Mapped[str] = mapped_column(default="")
    proposed_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    proposed_at: Mapped[datetime]
    lead_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    approver_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    accepted_at: Mapped[datetime | None]
    expires: Mapped[datetime]
    owner_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    due: Mapped[datetime | None]
    #: when a lead found it in place; not by its due time: the decision that relied on it ends
    done_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]


class ProgramCheck(Base):
    """One run of the program's own check of a requirement: which release, what was found, and who looked at it."""

    __tablename__ = "program_checks"
    __table_args__ = (
        one_of("verified_as", Role),
        CheckConstraint(
            "(verified_by IS NULL) = (verified_at IS NULL) AND (verified_by IS NULL) = (verified_as IS NULL)",
            name="verification_is_whole",
        ),
        CheckConstraint("verified_by IS NULL OR passed", name="only_what_passed_is_verified"),
        Index("ix_program_checks_requirement", "requirement", "ran_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    requirement: Mapped[str]
    release: Mapped[str]
    passed: Mapped[bool]
    #: what was looked at and held, or what did not hold: sentences
    found: Mapped[list[str]]
    ran_at: Mapped[datetime]
    verified_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    verified_as: Mapped[str | None]
    verified_at: Mapped[datetime | None]


class ContactTest(Base):
    """Somebody called: did a human answer, how fast, in which language, from where, free of charge."""

    __tablename__ = "contact_tests"
    __table_args__ = (
        CheckConstraint("confirmed_by <> tested_by", name="four_eyes"),
        CheckConstraint("confirmed_by IS NULL OR NOT waits", name="confirmed_counts"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    service_id: Mapped[str] = mapped_column(ForeignKey("support_services.id"), index=True)
    channel: Mapped[str]
    tested_at: Mapped[datetime]
    tested_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    reached: Mapped[bool]
    minutes: Mapped[int]
    language: Mapped[str]
    jurisdiction: Mapped[str]
    free: Mapped[bool]
    #: nobody but who noted it stands behind it: it proves nothing before another person confirms it
    waits: Mapped[bool]
    confirmed_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))


class Stop(Base):
    """An emergency stop: everything it covers refuses new starts until two people lift it.

    An alert says that there is an emergency or a conflict in a place: whoever SAF-22 protects is asked there on new
    proof only.
    """

    __tablename__ = "stops"
    __table_args__ = (
        one_of("scope", ("consultation", "platform", "jurisdiction", "alert")),
        CheckConstraint("lifted_by_lead <> lifted_by_approver", name="four_eyes"),
        CheckConstraint(
            "(lifted_at IS NULL) OR (lifted_by_lead IS NOT NULL AND lifted_by_approver IS NOT NULL)",
            name="lifted_by_two",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    scope: Mapped[str]
    subject: Mapped[str]
    cause: Mapped[str]
    pressed_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    pressed_at: Mapped[datetime]
    lifted_by_lead: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    lifted_by_approver: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    lifted_at: Mapped[datetime | None]


class StopNotice(Base):
    """Somebody who has to know of an emergency stop within minutes, and when that person said to have seen it."""

    __tablename__ = "stop_notices"

    stop_id: Mapped[str] = mapped_column(ForeignKey("stops.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    seen_at: Mapped[datetime | None]


class Incident(Base):
    """An open allegation or serious incident, by what it is about; never its story."""

    __tablename__ = "incidents"
    __table_args__ = (
        one_of("kind", ("allegation", "serious_incident")),
        one_of("about", ("person", "partner", "venue", "platform")),
        CheckConstraint("resolved_by_lead <> resolved_by_approver", name="four_eyes"),
        CheckConstraint(
            "resolved_at IS NULL OR (resolved_by_lead IS NOT NULL AND resolved_by_approver IS NOT NULL)",
            name="resolved_by_two",
        ),
        CheckConstraint("about <> 'person' OR opened_by <> subject", name="not_opened_by_whom_it_is_about"),
        CheckConstraint("about <> 'person' OR resolved_by_lead <> subject", name="lead_is_not_whom_it_is_about"),
        CheckConstraint(
            "about <> 'person' OR resolved_by_approver <> subject", name="approver_is_not_whom_it_is_about"
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    about: Mapped[str]
    #: id of the person or the service, else the name of the partner, place or platform as plans have it
    subject: Mapped[str]
    opened_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    opened_at: Mapped[datetime]
    resolved_by_lead: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    resolved_by_approver: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    resolved_at: Mapped[datetime | None]
