"""`/complaint`: something is wrong. Written without a name, read by people outside the team, answered by a day.

The form carries bits of its own: sent twice it is one complaint, with other words another one that has its own code.
"""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from consult.database import read, write
from consult.errors import Conflict, Invalid
from consult.sealing.invitation import is_page, new_page
from consult.services.help import complaints
from consult.services.participation.throttle import Tried
from consult.web.languages import gettext
from consult.web.limits import count_try, may_try
from consult.web.participate.always import fact
from consult.web.participate.carry import Carried
from consult.web.participate.inside import found_cookies
from consult.web.participate.showing import wait_words
from consult.web.site import site
from consult.web.wording import day, number

__all__ = ["complaint"]


def complaint() -> ResponseReturnValue:
    """The form, the receipt of a complaint, or the answer to one; without anybody to take it, other ways only."""
    if request.method == "GET":
        return _page()
    if "read" in request.form:
        return _answer(request.form.get("number", ""))
    return _take(request.form.get("words", ""), request.form.get("once", ""))


def _take(words: str, once: str) -> ResponseReturnValue:
    page = once if is_page(once) else new_page()
    if not count_try(Tried.SEND):
        return _page(status=429, error=wait_words(), typed=words, once=page)
    try:
        with write(site().engine) as db:
            given = complaints.complain(db, site().keys, words, page, _strand_id(), site().clock(), site().known_policy)
    except Invalid as error:
        return _page(status=422, error=gettext(error.problems["words"][0]), typed=words, once=page)
    except (Conflict, SQLAlchemyError):
        sorry = gettext("We can not take it here right now. Nothing was sent.")
        return _page(status=503, error=sorry, typed=words, once=page)
    title = gettext("Thank you for telling us")
    return fact("complained.html", title, says=("complained",), code=given.code, due=day(given.due_on))


def _answer(code: str) -> ResponseReturnValue:
    if not may_try(Tried.WRONG_CODE):
        return _page(status=429, unknown=wait_words(), number_=code, says="wait")
    with read(site().engine) as db:
        found = complaints.reply_for(db, site().keys, code)
    if found is None:
        count_try(Tried.WRONG_CODE)
        unknown = gettext("We do not know that code. Please look at it again.")
        return _page(status=422, unknown=unknown, number_=code, says="unknown_complaint")
    if not found.words:
        due = day(found.due_on)
        return fact("answered.html", gettext("Our answer"), says=("not_answered",), due=due, words="")
    return fact("answered.html", gettext("Our answer"), due="", words=found.words)


def _page(
    *,
    status: int = 200,
    error: str = "",
    typed: str = "",
    once: str = "",
    unknown: str = "",
    number_: str = "",
    says: str = "",
) -> ResponseReturnValue:
    """`says`: what a recording has of `unknown`."""
    takes = _can_take()
    heard = ("complaint", *([says] if says and takes else []), *(["complaint_form"] if takes else []))
    return fact(
        "complaint.html",
        gettext("Something is wrong"),
        status=status,
        says=heard,
        takes=takes,
        once=once or new_page(),
        error=error,
        typed=typed,
        unknown=unknown,
        code=number_,
        days=number(complaints.days_to_answer(site().known_policy)),
    )


def _strand_id() -> str | None:
    state = found_cookies()
    return state.context.strand if isinstance(state, Carried) else None


def _can_take() -> bool:
    try:
        with read(site().engine) as db:
            return complaints.can_take(db, _strand_id())
    except SQLAlchemyError:
        return False  # the page stays up when the database does not
