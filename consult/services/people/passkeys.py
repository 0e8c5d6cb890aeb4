"""Passkeys (WebAuthn) as a second factor, checked by the fido2 library; a device that was copied is noticed.

The challenge is made from the secret token of the sign-in that asks, so it fits that sign-in alone and is stored
nowhere; a completed sign-in has another token.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, NotFound, sentence
from consult.models import Passkey
from consult.sealing.root import RootKeys
from consult.sealing.rowseal import check_row_seal, row_seal
from consult.services.actors import Actor

if TYPE_CHECKING:
    from fido2.server import Fido2Server
    from fido2.webauthn import AttestedCredentialData, UserVerificationRequirement

__all__ = [
    "PasskeyView",
    "Relying",
    "add_passkey",
    "check_all_passkeys",
    "check_passkey",
    "creation_options",
    "passkeys_of",
    "remove_passkey",
    "request_options",
]

_GENERATION = 1
_MOST_NAME = 60
_UNFIT = sentence("The browser's answer did not fit. Try again, or use another way.")


@dataclass(frozen=True, slots=True)
class Relying:
    """The site as a passkey knows it: host name, origin (scheme, host, port) and the organisation's name."""

    host: str
    origin: str
    name: str

    def server(self) -> Fido2Server:
        """The library's server for this site; only our own origin is taken."""
        from fido2.server import Fido2Server  # noqa: PLC0415 - only whoever signs in needs it
        from fido2.webauthn import PublicKeyCredentialRpEntity  # noqa: PLC0415 - as above

        return Fido2Server(
            PublicKeyCredentialRpEntity(id=self.host, name=self.name),
            verify_origin=lambda origin: origin == self.origin,
        )


@dataclass(frozen=True, slots=True)
class PasskeyView:
    """One passkey for the page of its owner; `id` names it in a form."""

    id: str
    name: str
    added_on: date


def passkeys_of(db: Session, person_id: str) -> tuple[PasskeyView, ...]:
    """The passkeys of somebody, the oldest first."""
    return tuple(PasskeyView(row.credential_id.hex(), row.name, row.added_on) for row in _rows(db, person_id))


def creation_options(db: Session, relying: Relying, actor: Actor, token: bytes) -> str:
    """What the browser needs to make a passkey, as JSON (WebAuthn Level 3 §5.1.8)."""
    from fido2.webauthn import PublicKeyCredentialUserEntity  # noqa: PLC0415 - as above

    user = PublicKeyCredentialUserEntity(id=actor.id.encode(), name=actor.name, display_name=actor.name)
    known = [_credential(row) for row in _rows(db, actor.id)]
    options, _ = relying.server().register_begin(
        user, known, user_verification=_presence(), challenge=_challenge(b"new", token)
    )
    return _json(options)


def add_passkey(
    db: Session, keys: RootKeys, relying: Relying, actor: Actor, answer: str, name: str, token: bytes, now: datetime
) -> None:
    """Keep the passkey that the browser made; whoever calls records it. Raises `Denied` for what does not fit."""
    from fido2.webauthn import RegistrationResponse  # noqa: PLC0415 - as above

    try:
        made = relying.server().register_complete(
            _state(b"new", token), RegistrationResponse.from_dict(json.loads(answer))
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Denied(_UNFIT) from error
    found = made.credential_data
    if found is None:
        raise Denied(_UNFIT)
    if db.get(Passkey, found.credential_id) is not None:
        raise Conflict("This passkey is known already.")
    row = Passkey(
        credential_id=found.credential_id,
        person_id=actor.id,
        name=name.strip()[:_MOST_NAME] or str(now.date()),
        public_key=bytes(found),
        sign_count=made.counter,
        added_on=now.date(),
    )
    row.row_seal = row_seal(keys.row_seal, "passkeys", row.credential_id, _sealed(row), _GENERATION)
    db.add(row)
    db.flush()


def request_options(db: Session, relying: Relying, actor: Actor, token: bytes) -> str:
    """What the browser needs to ask one of the person's passkeys, as JSON; "" when there is none."""
    known = [_credential(row) for row in _rows(db, actor.id)]
    if not known:
        return ""
    options, _ = relying.server().authenticate_begin(
        known, user_verification=_presence(), challenge=_challenge(b"ask", token)
    )
    return _json(options)


def check_passkey(db: Session, keys: RootKeys, relying: Relying, actor: Actor, answer: str, token: bytes) -> None:
    """The device was there and is no copy. Raises `Denied` otherwise; `SealingError` for a row changed from outside."""
    from fido2.webauthn import AuthenticationResponse  # noqa: PLC0415 - as above

    rows = {row.credential_id: row for row in _rows(db, actor.id)}
    for row in rows.values():
        check_row_seal(keys.row_seal, "passkeys", row.credential_id, _sealed(row), _GENERATION, row.row_seal)
    try:
        given = AuthenticationResponse.from_dict(json.loads(answer))
        used = relying.server().authenticate_complete(
            _state(b"ask", token), [_credential(row) for row in rows.values()], given
        )
        counter = given.response.authenticator_data.counter
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Denied(_UNFIT) from error
    row = rows[used.credential_id]
    # WebAuthn §7.2 step 22: many devices always say 0; a count that does not grow means a second copy of the key.
    if (counter or row.sign_count) and counter <= row.sign_count:
        raise Denied(
            sentence("This passkey exists twice: somebody may have copied the device. Remove it and use another way.")
        )
    row.sign_count = counter


def remove_passkey(db: Session, actor: Actor, name: str) -> None:
    """Take one of the actor's own passkeys away; whoever calls records it. Raises `NotFound` for anybody else's."""
    try:
        row = db.get(Passkey, bytes.fromhex(name))
    except ValueError:
        row = None
    if row is None or row.person_id != actor.id:
        raise NotFound
    db.delete(row)
    db.flush()


def check_all_passkeys(db: Session, keys: RootKeys) -> None:
    """Raise `SealingError` naming the first passkey that was changed or put in from outside."""
    for row in db.scalars(select(Passkey).order_by(Passkey.credential_id)):
        check_row_seal(keys.row_seal, "passkeys", row.credential_id, _sealed(row), _GENERATION, row.row_seal)


def _rows(db: Session, person_id: str) -> list[Passkey]:
    return list(
        db.scalars(
            select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.added_on, Passkey.credential_id)
        )
    )


def _credential(row: Passkey) -> AttestedCredentialData:
    from fido2.webauthn import AttestedCredentialData  # noqa: PLC0415 - as above

    return AttestedCredentialData(row.public_key)


def _presence() -> UserVerificationRequirement:
    """The passphrase was typed already: the device only has to be there (WebAuthn §5.8.6)."""
    from fido2.webauthn import UserVerificationRequirement  # noqa: PLC0415 - as above

    return UserVerificationRequirement.DISCOURAGED


def _sealed(row: Passkey) -> dict[str, Any]:
    # The count changes at each use and stands outside: setting it back gains a thief nothing without the device.
    return {"person": row.person_id, "public_key": row.public_key}


def _challenge(purpose: bytes, token: bytes) -> bytes:
    return hashlib.sha256(b"passkey|" + purpose + b"|" + token).digest()


def _state(purpose: bytes, token: bytes) -> dict[str, Any]:
    from fido2.utils import websafe_encode  # noqa: PLC0415 - as above

    return {"challenge": websafe_encode(_challenge(purpose, token)), "user_verification": _presence()}


def _json(options: Mapping[str, Any]) -> str:
    return json.dumps(dict(options))
