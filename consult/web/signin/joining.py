"""The one-time link of an invitation: its owner gets a passphrase here, which nobody else ever sees."""

from __future__ import annotations

from flask import make_response, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import NotFound
from consult.services.beforehand import prepared
from consult.services.participation.throttle import Tried
from consult.services.people import onboarding, sessions
from consult.services.people.identities import Renewed
from consult.web.languages import current_language
from consult.web.limits import count_try, may_try
from consult.web.signin.blueprint import signin
from consult.web.site import site
from consult.web.staff import sign_in_with

__all__: list[str] = []


@signin.get("/join/<code>")
def join(code: str) -> str | tuple[str, int]:
    """Who the link is for, and what happens next. Looking uses nothing up."""
    if not may_try(Tried.SIGN_IN):
        raise TooManyRequests
    try:
        with read(site().engine) as db:
            guest = onboarding.guest(db, site().keys, code, site().clock())
    except NotFound as error:
        return _over(error)
    return render_template("staff/join.html", guest=guest, code=code)


@signin.post("/join")
def accept() -> Response | tuple[str, int]:
    """Use the link up: the passphrase is shown, and the second step follows."""
    if not may_try(Tried.SIGN_IN):
        raise TooManyRequests
    now = site().clock()

    def taken(db: Session) -> tuple[Renewed, bytes]:
        code, language = request.form.get("code", ""), current_language().code
        who, made = onboarding.accept(db, site().keys, code, now, language=language)
        return made, sessions.begin_session(db, who, now)

    try:
        made, token = prepared(site().engine, taken)
    except NotFound as error:
        return _over(error)
    page = render_template(
        "staff/shown_once.html", made=made, organisation=site().settings.organisation, back=url_for("signin.set_up")
    )
    return sign_in_with(make_response(page), token)


def _over(error: NotFound) -> tuple[str, int]:
    count_try(Tried.SIGN_IN)
    return render_template("staff/join.html", guest=None, problem=error.message), 404
