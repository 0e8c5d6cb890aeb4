"""Giving a part to people: link, code and cards; pausing it at once. A lead closes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import segno
from flask import redirect, request
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read, write
from consult.errors import sentence
from consult.models import Purpose, StrandState
from consult.resources import catalogue
from consult.services.desks.desk import ConsultationView, StrandView
from consult.services.gate.standing import may
from consult.services.participation import invitations
from consult.services.participation.helplines import HelpService, services_of_strand
from consult.services.report.supplied import asked_by_service
from consult.services.signed import running
from consult.web.facilitate.blueprint import address, facilitate, here, page, row_of
from consult.web.forms import StaffForm, number_field, one_of, picked
from consult.web.languages import LANGUAGES, Language
from consult.web.saving import attempt, status_of
from consult.web.site import site, whole_address
from consult.web.staff import actor

__all__ = ["card", "make_cards", "make_void", "pause", "share"]

_CARDS = 6
_GIVEN = frozenset({StrandState.OPEN, StrandState.SUSPENDED})
#: What a card says over its code, in its own language, to scan and to type; nothing on it tells what it is about.
_ENTER, _FROM_A_GUARDIAN = sentence("Enter your code"), sentence("A code from your grown-up")
_HELP = sentence("Help")


class CardsForm(StaffForm):
    """A batch of one-time cards."""

    n = number_field(sentence("How many cards?"), sentence("Up to 200 at once. Each works once."))
    language = one_of(sentence("Language of the cards"))
    purpose = one_of(sentence("For whom?"))


_PURPOSES = {
    Purpose.ENTRY: sentence("For somebody who takes part: the code opens the first page"),
    Purpose.GUARDIAN: sentence("For a parent or guardian: the code is their yes, the child types it"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One card: the code as it is read, and the picture that a telephone reads (empty: none)."""

    code: str
    picture: Markup


@dataclass(frozen=True, slots=True)
class Sheet:
    """Cards in one language, with the words that stand on each over its code and before its services."""

    language: Language
    host: str
    over: str
    help: str
    helplines: tuple[tuple[str, str], ...]
    cards: tuple[Card, ...]


@facilitate.get("/c/<consultation_id>/<strand_id>/share")
def share(consultation_id: str, strand_id: str) -> str:
    """Link and code of an open part, how to give them safely, and pause."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        may_pause = may(db, actor(), row_of(db, strand_id), "suspend")
    return page(
        "share.html",
        consultation,
        strand,
        link=_link(strand.card.entry_code),
        given=strand.card.state in _GIVEN,
        only_cards=_only_cards(strand),
        in_sessions=_in_sessions(strand),
        may_pause=may_pause,
    )


@facilitate.get("/c/<consultation_id>/<strand_id>/share/card")
def card(consultation_id: str, strand_id: str) -> str:
    """A form for one-time cards, and, where that is enough, cards with the part's own code."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        helplines = _services(db, strand)
    given = strand.card.state in _GIVEN and not asked_by_service(strand.card.audience)
    code = strand.card.entry_code if given else ""
    sheet = None
    if code and not _only_cards(strand) and not _in_sessions(strand):
        sheet = _sheet(strand, request.args.get("language", ""), helplines, [_spaced(code)] * _CARDS, scanned=code)
    return _card_page(consultation, strand, _form(strand), sheet)


@facilitate.post("/c/<consultation_id>/<strand_id>/share/card")
def make_cards(consultation_id: str, strand_id: str) -> str | tuple[str, int]:
    """Make one-time cards. The answer to the post shows them; their codes are stored nowhere."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        helplines = _services(db, strand)
    form = _form(strand)
    codes = attempt(form, lambda db: _issue(db, strand, form))
    if codes is None:
        return _card_page(consultation, strand, form, None), status_of(form)
    to_scan = form.purpose.data == Purpose.ENTRY
    sheet = _sheet(strand, form.language.data, helplines, codes, scanned=None if to_scan else "")
    return _card_page(consultation, strand, form, sheet, made=len(codes))


@facilitate.post("/c/<consultation_id>/<strand_id>/share/void")
def make_void(consultation_id: str, strand_id: str) -> Response:
    """A link or cards came into wrong hands: they lead nowhere any more."""
    with write(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
        invitations.make_void(db, site().keys, actor(), row_of(db, strand_id), site().clock())
    return redirect(address("share", strand, saved=1), 303)


@facilitate.post("/c/<consultation_id>/<strand_id>/pause")
def pause(consultation_id: str, strand_id: str) -> Response:
    """Stop new starts and answers at once; help stays up."""
    with write(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
        reason = request.form.get("reason", "")
        running.pause(db, site().keys, actor(), row_of(db, strand_id), reason, site().clock())
    return redirect(address("share", strand, saved=1), 303)


def _link(code: str | None) -> str:
    return whole_address("participate.scanned", code)


def _only_cards(strand: StrandView) -> bool:
    return invitations.codes_required(strand.card.audience, strand.card.mode, strand.card.ages[0], site().policy)


def _in_sessions(strand: StrandView) -> bool:
    """Whether people come in by the code of a session, so that neither the part's own nor a card for entry leads in."""
    return strand.meets


def _services(db: Session, strand: StrandView) -> tuple[HelpService, ...]:
    return services_of_strand(db, strand.id, strand.card.audience, site().clock(), site().policy)


def _languages(strand: StrandView) -> list[str]:
    return [code for code in strand.card.languages if code in LANGUAGES] or ["en"]


def _form(strand: StrandView) -> CardsForm:
    offered = _languages(strand)
    purposes = {each: text for each, text in _PURPOSES.items() if each is Purpose.GUARDIAN or not _in_sessions(strand)}
    return CardsForm(
        {"n": 30, "language": offered[0], "purpose": next(iter(purposes))},
        language=[(code, LANGUAGES[code].name) for code in offered],
        purpose=picked(purposes),
    )


def _issue(db: Session, strand: StrandView, form: CardsForm) -> list[str]:
    row, purpose = row_of(db, strand.id), Purpose(form.purpose.data)
    return invitations.issue(db, site().keys, actor(), row, form.n.data or 0, purpose, site().clock())


def _sheet(
    strand: StrandView, language: str, services: Sequence[HelpService], codes: Sequence[str], *, scanned: str | None
) -> Sheet:
    """Cards with these codes; `scanned` is what their picture leads to, None their own code, "" no picture."""
    code = language if language in _languages(strand) else _languages(strand)[0]
    say = catalogue(code).gettext
    return Sheet(
        language=LANGUAGES[code],
        host=site().settings.address.partition("//")[2],
        over=say(_FROM_A_GUARDIAN if scanned == "" else _ENTER),
        help=say(_HELP),
        helplines=tuple(
            (each.name, channel.address) for each in services if code in each.languages for channel in each.channels[:1]
        ),
        cards=tuple(Card(each, _picture(each if scanned is None else scanned)) for each in codes),
    )


def _picture(code: str) -> Markup:
    if not code:
        return Markup("")
    drawn = segno.make(_link(code), error="m", micro=False)
    return Markup(drawn.svg_inline(border=2, light=None, omitsize=True, svgclass=None, lineclass=None))  # noqa: S704 - ours


def _spaced(code: str) -> str:
    return f"{code[:4]} {code[4:]}"


def _card_page(
    consultation: ConsultationView, strand: StrandView, form: CardsForm, sheet: Sheet | None, made: int = 0
) -> str:
    return page(
        "card.html",
        consultation,
        strand,
        form=form,
        sheet=sheet,
        made=made,
        given=strand.card.state in _GIVEN,
        only_cards=_only_cards(strand),
    )
