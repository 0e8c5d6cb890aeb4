"""The help block that stands inside every page: services that hold, the emergency number, somebody to trust.

It never fails and is never empty: where a signed text or a service is missing, our own plain words stand in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import g
from markupsafe import Markup, escape
from sqlalchemy.exc import SQLAlchemyError

from consult.database import read
from consult.services.helplines import HelpService, all_services
from consult.services.strandface import Door
from consult.web.languages import current_language, gettext
from consult.web.participate.listening import HELP, Listen, listen
from consult.web.participate.wording import Words, country, hours, isolated, language_names
from consult.web.site import site
from safeguards.plan import Channel

__all__ = ["HelpBlock", "help_block"]

_CALLED = frozenset({"phone", "text"})


@dataclass(frozen=True, slots=True)
class HelpRow:
    """One way to reach somebody: what to read, and where a tap leads (empty: nowhere, the words say how)."""

    name: str
    words: Markup
    link: str
    by_phone: bool


@dataclass(frozen=True, slots=True)
class Danger:
    """What to do in danger, and the number to call (empty: none is signed for this place)."""

    words: Markup
    number: str = ""


@dataclass(frozen=True, slots=True)
class HelpBlock:
    """What the block says, top to bottom. `listen` reads it out, in the same order, where there are recordings."""

    worry: Markup
    now: Markup
    rows: tuple[HelpRow, ...]
    elsewhere: str
    danger: tuple[Danger, ...]
    trust: Markup
    fault: Markup
    listen: Listen | None


def help_block(door: Door | None, place: str = "") -> HelpBlock:
    """The block for this page's language, of a strand where there is one, of one place where it is known."""
    words = Words(door.form, current_language().code) if door else None
    services, elsewhere = _services(door, place)
    numbers = _numbers(door, place)
    rows = tuple(row for service, countries in _by_country(services, door) for row in _rows(words, service, countries))
    danger = _danger(words, numbers)
    shown = {
        "texts.T-HELP-service": [row.words for row in rows],
        "texts.T-HELP-danger": [each.words for each in danger],
    }
    heard = [each for each in HELP if services or each != "texts.T-HELP-now"]
    return HelpBlock(
        worry=_say(words, "T-HELP-worry", gettext("Are you sad, scared or worried?")),
        now=_say(words, "T-HELP-now", gettext("You can talk to someone now. It is free.")) if services else Markup(""),
        rows=rows,
        elsewhere=elsewhere,
        danger=danger,
        trust=_say(words, "T-HELP-trust", gettext("You can also tell a grown-up you trust.")),
        fault=_say(words, "T-HELP-fault", gettext("If someone hurt you, it is not your fault.")),
        listen=listen(door, words, heard, shown) if door and words else None,
    )


def _by_country(services: tuple[HelpService, ...], door: Door | None) -> list[tuple[HelpService, str]]:
    """Each service with the countries it serves: these lead where they differ, for nobody has said where they are."""
    if door is not None or len({each.jurisdictions for each in services}) < 2:
        return [(service, "") for service in services]
    named = [(service, gettext(", ").join(map(country, service.jurisdictions))) for service in services]
    return sorted(named, key=lambda pair: pair[1])


def _say(words: Words | None, key: str, ours: str, **blanks: object) -> Markup:
    """The signed text with its blanks filled; our own words where there is none, or none with these blanks."""
    try:
        if words:
            return words.say(key, **blanks)
    except KeyError:
        pass
    return escape(ours).format(**blanks)


def _services(door: Door | None, place: str) -> tuple[tuple[HelpService, ...], str]:
    """The services that answer in the page's language; else those there are, with a sentence that says so."""
    found = door.services if door else _known_to_the_organisation()
    here = tuple(each for each in found if not place or place in each.jurisdictions)
    mine = tuple(each for each in here if current_language().code in each.languages)
    if mine or not here:
        return mine, ""
    return here, gettext("This help answers in another language.")


def _known_to_the_organisation() -> tuple[HelpService, ...]:
    try:
        if "services" not in g:
            with read(site().engine) as db:
                g.services = all_services(db, site().clock(), site().policy)
    except SQLAlchemyError:
        g.services = ()  # the page stays up when the database does not
    found: tuple[HelpService, ...] = g.services
    return found


def _rows(words: Words | None, service: HelpService, countries: str) -> Iterator[HelpRow]:
    """One row for each way to reach a service: they differ in the number alone."""
    ours = gettext("{service}: {number}. Open {hours}. They speak {language}.")
    blanks = {
        "service": Markup("<b>{}</b>").format(isolated(service.name)),
        "hours": hours(service.hours, round_the_clock=service.round_the_clock),
        "language": language_names(service.languages),
    }
    for channel in service.channels:
        said = _say(words, "T-HELP-service", ours, number=_left_to_right(_short(channel.address)), **blanks)
        if countries:
            said = Markup("<b>{}.</b> {}").format(countries, said)
        yield HelpRow(service.name, said, _link(channel), channel.kind in _CALLED)


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


def _numbers(door: Door | None, place: str) -> dict[str, str]:
    known = dict(door.emergency) if door else {}
    return {place: known[place]} if place in known else known


def _danger(words: Words | None, numbers: dict[str, str]) -> tuple[Danger, ...]:
    if not numbers:
        return (Danger(escape(gettext("In danger right now? Call the emergency number of your country."))),)
    if len(numbers) == 1:
        number = next(iter(numbers.values()))
        return (Danger(_with_number(words, number), number),)
    return tuple(
        Danger(Markup("{}: {}").format(country(place), _with_number(words, number)), number)
        for place, number in numbers.items()
    )


def _with_number(words: Words | None, number: str) -> Markup:
    ours = gettext("In danger right now? Call {emergency}.")
    return _say(words, "T-HELP-danger", ours, emergency=_left_to_right(number))
