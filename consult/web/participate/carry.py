"""What is carried from page to page: sealed in the participant's own browser-session cookies and kept nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import takewhile

from flask import Response, request

from consult.config import Settings
from consult.questionnaire.answers import Answer
from consult.sealing.form import (
    VALUES_AT_MOST,
    FormContext,
    FormDamaged,
    FormError,
    open_form,
    seal_form,
)
from consult.sealing.root import FormKey

__all__ = [
    "Carried",
    "Step",
    "carried",
    "expire",
    "forget_refused",
    "fresh_expiry",
    "keep",
    "keep_refused",
    "refused",
    "written",
]


_NAMES = tuple(f"o{number}" for number in range(1, VALUES_AT_MOST + 1))
_SECURE_NAMES = tuple(f"__Host-{name}" for name in _NAMES)
_REFUSED, _REFUSED_SECURE = "w", "__Host-w"
#: For as long the page that says what was wrong may be on its way to a slow phone.
_REFUSED_LASTS = timedelta(minutes=5)
#: As much of a field as these pages have room for.
_REFUSED_CHARACTERS = 60


class Step(IntEnum):
    """The order of the journey. A page is reached only when everything before it was done."""

    LANGUAGE = 0
    PLACE = 1
    AGE = 2
    ABOUT = 3
    CHOICE = 4
    SECRET = 5
    HELP = 6
    CHECK = 7
    ASSENT = 8
    QUESTIONS = 9
    SENT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """One person's way so far. `receipt` comes with assent, so having one means having said yes.

    `ticket` are the digits it will have, drawn when the way begins: whoever copies a state, and says yes twice, still
    gives one response.
    """

    context: FormContext
    expires: int
    language: str
    reached: Step = Step.LANGUAGE
    place: str = ""
    band: str = ""
    tries: int = 0
    #: the session in which somebody answers, where people meet
    session: str = ""
    #: easy words were asked for, where there are some
    easy: bool = False
    #: a guardian's code was spent on this way
    agreed: bool = False
    ticket: str = field(repr=False)
    receipt: str = field(default="", repr=False)
    answers: Mapping[str, Answer] = field(default_factory=dict, repr=False)
    profile: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def assented(self) -> bool:
        """Whether this person said yes, and has not sent yet."""
        return self.reached is Step.QUESTIONS and bool(self.receipt and self.band)


def carried(key: FormKey, settings: Settings, now: datetime) -> Carried | None:
    """What this request's cookies hold; None without cookies. Raises `FormError` when they are no longer taken."""
    values = _values(settings)
    if not values:
        return None
    context, state = open_form(key, values, int(now.timestamp()))
    try:
        return _read(context, json.loads(state))
    except (ValueError, KeyError, TypeError) as error:
        raise FormDamaged("The form state in these cookies has another shape.") from error


def keep(response: Response, key: FormKey, settings: Settings, state: Carried) -> None:
    """Put the state into the response's cookies. Raises `FormTooLarge`, leaving the response as it was."""
    values = seal_form(key, state.context, written(state), state.expires)
    for name, value in zip(_names(settings), values, strict=False):
        _put(response, settings, name, value)
    _forget(response, settings, _names(settings)[len(values) :])


def expire(response: Response, settings: Settings) -> None:
    """Take our cookies away: at Send, Leave and No, and when a strand has shut."""
    _forget(response, settings, _names(settings))
    forget_refused(response, settings)


def keep_refused(
    response: Response, key: FormKey, settings: Settings, now: datetime, fields: Mapping[str, str]
) -> None:
    """What was typed and could not be taken goes with the browser, sealed, to the page at this address that says so."""
    cut = {name: typed[:_REFUSED_CHARACTERS] for name, typed in fields.items()}
    (value,) = seal_form(key, _here(), json.dumps(cut).encode(), int((now + _REFUSED_LASTS).timestamp()))
    _put(response, settings, _refused_name(settings), value)


def refused(key: FormKey, settings: Settings, now: datetime) -> dict[str, str] | None:
    """What was typed at this address just before and could not be taken; None when there is nothing."""
    value = request.cookies.get(_refused_name(settings))
    try:
        context, fields = open_form(key, [value], int(now.timestamp())) if value else (None, b"")
    except FormError:
        return None
    return {str(name): str(typed) for name, typed in json.loads(fields).items()} if context == _here() else None


def forget_refused(response: Response, settings: Settings) -> None:
    """Once it is on the page again, it is nowhere else."""
    _forget(response, settings, [_refused_name(settings)])


def fresh_expiry(settings: Settings, now: datetime) -> int:
    """When a way that begins now ends, in whole seconds since 1970."""
    return int((now + settings.form_lifetime).timestamp())


def _names(settings: Settings) -> tuple[str, ...]:
    return _SECURE_NAMES if settings.secure_cookies else _NAMES


def _values(settings: Settings) -> list[str]:
    given = request.cookies
    there = takewhile(given.__contains__, _names(settings))
    return list(takewhile(bool, (given[name] for name in there)))


def _refused_name(settings: Settings) -> str:
    return _REFUSED_SECURE if settings.secure_cookies else _REFUSED


def _here() -> FormContext:
    """The address of this request in the place of a strand: what was typed there is of no other page."""
    return FormContext(request.path, "", "")


def _put(response: Response, settings: Settings, name: str, value: str) -> None:
    """Without an age it ends with the browser's session."""
    response.set_cookie(name, value, path="/", secure=settings.secure_cookies, httponly=True, samesite="Lax")


def _forget(response: Response, settings: Settings, names: Sequence[str]) -> None:
    for name in names:
        if name in request.cookies:
            response.delete_cookie(name, path="/", secure=settings.secure_cookies, httponly=True, samesite="Lax")


def written(state: Carried) -> bytes:
    """The state as it is sealed."""
    fields = {
        "x": state.expires,
        "l": state.language,
        "s": int(state.reached),
        "w": state.place,
        "b": state.band,
        "t": state.tries,
        "g": int(state.agreed),
        "e": int(state.easy),
        "m": state.session,
        "k": state.ticket,
        "r": state.receipt,
        "q": state.answers,
        "p": state.profile,
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def _read(context: FormContext, fields: Mapping[str, object]) -> Carried:
    answers, profile = fields["q"], fields["p"]
    if not isinstance(answers, dict) or not isinstance(profile, dict):
        raise TypeError("answers and profile are objects")
    return Carried(
        context=context,
        expires=int(str(fields["x"])),
        language=str(fields["l"]),
        reached=Step(int(str(fields["s"]))),
        place=str(fields["w"]),
        band=str(fields["b"]),
        tries=int(str(fields["t"])),
        agreed=fields.get("g") == 1,
        easy=fields.get("e") == 1,
        session=str(fields.get("m", "")),
        ticket=str(fields["k"]),
        receipt=str(fields["r"]),
        answers={key: tuple(value) if isinstance(value, list) else value for key, value in answers.items()},
        profile=profile,
    )
