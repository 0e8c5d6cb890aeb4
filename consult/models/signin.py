"""How people who work here come in: invitations, second factors, backup codes. Nothing here opens an answer."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from consult.models.base import Base

__all__ = ["AccountInvitation", "BackupCode", "CodeApp", "CodeTries", "Passkey", "SignInTries"]


class AccountInvitation(Base):
    """A one-time link with which somebody sets up the own account; the link's code is kept as a keyed digest only."""

    __tablename__ = "account_invitations"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    code_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    invited_by: Mapped[str]
    expires_at: Mapped[datetime]


class Passkey(Base):
    """A passkey (WebAuthn) of somebody; `sign_count` is what its device said last, to notice a copy of it."""

    __tablename__ = "passkeys"
    __table_args__ = (CheckConstraint("sign_count >= 0", name="sign_count_not_negative"),)

    credential_id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str]
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int]
    added_on: Mapped[date]
    row_seal: Mapped[bytes] = mapped_column(LargeBinary)


class CodeApp(Base):
    """Somebody's authenticator app: its seed, sealed; `last_step` is the last 30 seconds whose code was taken."""

    __tablename__ = "code_apps"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    sealed_seed: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int]
    added_on: Mapped[date]


class BackupCode(Base):
    """A code for the day on which phone and key are gone, as a keyed digest; used once, then deleted."""

    __tablename__ = "backup_codes"

    code_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)


class SignInTries(Base):
    """How often in a row a passphrase did not fit an address, as a keyed digest; deleted after an hour."""

    __tablename__ = "sign_in_tries"
    __table_args__ = (CheckConstraint("failed >= 0", name="failed_not_negative"),)

    name: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failed: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)


class CodeTries(Base):
    """How often in a row somebody's second step failed, and until when the next try waits. No address, no device."""

    __tablename__ = "code_tries"
    __table_args__ = (CheckConstraint("failed >= 0", name="failed_not_negative"),)

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    failed: Mapped[int]
    wait_until: Mapped[datetime | None]
