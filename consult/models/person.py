"""People who work with the organisation: who they are, how they sign in, what they are appointed to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.models.base import Base, new_id, one_of
from consult.models.partner import Partner
from safeguards.terms import Role

__all__ = ["Appointment", "Person", "StaffSession"]


class Person(Base):
    """Somebody with a duty in a consultation. Without `identity` the person is listed but cannot sign in."""

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("(identity IS NULL) OR (email IS NOT NULL)", name="sign_in_needs_email"),
        CheckConstraint("(public_key IS NULL) OR (identity IS NOT NULL)", name="holder_has_identity"),
        CheckConstraint("(confirmed_by IS NULL) OR (public_key IS NOT NULL)", name="confirmed_has_key"),
        CheckConstraint("confirmed_by <> id AND confirmed_by <> added_by", name="confirmed_by_another"),
        CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL) AND (confirmed_by IS NULL) = (confirmation_seal IS NULL)",
            name="confirmation_is_whole",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    email: Mapped[str | None] = mapped_column(unique=True)
    #: salt, sign-in hash, Argon2 parameters and, for holders, the wrapped private key: `consult.sealing.identity`
    identity: Mapped[dict[str, Any] | None]
    #: a holder's public key; sealed to, so protected against replacement by `key_seal`
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_seal: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: who invited them; nobody for those who were added at the server, with whom confirming begins
    added_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    #: who compared person and fingerprint: until then nothing is sealed to the key, and with another key it is over
    confirmed_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    confirmed_at: Mapped[datetime | None]
    confirmation_seal: Mapped[bytes | None] = mapped_column(LargeBinary)
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(default="en")

    appointments: Mapped[list[Appointment]] = relationship(
        back_populates="person", lazy="selectin", order_by="Appointment.role"
    )
    partnerships: Mapped[list[Partner]] = relationship(
        lazy="selectin", foreign_keys=[Partner.person_id], order_by=Partner.invited_at, viewonly=True
    )


class Appointment(Base):
    """A role somebody has, for the whole organisation or for one consultation."""

    __tablename__ = "appointments"
    __table_args__ = (UniqueConstraint("person_id", "role", "consultation_id"), one_of("role", Role))

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str]
    consultation_id: Mapped[str | None] = mapped_column(ForeignKey("consultations.id"))

    person: Mapped[Person] = relationship(back_populates="appointments")


class StaffSession(Base):
    """A staff sign-in that can be ended from the server; the browser holds the token, we hold its hash.

    Without `factor` only the passphrase was given: the second step is all that such a sign-in reaches.
    """

    __tablename__ = "staff_sessions"
    __table_args__ = (one_of("factor", ("passkey", "app", "backup")),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    factor: Mapped[str | None]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
