"""Refusals and faults as pages: a sentence that says what happened, what is kept and what to do; never a trace."""

from __future__ import annotations

import traceback

from flask import Flask, current_app, redirect, render_template, request
from sqlalchemy.exc import DataError, SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from consult.databasefault import told as told_of_database
from consult.databasefault import undone
from consult.errors import Conflict, ConsultError, Denied, Invalid, NotFound, Refused
from consult.logs import fault
from consult.services.policyinforce import PolicyDamaged
from consult.web.languages import gettext
from consult.web.participate.listening import words_of_fault
from consult.web.words import told

__all__ = ["STATUS", "install"]

STATUS: dict[type[ConsultError], int] = {Denied: 403, NotFound: 404, Conflict: 409, Refused: 409, Invalid: 422}
STAFF_PREFIX = "/s/"


def install(app: Flask) -> None:
    """Answer every refusal and fault with a page."""
    app.register_error_handler(ConsultError, _refusal)
    app.register_error_handler(PolicyDamaged, _without_policy)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DataError, _unfit)
    app.register_error_handler(Exception, _fault)


def _page(status: int, title: str, message: str, *says: str) -> tuple[str, int]:
    """`says`: what the page of participants says, for a recording of it."""
    if request.path.startswith(STAFF_PREFIX):
        return render_template("staff/failure.html", title=title, message=message, status=status), status
    heard = words_of_fault((*says, "after_a_fault"))
    return render_template("participate/failure.html", title=title, message=message, listen=heard), status


def _refusal(error: ConsultError) -> tuple[str, int]:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    return _page(status, gettext("That did not work"), told(error.message))


def _without_policy(error: PolicyDamaged) -> tuple[str, int]:
    """Staff read what is wrong; whoever takes part reads that it is not their fault, beside help and leaving."""
    fault("the policy can not be read", error=type(error).__name__, endpoint=request.endpoint)
    if request.path.startswith(STAFF_PREFIX):
        return _page(503, gettext("That did not work"), told(error.message))
    return _ours(503)


def _http(error: HTTPException) -> tuple[str, int] | Response:
    if error.code == 405 and request.method == "GET" and request.path.startswith(STAFF_PREFIX):
        return redirect(_page_above(request.path), 303)
    if error.code == 404:
        again = gettext("Check the address, or go back and try again.")
        return _page(404, gettext("This page is not here"), again, "not_here")
    if error.code == 413 and request.path.startswith(STAFF_PREFIX):
        smaller = gettext("What was sent is too large. Go back, and send a smaller file or a shorter text.")
        return _page(413, gettext("That did not work"), smaller)
    if error.code in {429, 503}:
        busy = gettext("Many people are here at the same time. Please wait ten minutes, then try again.")
        return _page(error.code, gettext("Please wait a little"), busy, "busy")
    return _unusable(error.code or 500)


def _page_above(address: str) -> str:
    """The page to which a form belongs, from the address that only takes the form: the nearest one above.

    Whoever opens the address of a form that was refused comes back to where it stands.
    """
    routes = current_app.create_url_adapter(request)
    above = address.rpartition("/")[0]
    while routes and above.startswith(STAFF_PREFIX) and not routes.test(above, "GET"):
        above = above.rpartition("/")[0]
    return above if above.startswith(STAFF_PREFIX) else STAFF_PREFIX


def _unfit(_error: DataError) -> tuple[str, int]:
    """What was sent has characters or numbers that the database can not hold (PostgreSQL: a NUL in a text)."""
    return _unusable(400)


def _unusable(status: int) -> tuple[str, int]:
    message = gettext("The page could not use what was sent. Go back and try again.")
    return _page(status, gettext("That did not work"), message, "unusable")


def _fault(error: Exception) -> tuple[str, int]:
    # Where it broke, never with what: the message of an error may quote what somebody wrote.
    where = "".join(traceback.format_tb(error.__traceback__))
    database = told_of_database(error) if isinstance(error, SQLAlchemyError) else None
    fault("a page broke", error=type(error).__name__, endpoint=request.endpoint, where=where, database=database)
    if request.method == "POST" and undone(error):
        nothing = gettext("It is not your fault. Nothing was sent just now. Please try again later.")
        return _page(500, gettext("Something broke on our side"), nothing, "not_sent")
    return _ours(500)


def _ours(status: int) -> tuple[str, int]:
    return _page(
        status,
        gettext("Something broke on our side"),
        gettext("It is not your fault. If you pressed Send, it may have been sent. Please try again later."),
        "broke",
    )
