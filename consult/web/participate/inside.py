"""The one way to a page inside: sealed cookies that are taken, a strand that is running now, and the step reached.

Every page between the code and the receipt is wrapped in `at`, so that none of them, Send included, is reached
without the running check.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cached_property, lru_cache, wraps
from operator import attrgetter
from types import MappingProxyType
from typing import Concatenate, ParamSpec

from flask import Response, after_this_request, g, request, url_for
from flask.typing import ResponseReturnValue

from consult.database import read, write
from consult.questionnaire.answers import Answer, still_asked
from consult.questionnaire.profile import Dimension
from consult.questionnaire.question import Question
from consult.sealing.form import FormError
from consult.sealing.receipt import ReceiptDigits
from consult.services.live.sessionnotes import something_wrong
from consult.services.participation.permit import Ruling
from consult.services.participation.responding import is_there
from consult.services.participation.strandface import Door
from consult.web.languages import LANGUAGES, use_language
from consult.web.pagewords import Spoken
from consult.web.participate.carry import Carried, Step, carried, forget_refused, keep, keep_refused, refused
from consult.web.participate.helping import answering
from consult.web.participate.listening import Listen
from consult.web.participate.showing import away, page, resting, stopped
from consult.web.site import site
from consult.web.wording import Words

__all__ = [
    "Here",
    "address_of",
    "ask_again",
    "at",
    "choose_language",
    "found_cookies",
    "halted",
    "in_language",
    "kept",
    "onward",
    "sent",
    "show",
    "stays_here",
    "typed_before",
    "wanted_language",
]

P = ParamSpec("P")

#: What is carried and says something of one person alone; all the rest makes a page what it is.
_OF_ONE_PERSON = frozenset({"context", "expires", "ticket", "receipt", "answers", "profile"})
_variant = attrgetter(*(each.name for each in fields(Carried) if each.name not in _OF_ONE_PERSON))
_WORDS = frozenset({"easy", "usual"})
_WRONG = "wrong"
_NOTHING: Mapping[str, Iterable[object]] = MappingProxyType({})

_ADDRESSES = {
    Step.LANGUAGE: "language",
    Step.PLACE: "place",
    Step.AGE: "age",
    Step.ABOUT: "about",
    Step.CHOICE: "choice",
    Step.SECRET: "secret",
    Step.HELP: "first_help",
    Step.CHECK: "check",
    Step.ASSENT: "assent",
    Step.SENT: "receipt",
}


@dataclass(frozen=True)
class Here:
    """Where somebody is: what they carry, the strand in front of them, and the moment of this request."""

    state: Carried
    door: Door
    now: datetime

    @property
    def words(self) -> Words:
        """The signed texts in this person's language, in easy words if they were asked for."""
        return Words(self.door.form, self.state.language, easy=self.state.easy)

    @property
    def offers_easy(self) -> bool:
        """Whether any text of this part is there in easy words of this language."""
        return any(self.state.language in words for words in self.door.form.easy.values())

    @property
    def asked(self) -> tuple[Question, ...]:
        """The questions this person may be asked: a page each, by its number, whatever is answered meanwhile."""
        return self.door.form.for_person(self.state.band)

    @cached_property
    def steps(self) -> tuple[int, ...]:
        """The numbers of those that are asked after what was answered so far."""
        asked = {each.id for each in self.door.form.after(self.state.band, self.state.answers)}
        return tuple(n for n, each in enumerate(self.asked, 1) if each.id in asked)

    def answering(self, answers: Mapping[str, Answer]) -> Here:
        """The same place with these answers, without those to what is not asked any more."""
        kept = still_asked(self.door.form, self.state.band, answers)
        return replace(self, state=replace(self.state, answers=kept))

    @property
    def needs_guardian(self) -> bool:
        """Whether this person may go on only with a guardian's code."""
        return self.door.needs_guardian(self.state.band, self.state.place, self.now)

    @property
    def about_you(self) -> tuple[Dimension, ...]:
        """What this person is asked about themselves."""
        return tuple(each for each in self.door.form.profile if each.asked_of(self.state.band))


def at(
    step: Step,
    *,
    agreed: bool = True,
) -> Callable[[Callable[Concatenate[Here, P], ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Let a request through to a page of this step, or answer it with the page that belongs there instead.

    `agreed`: from assent on, only with a guardian's code where one is needed.
    """

    def guard(view: Callable[Concatenate[Here, P], ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            here = _arrive(step)
            if agreed and isinstance(here, Here) and _lacks_guardian(step, here):
                return _see(url_for("participate.guardian"))
            return view(here, *args, **kwargs) if isinstance(here, Here) else here

        return guarded

    return guard


def show(
    template: str,
    title: str,
    here: Here,
    *,
    status: int = 200,
    heard: Iterable[str] = (),
    filled: Mapping[str, Iterable[object]] = _NOTHING,
    says: Iterable[str | Spoken] = (),
    aloud: Listen | None = None,
    error: str = "",
    **values: object,
) -> Response:
    """A page inside, in this person's age version. `heard`: the places it reads out where there is a recording.

    `filled`: of those whose words have blanks, what is shown. `says`, `aloud`: as for every page.
    """
    state = here.state
    values |= {"here": here, "sounds": here.words.heard(heard, filled)}
    return page(
        template,
        title,
        here.door,
        band=state.band,
        place=state.place,
        status=status,
        says=says,
        aloud=aloud,
        error=error,
        **values,
    )


def kept(here: Here, name: str, make: Callable[[], Response], *more: Hashable) -> Response:
    """A page inside that says nothing of what this person has given: rendered once for all who are where they are.

    `more`: whatever else, besides the door and what is carried, makes one page of this name differ from another.
    """
    door, state = here.door, here.state
    if door.reading is None or door.form.has_conditions:  # there the number of a page tells of answers before it
        return make()
    made_of = (door.reading, answering(door), _variant(state), name, *more)
    response = Response(site().pages.page(made_of, lambda: make().get_data()))
    response.headers["Content-Language"] = state.language
    return response


def onward(state: Carried, endpoint: str = "", *, n: int | None = None, look: bool = False) -> Response:
    """Keep what is carried now and go on, to this endpoint or the page of the step reached. May raise FormTooLarge."""
    response = _see(_path(endpoint, n, int(look) or None) if endpoint else address_of(state))
    keep(response, site().keys.form, site().settings, state)
    return response


def ask_again(typed: Mapping[str, str], address: str = "") -> Response:
    """POST → 303 → GET for what could not be taken, too: no page that was sent stays for Back to send once more.

    `typed`: the fields as they were; the same address, or `address`, shows them again with `typed_before`.
    """
    response = _see(address or request.path)
    keep_refused(response, site().keys.form, site().settings, site().clock(), typed)
    return response


def typed_before() -> Mapping[str, str] | None:
    """The fields of a form that was refused here just before, for this page alone; None where there was none."""
    typed = refused(site().keys.form, site().settings, site().clock())
    if typed is not None:
        after_this_request(_forgotten)
    return typed


def _forgotten(response: Response) -> Response:
    forget_refused(response, site().settings)
    return response


def wanted_language(here: Here) -> Here | None:
    """The same place in the language, or in the easy or usual words, whose button was pressed; None when none was."""
    if request.form.get("then") in _WORDS and here.offers_easy:
        return replace(here, state=replace(here.state, easy=request.form["then"] == "easy"))
    code = request.form.get("then", "").removeprefix("lang-")
    if not request.form.get("then", "").startswith("lang-") or code not in here.door.offered or code not in LANGUAGES:
        return None
    use_language(code)
    return replace(here, state=in_language(here.state, here.door, code))


def in_language(state: Carried, door: Door, language: str) -> Carried:
    """The same way in a language: it goes on only while the words of that language are the ones read now."""
    return replace(state, language=language, context=replace(state.context, schema=door.schema(language)))


def stays_here(then: str) -> bool:
    """Whether the button that was pressed only changes in which words this page is read."""
    return then.startswith("lang-") or then in _WORDS


def address_of(state: Carried) -> str:
    """The page of the step that was reached."""
    return _path("question", 1) if state.reached is Step.QUESTIONS else _path(_ADDRESSES[state.reached])


@lru_cache(maxsize=256)
def _path(endpoint: str, n: int | None = None, look: int | None = None) -> str:
    """A page inside: the same for everybody, so it is put together once."""
    return url_for(f"participate.{endpoint}", n=n, look=look)


def found_cookies() -> Carried | FormError | None:
    """What the cookies of this request hold, or why they are not taken; read once a request."""
    if "carried" not in g:
        try:
            g.carried = carried(site().keys.form, site().settings, site().clock())
        except FormError as error:
            g.carried = error
    found: Carried | FormError | None = g.carried
    return found


def choose_language() -> None:
    """Before every request outside the staff's face: the language asked for, carried, or preferred by the browser."""
    if request.path.startswith(("/s/", "/a/")):
        return
    if "l" in request.args and request.args["l"] in LANGUAGES:
        use_language(request.args["l"])
    elif isinstance(state := found_cookies(), Carried):
        use_language(state.language)
    else:
        use_language(request.accept_languages.best_match(list(LANGUAGES), default="en"))


def _arrive(step: Step) -> Here | ResponseReturnValue:
    state = found_cookies()
    if not isinstance(state, Carried):
        return away(too_late=state is not None)
    use_language(state.language)
    now = site().clock()
    strand = site().doors.door(state.context.strand, now, state.session)
    if strand is None:
        return away()
    if step is Step.SENT or state.reached is Step.SENT:
        return _after_sending(step, Here(_readable(state, strand), strand, now))
    if (no_further := _no_further(strand, state, now)) is not None:
        return no_further
    if step > state.reached or (step is Step.QUESTIONS and not state.assented):
        return _see(address_of(state))
    return Here(state, strand, now)


def _no_further(strand: Door, state: Carried, now: datetime) -> Response | None:
    """What is said instead where nobody goes on, or this person does not."""
    if strand.plan_digest != state.context.plan_digest:
        return _if_sent(strand, state) or away(strand)
    if strand.ruling is Ruling.PAUSED or _says_something_is_wrong(strand, now):
        return resting(strand, place=state.place, band=state.band)
    if not _may_go_on(strand.ruling, state):
        site().epochs.drop(strand.strand_id)
        return halted(strand, state)
    if not _same_words(strand, state):
        return halted(strand, state)
    return None


def halted(strand: Door, state: Carried) -> Response:
    """Nothing goes on here. Whose answers are there, and whose browser never got the page that says so, gets it now."""
    return _if_sent(strand, state) or stopped(strand, place=state.place)


def sent(state: Carried) -> Carried:
    """The same way once everything is stored: nothing of it is carried any more but the receipt."""
    return replace(state, reached=Step.SENT, answers={}, profile={})


def _if_sent(strand: Door, state: Carried) -> Response | None:
    """The way to the receipt, of answers that are there."""
    if not state.assented:
        return None
    with read(site().engine) as db:
        there = is_there(db, site().keys, strand.strand_id, ReceiptDigits(state.receipt))
    return onward(sent(state)) if there else None


def _readable(state: Carried, strand: Door) -> Carried:
    """In a language that the part has, should a plan signed since have left this person's out."""
    return state if state.language in strand.languages else replace(state, language=strand.languages[0])


def _says_something_is_wrong(strand: Door, now: datetime) -> bool:
    """In a meeting somebody pressed the button for it: it pauses at once, and the adults see it and whom to call."""
    if not strand.session_id or request.form.get("then") != _WRONG:
        return False
    with write(site().engine) as db:
        return something_wrong(db, site().keys, site().policy, strand.session_id, now)


def _lacks_guardian(step: Step, here: Here) -> bool:
    return Step.ASSENT <= step < Step.SENT and here.needs_guardian and not here.state.agreed


def _may_go_on(ruling: Ruling, state: Carried) -> bool:
    """Open to all; while others may not start any more, only to those who said yes before."""
    return ruling is Ruling.OPEN or (ruling is Ruling.FINISHING and state.assented)


def _same_words(strand: Door, state: Carried) -> bool:
    """Whether this person's language is open, in the words in which they began."""
    return state.language in strand.offered and strand.schema(state.language) == state.context.schema


def _after_sending(step: Step, here: Here) -> Here | ResponseReturnValue:
    """What was sent stays sent: the receipt is shown whatever happened since, and nothing else is."""
    if step is Step.SENT and here.state.reached is Step.SENT:
        return here
    return _see(address_of(here.state))


def _see(where: str) -> Response:
    return Response(status=303, headers={"Location": where})
