"""`/contact/<code>`: "please contact me", a page of its own. It reads and sets no cookie, so it knows of no answers."""

from __future__ import annotations

from datetime import timedelta

from babel.dates import format_timedelta
from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult.database import read, write
from consult.errors import Conflict, Invalid
from consult.sealing.invitation import new_page
from consult.services.help.helprequests import LONGEST, Contact, Offer, ask_for_contact, offer
from consult.services.participation.strandface import Door
from consult.services.participation.throttle import Tried
from consult.services.policyinforce import UNREADABLE
from consult.services.safekeeping.backups import KEY_DAYS
from consult.web.languages import current_language, gettext, use_language
from consult.web.limits import count_try
from consult.web.participate.bycode import door_named
from consult.web.participate.showing import page, wait_words
from consult.web.site import site
from consult.web.wording import Words, isolated, number

__all__ = ["contact", "way_to_ask"]


def contact(code: str) -> ResponseReturnValue:
    """Say who reads it and when, take what somebody writes, seal it. Where nobody would read it: the help page."""
    entrance, offered = _look(code)
    if offered is None or "T-CONTACT" not in entrance.form.texts:
        return redirect(url_for("participate.help_page", l=current_language().code), 303)
    use_language(_language(entrance))
    if request.method == "GET":
        return _page(entrance, offered, done="done" in request.args)
    given = Contact(**{name: request.form.get(name, "").strip() for name in LONGEST}, language=current_language().code)
    if not count_try(Tried.CONTACT):
        return _page(entrance, offered, given=given, error=wait_words(), status=429)
    try:
        with write(site().engine) as db:
            tapped = request.form.get("page", "")
            ask_for_contact(db, site().keys, site().policy, entrance, given, site().clock(), tapped)
    except Invalid as error:
        return _page(
            entrance,
            offered,
            given=given,
            problems={key: gettext(all_[0]) for key, all_ in error.problems.items()},
            status=422,
        )
    except Conflict:
        return redirect(url_for("participate.help_page", l=current_language().code), 303)
    return redirect(url_for("participate.contact", code=code, done=1, l=current_language().code), 303)


def way_to_ask(entrance: Door | None) -> str:
    """The address of this page for a strand where somebody would read it; empty where nobody would."""
    if entrance is None or not entrance.code or "T-CONTACT" not in entrance.form.texts:
        return ""
    try:
        with read(site().engine) as db:
            offered = offer(db, entrance, site().clock(), site().policy)
    except UNREADABLE:
        return ""  # help stays up when the database does not
    return url_for("participate.contact", code=entrance.code, l=current_language().code) if offered else ""


def _look(code: str) -> tuple[Door, Offer | None]:
    entrance = door_named(code)
    with read(site().engine) as db:
        return entrance, offer(db, entrance, site().clock(), site().policy)


def _language(entrance: Door) -> str:
    """The page's language where the signed words are there in it, else the first one of the part.

    Not a language that is shut: its words may be those of one person alone, and here they say who reads what is sent.
    """
    code = current_language().code
    signed = code in entrance.form.texts["T-CONTACT"] and code not in entrance.shut
    return code if signed else entrance.form.languages[0]


def _page(
    entrance: Door,
    offered: Offer,
    *,
    done: bool = False,
    given: Contact | None = None,
    problems: dict[str, str] | None = None,
    error: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    words = Words(entrance.form, current_language().code)
    blanks = {
        "name": isolated(gettext(", ").join(offered.leads)),
        "time": isolated(_time(offered.hours)),
        "days": number(offered.kept_days),
    }
    return page(
        "contact.html",
        str(words.say("T-CONTACT-title")),
        entrance,
        status=status,
        error=error,
        back_address="",
        code=entrance.code,
        done=words.sentences("T-CONTACT-done", **blanks) if done else [],
        sentences=words.sentences("T-CONTACT", **blanks),
        asked=[(name, words.say(f"T-CONTACT-{name}"), most) for name, most in LONGEST.items()],
        send=words.say("T-CONTACT-send"),
        copies_days=number(KEY_DAYS),
        given=given,
        problems=problems or {},
        tapped=new_page(),
    )


def _time(hours: int) -> str:
    return format_timedelta(timedelta(hours=hours), threshold=2, locale=current_language().locale)
