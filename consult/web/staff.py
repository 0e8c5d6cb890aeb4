"""The staff face: who is signed in, their cookie, and the token that every staff form carries."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import cast

from flask import Flask, Request, Response, g, request
from flask_login import LoginManager, UserMixin, current_user

from consult.database import read, write
from consult.errors import Denied
from consult.sealing.invitation import new_page
from consult.services.actors import Actor
from consult.services.people import sessions
from consult.web.languages import LANGUAGES, use_language
from consult.web.site import site

__all__ = [
    "actor",
    "cookie_key",
    "form_token",
    "install",
    "is_half_signed_in",
    "is_signed_in",
    "newcomer",
    "session_token",
    "sign_in_with",
    "sign_out",
]

_TOKEN_FIELD = "token"  # noqa: S105 - the name of a form field
_TOUCH_SECONDS = 60


class StaffMember(UserMixin):  # type: ignore[misc]
    """What Flask-Login holds for a request: the actor, made anew from the database each time."""

    def __init__(self, who: Actor) -> None:
        self.id = who.id
        self.actor = who


def install(app: Flask) -> None:
    """Let Flask-Login find the signed-in person by our own cookie; no session of Flask's is used."""
    manager = LoginManager()
    manager.session_protection = None  # it would store a hash of address and agent
    # No cookie can have this name: another program's "remember me" on the same host must not be taken for ours.
    app.config["REMEMBER_COOKIE_NAME"] = ";"
    manager.request_loader(_load)
    manager.init_app(app, add_context_processor=False)  # templates are told by us, below
    app.before_request(_know)
    app.context_processor(_for_templates)


def _know() -> None:
    """Find the person first, so that every page, a missing one too, comes in their language; else in the browser's."""
    if request.path.startswith("/s/"):
        use_language(request.accept_languages.best_match(list(LANGUAGES), default="en"))
        g.signed_in = is_signed_in()


def _load(incoming: Request) -> StaffMember | None:
    token = _decoded(incoming.cookies.get(_cookie_name(), ""))
    if token is None:
        return None
    now = site().clock()
    with read(site().engine) as db:
        found = sessions.resume_session(db, token, now, site().settings.staff_idle)
    if found is None:
        return None
    if (now - found.seen_at).total_seconds() >= _TOUCH_SECONDS:
        with write(site().engine) as db:
            sessions.touch_session(db, token, now)
    g.staff_token = token
    use_language(found.actor.language)
    if found.factor is None:
        g.newcomer = found.actor  # the second step is all that only a passphrase reaches
        return None
    return StaffMember(found.actor)


def is_signed_in() -> bool:
    """Whether this request comes from somebody signed in."""
    return bool(current_user and current_user.is_authenticated)


def is_half_signed_in() -> bool:
    """Whether this request comes from somebody who gave the passphrase and not the second factor yet."""
    return not is_signed_in() and "newcomer" in g


def newcomer() -> Actor:
    """Whose passphrase was given, before the second step. Raises `Denied` when nobody's was."""
    if not is_half_signed_in():
        raise Denied("Sign in first.")
    return cast("Actor", g.newcomer)


def actor() -> Actor:
    """Who is acting. Raises `Denied` when nobody is signed in."""
    if not is_signed_in():
        raise Denied("Sign in first.")
    return cast("Actor", current_user.actor)


def session_token() -> bytes:
    """The 32-byte token of this sign-in, as the browser's cookie holds it."""
    return cast("bytes", g.staff_token)


def cookie_key() -> bytes:
    """A key that only this browser's cookie can make: what lies under it dies with the sign-in."""
    return hashlib.sha256(b"cookie key|" + session_token()).digest()


def form_token() -> str:
    """What every staff form carries, so that another site cannot send it in the person's name."""
    return hashlib.sha256(b"form token|" + session_token()).hexdigest() if "staff_token" in g else ""


def has_form_token() -> bool:
    """Whether a staff form comes with the token of this sign-in, not without or with that of another."""
    return hmac.compare_digest(request.form.get(_TOKEN_FIELD, "").encode(), form_token().encode())


def sign_in_with(response: Response, token: bytes) -> Response:
    """Give the browser the cookie of a new sign-in; it ends with the browser session."""
    response.set_cookie(
        _cookie_name(),
        base64.urlsafe_b64encode(token).decode("ascii"),
        secure=site().settings.secure_cookies,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def sign_out(response: Response) -> Response:
    """Take the cookie back."""
    response.delete_cookie(
        _cookie_name(), path="/", secure=site().settings.secure_cookies, httponly=True, samesite="Lax"
    )
    return response


def _cookie_name() -> str:
    return "__Host-desk" if site().settings.secure_cookies else "desk"


def _decoded(value: str) -> bytes | None:
    try:
        token = base64.urlsafe_b64decode(value)
    except (ValueError, binascii.Error):
        return None
    return token if len(token) == sessions.TOKEN_BYTES else None


def _for_templates() -> dict[str, object]:
    # Participants' pages never ask who is signed in: a colleague who tries them sees what they see. Nor is anybody
    # looked up here: the page that says the database does not answer must come up without it.
    signed_in = g.get("signed_in", False)
    return {
        "actor": actor() if signed_in else None,
        "form_token": form_token if "staff_token" in g else str,
        "form_page": new_page,
    }
