"""Before the questions: a safe place, age, what this is, the choices, what is kept, help, and three check questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Response, request
from flask.typing import ResponseReturnValue

from consult.database import read
from consult.errors import sentence
from consult.questionnaire.answers import read_number, still_asked
from consult.questionnaire.bands import OLDEST, band_of
from consult.questionnaire.bank import CHECKS, LIVE_CHECKS, Check
from consult.questionnaire.errors import AnswerError
from consult.services.participation.epochs import Counted
from consult.services.participation.invitations import codes_required
from consult.services.participation.strandface import door_for
from consult.web import spoken
from consult.web.languages import gettext
from consult.web.pagewords import in_age
from consult.web.participate.carry import Carried, Step
from consult.web.participate.inside import Here, ask_again, at, kept, onward, show, typed_before, wanted_language
from consult.web.participate.showing import ended
from consult.web.site import site
from consult.web.wording import country

__all__ = ["about", "age", "check", "choice", "first_help", "place", "secret"]

_MOST_TRIES = 2


@at(Step.PLACE)
def place(here: Here) -> ResponseReturnValue:
    """Is this a good place? Leaving is explained before it is needed."""
    if request.method == "POST":
        return _done(here, Step.PLACE, "place")
    return kept(here, "place", lambda: _place_page(here))


@at(Step.AGE)
def age(here: Here) -> ResponseReturnValue:
    """Country, where several are asked, and age in years; only the band is carried on."""
    if request.method == "GET":
        return _age_page(here, typed_before())
    changed = wanted_language(here)
    if changed is not None:
        return onward(changed.state, "age")
    typed = {name: request.form.get(name, "") for name in ("age", "place")}
    where = _where(here, typed)
    try:
        years = read_number(typed["age"], "age", 0, OLDEST)
    except AnswerError:
        return ask_again(typed)
    if not where:
        return ask_again(typed)
    band = band_of(years)
    if not here.door.admits(years, band):
        with read(site().engine) as db:
            other = door_for(db, here.door, years, band, here.now, site().policy)
        if other and codes_required(other.audience, other.mode, other.ages[0], site().policy):
            other = None
        return ended("T-ROUTED", gettext("Thank you for coming"), here.door, place=where, instead=other)
    return onward(_reached(_in_band(here, where, band), Step.ABOUT), "about")


@at(Step.ABOUT)
def about(here: Here) -> ResponseReturnValue:
    """Who asks, why, who decides, how long it takes, what can and cannot change."""
    if request.method == "POST":
        return _done(here, Step.ABOUT, "about")
    return kept(here, "about", lambda: _about_page(here))


@at(Step.CHOICE)
def choice(here: Here) -> ResponseReturnValue:
    """Yes, no, skip, stop: nothing bad follows."""
    if request.method == "POST":
        return _done(here, Step.CHOICE, "choice")
    return kept(here, "choice", lambda: _choice_page(here))


@at(Step.SECRET)
def secret(here: Here) -> ResponseReturnValue:
    """What can stay secret: in a room whom we must tell, in a form that we cannot find anybody; and the law."""
    if request.method == "POST":
        return _done(here, Step.SECRET, "secret")
    return kept(here, "secret", lambda: _secret_page(here))


@at(Step.HELP)
def first_help(here: Here) -> ResponseReturnValue:
    """The real contacts, before any question."""
    if request.method == "POST":
        return _done(here, Step.HELP, "first_help")
    return kept(here, "first_help", lambda: _first_help_page(here))


@at(Step.CHECK)
def check(here: Here) -> ResponseReturnValue:
    """Three check questions: wrong once, we explain again; wrong twice, we stop kindly and never say failed."""
    if request.method == "GET":
        before = typed_before()
        return kept(here, "check", lambda: _check_page(here)) if before is None else _check_page(here, before)
    changed = wanted_language(here)
    if changed is not None:
        return onward(changed.state, "check")
    checks = _checks(here)
    given = {each.key: request.form.get(each.key, "") for each in checks}
    if not all(given.values()):
        return ask_again(given)
    wrong = [each for each in checks if (given[each.key] == "true") is not each.right]
    if not wrong:
        return onward(_reached(here.state, Step.ASSENT), "assent")
    tries = here.state.tries + 1
    if tries >= _MOST_TRIES:
        site().epochs.count(here.door.strand_id, Counted.STOPPED)
        return ended("T-CHECK-stop", gettext("Thank you for coming"), here.door, place=here.state.place)
    return onward(replace(here.state, tries=tries), "check")


def _done(here: Here, step: Step, endpoint: str) -> ResponseReturnValue:
    """A page that was read: on to the next, or the same page in another language."""
    changed = wanted_language(here)
    if changed is not None:
        return onward(changed.state, endpoint)
    state = _reached(here.state, Step(step + 1))
    return onward(state, _NEXT[step])


_NEXT = {
    Step.PLACE: "age",
    Step.ABOUT: "choice",
    Step.CHOICE: "secret",
    Step.SECRET: "first_help",
    Step.HELP: "check",
}


def _reached(state: Carried, step: Step) -> Carried:
    return replace(state, reached=max(state.reached, step))


def _in_band(here: Here, where: str, band: str) -> Carried:
    """The way so far for somebody of this band: answers to what they are not asked are let go."""
    kept = {each.key: each.kept_of(band) for each in here.door.form.profile}
    return replace(
        here.state,
        place=where,
        band=band,
        answers=still_asked(here.door.form, band, here.state.answers),
        profile={key: value for key, value in here.state.profile.items() if value in kept.get(key, ())},
    )


def _place_page(here: Here) -> Response:
    sentences = here.words.sentences("T-PLACE")
    heard = ("texts.T-PLACE", "texts.T-LEAVE")
    return show(
        "place.html", gettext("A good place?"), here, sentences=sentences, heard=heard, says=("place",), back="language"
    )


def _about_page(here: Here) -> Response:
    sentences = spoken.about(here.door, here.words)
    return show(
        "read.html",
        gettext("What this is"),
        here,
        sentences=sentences,
        heard=("texts.T-ABOUT",),
        filled={"texts.T-ABOUT": sentences},
        says=("go_on",),
        back="age",
        icon="bulb",
    )


def _choice_page(here: Here) -> Response:
    sentences = here.words.sentences("T-CHOICE")
    return show(
        "read.html",
        gettext("Your choices"),
        here,
        sentences=sentences,
        heard=("texts.T-CHOICE",),
        says=("go_on",),
        back="about",
        icon="hand",
    )


def _first_help_page(here: Here) -> Response:
    return show("first_help.html", gettext("Help for you"), here, says=("first_help",), back="secret")


def _secret_page(here: Here) -> Response:
    where, sentences = spoken.secret(here.door, here.words)
    law = spoken.law(here.door, here.words, here.state.place)
    return show(
        "read.html",
        gettext("What we keep"),
        here,
        sentences=sentences,
        tell=law,
        heard=(where, *(["texts.T-SECRET-law"] if law else [])),
        filled={where: sentences, "texts.T-SECRET-law": law},
        says=("go_on",),
        back="choice",
        icon="lock",
    )


def _where(here: Here, typed: Mapping[str, str]) -> str:
    """The country that was chosen, or the only one; empty while none is."""
    places = here.door.jurisdictions
    where = typed["place"] if len(places) > 1 else here.state.place
    return where if where in places else ""


def _age_page(here: Here, wrong: Mapping[str, str] | None) -> ResponseReturnValue:
    where = _where(here, wrong) if wrong else here.state.place
    years = sentence("Write your age in years, with numbers only.")
    error = gettext(years if where else sentence("Choose the country you are in.")) if wrong else ""
    places = [(code, country(code)) for code in here.door.jurisdictions] if len(here.door.jurisdictions) > 1 else []
    return show(
        "age.html",
        gettext("Your age"),
        here,
        status=422 if error else 200,
        error=error,
        typed=wrong["age"] if wrong else "",
        says=(in_age(code for code, _ in places),),
        places=places,
        chosen=where,
        back="place",
    )


def _check_page(here: Here, given: Mapping[str, str] | None = None) -> Response:
    error = gettext("Choose one for each sentence, please.") if given is not None else ""
    checks = _checks(here)
    heading, ask = here.words.headed("T-CHECK")
    explained = [_explained(here, each) for each in checks] if here.state.tries else []
    return show(
        "check.html",
        gettext("Did we explain well?"),
        here,
        status=422 if error else 200,
        heading=heading,
        heard=("texts.T-CHECK",),
        again=here.words.heard(["texts.T-CHECK-again"]) if explained else [],
        filled={"texts.T-CHECK": [heading, *ask, *map(here.words.say, ("T-CHECK-true", "T-CHECK-false"))]},
        ask=ask,
        checks=[(each.key, here.words.say(each.key), here.words.heard([f"texts.{each.key}"])) for each in checks],
        given=given or {},
        explained=explained,
        says=("go_on",),
        error=error,
        back="first_help",
    )


def _checks(here: Here) -> tuple[Check, ...]:
    return LIVE_CHECKS if here.door.live else CHECKS


def _explained(here: Here, each: Check) -> tuple[object, object, object]:
    return here.words.say(each.key), here.words.say(each.why), here.words.heard([f"texts.{each.why}"])
