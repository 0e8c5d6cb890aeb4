"""How I sign in: one's own passkeys, app and backup codes, and the list of one's sign-ins with a button to end each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.errors import ConsultError
from consult.sealing.totp import app_address, seed_for
from consult.services.beforehand import prepared
from consult.services.people import accounts, passkeys, secondfactor, sessions
from consult.services.people.sessions import Factor
from consult.web.failures import STATUS
from consult.web.signin.blueprint import page_with_codes, qr_code, signin
from consult.web.site import site
from consult.web.staff import actor, session_token

__all__: list[str] = []

T = TypeVar("T")


@signin.get("/me/sign-in")
def ways() -> str:
    """Second factors and open sign-ins."""
    return _page()


@signin.post("/me/sign-in/app")
def add_app() -> ResponseReturnValue:
    """Another app in the place of the one before; the passphrase is typed again."""
    return _change(Factor.APP)


@signin.post("/me/sign-in/passkey")
def add_passkey() -> ResponseReturnValue:
    """One more passkey; the passphrase is typed again."""
    return _change(Factor.PASSKEY)


@signin.post("/me/sign-in/codes")
def new_codes() -> ResponseReturnValue:
    """Ten new backup codes, shown once."""
    try:
        codes = _confirmed(lambda db: secondfactor.new_codes(db, site().keys, actor(), site().clock()))
    except ConsultError as error:
        return _refused(error)
    return page_with_codes(codes, url_for("signin.ways"))


def _confirmed(work: Callable[[Session], T]) -> T:
    """What `work` gives, stored, once the passphrase was typed again."""

    def both(db: Session) -> T:
        accounts.confirm(db, site().keys, actor(), request.form.get("passphrase", ""))
        return work(db)

    return prepared(site().engine, both)


@signin.post("/me/sign-in/remove")
def remove_way() -> ResponseReturnValue:
    """Take a passkey or the app away, never the last one."""
    name, token, now = request.form.get("name", ""), session_token(), site().clock()

    def remove(db: Session) -> None:
        if name == Factor.APP:
            secondfactor.remove_app(db, site().keys, actor(), token, now)
        else:
            secondfactor.remove_passkey(db, site().keys, actor(), name, token, now)

    try:
        _confirmed(remove)
    except ConsultError as error:
        return _refused(error)
    return redirect(url_for("signin.ways"), 303)


@signin.post("/me/sign-in/end")
def end() -> ResponseReturnValue:
    """End one of one's own sign-ins, on whatever machine it is."""
    with write(site().engine) as db:
        sessions.end_one_session(db, site().keys, actor(), request.form.get("name", ""), site().clock())
    return redirect(url_for("signin.ways"), 303)


def _change(way: Factor) -> ResponseReturnValue:
    who, token, now, given = actor(), session_token(), site().clock(), request.form.get("answer", "")

    def change(db: Session) -> None:
        if way is Factor.APP:
            secondfactor.add_app(db, site().keys, who, seed_for(site().keys.seed, token), given, now, token)
        else:
            name = request.form.get("name", "")
            secondfactor.add_passkey(db, site().keys, site().relying, who, given, name, token, now)

    try:
        _confirmed(change)
    except ConsultError as error:
        return _refused(error)
    return redirect(url_for("signin.ways"), 303)


def _refused(error: ConsultError) -> tuple[str, int]:
    return _page(error.message), STATUS.get(type(error), 400)


def _page(problem: str = "") -> str:
    who, token = actor(), session_token()
    with read(site().engine) as db:
        has = secondfactor.factors_of(db, who.id)
        options = passkeys.creation_options(db, site().relying, who, token)
        here = sessions.sessions_of(db, who, token, site().clock(), site().settings.staff_idle)
    address = app_address(seed_for(site().keys.seed, token), who.name, site().settings.organisation)
    return render_template(
        "staff/ways.html",
        has=has,
        options=options,
        open_sessions=here,
        picture=qr_code(address),
        address=address,
        problem=problem,
    )
