"""What is always there, with or without a way begun: help, leaving, taking answers back, and plain facts."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, make_response, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from consult.database import read, write
from consult.questionnaire.bank import site_text
from consult.questionnaire.content import Reader
from consult.sealing.receipt import ReceiptError, ReceiptProblem
from consult.services.participation.epochs import Counted
from consult.services.participation.responding import take_back
from consult.services.participation.strandface import Door, withdrawal_days
from consult.services.participation.throttle import Tried
from consult.services.policyinforce import UNREADABLE
from consult.services.signed.debts import public_register
from consult.web.languages import current_language, gettext
from consult.web.limits import count_try
from consult.web.pagewords import Spoken
from consult.web.participate.carry import Carried, expire
from consult.web.participate.contacting import way_to_ask
from consult.web.participate.inside import address_of, found_cookies
from consult.web.participate.showing import page, wait_words
from consult.web.site import site
from consult.web.wording import day, number, sentences_of
from safeguards.terms import CHILD_AUDIENCES

__all__ = [
    "accessibility",
    "door_of_visit",
    "fact",
    "help_page",
    "leave",
    "privacy",
    "promises",
    "take_answers_back",
]


def help_page() -> ResponseReturnValue:
    """`/help`: every way to reach somebody; what was begun is kept."""
    strand = door_of_visit()
    ask_address = way_to_ask(strand)
    says = (*(["ask"] if ask_address else []), "help")
    return fact("help.html", gettext("Help and a break"), strand, says=says, ask_address=ask_address)


def leave() -> ResponseReturnValue:
    """`/leave`: cookies gone, on to a neutral page. Asks nothing of the database, so it works whatever is broken."""
    state = found_cookies()
    if isinstance(state, Carried) and state.assented:
        site().epochs.count(state.context.strand, Counted.STOPPED)
    response = make_response(redirect(site().settings.exit_address(current_language().code), 303))
    expire(response, site().settings)
    return response


def take_answers_back() -> ResponseReturnValue:
    """`/back`: digits in, answers gone. The same words whether there was something or not."""
    if request.method == "GET":
        done = "done" in request.args
        says = ("taken_back" if done else "back",)
        return fact("back.html", gettext("Take your answers back"), says=says, done=done, typed="")
    typed, title = request.form.get("number", ""), gettext("Take your answers back")
    if not count_try(Tried.TAKE_BACK):
        return fact("back.html", title, status=429, says=("back",), done=False, error=wait_words(), typed=typed)
    try:
        with write(site().engine) as db:
            take_back(db, site().keys, typed)
    except ReceiptError as error:
        words = _receipt_words(error.problem)
        return fact("back.html", title, status=422, says=("back",), done=False, error=words, typed=typed)
    return redirect(f"{request.path}?done=1&l={current_language().code}", 303)


def privacy() -> ResponseReturnValue:
    """`/privacy`: what happens to answers."""
    strand = door_of_visit()
    until = day(strand.take_back_until) if strand and strand.take_back_until else None
    title = gettext("What happens to my answers")
    return fact(
        "privacy.html",
        title,
        strand,
        says=("privacy",),
        until=until,
        days=number(withdrawal_days(site().known_policy)),
        stolen=_site_words("SITE-PRIVACY", strand),
        stolen_title=_site_words("SITE-PRIVACY-title", strand),
    )


def _site_words(key: str, strand: Door | None) -> list[str]:
    """A text of our own, sentence by sentence; nothing where the language lacks it, rather than another language."""
    reader = Reader.CHILD if strand is None or strand.audience in CHILD_AUDIENCES else Reader.ADULT
    return sentences_of(site_text(key, current_language().code, reader) or "")


def accessibility() -> ResponseReturnValue:
    """`/accessibility`: how to make the pages easier to use."""
    return fact("accessibility.html", gettext("Make this easier to use"), says=("accessibility",))


def promises() -> ResponseReturnValue:
    """`/promises`: where adults were asked instead of children, and whether the children were asked later."""
    title, known = gettext("What we promised"), True
    try:
        with read(site().engine) as db:
            found = public_register(db, site().clock())
    except SQLAlchemyError:
        found, known = (), False
    entries = [
        {
            "public_reason": each.public_reason,
            "status": each.status,
            "by": day(each.ask_children_by),
            "on": day(each.kept_on) if each.kept_on else "",
            "third": each.third_in_a_row,
        }
        for each in found
    ]
    return fact("promises.html", title, entries=entries, known=known)


def fact(
    template: str,
    title: str,
    strand: Door | None = None,
    *,
    status: int = 200,
    says: Iterable[str | Spoken] = (),
    error: str = "",
    **values: object,
) -> Response:
    """A page that needs nothing carried; with something carried it shows that strand's help and the way back."""
    state = found_cookies()
    inside = state if isinstance(state, Carried) else None
    return page(
        template,
        title,
        strand or door_of_visit(),
        band="",
        place=inside.place if inside else "",
        status=status,
        says=says,
        error=error,
        organisation=site().settings.organisation,
        back_address=address_of(inside) if inside else "",
        aloud=None,
        **values,
    )


def door_of_visit() -> Door | None:
    """The part that this browser is in; none when it is in none, or when that can not be read."""
    state = found_cookies()
    if not isinstance(state, Carried):
        return None
    try:
        return site().doors.door(state.context.strand, site().clock())
    except UNREADABLE:
        return None


def _receipt_words(problem: ReceiptProblem) -> str:
    match problem:
        case ReceiptProblem.CHARACTER:
            return gettext("Your code has digits only. Please look at it again.")
        case ReceiptProblem.LENGTH:
            return gettext("Your code has 20 digits. Some are missing, or there are too many. Please look again.")
        case ReceiptProblem.DIGIT:
            return gettext("One of the digits is not right. Please compare them with your code. Nothing was changed.")
