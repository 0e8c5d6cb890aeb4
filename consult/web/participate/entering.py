"""Getting in: a typed or scanned code, then a language. The code leaves the address bar at once.

A strand's own code works for everybody it is given to; a one-time code from a card works once. Where the safeguards
demand one-time codes (SAF-17), the strand's own code lets nobody in.
"""

from __future__ import annotations

from dataclasses import replace

from flask import make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult.database import read, write
from consult.models import Purpose
from consult.sealing.form import FormContext
from consult.sealing.invitation import new_page, page_digest, ticket_seed
from consult.sealing.receipt import ReceiptDigits, new_receipt, receipt_from
from consult.services.participation.epochs import Counted
from consult.services.participation.invitations import codes_required, invited_to, spend
from consult.services.participation.permit import Ruling
from consult.services.participation.strandface import Door, door, door_by_code
from consult.services.participation.throttle import Tried
from consult.web.languages import LANGUAGES, current_language, gettext
from consult.web.limits import count_try, may_try
from consult.web.pagewords import in_language as in_language_of
from consult.web.participate.carry import Carried, Step, fresh_expiry, keep
from consult.web.participate.inside import (
    Here,
    address_of,
    ask_again,
    at,
    in_language,
    onward,
    show,
    typed_before,
)
from consult.web.participate.listening import own_words
from consult.web.participate.showing import closed, page, wait_a_little
from consult.web.site import site

__all__ = ["entry", "language", "scanned"]


def entry() -> ResponseReturnValue:
    """`/`: type a code. Unknown and spent ones get the same words; one of a part that is not open now says so."""
    if request.method == "POST":
        return _enter(request.form.get("code", ""), typed=True, tapped=request.form.get("page", ""))
    typed = typed_before() or {}
    return _entry_page(typed.get("code", ""), wrong="wrong" in request.args)


def scanned(code: str) -> ResponseReturnValue:
    """`/k/<code>`: a link or QR code; on at once to an address without the code, unless it is closed.

    A one-time code waits for a press of the button: a messenger that looks at a link beforehand would spend it. A
    spent one waits as well, so that looking does not tell whether somebody came with it.
    """
    if not may_try(Tried.WRONG_CODE):
        return wait_a_little()
    with read(site().engine) as db:
        one_time = invited_to(db, site().keys.invitation, code) is not None
    return _entry_page(code) if one_time else _enter(code)


@at(Step.LANGUAGE)
def language(here: Here) -> ResponseReturnValue:
    """Which language: the available ones, each under its own name."""
    offered = _offered(here.door)
    if request.method == "POST" and request.form.get("language") in offered:
        chosen = in_language(
            replace(here.state, reached=max(here.state.reached, Step.PLACE)), here.door, request.form["language"]
        )
        if here.state.reached is Step.LANGUAGE:
            site().epochs.count(here.door.strand_id, Counted.CAME)
        return onward(chosen, "place")
    said = [(LANGUAGES[code], own_words(here.door, [in_language_of(code)], code)) for code in offered]
    return show("language.html", gettext("Which language?"), here, says=("which_language",), offered=said, bar=False)


def _enter(code: str, *, typed: bool = False, tapped: str = "") -> ResponseReturnValue:
    if not (may_try(Tried.WRONG_CODE) and may_try(Tried.START)):
        return wait_a_little()
    by = page_digest(site().keys.invitation, tapped)
    found = _found(code, by)
    if found is None:
        count_try(Tried.WRONG_CODE)
        there = url_for("participate.entry", wrong=1, l=current_language().code)
        return ask_again({"code": code}, there) if typed else redirect(there, 303)
    if found.ruling is not Ruling.OPEN:
        count_try(Tried.WRONG_CODE)
        return redirect(url_for("participate.scanned", code=found.code), 303) if typed else closed(found)
    count_try(Tried.START)
    state = _beginning(found, _ticket(tapped, code) if by else new_receipt())
    response = make_response(redirect(address_of(state), 303))
    keep(response, site().keys.form, site().settings, state)
    return response


def _ticket(tapped: str, code: str) -> ReceiptDigits:
    """Two taps of one page begin one way, and can send one answer."""
    return receipt_from(ticket_seed(site().keys.invitation, tapped, code))


def _found(code: str, by: bytes | None) -> Door | None:
    """The strand that this code leads to; into an open one a one-time code is spent, in a transaction of its own."""
    now, keys, policy = site().clock(), site().keys, site().policy
    with read(site().engine) as db:
        invited = invited_to(db, keys.invitation, code)
        found = door(db, invited, now, policy) if invited else door_by_code(db, code, now, policy)
    if found is None or not _offered(found):
        return None
    if found.ruling is not Ruling.OPEN:
        return found
    if invited is None:
        alone = not found.session_id  # whoever meets got the code from the adults in the room
        return None if alone and codes_required(found.audience, found.mode, found.ages[0], policy) else found
    with write(site().engine) as db:
        return found if spend(db, keys.invitation, invited, code, Purpose.ENTRY, by) else None


def _beginning(found: Door, ticket: ReceiptDigits) -> Carried:
    """A way that begins: always a new one, for on a shared phone another person may have come."""
    offered = _offered(found)
    only = len(offered) == 1
    if only:
        site().epochs.count(found.strand_id, Counted.CAME)
    preferred = current_language().code
    language = preferred if preferred in offered else offered[0]
    return Carried(
        context=FormContext(found.strand_id, found.plan_digest, found.schema(language)),
        expires=fresh_expiry(site().settings, site().clock()),
        ticket=ticket,
        language=language,
        session=found.session_id,
        reached=Step.PLACE if only else Step.LANGUAGE,
        place=found.jurisdictions[0] if len(found.jurisdictions) == 1 else "",
    )


def _offered(found: Door) -> tuple[str, ...]:
    """Languages in which the questions, our own words and a direction of writing are all there."""
    return tuple(code for code in found.offered if code in LANGUAGES)


def _entry_page(code: str = "", *, wrong: bool = False) -> ResponseReturnValue:
    error = gettext("We do not know that code. Check it with the person who gave it to you.") if wrong else ""
    title = gettext("Enter your code")
    return page("entry.html", title, says=("entry",), error=error, code=code, tapped=new_page())
