"""Who helps, in the words of a part: its services and the number to call, for one place or for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from consult.services.participation.helplines import HelpService
from consult.web.languages import current_language, gettext
from consult.web.wording import Words, country, hours, isolated, language_names
from safeguards.plan import Channel

__all__ = ["Danger", "HelpRow", "dangers", "rows_of", "said_or_ours", "services_in"]

_CALLED = frozenset({"phone", "text"})


@dataclass(frozen=True, slots=True)
class HelpRow:
    """One way to reach somebody: what to read, and where a tap leads (empty: nowhere, the words say how).

    `on_bill`: a call may show on the bill, too; so it is where nobody knows.
    """

    name: str
    words: Markup
    link: str
    by_phone: bool
    on_bill: bool


@dataclass(frozen=True, slots=True)
class Danger:
    """What to do in danger, and the number to call (empty: none is signed for this place)."""

    words: Markup
    number: str = ""


def said_or_ours(words: Words | None, key: str, ours: str, **blanks: object) -> Markup:
    """The signed text with its blanks filled; our own words where there is none, or none with these blanks."""
    try:
        if words:
            return words.say(key, **blanks)
    except KeyError:
        pass
    return escape(ours).format(**blanks)


def services_in(services: tuple[HelpService, ...], place: str) -> tuple[tuple[HelpService, ...], bool]:
    """Those of a place ("": of all) that answer in the page's language; else all of them, and that they do not."""
    here = tuple(each for each in services if not place or place in each.jurisdictions)
    mine = tuple(each for each in here if current_language().code in each.languages)
    return (mine, False) if mine or not here else (here, True)


def rows_of(words: Words | None, service: HelpService, countries: str = "") -> Iterator[HelpRow]:
    """One row for each way to reach a service: they differ in the number alone."""
    ours = gettext("{service}: {number}. Open {hours}. They speak {language}.")
    blanks = {
        "service": Markup("<b>{}</b>").format(isolated(service.name)),
        "hours": hours(service.hours, round_the_clock=service.round_the_clock),
        "language": language_names(service.languages),
    }
    for channel in service.channels:
        said = said_or_ours(words, "T-HELP-service", ours, number=_left_to_right(_short(channel.address)), **blanks)
        if countries:
            said = Markup("<b>{}.</b> {}").format(countries, said)
        yield HelpRow(service.name, said, _link(channel), channel.kind in _CALLED, channel.on_bill is not False)


def dangers(words: Words | None, emergency: Mapping[str, str], place: str) -> tuple[Danger, ...]:
    """The number to call in a place; where that is not known, those of all places."""
    numbers = {place: emergency[place]} if place in emergency else emergency
    if not numbers:
        return (Danger(escape(gettext("In danger right now? Call the emergency number of your country."))),)
    if len(numbers) == 1:
        number = next(iter(numbers.values()))
        return (Danger(_with_number(words, number), number),)
    return tuple(
        Danger(Markup("{}: {}").format(country(where), _with_number(words, number)), number)
        for where, number in numbers.items()
    )


def _left_to_right(number: str) -> Markup:
    return Markup('<bdi dir="ltr">{}</bdi>').format(number)


def _short(address: str) -> str:
    """A chat's address as people say it: the host alone."""
    return urlsplit(address).netloc if address.startswith("https://") else address


def _link(channel: Channel) -> str:
    if channel.kind in _CALLED:
        digits = "".join(each for each in channel.address if each.isdecimal() or each == "+")
        return f"{'sms' if channel.kind == 'text' else 'tel'}:{digits}" if digits else ""
    return channel.address if channel.address.startswith("https://") else ""


def _with_number(words: Words | None, number: str) -> Markup:
    ours = gettext("In danger right now? Call {emergency}.")
    return said_or_ours(words, "T-HELP-danger", ours, emergency=_left_to_right(number))
