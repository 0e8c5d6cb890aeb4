"""Questions, one a page: answer, skip as easily, go back, change language or ask for help, and keep what was typed."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue

from consult.questionnaire.answers import OWN_WORDS_BYTES, Answer, own_words_bytes, read_answer
from consult.questionnaire.errors import AnswerError, Problem
from consult.questionnaire.question import Kind, Question
from consult.sealing.form import FormTooLarge
from consult.web.languages import gettext
from consult.web.participate.carry import Step
from consult.web.participate.inside import Here, at, kept, onward, show, stays_here, wanted_language
from consult.web.participate.pausing import address_of_page, begins_hard_part, question_after, question_before
from consult.web.wording import number

__all__ = ["PICTURES", "question", "words_for"]

_HILLS = frozenset({"10_12"})
#: age bands that see drawings beside the answers
PICTURES = frozenset({"6_9"})


@at(Step.QUESTIONS)
def question(here: Here, n: int) -> ResponseReturnValue:
    """`/c/q/<n>`: the n-th question this person is asked, from 1."""
    if n not in here.steps:  # no such page, or, in another tab, an answer that it depends on was changed
        return redirect(address_of_page(here, n), 303)
    asked = here.asked[n - 1]
    if request.method == "GET":
        given, look = _shown(here.state.answers.get(asked.id)), "look" in request.args
        if given:
            return _page(here, asked, n, given, look=look)
        return kept(here, "question", lambda: _page(here, asked, n, (), look=look), n, look)
    here = wanted_language(here) or here
    given = [] if "skip" in request.form else request.form.getlist("a")
    try:
        answered = _with_answer(here, asked, _read(here, asked, given))
        return _next(answered, n, new=min(set(answered.steps) - set(here.steps), default=0))
    except AnswerError as error:
        return _again(here, asked, n, given, words_for(error))
    except FormTooLarge:
        return _again(here, asked, n, given, words_for(AnswerError(Problem.TOO_LONG_TOGETHER, asked.id)))


def words_for(error: AnswerError) -> str:
    """What to do about an answer that could not be taken, in plain words."""
    limit = number(int(error.parameters.get("limit", 0)))
    match error.key:
        case Problem.TOO_MANY:
            return gettext("You chose too many. Choose %(limit)s or fewer.", limit=limit)
        case Problem.TOO_LONG:
            return gettext("That is a bit too long. Please use %(limit)s letters or fewer.", limit=limit)
        case Problem.TOO_LONG_TOGETHER:
            return gettext("All you wrote together is too long. Please make this shorter.")
        case Problem.NOT_A_NUMBER:
            return gettext("Write a number, such as 3.")
        case Problem.OUT_OF_RANGE:
            low, high = (number(int(error.parameters[name])) for name in ("minimum", "maximum"))
            return gettext("Write a number from %(low)s to %(high)s.", low=low, high=high)
        case Problem.REQUIRED:
            return gettext("We need an answer here. You can also stop.")
        case _:
            return gettext("We could not take this answer. Please choose again.")


def _read(here: Here, asked: Question, given: Sequence[str]) -> Answer | None:
    """The answer; leaving the page without one is not an error, even where going on needs one."""
    try:
        return read_answer(asked, given, here.state.language)
    except AnswerError as error:
        if error.key is Problem.REQUIRED and request.form.get("then"):
            return None
        raise


def _with_answer(here: Here, asked: Question, answer: Answer | None) -> Here:
    answers = {key: value for key, value in here.state.answers.items() if key != asked.id}
    if answer is not None:
        answers[asked.id] = answer
    size = own_words_bytes(here.door.form, answers)
    if size > OWN_WORDS_BYTES:
        raise AnswerError(Problem.TOO_LONG_TOGETHER, asked.id, {"limit": OWN_WORDS_BYTES, "given": size})
    return here.answering(answers)


def _next(here: Here, n: int, new: int) -> ResponseReturnValue:
    """`new`: the first question that the answer brought along, which whoever looks again has not seen."""
    state, then, looking = here.state, request.form.get("then", ""), "look" in request.form
    if stays_here(then):
        return onward(state, "question", n=n, look=looking)
    if then == "help":
        return onward(state, "help_page")
    if then == "rest":
        return onward(state, "rest", n=n, look=looking)
    if then == "back" and not looking:
        before = question_before(here, n)
        return onward(state, "question", n=before) if before else onward(state, "assent")
    following = question_after(here, n)
    if looking and new and not then and not begins_hard_part(here, new):
        return onward(state, "question", n=new, look=True)
    if looking or not (following or here.about_you):
        return onward(state, "look")
    if not following:
        return onward(state, "about_you", n=1)
    return onward(state, "note" if begins_hard_part(here, following) else "question", n=following)


def _again(here: Here, asked: Question, n: int, given: Sequence[str], error: str) -> ResponseReturnValue:
    return _page(here, asked, n, given, look="look" in request.form, error=error)


def _page(here: Here, asked: Question, n: int, given: Sequence[str], *, look: bool, error: str = "") -> Response:
    language, text, hint = here.state.language, here.words.asks(asked), asked.hint.get(here.state.language, "")
    choices, where = [(each.id, each.text[language]) for each in asked.options], f"questions.{asked.id}.text"
    step, total = here.steps.index(n) + 1, len(here.steps)
    return show(
        "question.html",
        gettext("Question %(n)s of %(total)s", n=number(step), total=number(total)),
        here,
        status=422 if error else 200,
        error=error,
        n=step,
        total=total,
        asked=asked,
        text=text,
        heard=(where,),
        says=("question_needed" if asked.required else "question",),
        filled={where: [text, *([hint] if hint else []), *(words for _, words in choices)]},
        hint=hint,
        points=choices[: len(asked.points)],
        options=choices[len(asked.points) :],
        hills=asked.kind is Kind.SCALE and here.state.band in _HILLS,
        drawn=here.state.band in PICTURES,
        given=given,
        look=look,
    )


def _shown(answer: Answer | None) -> list[str]:
    """A kept answer as the values of its form field."""
    if answer is None:
        return []
    return list(answer) if isinstance(answer, tuple) else [str(answer)]
