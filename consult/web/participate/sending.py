"""Look again, send, and the receipt: shown once, on screen only, with what happens next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult.errors import Conflict
from consult.questionnaire.answers import Answer
from consult.questionnaire.errors import AnswerError
from consult.questionnaire.profile import Dimension
from consult.questionnaire.question import Kind, Question
from consult.sealing.receipt import ReceiptDigits, grouped
from consult.services.participation.responding import Gift, NotOpen, Submission
from consult.services.participation.throttle import Tried
from consult.web import spoken
from consult.web.languages import gettext
from consult.web.limits import count_try
from consult.web.participate.asking import PICTURES
from consult.web.participate.carry import Step, expire
from consult.web.participate.contacting import way_to_ask
from consult.web.participate.inside import Here, at, halted, onward, sent, show, wanted_language
from consult.web.participate.listening import Listen, listen, own_words, together
from consult.web.participate.showing import wait_a_little
from consult.web.site import site
from consult.web.wording import number

__all__ = ["look", "receipt", "send"]


@dataclass(frozen=True, slots=True)
class Given:
    """One line of the page: what was asked, what was answered (nothing: skipped), where to change it."""

    asked: str
    answers: tuple[str, ...]
    change: str
    field: str
    own_words: bool = False
    #: what younger children chose by its drawing: its ids, in the order of the answers
    drawn: tuple[str, ...] = ()


@at(Step.QUESTIONS)
def look(here: Here) -> ResponseReturnValue:
    """Everything given so far; change or delete any of it; nothing is sent yet."""
    if request.method == "POST":
        changed = wanted_language(here) or here
        return onward(_without(changed, request.form.get("delete", "")).state, "look")
    return show(
        "look.html",
        gettext("Look again, then send"),
        here,
        sentences=here.words.sentences("T-LOOK-AGAIN"),
        heard=("texts.T-LOOK-AGAIN",),
        says=("look" if here.state.answers or here.state.profile else "look_skipped",),
        answers=[_answer(here, here.asked[n - 1], n) for n in here.steps],
        about=[_category(here, asked, n) for n, asked in enumerate(here.about_you, 1)],
    )


@at(Step.QUESTIONS)
def send(here: Here) -> ResponseReturnValue:
    """Store it, once. Whatever shut in between shows as the page that says so, and nothing is stored."""
    state = here.state
    if not count_try(Tried.SEND):
        return wait_a_little(here.door, url_for("participate.look"))
    submission = Submission(
        assented=state.assented,
        band=state.band,
        language=state.language,
        place=state.place,
        answers=state.answers,
        profile=state.profile,
        receipt=ReceiptDigits(state.receipt),
        agreed=state.agreed,
    )
    try:
        site().writer.write(Gift.of(here.door, submission, here.now))
    except (NotOpen, Conflict):
        site().epochs.drop(here.door.strand_id)
        return halted(here.door, state)
    except AnswerError as error:
        return redirect(_place_of(here, error.question), 303)
    return onward(sent(state))


@at(Step.SENT)
def receipt(here: Here) -> ResponseReturnValue:
    """The digits that take the answers back. The cookies go with this page: it is shown once."""
    digits, door, words = ReceiptDigits(here.state.receipt), here.door, here.words
    label, about_code = spoken.about_code(door, words)
    ask_address = way_to_ask(door)
    copies, following = spoken.copies(words), spoken.following(door, words)
    shown: dict[str, list[object]] = {
        "texts.T-CODE": [label, *about_code],
        "texts.T-CODE-copies": [copies],
        "texts.T-NEXT": [*following],
    }
    response = show(
        "receipt.html",
        gettext("Thank you"),
        here,
        aloud=_receipt_aloud(here, shown, ask_address),
        groups=grouped(digits).split(" "),
        label=label,
        about_code=about_code,
        copies=copies,
        thanks=words.sentences("T-THANKS"),
        following=following,
        ask_address=ask_address,
        bar=False,
    )
    expire(response, site().settings)
    return response


def _receipt_aloud(here: Here, shown: Mapping[str, Iterable[object]], ask_address: str) -> Listen | None:
    """All of the last page in its order; of the code nothing is read."""
    door, words = here.door, here.words
    last = ["finished", *(["ask"] if ask_address else []), *(["next_person"] if door.session_id else [])]
    return together(
        own_words(door, ["sent"]),
        listen(door, words, ("texts.T-CODE", "texts.T-CODE-copies"), shown),
        own_words(door, ["keeping"]),
        listen(door, words, ("texts.T-NEXT", "texts.T-THANKS"), shown),
        own_words(door, last),
    )


def _without(here: Here, field: str) -> Here:
    profile = {key: value for key, value in here.state.profile.items() if f"about.{key}" != field}
    kept = {key: value for key, value in here.state.answers.items() if key != field}
    return replace(here, state=replace(here.state, profile=profile)).answering(kept)


def _answer(here: Here, asked: Question, n: int) -> Given:
    answer = here.state.answers.get(asked.id)
    chosen = answer if isinstance(answer, tuple) else (answer,) if isinstance(answer, str) else ()
    return Given(
        asked=here.words.asks(asked),
        answers=_said(asked, answer, here.state.language),
        change=url_for("participate.question", n=n, look=1),
        field=asked.id,
        own_words=asked.kind is Kind.TEXT,
        drawn=chosen if here.state.band in PICTURES and asked.options else (),
    )


def _said(asked: Question, answer: Answer | None, language: str) -> tuple[str, ...]:
    if answer is None:
        return ()
    if isinstance(answer, int):
        return (number(answer),)
    names = {option.id: option.text[language] for option in asked.options}
    chosen = answer if isinstance(answer, tuple) else (answer,)
    return tuple(names.get(each, each) for each in chosen)


def _category(here: Here, asked: Dimension, n: int) -> Given:
    language = here.state.language
    names = {each.id: each.text[language] for each in asked.categories}
    chosen = here.state.profile.get(asked.key)
    return Given(
        asked=asked.text[language],
        answers=(names[chosen],) if chosen in names else (),
        change=url_for("participate.about_you", n=n, look=1),
        field=f"about.{asked.key}",
    )


def _place_of(here: Here, key: str) -> str:
    """The page of an answer that was not taken as a whole."""
    for n, asked in enumerate(here.asked, 1):
        if asked.id == key:
            return url_for("participate.question", n=n, look=1)
    return url_for("participate.look")
