"""What a page shows of the signed texts whose blanks are filled, and of all that it reads out.

The pages of participants and the desk where recordings are made ask here, so that both have the very same words: a
recording is played only while the page shows exactly what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from consult.questionnaire.bank import CHECKS, HELP_PARTS, LIVE_CHECKS
from consult.questionnaire.easier import EASY, FOR, MAY_BE_RECORDED, in_one_line, read_out, usual_place, words_place
from consult.questionnaire.form import Form
from consult.questionnaire.strict import placeholders
from consult.services.participation.strandface import Door
from consult.services.safekeeping.backups import KEY_DAYS
from consult.web.helpwords import dangers, rows_of, services_in
from consult.web.languages import as_in
from consult.web.site import site
from consult.web.wording import Words, country, day, isolated, number, plain

__all__ = [
    "END_PARTS",
    "RECEIPT_PARTS",
    "Shown",
    "about",
    "about_code",
    "copies",
    "following",
    "is_read_out",
    "law",
    "secret",
    "shown",
]

RECEIPT_PARTS = ("T-CODE", "T-CODE-copies", "T-NEXT", "T-THANKS")
#: texts with which a way ends before anything was sent
END_PARTS = ("T-ROUTED", "T-CHECK-stop", "T-DECLINED", "T-STOP-erase", "T-CLOSED")
#: texts that a page reads out; nobody hears a recording of another one
_READ_OUT = frozenset(
    f"texts.{key}"
    for key in (
        *HELP_PARTS,
        *RECEIPT_PARTS,
        *END_PARTS,
        *(key for each in (*CHECKS, *LIVE_CHECKS) for key in (each.key, each.why)),
        *("T-PLACE", "T-LEAVE", "T-ABOUT", "T-CHOICE", "T-SECRET-form", "T-SECRET-live", "T-SECRET-law", "T-CHECK"),
        "T-CHECK-again",
        *("T-GUARDIAN", "T-ASSENT", "T-NOTE", "T-REST", "T-ABOUT-YOU", "T-LOOK-AGAIN"),
    )
)
#: of these everybody reads what is there for their own place
_BY_PLACE = frozenset({"texts.T-HELP-service", "texts.T-HELP-danger", "texts.T-SECRET-law"})


def about(door: Door, words: Words) -> list[Markup]:
    """Who asks, who reads the answers, how long it takes."""
    return words.sentences("T-ABOUT", who=isolated(door.decision_maker), minutes=isolated(number(door.minutes)))


def secret(door: Door, words: Words) -> tuple[str, list[Markup]]:
    """What can stay secret, and the place of that text: in a room whom we must tell, in a form that we find nobody."""
    if not door.live:
        return "texts.T-SECRET-form", words.sentences("T-SECRET-form")
    name = isolated(door.duty_lead or site().settings.organisation)
    return "texts.T-SECRET-live", words.sentences("T-SECRET-live", name=name)


def law(door: Door, words: Words, place: str) -> list[Markup]:
    """What the law of a place asks of us, where the consultation says whom we must tell."""
    authority = door.authorities.get(place, {}).get(words.language)
    return words.sentences("T-SECRET-law", country=country(place), authority=authority) if authority else []


def about_code(door: Door, words: Words) -> tuple[str, list[Markup]]:
    """What stands before the code, and the sentences after it."""
    until = door.take_back_until
    return words.before("T-CODE", "code"), words.after_sentence_with("T-CODE", "code", date=day(until) if until else "")


def copies(words: Words) -> Markup:
    """When the last copy of answers that were taken back is gone."""
    return words.say("T-CODE-copies", days=isolated(number(KEY_DAYS)))


def following(door: Door, words: Words) -> list[Markup]:
    """What happens next, by when, and where to read it."""
    return words.sentences(
        "T-NEXT",
        who=isolated(door.decision_maker),
        report_date=day(door.take_back_until) if door.take_back_until else "",
        answer_date=day(door.feedback_due),
        link=isolated(f"{site().settings.address}{url_for('participate.news', code=door.code)}"),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows of one text now: where a recording of it belongs, and for whom.

    `whose`: places or age bands; "" among them is the page of somebody who has not said where they are; empty:
    everybody. `lines` are empty as long as nothing is known to be shown: no service that can be called, no last day.
    """

    where: str
    whose: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def words(self) -> str:
        """The same in one line."""
        return in_one_line(" ".join(self.lines))


def is_read_out(where: str) -> bool:
    """Whether any page reads out what stands at this place."""
    usual = usual_place(where)
    return bool(MAY_BE_RECORDED.fullmatch(usual)) and (usual in _READ_OUT or not usual.startswith("texts."))


def shown(form: Form, door: Door | None, language: str, where: str) -> tuple[Shown, ...]:
    """What people who take part see of a text, usual or easy, as the part is now: several where not all see the same.

    Without a door nobody knows who they are, nor what fills blanks. Raises KeyError for a place without words.
    """
    place, usual = words_place(where), usual_place(where)
    whole = read_out(form.said_by_place())[place][language]
    if usual.startswith("profile."):
        found = _by_band(form, door, language, usual)
    elif placeholders(whole):
        found = _by_place(form, door, language, place)
    else:
        return (Shown(place, (), tuple(whole.splitlines())),)
    together: dict[tuple[str, ...], list[str]] = {}
    for who, lines in found.items():
        together.setdefault(lines, []).append(who)
    if len(together) < 2:
        return (Shown(place, (), next(iter(together), ())),)
    return tuple(Shown(f"{place}{FOR}{who[0]}" if who[0] else place, tuple(who), at) for at, who in together.items())


def _by_band(form: Form, door: Door | None, language: str, usual: str) -> dict[str, tuple[str, ...]]:
    asked = next(each for each in form.profile if f"profile.{each.key}.text" == usual)
    bands = door.bands if door else ()
    return {band: asked.read_out(band, language) for band in bands if asked.asked_of(band)}


def _by_place(form: Form, door: Door | None, language: str, place: str) -> dict[str, tuple[str, ...]]:
    if door is None:
        return {}
    words, usual = Words(form, language, easy=place.startswith(EASY)), usual_place(place)
    filled = _FILLED.get(usual, _nothing)
    with as_in(language):
        return {at: tuple(plain([each]) for each in filled(door, words, at)) for at in _places(door, usual)}


def _places(door: Door, usual: str) -> tuple[str, ...]:
    """The places for which this text is filled; "" as long as somebody has not said where they are."""
    if usual not in _BY_PLACE:
        return ("",)
    before = () if usual == "texts.T-SECRET-law" else ("",)
    return (*before, *door.jurisdictions)


def _nothing(_door: Door, _words: Words, _place: str) -> Iterable[object]:
    return ()


def _secret(door: Door, words: Words, _place: str) -> Iterable[object]:
    return secret(door, words)[1] if door.live else ()


def _about_code(door: Door, words: Words, _place: str) -> Iterable[object]:
    before, after = about_code(door, words)
    return (before, *after) if door.take_back_until else ()


def _following(door: Door, words: Words, _place: str) -> Iterable[object]:
    return following(door, words) if door.code and door.take_back_until else ()


def _services(door: Door, words: Words, place: str) -> Iterable[object]:
    return [row.words for each in services_in(door.services, place)[0] for row in rows_of(words, each)]


def _dangers(door: Door, words: Words, place: str) -> Iterable[object]:
    return [each.words for each in dangers(words, door.emergency, place)] if door.emergency else ()


#: Text → how a page fills it at a place; nothing while what fills it is not known.
_FILLED: Mapping[str, Callable[[Door, Words, str], Iterable[object]]] = {
    "texts.T-ABOUT": lambda door, words, _place: about(door, words),
    "texts.T-SECRET-live": _secret,
    "texts.T-SECRET-law": law,
    "texts.T-CODE": _about_code,
    "texts.T-CODE-copies": lambda _door, words, _place: [copies(words)],
    "texts.T-NEXT": _following,
    "texts.T-HELP-service": _services,
    "texts.T-HELP-danger": _dangers,
}
