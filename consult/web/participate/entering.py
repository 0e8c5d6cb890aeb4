"""Getting in: a typed or scanned code, then a language. The code leaves the address bar at once."""

from __future__ import annotations

from dataclasses import replace

from flask import make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult.database import read
from consult.sealing.form import FormContext
from consult.services.epochs import Counted
from consult.services.permit import Ruling
from consult.services.strandface import Door, door_by_code
from consult.web.languages import LANGUAGES, current_language, gettext
from consult.web.participate.carry import Carried, Step, fresh_expiry, keep
from consult.web.participate.inside import Here, address_of, at, onward, show
from consult.web.participate.showing import page
from consult.web.site import site

__all__ = ["entry", "language", "scanned"]


def entry() -> ResponseReturnValue:
    """`/`: type a code. Unknown, paused and closed codes get the same words, so that nobody can tell them apart."""
    if request.method == "POST":
        return _enter(request.form.get("code", ""))
    return _entry_page(wrong="wrong" in request.args)


def scanned(code: str) -> ResponseReturnValue:
    """`/k/<code>`: a link or QR code; on at once to an address without the code."""
    return _enter(code)


@at(Step.LANGUAGE)
def language(here: Here) -> ResponseReturnValue:
    """Which language: the available ones, each under its own name."""
    offered = _offered(here.door)
    if request.method == "POST" and request.form.get("language") in offered:
        chosen = replace(here.state, language=request.form["language"], reached=max(here.state.reached, Step.PLACE))
        if here.state.reached is Step.LANGUAGE:
            site().epochs.count(here.door.strand_id, Counted.CAME)
        return onward(chosen, "place")
    return show(
        "language.html", gettext("Which language?"), here, offered=[LANGUAGES[code] for code in offered], bar=False
    )


def _enter(code: str) -> ResponseReturnValue:
    now = site().clock()
    with read(site().engine) as db:
        found = door_by_code(db, code, now, site().policy)
    if found is None or found.ruling is not Ruling.OPEN or not _offered(found):
        return redirect(url_for("participate.entry", wrong=1, l=current_language().code), 303)
    state = _beginning(found)
    response = make_response(redirect(address_of(state), 303))
    keep(response, site().keys.form, site().settings, state)
    return response


def _beginning(found: Door) -> Carried:
    """A way that begins: always a new one, for on a shared phone another person may have come."""
    offered = _offered(found)
    only = len(offered) == 1
    if only:
        site().epochs.count(found.strand_id, Counted.CAME)
    preferred = current_language().code
    return Carried(
        context=FormContext(found.strand_id, found.plan_digest, found.face.digest),
        expires=fresh_expiry(site().settings, site().clock()),
        language=preferred if preferred in offered else offered[0],
        reached=Step.PLACE if only else Step.LANGUAGE,
        place=found.jurisdictions[0] if len(found.jurisdictions) == 1 else "",
    )


def _offered(found: Door) -> tuple[str, ...]:
    """Languages in which the questions, our own words and a direction of writing are all there."""
    return tuple(code for code in found.languages if code in LANGUAGES)


def _entry_page(*, wrong: bool) -> ResponseReturnValue:
    return page("entry.html", gettext("Enter your code"), wrong=wrong, status=200)
