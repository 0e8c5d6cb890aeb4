"""The help block that stands inside every page: services that hold, the emergency number, somebody to trust.

It never fails and is never empty: where a signed text or a service is missing, our own plain words stand in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import g
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from consult.database import read
from consult.services.participation.helplines import HelpService, all_services
from consult.services.participation.strandface import Door
from consult.web.helpwords import Danger, HelpRow, dangers, rows_of, said_or_ours, services_in
from consult.web.languages import current_language, gettext
from consult.web.participate.listening import HELP, Listen, listen, own_words, together
from consult.web.site import site
from consult.web.wording import Words, country

__all__ = ["HelpBlock", "answering", "help_block"]


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
    # In a language that is shut the part's words may be those of one person alone: a number in them, too.
    words = Words(door.form, current_language().code) if door and current_language().code in door.offered else None
    services, is_elsewhere = services_in(door.services if door else _known_to_the_organisation(), place)
    rows = tuple(
        row for service, countries in _by_country(services, door) for row in rows_of(words, service, countries)
    )
    danger = dangers(words, door.emergency if door else {}, place)
    shown = {
        "texts.T-HELP-service": [row.words for row in rows],
        "texts.T-HELP-danger": [each.words for each in danger],
    }
    is_now = any(each.answers_at(_moment()) for each in services)  # else it would promise somebody who is not there
    heard = [each for each in HELP if is_now or each != "texts.T-HELP-now"]
    now = said_or_ours(words, "T-HELP-now", gettext("You can talk to someone now. It is free."))
    return HelpBlock(
        worry=said_or_ours(words, "T-HELP-worry", gettext("Are you sad, scared or worried?")),
        now=now if is_now else Markup(""),
        rows=rows,
        elsewhere=gettext("This help answers in another language.") if is_elsewhere else "",
        danger=danger,
        trust=said_or_ours(words, "T-HELP-trust", gettext("You can also tell a grown-up you trust.")),
        fault=said_or_ours(words, "T-HELP-fault", gettext("If someone hurt you, it is not your fault.")),
        listen=together(
            listen(door, words, heard, shown) if door and words else None, own_words(door, ["slow_minute"])
        ),
    )


def answering(door: Door) -> tuple[bool, ...]:
    """Which of its services answer at the moment of this request: the block differs by it."""
    return tuple(each.answers_at(_moment()) for each in door.services)


def _moment() -> datetime:
    """One for the whole request: a page is kept for the hours that it was rendered in."""
    if "help_moment" not in g:
        g.help_moment = site().clock()
    moment: datetime = g.help_moment
    return moment


def _by_country(services: tuple[HelpService, ...], door: Door | None) -> list[tuple[HelpService, str]]:
    """Each service with the countries it serves: these lead where they differ, for nobody has said where they are."""
    if door is not None or len({each.jurisdictions for each in services}) < 2:
        return [(service, "") for service in services]
    named = [(service, gettext(", ").join(map(country, service.jurisdictions))) for service in services]
    return sorted(named, key=lambda pair: pair[1])


def _known_to_the_organisation() -> tuple[HelpService, ...]:
    try:
        if "services" not in g:
            with read(site().engine) as db:
                g.services = all_services(db, site().clock(), site().known_policy)
    except SQLAlchemyError:
        g.services = ()  # the page stays up when the database does not
    found: tuple[HelpService, ...] = g.services
    return found
