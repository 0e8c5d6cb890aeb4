"""Sign in with e-mail and passphrase, sign out."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.database import read, write
from consult.errors import Denied, sentence
from consult.services.participation.throttle import Tried
from consult.services.people import accounts, attempts, sessions
from consult.web.limits import count_try, may_try
from consult.web.signin.blueprint import signin, to_step
from consult.web.site import site
from consult.web.staff import is_signed_in, session_token, sign_out

__all__ = ["signin"]

_TOO_SOON = sentence("Too many tries did not fit. Wait ten minutes, then try again.")


@signin.get("/in")
def form() -> str | Response:
    """The sign-in page."""
    return redirect(url_for("signin.home"), 303) if is_signed_in() else render_template("staff/signin.html")


@signin.post("/in")
def submit() -> Response | tuple[str, int]:
    """Check e-mail and passphrase; one sentence for everything that does not fit. The second step follows."""
    email, now = request.form.get("email", ""), site().clock()
    tries = _counted(email) if may_try(Tried.SIGN_IN) else None
    if tries is None:
        return render_template("staff/signin.html", problem=_TOO_SOON, email=email), 429
    try:
        # Looked up without the lock of a writer: stretching a passphrase takes long, and nobody's answer shall wait.
        with read(site().engine) as db:
            who = accounts.sign_in(db, site().keys, email, request.form.get("passphrase", ""))
    except Denied as error:
        return _refused(email, error.message, tries)
    with write(site().engine) as db:
        attempts.passed(db, site().keys, email)
        token = sessions.begin_session(db, who, now)
    return to_step(token)


def _counted(email: str) -> int | None:
    with write(site().engine) as db:
        return attempts.admit(db, site().keys, email, site().clock())


def _refused(email: str, problem: str, tries: int) -> Response:
    count_try(Tried.SIGN_IN)
    answer = make_response(render_template("staff/signin.html", problem=problem, email=email), 403)
    if tries % attempts.ALERT_EVERY == 0:
        # After the answer has gone: how long it takes must not tell whether somebody has this address.
        keys, engine, now = site().keys, site().engine, site().clock()

        def alert() -> None:
            with write(engine) as db:
                accounts.note_refusals(db, keys, email, tries, now)

        answer.call_on_close(alert)
    return answer


@signin.post("/out")
def leave() -> Response:
    """End the session here and on the server."""
    with write(site().engine) as db:
        sessions.end_session(db, site().keys, session_token(), site().clock())
    return sign_out(make_response(redirect(url_for("signin.form"), 303)))
