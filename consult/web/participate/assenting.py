"""Assent: yes or no with the same ease; the receipt comes with the yes."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, request
from flask.typing import ResponseReturnValue

from consult.services.participation.epochs import Counted
from consult.web.languages import gettext
from consult.web.participate.carry import Step
from consult.web.participate.inside import Here, ask_again, at, kept, onward, show, typed_before, wanted_language
from consult.web.participate.pausing import begins_hard_part
from consult.web.participate.showing import ended
from consult.web.site import site
from consult.web.wording import day
from safeguards.terms import Audience

__all__ = ["assent"]


@at(Step.ASSENT)
def assent(here: Here) -> ResponseReturnValue:
    """Do you want to take part? Nothing is chosen beforehand, and no choice is a no to nothing: it asks again."""
    if request.method == "GET":
        return kept(here, "assent", lambda: _ask(here)) if typed_before() is None else _ask(here, again=True)
    changed = wanted_language(here)
    if changed is not None:
        return onward(changed.state, "assent")
    match request.form.get("answer"):
        case "yes":
            return _begin(here)
        case "no":
            return ended("T-DECLINED", gettext("Thank you"), here.door, place=here.state.place)
        case _:
            return ask_again({})


def _begin(here: Here) -> ResponseReturnValue:
    if here.state.assented:
        return onward(here.state, "question", n=1)
    site().epochs.count(here.door.strand_id, Counted.ASSENTED)
    state = replace(here.state, reached=Step.QUESTIONS, receipt=here.state.ticket)
    return onward(state, "question", n=1)


def _ask(here: Here, *, again: bool = False) -> Response:
    until = here.door.take_back_until
    return show(
        "assent.html",
        gettext("Do you want to take part?"),
        here,
        status=422 if again else 200,
        error=gettext("Choose one. You can say no.") if again else "",
        until=day(until) if until else None,
        heard=("texts.T-ASSENT", *(["texts.T-NOTE"] if _needs_note(here) else [])),
        filled={"texts.T-ASSENT": map(here.words.say, ("T-ASSENT", "T-YES", "T-NO"))},
        says=("assent",),
        note=here.words.sentences("T-NOTE") if _needs_note(here) else [],
        back="check",
    )


def _needs_note(here: Here) -> bool:
    """Before the first question, if it is a hard one; always for adults who lived through it."""
    return here.door.audience == Audience.ADULT_SURVIVORS or begins_hard_part(here, 1)
