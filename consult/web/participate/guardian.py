"""`/c/grown-up`: where a guardian has to agree, a one-time code that says so. It is spent here, apart from any answer.

Nobody's name is asked. Whether a code was spent is all that is stored, without time and without a tie to what is sent
later; that it was spent is carried in the form state alone. A second tap of the page, or the same form sent again after
a connection that dropped, finds its own code spent and goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import request
from flask.typing import ResponseReturnValue

from consult.database import write
from consult.models import Purpose
from consult.sealing.invitation import new_page, page_digest
from consult.services.participation.invitations import spend
from consult.services.participation.throttle import Tried
from consult.web.languages import gettext
from consult.web.limits import count_try, may_try
from consult.web.participate.carry import Step
from consult.web.participate.inside import Here, ask_again, at, onward, show, typed_before, wanted_language
from consult.web.participate.showing import wait_a_little
from consult.web.site import site

__all__ = ["guardian"]


@at(Step.ASSENT, agreed=False)
def guardian(here: Here) -> ResponseReturnValue:
    """The code in; with it, or where none is needed, on to the child's own yes or no."""
    if not here.needs_guardian or here.state.agreed:
        return onward(here.state, "assent")
    if request.method == "GET":
        return _page(here, typed_before())
    changed = wanted_language(here)
    if changed is not None:
        return onward(changed.state, "guardian")
    if not may_try(Tried.WRONG_CODE):
        return wait_a_little(here.door)
    code, key = request.form.get("code", ""), site().keys.invitation
    by = page_digest(key, request.form.get("page", ""), here.state.ticket)
    with write(site().engine) as db:
        spent = spend(db, key, here.door.strand_id, code, Purpose.GUARDIAN, by)
    if not spent:
        count_try(Tried.WRONG_CODE)
        return ask_again({"code": code})
    return onward(replace(here.state, agreed=True), "assent")


def _page(here: Here, wrong: Mapping[str, str] | None) -> ResponseReturnValue:
    unknown = gettext("We do not know that code. Check it with the person who gave it to you.")
    return show(
        "guardian.html",
        gettext("A code from your grown-up"),
        here,
        sentences=here.words.sentences("T-GUARDIAN") if here.words.has("T-GUARDIAN") else [],
        heard=("texts.T-GUARDIAN",),
        says=("guardian",),
        status=422 if wrong else 200,
        error=unknown if wrong else "",
        typed=wrong["code"] if wrong else "",
        tapped=new_page(),
        back="check",
    )
