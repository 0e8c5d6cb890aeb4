"""About you: a few coarse, optional questions after all others, one a page, each skipped as easily as answered."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult.questionnaire.errors import AnswerError
from consult.questionnaire.profile import ASIDE, Dimension, read_dimension
from consult.web.languages import gettext
from consult.web.participate.asking import words_for
from consult.web.participate.carry import Carried, Step
from consult.web.participate.inside import Here, at, kept, onward, show, stays_here, wanted_language

__all__ = ["about_you"]


@at(Step.QUESTIONS)
def about_you(here: Here, n: int) -> ResponseReturnValue:
    """`/c/you/<n>`: the n-th thing asked about the person; only the category made from it is carried on."""
    if not 1 <= n <= len(here.about_you):
        return redirect(url_for("participate.look"), 303)
    asked = here.about_you[n - 1]
    if request.method == "GET":
        look = "look" in request.args
        if asked.key in here.state.profile:
            return _page(here, asked, n, look=look)
        return kept(here, "about_you", lambda: _page(here, asked, n, look=look), n, look)
    here = wanted_language(here) or here
    if "skip" in request.form or "skip_all" in request.form:
        return _next(here, _with(here, asked, ""), n)
    try:
        return _next(here, _with(here, asked, read_dimension(asked, here.state.band, request.form)), n)
    except AnswerError as error:
        return _page(here, asked, n, look="look" in request.form, error=words_for(error))


def _with(here: Here, asked: Dimension, category: str) -> Carried:
    kept = {key: value for key, value in here.state.profile.items() if key != asked.key}
    if category and category not in ASIDE:
        kept[asked.key] = category
    return replace(here.state, profile=kept)


def _next(here: Here, state: Carried, n: int) -> ResponseReturnValue:
    then, looking = request.form.get("then", ""), "look" in request.form
    if stays_here(then):
        return onward(state, "about_you", n=n, look=looking)
    if then == "help":
        return onward(state, "help_page")
    if then == "rest":
        return onward(state, "rest", n=len(here.asked) + n, look=looking)
    if then == "back" and not looking:
        before = ("about_you", n - 1) if n > 1 else ("question", here.steps[-1])
        return onward(state, before[0], n=before[1])
    if looking or "skip_all" in request.form or n == len(here.about_you):
        return onward(state, "look")
    return onward(state, "about_you", n=n + 1)


def _page(here: Here, asked: Dimension, n: int, *, look: bool, error: str = "") -> Response:
    language, where = here.state.language, f"profile.{asked.key}.text"
    filled = {where: asked.read_out(here.state.band, language)}
    return show(
        "about_you.html",
        gettext("About you"),
        here,
        status=422 if error else 200,
        error=error,
        n=n,
        total=len(here.about_you),
        asked=asked,
        text=asked.text[language],
        hint=asked.hint.get(language, ""),
        heard=("texts.T-ABOUT-YOU" if n == 1 else where,),
        filled=filled,
        says=("about_you" if n < len(here.about_you) and not look else "about_you_last",),
        below=here.words.heard([where], filled) if n == 1 else [],
        intro=here.words.sentences("T-ABOUT-YOU") if n == 1 else [],
        choices=[(each.id, each.text[language]) for each in asked.offered(here.state.band)],
        fields=[(f"{asked.key}_{part.id}", part.text[language]) for part in asked.parts],
        given=here.state.profile.get(asked.key, ""),
        look=look,
    )
