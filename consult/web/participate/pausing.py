"""Between questions: a word before hard ones, with a way round them, and a rest for as long as one likes.

Pages are counted through: first the questions, then what is asked about the person.
"""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from consult.questionnaire.question import Topic
from consult.web.languages import gettext
from consult.web.participate.carry import Step
from consult.web.participate.inside import Here, at, kept, onward, show, wanted_language

__all__ = ["address_of_page", "begins_hard_part", "note", "pages_of", "question_after", "question_before", "rest"]

_HARD = frozenset({Topic.HARM_IN_GENERAL, Topic.SERVICES})


def question_before(here: Here, n: int) -> int:
    """The number of the question that is asked before the n-th page; 0 for the first."""
    return max((each for each in here.steps if each < n), default=0)


def question_after(here: Here, n: int) -> int:
    """The number of the question that is asked after the n-th one; 0 for the last."""
    return min((each for each in here.steps if each > n), default=0)


def begins_hard_part(here: Here, n: int) -> bool:
    """Whether the n-th question is the first of some that can touch on harm."""
    before = question_before(here, n)
    return n in here.steps and _is_hard(here, n) and not (before and _is_hard(here, before))


def _is_hard(here: Here, n: int) -> bool:
    return here.asked[n - 1].topic in _HARD


def pages_of(here: Here) -> int:
    """How many pages ask something."""
    return len(here.asked) + len(here.about_you)


def address_of_page(here: Here, page: int, *, look: bool = False) -> str:
    """The address of the n-th page that asks something, or of the next one where that asks this person nothing; of the
    page to look again after the last.
    """
    questions, looking = len(here.asked), int(look) or None
    following = question_after(here, page - 1)
    if page <= questions and following:
        return url_for("participate.question", n=following, look=looking)
    page = max(page, questions + 1)
    if page <= pages_of(here):
        return url_for("participate.about_you", n=page - questions, look=looking)
    return url_for("participate.look")


@at(Step.QUESTIONS)
def note(here: Here, n: int) -> ResponseReturnValue:
    """`/c/note/<n>`: before the n-th question, which begins a hard part: go on, go round, rest or leave."""
    if not begins_hard_part(here, n):
        return redirect(address_of_page(here, n), 303)
    changed = wanted_language(here)
    if changed is not None:
        return onward(changed.state, "note", n=n)
    if request.method == "POST":
        return redirect(address_of_page(here, _after_hard_part(here, n) if "skip" in request.form else n), 303)
    sentences = here.words.sentences("T-NOTE")
    asked_before = question_before(here, n)
    before = address_of_page(here, asked_before) if asked_before else url_for("participate.assent")
    title = gettext("Before you go on")
    heard, says = ("texts.T-NOTE",), ("note",)
    return kept(
        here,
        "note",
        lambda: show("note.html", title, here, sentences=sentences, heard=heard, says=says, n=n, before=before),
        n,
    )


@at(Step.QUESTIONS)
def rest(here: Here, n: int) -> ResponseReturnValue:
    """`/c/rest/<n>`: nothing to do; then back to the page where the rest began."""
    if not 1 <= n <= pages_of(here):
        return redirect(address_of_page(here, n), 303)
    changed = wanted_language(here)
    if changed is not None:
        return onward(changed.state, "rest", n=n)
    back_to = address_of_page(here, n, look="look" in request.args)
    title, heard, says = gettext("Take a break"), ("texts.T-REST",), ("rest",)
    return kept(
        here,
        "rest",
        lambda: show("rest.html", title, here, sentences=_rest_words(here), heard=heard, says=says, back_to=back_to),
        back_to,
    )


def _rest_words(here: Here) -> list[Markup]:
    return here.words.sentences("T-REST") if here.words.has("T-REST") else []


def _after_hard_part(here: Here, n: int) -> int:
    while n <= len(here.asked) and _is_hard(here, n):
        n += 1
    return n
