"""Rendering: what every participant page has besides its own words, and the pages that end a way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response, make_response, render_template, request
from markupsafe import Markup, escape

from consult.questionnaire.content import content
from consult.services.participation.strandface import Door
from consult.services.texts.wording import reader_of
from consult.web.languages import LANGUAGES, Language, as_in, current_language, gettext, use_language
from consult.web.pagewords import Spoken
from consult.web.participate.carry import expire
from consult.web.participate.helping import help_block
from consult.web.participate.listening import Listen, listen, own_words, together
from consult.web.site import site
from consult.web.wording import Words, city, hours, number, sentences_of
from safeguards.terms import Audience

__all__ = ["away", "closed", "cover_name", "ended", "page", "resting", "stopped", "wait_a_little", "wait_words"]

_YOUNG = frozenset({"6_9", "10_12"})


def page(
    template: str,
    title: str,
    door: Door | None = None,
    *,
    band: str = "",
    place: str = "",
    status: int = 200,
    says: Iterable[str | Spoken] = (),
    aloud: Listen | None = None,
    error: str = "",
    **values: object,
) -> Response:
    """A page of the participants' face, with help for this strand and place.

    `says`: what it says in the program's own words, `aloud`: recordings of other words, before these.
    """
    wrong = [Spoken("", (error,))] if error else []
    body = render_template(
        f"participate/{template}",
        title=title,
        cover=cover_name(door),
        tone="young" if band in _YOUNG else "",
        help=help_block(door, place),
        error=error,
        listen=together(own_words(door, wrong), aloud, own_words(door, says)),
        other_languages=_other_languages(door),
        number=number,
        **values,
    )
    response = make_response(body, status)
    response.headers["Content-Language"] = current_language().code
    return response


def ended(
    key: str,
    title: str,
    door: Door,
    *,
    place: str = "",
    instead: Door | None = None,
) -> Response:
    """The end of a way in one of the signed texts, whose first sentence is the heading: cookies gone, help in view.

    `title`: what the browser's tab says, whatever the text says. `instead`: a part that asks this age.
    """
    language = current_language().code
    heading, *sentences = *_as_signed(key, door, language), *_hours(door, language)
    response = page(
        "ended.html",
        title,
        door,
        place=place,
        aloud=listen(door, Words(door.form, language), [f"texts.{key}"]),
        says=("other_age",) if instead else (),
        heading=heading,
        sentences=sentences,
        again=False,
        instead=instead,
    )
    expire(response, site().settings)
    return response


def closed(door: Door) -> Response:
    """A code that is known, of a part that is not open now: said kindly in all its languages, with its help.

    Where only the hour keeps people out, it says in which hours they can come back.
    """
    mine = current_language().code if current_language().code in door.languages else door.languages[0]
    said = {
        code: (
            (*_as_signed("T-CLOSED", door, code), *_hours(door, code)),
            listen(door, Words(door.form, code), ["texts.T-CLOSED"]),
        )
        for code in door.languages
        if code == mine or code in LANGUAGES
    }
    use_language(mine)
    (heading, *sentences), heard = said.pop(mine)
    others = [(LANGUAGES[code], *each) for code, each in said.items()]
    title = gettext("This is closed now")
    response = page(
        "closed.html",
        title,
        door,
        aloud=heard,
        says=("closed",),
        heading=heading,
        sentences=sentences,
        others=others,
        code=door.code,
    )
    expire(response, site().settings)
    return response


def stopped(door: Door, *, place: str = "") -> Response:
    """The gate lapsed while somebody was inside: what was not sent is erased, said kindly (T-STOP-erase)."""
    return ended("T-STOP-erase", gettext("We need to stop now"), door, place=place)


def _as_signed(key: str, door: Door, language: str, **blanks: object) -> Sequence[Markup]:
    """The lines of a text; none where it came in after this form was signed.

    As it came with the program in a language that is shut: the part's own words may be the reason for it.
    """
    ours = content(language).text(key, reader_of(Audience(door.audience))) if language not in door.offered else None
    if ours:
        return [escape(each).format(**blanks) for each in sentences_of(ours)]
    words = Words(door.form, language)
    return words.sentences(key, **blanks) if words.has(key) else ()


def _hours(door: Door, language: str) -> Sequence[Markup]:
    """When one can come back, where the hour alone keeps people out now."""
    window = door.permit.comes_back(site().clock())
    if window is None:
        return ()
    with as_in(language):
        blanks = {"hours": hours(window.hours, round_the_clock=False), "place": city(window.timezone)}
    return _as_signed("T-HOURS", door, language, **blanks)


def resting(door: Door, *, place: str = "", band: str = "") -> Response:
    """A meeting that rests: nothing goes on, and nothing is lost; what was typed goes along to the page it was for."""
    sentences = [
        gettext("You did nothing wrong."),
        gettext("Wait here, or talk to the person who is with you."),
        gettext("What you answered stays in this browser. Nothing is sent."),
    ]
    typed = [(name, value) for name, value in request.form.items(multi=True) if (name, value) != ("then", "wrong")]
    return page(
        "resting.html",
        gettext("We stop for a moment"),
        door,
        band=band,
        place=place,
        says=("resting",),
        sentences=sentences,
        typed=typed,
        where=request.path,
        posted=request.method == "POST",
    )


def away(door: Door | None = None, *, too_late: bool = False) -> Response:
    """Cookies that are too old, damaged, of another plan, or gone: one can start again.

    Nobody can tell from here whether somebody has sent (in another tab, before going back, or on a connection that
    broke at Send), so the page does not claim to know. `too_late`: their time is over.
    """
    sentences = [
        *([gettext("You were away for a while.")] if too_late else []),
        gettext("If you pressed Send and saw the page with thanks, we have your answers."),
        gettext("If you pressed Send and did not see that page, we do not know if we have your answers."),
        gettext("If you did not press Send, nothing was sent."),
        gettext("You can start again."),
    ]
    title = gettext("This is closed now")
    says = ("away" if too_late else "away_unknown",)
    response = page("ended.html", title, door, status=410, says=says, heading=title, sentences=sentences, again=True)
    expire(response, site().settings)
    return response


def wait_a_little(door: Door | None = None, back_address: str = "") -> Response:
    """Too often in a short time, from one address: nothing was done, nothing is lost, and nobody did wrong."""
    return page(
        "wait.html",
        gettext("Please wait a little"),
        door,
        status=429,
        says=("wait",),
        sentences=_busy(),
        back_address=back_address,
    )


def wait_words() -> str:
    """The same in a form, beside what was typed, which nobody shall have to write again."""
    return " ".join(_busy())


def _busy() -> list[str]:
    return [
        gettext("Many people are here at the same time. Please wait ten minutes, then try again."),
        gettext("You did nothing wrong."),
    ]


def cover_name(door: Door | None) -> str:
    """The name at the top of the page, never the topic: in the page's language where a signed one is there."""
    if door is None:
        return gettext("Our ideas")
    titles = door.form.texts.get("T-TITLE", {})
    known = door.cover_name in titles.values()
    language = current_language().code
    return titles.get(language, door.cover_name) if known and language in door.offered else door.cover_name


def _other_languages(door: Door | None) -> list[Language]:
    offered = door.offered if door else tuple(LANGUAGES)
    return [LANGUAGES[code] for code in offered if code in LANGUAGES and code != current_language().code]
